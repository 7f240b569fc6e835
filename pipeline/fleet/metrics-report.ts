/** Reads the metrics of `crashseal-load --prometheus`: of one machine, or of many that a server has collected. Pure. */
import type { Said } from '../format/fleet-report.ts';
import { metricPrefix } from '../format/loader-metrics.ts';
import { lastSecond, showDate } from '../units/time.ts';
import { hostOfInstance } from './host-name.ts';
import { type BadLine, fileTime, readMetricsText, type Sample } from './metrics-text.ts';
import { said, statusOfCode } from './said.ts';
import type { ReadReport } from './status-report.ts';

/** What one machine has in the text. `host` is undefined where the text does not name it: then the file does. */
export type MetricsReport = {
  readonly host: string | undefined;
  /** The label, where it is no name of a machine. */
  readonly noName?: string;
  /** Seconds since 1970, where the text tells them. */
  readonly at?: number;
  readonly report: ReadReport;
};

/** Undefined where the end of the text is missing: what is there may be wrong without it. */
export function readMetricsReports(text: string): readonly MetricsReport[] | undefined {
  const { samples, bad, cut } = readMetricsText(text);
  if (cut) return undefined;
  const byInstance = new Map<string | undefined, Lines>();
  const linesOf = (instance: string | undefined): Lines => {
    const lines = byInstance.get(instance) ?? { samples: [], bad: [] };
    byInstance.set(instance, lines);
    return lines;
  };
  for (const sample of samples) linesOf(sample.labels.get('instance')).samples.push(sample);
  for (const line of bad) linesOf(line.instance).bad.push(line);
  return [...byInstance].flatMap(([instance, lines]) => reportOf(instance, lines));
}

type Lines = { readonly samples: Sample[]; readonly bad: BadLine[] };

function reportOf(instance: string | undefined, { samples, bad }: Lines): MetricsReport[] {
  const own = samples.filter(({ metric }) => metric.startsWith(metricPrefix));
  const [first] = bad;
  // A machine that only has other textfiles says nothing of ours.
  if (own.length === 0 && first === undefined) return [];
  const host = instance === undefined ? undefined : hostOfInstance(instance);
  const at = timeOf(samples);
  return [
    {
      host,
      ...(instance !== undefined && host === undefined ? { noName: instance } : {}),
      ...(at === undefined ? {} : { at }),
      report:
        first === undefined ? readOwn(own) : { ok: false, why: `line ${first.line}: ${first.why}` },
    },
  ];
}

/** When the loader wrote the file, as node_exporter saw it; else when the samples were taken. */
function timeOf(samples: readonly Sample[]): number | undefined {
  const written = samples.find(
    ({ metric, labels }) =>
      metric === fileTime && /(^|\/)crashseal\.prom$/.test(labels.get('file') ?? ''),
  );
  if (written !== undefined) return Math.floor(written.value);
  const times = samples.flatMap(({ at }) => (at === undefined ? [] : [at]));
  return times.length === 0 ? undefined : Math.floor(times.reduce((a, b) => Math.min(a, b)) / 1000);
}

function readOwn(samples: readonly Sample[]): ReadReport {
  const values = new Map<string, Sample>();
  const usable = new Map<string, number>();
  for (const sample of samples) {
    const name = sample.metric.slice(metricPrefix.length);
    const twice = (): ReadReport => ({
      ok: false,
      why: `line ${sample.line}: ${sample.metric} is there twice`,
    });
    if (name === 'target_usable') {
      const target = sample.labels.get('target') ?? '';
      if (usable.has(target)) return twice();
      usable.set(target, sample.value);
    } else if (values.has(name)) return twice();
    else values.set(name, sample);
  }
  const wrong = [...values].find(
    ([name, { value }]) => Object.hasOwn(forms, name) && !forms[name as keyof typeof forms](value),
  );
  if (wrong !== undefined)
    return {
      ok: false,
      why: `line ${wrong[1].line}: ${wrong[1].metric} has a value that it cannot have`,
    };
  if ([...usable.values()].some((value) => !isFlag(value)))
    return { ok: false, why: `${metricPrefix}target_usable has a value that it cannot have` };
  return meaning(values, usable);
}

