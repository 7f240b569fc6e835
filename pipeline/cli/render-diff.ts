/** A difference for people: what differs by group, then in one line what does not. */
import type { BundleDiff, Side } from '../diff/diff.ts';
import { diffGroups, plain, type Row, shortDigest } from '../diff/groups.ts';
import { testingWords } from '../seal/testing-words.ts';
import { section, textTable } from './text-table.ts';

function sideRows(name: string, side: Side): readonly Row[] {
  return [
    [name, plain(side.path), `profile ${side.profile}, seal ${shortDigest(side.sealDigest)}`],
    ...(side.signed ? [] : [['', '', 'NOT SIGNED']]),
    ...(side.development ? [['', '', 'a DEVELOPMENT KEY: not for production']] : []),
    ...(side.testing ? [['', '', testingWords]] : []),
    ...side.damaged.map((member) => ['', '', `DAMAGED: ${member} is not what the seal says`]),
  ];
}

const answer = (diff: BundleDiff, groups: readonly string[]): string => {
  if (!diff.same) return 'the sealed contents differ';
  return groups.length === 0
    ? 'identical: the same seal, and the same signatures'
    : 'identical: the same seal, byte for byte; only the signatures differ';
};

export function renderDiff(diff: BundleDiff): string {
  const groups = diffGroups(diff);
  const differ = groups.filter(([, rows]) => rows.length > 0);
  const same = groups.filter(([, rows]) => rows.length === 0).map(([name]) => name.toLowerCase());
  const [a, b] = diff.bundles;
  const lines = [
    ...(diff.verified
      ? []
      : ['NOT VERIFIED: neither signature was checked; what follows is what the files claim', '']),
    ...textTable([...sideRows('A', a), ...sideRows('B', b)]),
    '',
    answer(
      diff,
      differ.map(([name]) => name),
    ),
    ...differ.flatMap(([name, rows]) => section(name, textTable(rows))),
    ...(same.length === 0 || diff.same ? [] : ['', `Identical: ${same.join(', ')}`]),
  ];
  return `${lines.join('\n')}\n`;
}
