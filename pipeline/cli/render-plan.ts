import { lossWords } from '../seal/words.ts';
import { hex, showSize } from '../units/units.ts';
import { memoryMap } from './memory-map.ts';
import { section, textTable } from './text-table.ts';

/** What the loader reports in JSON (docs/loader.md), as far as it came. */
export type LoaderReport = {
  readonly status: string;
  readonly exitCode: number;
  readonly error?: string;
  readonly hint?: string;
  readonly bundle?: { readonly profile: string; readonly kernelRelease: string };
  readonly signer?: { readonly name: string; readonly developmentKey: boolean };
  readonly machine?: {
    readonly kernelRelease: string;
    readonly cpus: number;
    readonly crashRegion: Range;
    readonly lowCrashRegion: Range | null;
    readonly dumpRanges: readonly Range[];
  };
  readonly segments?: readonly {
    readonly name: string;
    readonly mem: string;
    readonly memsz: string;
    readonly bufsz: string;
    readonly asPlanned: boolean;
    readonly holdsLiveValues: boolean;
  }[];
  readonly entry?: string;
  readonly commandLine?: string;
  readonly backend?: 'segments' | 'file';
  readonly backendBecause?: string;
  readonly guaranteesGone?: readonly string[];
  readonly guarantees?: { readonly crashHotplug: boolean };
};

type Range = { readonly start: string; readonly size: string };

function range({ start, size }: Range): string {
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
  const because = backendBecause === undefined ? '' : `, because ${backendBecause}`;
  const meaning = new Map(lossWords);
  return [
    ['loaded by', `${backend === 'file' ? 'kexec_file_load' : 'kexec_load'}${because}`],
    ...guaranteesGone.map((name) => ['not guaranteed', `${name}: ${meaning.get(name) ?? ''}`]),
    ...(guarantees?.crashHotplug === true && backend === 'segments'
      ? [['not guaranteed', 'the ELF core header: the kernel rewrites it on hot-plug']]
      : []),
  ];
}

export function renderPlan(report: LoaderReport): string {
  const { bundle, signer, machine, segments } = report;
  const rows: (readonly string[])[] = [
    [
      'answer',
      report.exitCode === 0 ? 'would be loaded' : `REFUSED: ${report.error ?? report.status}`,
    ],
  ];
  if (report.exitCode !== 0) {
    rows.push(['status', `${report.status}, exit code ${report.exitCode} of crashseal-load`]);
    if (report.hint !== undefined && report.hint !== '') rows.push(['hint', report.hint]);
  }
  if (bundle !== undefined)
    rows.push([
      'bundle',
      `profile ${bundle.profile}, kernel ${bundle.kernelRelease || 'not known'}`,
    ]);
  if (signer !== undefined)
    rows.push(['signer', `${signer.name}${signer.developmentKey ? ', a DEVELOPMENT KEY' : ''}`]);
  rows.push(...machineRows(report));
  rows.push(...backendRows(report));
  if (report.entry !== undefined) rows.push(['entry', report.entry]);
  if (report.commandLine !== undefined) rows.push(['command line', report.commandLine]);

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
  const lines = [
    ...textTable(rows),
    ...section('Crash region', placed),
    ...(placed.length === 0
      ? []
      : ['', '* holds live values; every other byte is as it was signed']),
  ];
  return `${lines.join('\n')}\n`;
}
