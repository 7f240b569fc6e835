/** A difference as groups of rows for people: what differs, with a mark for how. Pure. */
import { showSize } from '../units/units.ts';
import type { BundleDiff, Change, FileFacts, MemberFacts } from './diff.ts';
import type { ListChange } from './list-changes.ts';

export type Row = readonly string[];

/** What bundles hold goes to terminals: no byte of it may steer one. */
export const plain = (text: string): string =>
  text.replace(/[^\x20-\x7e]/gu, (character) => `\\u{${character.codePointAt(0)?.toString(16)}}`);

export const shortDigest = (digest: string): string => digest.slice(0, 16);

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
      side === undefined ? [] : [`${showSize(side.size)} ${shortDigest(side.digest)}`],
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
    file.digest === undefined ? '' : shortDigest(file.digest),
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
        ? `${shortDigest(old)} -> ${shortDigest(now)}`
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

/** Every group in the order in which it is told; one without rows is the same in both. */
export const diffGroups = (diff: BundleDiff): readonly (readonly [string, readonly Row[]])[] => [
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
