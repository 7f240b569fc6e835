import type { IplBlock } from '../format/ipl-block.ts';
import type { Inspection } from '../seal/inspect.ts';
import { formWords, sourceWords } from '../seal/manifest.ts';
import type { IplView, PurgatoryView } from '../seal/purgatory-view.ts';
import type { Seal } from '../seal/seal-codec.ts';
import { hex, showSize } from '../units/units.ts';
import { memoryMap } from './memory-map.ts';
import { testingWords } from './testing-words.ts';
import { section, showDate, textTable } from './text-table.ts';

const text = (value: unknown): string =>
  value === undefined ? '' : typeof value === 'string' ? value : JSON.stringify(value);

function identity({ path, size, seal, manifest }: Inspection): readonly string[] {
  const arch = text(manifest?.arch) || `ELF machine ${seal.machine}`;
  const form = text(manifest?.kernelForm);
  const rows: (readonly [string, string])[] = [
    ['bundle', `${path}, ${showSize(size)}`],
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
    ['valid', validity(seal)],
    ['limits', `${seal.maxCpus} CPUs, ${seal.maxRanges} memory ranges`],
    ['crash region', `at least ${showSize(seal.crashSize)} (${hex(seal.crashSize)})`],
  );
  return textTable(rows);
}

function validity({ notBefore, notAfter }: Seal): string {
  const from = notBefore === undefined ? 'any time' : `from ${showDate(notBefore)}`;
  return notAfter === undefined ? from : `${from}, until ${showDate(notAfter)}`;
}

function signature({ signature: found }: Inspection): readonly string[] {
  switch (found.kind) {
    case 'none':
      return ['none: the bundle is NOT SIGNED'];
    case 'malformed':
      return [`malformed: ${found.part}`];
    case 'present':
      return [
        ...textTable(
          found.certificates.map(({ subject, issuer, notAfter }) => [
            subject,
            `issued by ${issuer}`,
            `until ${showDate(notAfter)}`,
          ]),
        ),
        ...(found.development ? ['a DEVELOPMENT KEY: not for production'] : []),
        'not verified: ask `crashseal verify`',
      ];
  }
}

type Step = PurgatoryView['policy'][number];

const deviceWords = (block: IplBlock): string => {
  const number = (value: number, digits: number): string =>
    value.toString(16).padStart(digits, '0');
  const wide = (value: bigint): string => `0x${value.toString(16).padStart(16, '0')}`;
  switch (block.kind) {
    case 'ccw':
    case 'eckd':
      return `${block.kind} 0.${block.ssid}.${number(block.devno, 4)}`;
    case 'fcp':
      return `fcp 0.0.${number(block.devno, 4)} ${wide(block.wwpn)} ${wide(block.lun)}`;
    case 'nvme':
      return `nvme 0x${number(block.fid, 8)} 0x${number(block.nsid, 8)}`;
  }
};

const folderOf = (path: string): string => path.slice(0, path.lastIndexOf('/'));

function iplWords({ args }: Step, view: IplView | undefined): string {
  const block = view?.block;
  const device =
    block === undefined
      ? 'an unknown device'
      : view?.from.length === 0
        ? deviceWords(block)
        : `${block.kind} that /${folderOf(view?.from[0] ?? '')} names at load`;
  const [, delay = 0n, testing = 0n] = args;
  return [
    `ipl ${device}`,
    ...(delay === 0n ? [] : [`after ${delay} s`]),
    ...(block?.loadparm === undefined ? [] : [`loadparm ${JSON.stringify(block.loadparm)}`]),
    ...(block === undefined || block.scpData === ''
      ? []
      : [`with ${JSON.stringify(block.scpData)}`]),
    ...((testing & 1n) === 0n ? [] : ['TESTING: subcode 3 allowed']),
  ].join(', ');
}

function stepWords(step: Step, ipl: IplView | undefined): string {
  const { kind, args } = step;
  if (kind === 'ipl') return iplWords(step, ipl);
  if (kind === 'wait')
    return args[0] === 0n ? 'wait, the code says why' : `wait ${hex(args[0] ?? 0n)}`;
  const used = args.filter((arg) => arg !== 0n).map((arg) => ` ${hex(arg)}`);
  return `${kind}${used.join('')}`;
}

const callWords = ({ flags }: Step): string => {
  if (flags.includes('notInCheckCall')) return 'start call: ';
  return flags.includes('notInStartCall') ? 'check call: ' : '';
};

function purgatory({ purgatory: view, ipl }: Inspection): readonly string[] {
  if (view === undefined) return [];
  const console =
    view.console.base === 0n
      ? view.console.kind
      : `${view.console.kind} at ${hex(view.console.base)}, ${view.console.baud} baud`;
  return [
    ...textTable([
      ['console', console],
      ...view.policy.map((step, index) => [
        index === 0 ? 'on corruption' : 'then',
        callWords(step) +
          stepWords(
            step,
            ipl.find((one) => one.step === index),
          ),
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

function matchWords({ kind, path, value }: Seal['match'][number]): string {
  switch (kind) {
    case 'equals':
      return `/${path} is ${JSON.stringify(value)}`;
    case 'prefix':
      return `/${path} starts with ${JSON.stringify(value)}`;
    case 'present':
    case 'absent':
      return `/${path} is ${kind}`;
    case 'online':
      return `CCW device ${value} is online`;
    case 'onlineFrom':
      return `the CCW device that /${path} names is online`;
  }
}

export function renderInspect(view: Inspection): string {
  const { seal } = view;
  const segmentName = (index: number): string => seal.segments[index]?.name ?? `${index}`;
  const lines = [
    ...(view.purgatory?.testing === true ? [testingWords, ''] : []),
    ...identity(view),
    ...section('Signature', signature(view)),
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
    ...section('Machines', seal.match.map(matchWords)),
  ];
  return `${lines.join('\n')}\n`;
}
