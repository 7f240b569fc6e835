import { regionOf } from '../page/drawn-segments.ts';
import type { Inspection, SignatureView } from '../seal/inspect.ts';
import {
  captureRows,
  consoleWords,
  fields,
  identityRows,
  list,
  lostRows,
  lostSentences,
  over,
  plainText,
} from '../seal/inspection-words.ts';
import { formWords, sourceWords } from '../seal/manifest.ts';
import { shownOnlyWords } from '../seal/shown-only-words.ts';
import { testingWords } from '../seal/testing-words.ts';
import { matchWords, policyWords } from '../seal/words.ts';
import { showDate } from '../units/time.ts';
import { hex, showSize } from '../units/units.ts';
import { memoryMap } from './memory-map.ts';
import { section, textTable } from './text-table.ts';

const inputsOf = ({ manifest }: Inspection): readonly string[] =>
  textTable(
    list(manifest?.inputs).map((input) => {
      const { name, origin, size, sha256 } = fields(input);
      const shown = Number.isSafeInteger(size) ? showSize(BigInt(Number(size))) : plainText(size);
      return [plainText(name), plainText(origin), shown, plainText(sha256)];
    }),
    ['left', 'left', 'right'],
  );

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

/** Beside the bundle, in a file that belongs to it or not. */
function attestations({ attestations: found }: Inspection): readonly string[] {
  if (found.length === 0) return [];
  return [
    ...found.flatMap((one): readonly string[] => {
      if (one.kind === 'malformed') return ['malformed'];
      const { tester, development, result, ofThis, statement } = one;
      return [
        `${result}, says ${tester}${ofThis ? '' : ', of ANOTHER BUNDLE'}`,
        ...textTable([
          ...(statement?.configuration ?? []).map(({ name, uri, digest, annotations = {} }) => [
            '  with',
            [
              name,
              uri ?? digest ?? '',
              ...Object.entries(annotations).map(([key, value]) => `${key} ${value}`),
            ].join(', '),
          ]),
          ['  passed', `${statement?.passed.length ?? 0} tests`],
          ...(statement?.warned ?? []).map((test) => ['  not proven', test]),
          ...(statement?.failed ?? []).map((test) => ['  FAILED', test]),
        ]).map(plainText),
        ...(development ? ['a DEVELOPMENT KEY: not for production'] : []),
      ];
    }),
    'not verified: ask `crashseal verify`',
  ];
}

function purgatory({ purgatory: view, stepPages }: Inspection): readonly string[] {
  if (view === undefined) return [];
  return [
    ...textTable([
      ['console', consoleWords(view)],
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
    ...textTable(identityRows(view)),
    ...section(view.signatures.length > 1 ? 'Signatures' : 'Signature', signatures(view)),
    ...section('Tried', attestations(view)),
    ...section('Capture', textTable(captureRows(view))),
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
    ...section('Not guaranteed', [...textTable(lostRows(seal)), ...lostSentences(seal)]),
    ...section('Machines', seal.match.map(matchWords)),
  ];
  return `${lines.join('\n')}\n`;
}
