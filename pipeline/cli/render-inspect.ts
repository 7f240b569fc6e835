import type { Inspection, SignatureView } from '../seal/inspect.ts';
import { formWords, sourceWords } from '../seal/manifest.ts';
import type { Seal } from '../seal/seal-codec.ts';
import { lossWords, matchWords, policyWords } from '../seal/words.ts';
import { showDate } from '../units/time.ts';
import { hex, showSize } from '../units/units.ts';
import { regionOf } from './drawn-segments.ts';
import { memoryMap } from './memory-map.ts';
import { shownOnlyWords } from './shown-only-words.ts';
import { testingWords } from './testing-words.ts';
import { section, textTable } from './text-table.ts';

/** Of the manifest, which nobody has verified: what it holds must not steer a terminal. */
function text(value: unknown): string {
  if (value === undefined || value === null) return '';
  const found = typeof value === 'string' ? value : JSON.stringify(value);
  return found.replace(/\p{C}/gu, (one) => `\\u{${one.codePointAt(0)?.toString(16)}}`);
}

type Fields = Readonly<Record<string, unknown>>;
const fields = (value: unknown): Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : {};
const list = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

function identity(view: Inspection): readonly string[] {
  const { path, size, seal, manifest, sealDigest } = view;
  const arch = text(manifest?.arch) || `ELF machine ${seal.machine}`;
  const form = text(manifest?.kernelForm);
  const rows: (readonly [string, string])[] = [
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
  return textTable(rows);
}

/** What the capture kernel is to do, and what the machine is to reserve for it. */
function capture({ manifest }: Inspection): readonly string[] {
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
  const rows: readonly (readonly [string, string])[] = [
    ...list(targets).map((target, index): readonly [string, string] => [
      index === 0 ? 'dump target' : 'then',
      targetWords(fields(target)),
    ]),
    ['encrypted to', list(recipient).map(text).join(', ')],
    ['network', text(fields(network).description)],
    ['budget', typeof budget === 'number' && !own ? `${budget} s for all of it` : ''],
    ['dump', own ? inside : dumpWords(fields(dump))],
    ['after the dump', own ? inside : text(finalAction)],
    ['after a failure', own ? inside : text(failureAction)],
    [
      'marker says',
      markerName === undefined || markerName === null ? '' : `bundle=${text(markerName)}`,
    ],
    ['reservation', reservationWords(fields(reservation))],
  ];
  return textTable(rows.filter(([, words]) => words !== ''));
}

function targetWords({ description, what, timeout }: Fields): string {
  return [
    text(description),
    what === 'dmesg' ? 'the log alone' : '',
    typeof timeout === 'number' ? `${timeout} s` : '',
  ]
    .filter(Boolean)
    .join(', ');
}

function dumpWords({ level, format, compression }: Fields): string {
  return [
    level === undefined ? '' : `level ${text(level)}`,
    format === undefined ? '' : `format ${text(format)}`,
    compression === undefined ? '' : `compression ${text(compression)}`,
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
      .map((option) => `crashkernel=${text(option)}`)
      .join(' '),
    least,
  ]
    .filter(Boolean)
    .join(', ');
}

const inputsOf = ({ manifest }: Inspection): readonly string[] =>
  textTable(
    list(manifest?.inputs).map((input) => {
      const { name, origin, size, sha256 } = fields(input);
      const shown = Number.isSafeInteger(size) ? showSize(BigInt(Number(size))) : text(size);
      return [text(name), text(origin), shown, text(sha256)];
    }),
    ['left', 'left', 'right'],
  );

/** What a machine may have to do without: the seal leaves it to the machine's kernel. */
function lost({ backend, flags }: Seal): readonly string[] {
  const when =
    backend === 'file' ? 'loaded by kexec_file_load' : 'where the kernel forbids kexec_load';
  return [
    ...(backend === 'segments' ? [] : textTable(lossWords.map((words) => [when, ...words]))),
    ...(flags.includes('hotplug')
      ? [
          'where the kernel rewrites it on hot-plug, the ELF core header is not checked after a panic',
        ]
      : []),
    ...(flags.includes('localOverlay')
      ? ['a local overlay, which is not signed, may be added to the initramfs']
      : []),
  ];
}

function validity({ seal: { notBefore, notAfter }, now }: Inspection): string {
  const from = notBefore === undefined ? 'any time' : `from ${showDate(notBefore)}`;
  return notAfter === undefined
    ? from
    : `${from}, until ${showDate(notAfter)}${over(notAfter, now)}`;
}

const over = (notAfter: number, now: number): string => (now > notAfter ? ', EXPIRED' : '');

function signatures({ signatures: found, now }: Inspection): readonly string[] {
  if (found.length === 0) return ['none: the bundle is NOT SIGNED'];
  return [
    ...found.flatMap((one, index) => signature(one, found.length > 1 ? `${index + 1}: ` : '', now)),
    'not verified: ask `crashseal verify`',
  ];
}

/** The signer's certificate first, then those that came along. */
function signature(found: SignatureView, number: string, now: number): readonly string[] {
  if (found.kind === 'malformed') return [`${number}malformed: ${found.part}`];
  return [
    ...found.certificates.flatMap(({ subject, issuer, notBefore, notAfter, sha256 }, index) => [
      `${index === 0 ? number : ''}${subject}`,
      ...textTable([
        ['  issued by', issuer],
        [
          '  valid',
          `from ${showDate(notBefore)}, until ${showDate(notAfter)}${over(notAfter, now)}`,
        ],
        ['  SHA-256', sha256],
      ]),
    ]),
    ...(found.development ? ['a DEVELOPMENT KEY: not for production'] : []),
  ];
}

function purgatory({ purgatory: view, stepPages }: Inspection): readonly string[] {
  if (view === undefined) return [];
  const console =
    view.console.base === 0n
      ? view.console.kind
      : `${view.console.kind} at ${hex(view.console.base)}, ${view.console.baud} baud`;
  return [
    ...textTable([
      ['console', console],
      ...policyWords(view, stepPages).map((words, index) => [
        index === 0 ? 'on corruption' : 'then',
        words,
      ]),
    ]),
    ...textTable(
      view.regions.map(({ name, size, digest, policyOnly }) => [
        'checks',
        name,
        showSize(size),
        `${digest ?? 'digest taken by the loader'}${policyOnly ? ', for the policy' : ''}`,
      ]),
      ['left', 'left', 'right'],
    ),
  ];
}

export function renderInspect(view: Inspection): string {
  const { seal } = view;
  const segmentName = (index: number): string => seal.segments[index]?.name ?? `${index}`;
  const lines = [
    ...(seal.flags.includes('testing') ? [testingWords, ''] : []),
    ...(view.shownOnly === undefined ? [] : [shownOnlyWords(view.shownOnly), '']),
    ...identity(view),
    ...section(view.signatures.length > 1 ? 'Signatures' : 'Signature', signatures(view)),
    ...section('Capture', capture(view)),
    ...section(
      'Crash region as planned, from its start',
      memoryMap(seal.segments, 0n, regionOf(view), seal.crashSize),
    ),
    ...section(
      'Members',
      textTable(
        seal.members.map(({ name, size, digest }) => [name, showSize(size), digest]),
        ['left', 'right'],
      ),
    ),
    ...section('Inputs', inputsOf(view)),
    ...section(
      'Live values, filled in by the loader',
      textTable(
        seal.live.map((live) => [
          `${segmentName(live.segment)}+${hex(live.offset)}`,
          formWords(live),
          sourceWords(live, segmentName),
        ]),
      ),
    ),
    ...section('Purgatory', purgatory(view)),
    ...section('Not guaranteed', lost(seal)),
    ...section('Machines', seal.match.map(matchWords)),
  ];
  return `${lines.join('\n')}\n`;
}
