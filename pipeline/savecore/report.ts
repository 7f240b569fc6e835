/** report.json: what is known of one dump. The program on the target writes the same (docs/savecore.md). */
import { showDate } from '../units/time.ts';
import type { Dump } from './dump.ts';
import type { PanicSummary } from './kernel-log.ts';
import { first, numberIn, printable } from './marker.ts';

export type DumpFile = {
  readonly file: string;
  readonly format: 'kdump' | 'elf' | null;
  readonly size: bigint;
  /** Why it is not whole; undefined for one that is. */
  readonly cut: string | undefined;
};

export type Report = {
  readonly version: 1;
  readonly bundle: string | null;
  readonly buildId: string | null;
  readonly captureRelease: string | null;
  readonly cause: string | null;
  readonly collected: string;
  readonly crashed: string | null;
  readonly dump: {
    readonly file: string | null;
    readonly format: 'kdump' | 'elf' | null;
    readonly size: string;
    readonly state: 'complete' | 'cut' | 'none';
    readonly why: string | null;
  };
  readonly finished: string | null;
  readonly frames: readonly string[];
  readonly from: string;
  readonly log: string | null;
  readonly panic: string | null;
  /** Why earlier targets did not get it. */
  readonly previous: readonly string[];
  readonly profile: string | null;
  /** Of the kernel that panicked. */
  readonly release: string | null;
  readonly seconds: number | null;
  readonly signature: string | null;
  readonly started: string | null;
};

export type Known = {
  readonly dump: Dump;
  readonly from: string;
  /** Seconds since 1970. */
  readonly now: number;
  readonly vmcore: DumpFile | undefined;
  readonly log: string | undefined;
  readonly summary: PanicSummary | undefined;
  readonly vmcoreinfo: ReadonlyMap<string, string> | undefined;
};

const panicBegins = /^Kernel panic - not syncing: /;

export function reportOn({ dump, from, now, vmcore, log, summary, vmcoreinfo }: Known): Report {
  const told = toldBy(dump);
  const info = (key: string): string | null => {
    const value = vmcoreinfo?.get(key);
    return value === undefined ? null : printable(value).slice(0, 200);
  };
  const date = (seconds: number | undefined): string | null =>
    seconds === undefined || seconds === 0 ? null : showDate(seconds);
  return {
    version: 1,
    bundle: told('bundle') ?? null,
    buildId: info('BUILD-ID'),
    captureRelease: told('release') ?? null,
    cause: summary?.cause ?? null,
    collected: showDate(now),
    crashed: date(crashTime(vmcoreinfo)),
    dump: {
      file: vmcore?.file ?? null,
      format: vmcore?.format ?? null,
      size: `${vmcore?.size ?? 0n}`,
      state: vmcore === undefined ? 'none' : vmcore.cut === undefined ? 'complete' : 'cut',
      why: vmcore?.cut ?? told('reason') ?? null,
    },
    finished: date(numberIn(dump.marker, 'finished')),
    frames: summary?.frames ?? [],
    from,
    log: log ?? null,
    panic: summary?.panic ?? told('panic')?.replace(panicBegins, '') ?? null,
    previous: dump.marker.get('previous') ?? previousIn(dump.report ?? []),
    profile: told('profile') ?? null,
    release: info('OSRELEASE'),
    seconds: numberIn(dump.marker, 'seconds') ?? null,
    signature: summary?.signature ?? null,
    started: date(startTime(dump)),
  };
}

/** From the marker, or from the report that lies beside the files; nothing for what is empty. */
const toldBy =
  ({ marker, report = [] }: Dump) =>
  (key: string): string | undefined =>
    first(marker, key) ||
    report.find((line) => line.startsWith(`${key}=`))?.slice(key.length + 1) ||
    undefined;

const previousIn = (report: readonly string[]): readonly string[] =>
  report.flatMap((line) => (line.startsWith('previous=') ? [line.slice(9)] : []));

const stampInName = /(\d{4}-\d{2}-\d{2})-(\d{2})[:-](\d{2})[:-](\d{2})(?:-\d+)?$/;

/** `web1-2026-11-28-12:00:00`, which tells of the machine too, at the end of what a dump is called. */
export const stampedName = (text: string): string | undefined => {
  const name = text.slice(text.lastIndexOf(' ') + 1);
  return stampInName.test(name) ? name : undefined;
};

/** Seconds since 1970 when the capture kernel began, as far as it says so. */
export function startTime(dump: Dump): number | undefined {
  const told = toldBy(dump)('started') ?? '';
  if (/^[1-9]\d{0,11}$/.test(told)) return Number(told);
  const [, day, hour, minute, second] = stampInName.exec(dump.name) ?? [];
  const time = Date.parse(`${day}T${hour}:${minute}:${second}Z`);
  return Number.isNaN(time) ? undefined : time / 1000;
}

export function crashTime(vmcoreinfo: Known['vmcoreinfo']): number | undefined {
  const text = vmcoreinfo?.get('CRASHTIME') ?? '';
  return /^[1-9]\d{0,11}$/.test(text) ? Number(text) : undefined;
}

/** The name of a dump's folder: `2026-11-28-14:03:07`. */
export const stampOf = (seconds: number): string =>
  showDate(seconds).replace('T', '-').replace(/Z$/, '');
