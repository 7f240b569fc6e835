/** What an inspection tells, as rows of words for people: for the terminal and for the page. Pure. */
import { showDate } from '../units/time.ts';
import { hex, showSize } from '../units/units.ts';
import type { Inspection } from './inspect.ts';
import type { PurgatoryView } from './purgatory-view.ts';
import type { Seal } from './seal-codec.ts';
import { lossWords } from './words.ts';

/** A name, and what is said of it. */
export type WordRow = readonly [string, string];

/** Of the manifest, which nobody has verified: what it holds must not steer a terminal. */
export function plainText(value: unknown): string {
  if (value === undefined || value === null) return '';
  const found = typeof value === 'string' ? value : JSON.stringify(value);
  return found.replace(/\p{C}/gu, (one) => `\\u{${one.codePointAt(0)?.toString(16)}}`);
}

export type Fields = Readonly<Record<string, unknown>>;
export const fields = (value: unknown): Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : {};
export const list = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

/** What it is. */
export function identityRows(view: Inspection): readonly WordRow[] {
  const { path, size, seal, manifest, sealDigest } = view;
  const arch = plainText(manifest?.arch) || `ELF machine ${seal.machine}`;
  const form = plainText(manifest?.kernelForm);
  const rows: WordRow[] = [
    ['bundle', `${path}, ${showSize(size)}`],
    ['seal', sealDigest],
    ['profile', seal.profile],
    ['architecture', arch],
    ['capture kernel', [seal.release ?? 'release not known', form].filter(Boolean).join(', ')],
  ];
  if (seal.buildId !== undefined)
    rows.push(['build id', Buffer.from(seal.buildId).toString('hex')]);
  rows.push(['command line', seal.commandLine], ['backend', seal.backend]);
  if (seal.flags.length > 0) rows.push(['flags', seal.flags.join(', ')]);
  rows.push(
    ['epoch', `${seal.epoch}`],
    ['valid', validity(view)],
    ['limits', `${seal.maxCpus} CPUs, ${seal.maxRanges} memory ranges`],
    ['crash region', `at least ${showSize(seal.crashSize)} (${hex(seal.crashSize)})`],
  );
  return rows;
}

/** What the capture kernel is to do, and what the machine is to reserve for it. */
export function captureRows({ manifest }: Inspection): readonly WordRow[] {
  const {
    targets,
    network,
    budget,
    recipient,
    dump,
    reservation,
    inputs,
    markerName,
    finalAction,
    failureAction,
  } = fields(manifest);
  const own = list(inputs).some((input) => fields(input).name === 'initramfs');
  const inside = 'as the finished initramfs decides';
  const rows: readonly WordRow[] = [
    ...list(targets).map(
      (target, index): WordRow => [
        index === 0 ? 'dump target' : 'then',
        targetWords(fields(target)),
      ],
    ),
    ['encrypted to', list(recipient).map(plainText).join(', ')],
    ['network', plainText(fields(network).description)],
    ['budget', typeof budget === 'number' && !own ? `${budget} s for all of it` : ''],
    ['dump', own ? inside : dumpWords(fields(dump))],
    ['after the dump', own ? inside : plainText(finalAction)],
    ['after a failure', own ? inside : plainText(failureAction)],
    [
      'marker says',
      markerName === undefined || markerName === null ? '' : `bundle=${plainText(markerName)}`,
    ],
    ['reservation', reservationWords(fields(reservation))],
  ];
  return rows.filter(([, words]) => words !== '');
}

function targetWords({ description, what, timeout }: Fields): string {
  return [
    plainText(description),
    what === 'dmesg' ? 'the log alone' : '',
    typeof timeout === 'number' ? `${timeout} s` : '',
  ]
    .filter(Boolean)
    .join(', ');
}

function dumpWords({ level, format, compression }: Fields): string {
  return [
    level === undefined ? '' : `level ${plainText(level)}`,
    format === undefined ? '' : `format ${plainText(format)}`,
    compression === undefined ? '' : `compression ${plainText(compression)}`,
  ]
    .filter(Boolean)
    .join(', ');
}

function reservationWords({ options, smallest }: Fields): string {
  const least =
    typeof smallest === 'string' && /^0x[0-9a-f]{1,16}$/.test(smallest)
      ? `at least ${showSize(BigInt(smallest))}`
      : '';
  return [
    list(options)
      .map((option) => `crashkernel=${plainText(option)}`)
      .join(' '),
    least,
  ]
    .filter(Boolean)
    .join(', ');
}

/** What a machine may have to do without: the seal leaves it to the machine's kernel. */
export function lostRows({ backend }: Seal): readonly WordRow[] {
  const when =
    backend === 'file' ? 'loaded by kexec_file_load' : 'where the kernel forbids kexec_load';
  return backend === 'segments'
    ? []
    : lossWords.map(([name, meaning]) => [when, `${name}: ${meaning}`]);
}

export const lostSentences = ({ flags }: Seal): readonly string[] => [
  ...(flags.includes('hotplug')
    ? ['where the kernel rewrites it on hot-plug, the ELF core header is not checked after a panic']
    : []),
  ...(flags.includes('localOverlay')
    ? ['a local overlay, which is not signed, may be added to the initramfs']
    : []),
];

function validity({ seal: { notBefore, notAfter }, now }: Inspection): string {
  const from = notBefore === undefined ? 'any time' : `from ${showDate(notBefore)}`;
  return notAfter === undefined
    ? from
    : `${from}, until ${showDate(notAfter)}${over(notAfter, now)}`;
}

/** Goes on after a date. */
export const over = (notAfter: number, now: number): string => (now > notAfter ? ', EXPIRED' : '');

/** Where purgatory writes. */
export const consoleWords = ({ console }: PurgatoryView): string =>
  console.base === 0n
    ? console.kind
    : `${console.kind} at ${hex(console.base)}, ${console.baud} baud`;