const isCount = (value: number): boolean => Number.isSafeInteger(value) && value >= 0;
const isFlag = (value: number): boolean => value === 0 || value === 1;
const isTime = (value: number): boolean => isCount(value) && value <= lastSecond;

/** Metrics that we do not know are of a newer loader. */
const forms = {
  status: (value: number) => statusOfCode.has(value),
  armed: isFlag,
  crash_region_bytes: isCount,
  crash_region_needed_bytes: isCount,
  next_load_refused: isFlag,
  last_load_refused: isFlag,
  armed_time_seconds: isTime,
  bundle_end_time_seconds: isTime,
  certificate_end_time_seconds: isTime,
  outdated: isFlag,
  fallback_armed: isFlag,
  bundle_info: (value: number) => value === 1,
} as const;

function meaning(
  values: ReadonlyMap<string, Sample>,
  usable: ReadonlyMap<string, number>,
): ReadReport {
  const of = (name: keyof typeof forms): number | undefined => values.get(name)?.value;
  const status = statusOfCode.get(of('status') ?? -1);
  const armed = of('armed');
  if (status === undefined || armed === undefined)
    return { ok: false, why: `${metricPrefix}status and ${metricPrefix}armed should be there` };
  const info = values.get('bundle_info')?.labels;
  const seal = info?.get('seal');
  if (info !== undefined && !/^[0-9a-f]{64}$/.test(seal ?? ''))
    return { ok: false, why: `${metricPrefix}bundle_info should have a seal of 64 digits` };
  const date = (name: keyof typeof forms, key: string) => {
    const value = of(name);
    return value === undefined ? {} : { [key]: showDate(value) };
  };
  const number = (name: keyof typeof forms, key: string) => {
    const value = of(name);
    return value === undefined ? {} : { [key]: value };
  };
  const own = armed === 1 && seal !== undefined;
  return {
    ok: true,
    said: said({
      status,
      armed: armed === 1,
      dump: dumpOf(armed === 1, own, [...usable.values()]),
      ...(own ? { seal, ...textsOf(info) } : {}),
      ...date('armed_time_seconds', 'armedAt'),
      ...date('bundle_end_time_seconds', 'notAfter'),
      ...date('certificate_end_time_seconds', 'certificatesUntil'),
      fallback: of('fallback_armed') === 1,
      outdated: of('outdated') === 1,
      nextRefused: of('next_load_refused') === 1,
      lastRefused: of('last_load_refused') === 1,
      ...number('crash_region_bytes', 'reserved'),
      ...number('crash_region_needed_bytes', 'needed'),
      why: whyOf(usable, of('last_load_refused') === 1, of('next_load_refused') === 1),
    }),
  };
}

const textsOf = (info: ReadonlyMap<string, string> | undefined) =>
  Object.fromEntries(['profile', 'release', 'signer'].map((name) => [name, info?.get(name) ?? '']));

/** A target that cannot be seen counts as usable here: the metric does not tell the two apart. */
function dumpOf(armed: boolean, own: boolean, usable: readonly number[]): Said['dump'] {
  if (!armed) return 'no';
  if (!own || usable.length === 0) return 'unsure';
  return usable.includes(1) ? 'yes' : 'no';
}

function whyOf(usable: ReadonlyMap<string, number>, last: boolean, next: boolean): string {
  const faulty = [...usable].filter(([, value]) => value === 0).map(([target]) => target);
  return [
    ...(faulty.length === 0 ? [] : [`something speaks against target ${faulty.join(', ')}`]),
    ...(last ? ['the last load was refused'] : []),
    ...(next ? ['the next load would be refused'] : []),
  ].join('; ');
}
