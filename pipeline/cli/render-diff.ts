/** A difference for people: what differs by group, then in one line what does not. */
import type { BundleDiff, Change, FileFacts, MemberFacts, Side } from '../diff/diff.ts';
import type { ListChange } from '../diff/list-changes.ts';
import { showSize } from '../units/units.ts';
import { testingWords } from './testing-words.ts';
import { section, textTable } from './text-table.ts';

type Row = readonly string[];

/** What bundles hold goes to terminals: no byte of it may steer one. */
const plain = (text: string): string =>
  text.replace(/[^\x20-\x7e]/gu, (character) => `\\u{${character.codePointAt(0)?.toString(16)}}`);

const short = (digest: string): string => digest.slice(0, 16);

const mark = ({ before, after }: Change<unknown>): string =>
  before === undefined ? '+' : after === undefined ? '-' : '~';

const marks = { removed: '-', added: '+', moved: '>', changed: '~' } as const;

const listRows = (changes: readonly ListChange[]): readonly Row[] =>
  changes.map((change) => [
    marks[change.how],
    plain(change.how === 'changed' ? `${change.what}  ->  ${change.now}` : change.what),
    change.how === 'moved' ? 'moved' : '',
  ]);

function valueRows(changes: readonly Change<string>[]): readonly Row[] {
  return changes.map((change) => {
    const { what, before, after } = change;
    const values = [before, after].filter((value) => value !== undefined);
    return [mark(change), plain(what), plain(values.join('  ->  '))];
  });
}

const memberRows = (changes: readonly Change<MemberFacts>[]): readonly Row[] =>
  changes.map((change) => {
    const facts = [change.before, change.after].flatMap((side) =>
      side === undefined ? [] : [`${showSize(side.size)} ${short(side.digest)}`],
    );
    return [mark(change), plain(change.what), facts.join('  ->  ')];
  });

const octal = (mode: number): string => mode.toString(8).padStart(4, '0');

/** One side of a file alone. */
const fileWords = (file: FileFacts): string =>
  [
    file.kind === 'file' ? showSize(file.size) : file.kind,
    file.target === undefined ? '' : `to ${file.target}`,
    file.kind === 'symlink' ? '' : octal(file.mode),
    file.owner === '0:0' ? '' : `owner ${file.owner}`,
    file.version === undefined ? '' : `version ${file.version}`,
    file.digest === undefined ? '' : short(file.digest),
  ]
    .filter(Boolean)
    .join(' ');

/** Of two sides only what differs. */
function fileChange(before: FileFacts, after: FileFacts): string {
  const parts: readonly (readonly [string, string | undefined, string | undefined])[] = [
    ['', before.kind, after.kind],
    ['to ', before.target, after.target],
    ['mode ', octal(before.mode), octal(after.mode)],
    ['owner ', before.owner, after.owner],
    ['version ', before.version, after.version],
    ['', showSize(before.size), showSize(after.size)],
    ['', before.digest, after.digest],
  ];
  return parts
    .filter(([, old, now]) => old !== now)
    .map(([name, old = 'none', now = 'none']) =>
      name === '' && old.length === 64
        ? `${short(old)} -> ${short(now)}`
        : `${name}${old} -> ${now}`,
    )
    .join(', ');
}

const fileRows = (changes: readonly Change<FileFacts>[]): readonly Row[] =>
  changes.map((change) => {
    const { what, before, after } = change;
    const words =
      before !== undefined && after !== undefined
        ? fileChange(before, after)
        : [before, after].map((side) => (side === undefined ? '' : fileWords(side))).join('');
    return [mark(change), plain(what), plain(words)];
  });

/** Every group in the order in which it is told. */
const groupsOf = (diff: BundleDiff): readonly (readonly [string, readonly Row[]])[] => [
  ['Identity', valueRows(diff.identity)],
  ['Flags', listRows(diff.flags)],
  ['Match rules', listRows(diff.match)],
  ['Command line', listRows(diff.commandLine)],
  ['On-corruption policy', listRows(diff.policy)],
  ['Console', valueRows(diff.console)],
  ['Members', memberRows(diff.members)],
  ['Modules', fileRows(diff.modules)],
  [
    'Files in the initramfs',
    [...fileRows(diff.files), ...diff.initramfsNotes.map((note) => ['!', plain(note)])],
  ],
  ['Segments', valueRows(diff.segments)],
  ['Live values', valueRows(diff.live)],
  ['Settings in the manifest', valueRows(diff.settings)],
  ['Inputs', valueRows(diff.inputs)],
  ['Signatures', valueRows(diff.signatures)],
];

function sideRows(name: string, side: Side): readonly Row[] {
  return [
    [name, plain(side.path), `profile ${side.profile}, seal ${short(side.sealDigest)}`],
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
  const groups = groupsOf(diff);
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
