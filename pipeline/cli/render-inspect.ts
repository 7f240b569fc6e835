import type { Inspection, SignatureView } from '../seal/inspect.ts';
import { formWords, sourceWords } from '../seal/manifest.ts';
import type { Seal } from '../seal/seal-codec.ts';
import { lossWords, matchWords, policyWords } from '../seal/words.ts';
import { showDate } from '../units/time.ts';
import { hex, showSize } from '../units/units.ts';
import { memoryMap } from './memory-map.ts';
import { testingWords } from './testing-words.ts';
import { section, textTable } from './text-table.ts';

const text = (value: unknown): string =>
  value === undefined ? '' : typeof value === 'string' ? value : JSON.stringify(value);

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
  const target = manifest?.target as { readonly description?: unknown } | null | undefined;
  if (typeof target?.description === 'string') rows.push(['dump target', target.description]);
  if (seal.flags.length > 0) rows.push(['flags', seal.flags.join(', ')]);
  rows.push(
    ['epoch', `${seal.epoch}`],
    ['valid', validity(view)],
    ['limits', `${seal.maxCpus} CPUs, ${seal.maxRanges} memory ranges`],
    ['crash region', `at least ${showSize(seal.crashSize)} (${hex(seal.crashSize)})`],
  );
  return textTable(rows);
}

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

function purgatory({ purgatory: view, ipl }: Inspection): readonly string[] {
  if (view === undefined) return [];
  const console =
    view.console.base === 0n
      ? view.console.kind
      : `${view.console.kind} at ${hex(view.console.base)}, ${view.console.baud} baud`;
  return [
    ...textTable([
      ['console', console],
      ...policyWords(view, ipl).map((words, index) => [
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
    ...identity(view),
    ...section(view.signatures.length > 1 ? 'Signatures' : 'Signature', signatures(view)),
    ...section(
      'Crash region as planned, from its start',
      memoryMap(seal.segments, 0n, seal.crashSize),
    ),
    ...section(
      'Members',
      textTable(
        seal.members.map(({ name, size, digest }) => [name, showSize(size), digest]),
        ['left', 'right'],
      ),
    ),
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
