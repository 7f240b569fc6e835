import { hangsOnPanic } from '../arch/command-line-words.ts';
import type { LoaderReport, ReportedRange } from '../format/loader-report.ts';
import type { BundlePlan, Plan } from '../rehearse/rehearse.ts';
import { testingWords } from '../seal/testing-words.ts';
import { fileReasonWords, lossWords } from '../seal/words.ts';
import { hex, showSize } from '../units/units.ts';
import { hangsOnPanicWords } from './hang-words.ts';
import { memoryMap } from './memory-map.ts';
import { section, textTable } from './text-table.ts';

function range({ start, size }: ReportedRange): string {
  const first = BigInt(start);
  return `[${hex(first)}, ${hex(first + BigInt(size))}), ${showSize(BigInt(size))}`;
}

function machineRows(report: LoaderReport): readonly (readonly string[])[] {
  const { machine } = report;
  if (machine === undefined) return [];
  // With kexec_file_load(2) the kernel makes the ELF core header; CPUs are not read.
  if (report.backend === 'file')
    return [
      ['machine', `kernel ${machine.kernelRelease}`],
      ['crash region', range(machine.crashRegion)],
    ];
  const memory = machine.dumpRanges.reduce((sum, { size }) => sum + BigInt(size), 0n);
  return [
    ['machine', `kernel ${machine.kernelRelease}, ${machine.cpus} CPUs`],
    ['to be dumped', `${showSize(memory)} in ${machine.dumpRanges.length} ranges`],
    ['crash region', range(machine.crashRegion)],
    ...(machine.lowCrashRegion === null ? [] : [['low region', range(machine.lowCrashRegion)]]),
  ];
}

function backendRows(report: LoaderReport): readonly (readonly string[])[] {
  const { backend, backendBecause, guaranteesGone = [], guarantees } = report;
  if (backend === undefined) return [];
  const because =
    backendBecause === undefined ? '' : `, because ${fileReasonWords.get(backendBecause)}`;
  const meaning = new Map(lossWords);
  return [
    ['loaded by', `${backend === 'file' ? 'kexec_file_load' : 'kexec_load'}${because}`],
    ...guaranteesGone.map((name) => ['not guaranteed', `${name}: ${meaning.get(name) ?? ''}`]),
    ...(guarantees?.crashHotplug === true && backend === 'segments'
      ? [['not guaranteed', 'the ELF core header: the kernel rewrites it on hot-plug']]
      : []),
    ...(guarantees?.loadsLimited === true
      ? [['once armed', 'nothing replaces or unloads it before the next boot']]
      : []),
  ];
}

/** Each reason, and what had to be assumed to come to it. */
function refusalRows({ refusals, elseLoaded }: BundlePlan): readonly (readonly string[])[] {
  const rows = refusals.flatMap(({ status, exitCode, error, hint, assuming }, index) => [
    [refusals.length > 1 ? `reason ${index + 1}` : 'reason', error ?? status],
    ['', `status ${status}, exit code ${exitCode} of crashseal-load`],
    ...(hint === undefined || hint === '' ? [] : [['', `hint: ${hint}`]]),
    ...(assuming === undefined ? [] : [['', `met by assuming ${assuming}`]]),
  ]);
  const more = refusals.some(({ detail }) => detail === 'no-loader')
    ? 'everything else is right: this is what memory would hold'
    : elseLoaded
      ? 'with all of this put right it would be loaded'
      : 'what else may be against it cannot be told before this is put right';
  return refusals.length === 0 ? [] : [...rows, ['beyond', more]];
}

const answerOf = ({ report, refusals }: BundlePlan): string => {
  if (report.exitCode === 0) return 'would be loaded';
  return refusals.length > 1 ? `REFUSED, for ${refusals.length} reasons` : 'REFUSED';
};

function renderBundle(plan: BundlePlan): readonly string[] {
  const { report } = plan;
  const {
    bundle,
    signers = [],
    attestation,
    noAttestation,
    expiring = [],
    machine,
    segments,
  } = report;
  const rows: (readonly string[])[] = [['answer', answerOf(plan)], ...refusalRows(plan)];
  if (bundle !== undefined)
    rows.push([
      'bundle',
      `profile ${bundle.profile}, kernel ${bundle.kernelRelease || 'not known'}`,
    ]);
  for (const { name, developmentKey } of signers)
    rows.push(['signer', `${name}${developmentKey ? ', a DEVELOPMENT KEY' : ''}`]);
  if (attestation)
    rows.push([
      'tried',
      `${attestation.result === 'passed' ? 'passed' : 'nothing failed'}, says ${attestation.tester}`,
    ]);
  if (noAttestation !== undefined) rows.push(['not tried', noAttestation]);
  for (const { what, of, notAfter } of expiring)
    rows.push(['ends soon', `${what.replaceAll('-', ' ')} of ${of}, at ${notAfter}`]);
  rows.push(...machineRows(report));
  rows.push(...backendRows(report));
  if (report.entry !== undefined) rows.push(['entry', report.entry]);
  if (report.commandLine !== undefined) {
    rows.push(['command line', report.commandLine]);
    if (hangsOnPanic(report.commandLine)) rows.push(['may hang', hangsOnPanicWords]);
  }

  const placed =
    machine === undefined || segments === undefined
      ? []
      : memoryMap(
          segments.map((segment) => ({
            name: `${segment.name}${segment.asPlanned ? '' : ' (moved)'}${segment.holdsLiveValues ? ' *' : ''}`,
            place: BigInt(segment.mem),
            memsz: BigInt(segment.memsz),
            bufsz: BigInt(segment.bufsz),
          })),
          BigInt(machine.crashRegion.start),
          BigInt(machine.crashRegion.size),
        );
  return [
    ...(bundle?.testing === true ? [testingWords, ''] : []),
    ...textTable(rows),
    ...section('Crash region', placed),
    ...(placed.length === 0
      ? []
      : ['', '* holds live values; every other byte is as it was signed']),
  ];
}

function verdict(plan: Plan, { path, report }: BundlePlan): string {
  if (path === plan.chosen) return 'would be armed';
  return report.exitCode === 0 ? 'good, and not the best' : `REFUSED: ${report.status}`;
}

/** A file that a bundle asks for is in the facts only when they were taken for it. */
function missingFacts({ factsLack }: Plan): readonly string[] {
  return factsLack
    ? ['', 'Facts hold what a bundle asks for when it is named: crashseal-load --facts FILE BUNDLE']
    : [];
}

export function renderPlan(plan: Plan): string {
  const [only, ...more] = plan.bundles;
  if (only !== undefined && more.length === 0)
    return `${[...renderBundle(only), ...missingFacts(plan)].join('\n')}\n`;
  const { chosen, together, bundles } = plan;
  // One that is good alone, and still none is armed: the reason is in what was named.
  const none = chosen === undefined && bundles.some(({ report }) => report.exitCode === 0);
  const lines = [
    'Candidates: the highest epoch first, then as they were named',
    ...(none ? [`  none would be armed: ${together?.error ?? ''}`] : []),
    ...textTable(
      bundles.map((one) => [
        `  ${one.path}`,
        one.report.bundle === undefined ? '' : `epoch ${one.report.bundle.epoch}`,
        verdict(plan, one),
      ]),
    ),
    ...bundles.flatMap((one) => ['', `${one.path}:`, ...renderBundle(one)]),
    ...missingFacts(plan),
  ];
  return `${lines.join('\n')}\n`;
}
