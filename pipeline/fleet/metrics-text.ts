/**
 * Reads Prometheus' text format as far as we need it: the samples of our own metrics, strictly, from a textfile, a
 * scrape of node_exporter or a federation. Everything else in it is passed over. Pure.
 */
import { metricPrefix } from '../format/loader-metrics.ts';

/** What node_exporter says of the age of a textfile. */
export const fileTime = 'node_textfile_mtime_seconds';

export type Sample = {
  readonly metric: string;
  readonly labels: ReadonlyMap<string, string>;
  readonly value: number;
  /** Milliseconds since 1970. */
  readonly at?: number;
  readonly line: number;
};

/** `instance`: as far as such a line tells whose it is. */
export type BadLine = {
  readonly line: number;
  readonly why: string;
  readonly instance: string | undefined;
};

export type MetricsText = {
  readonly samples: readonly Sample[];
  readonly bad: readonly BadLine[];
  /** The end is missing, and so is whatever stood there. */
  readonly cut: boolean;
};

const start = /^([a-zA-Z_:][a-zA-Z0-9_:]*)/;
const label = /([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\]|\\[\\"n])*)"/y;
const number = /^[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?$/;
const longestLine = 4096;

const isWanted = (line: string): boolean =>
  line.startsWith(metricPrefix) || line.startsWith(fileTime);

export function readMetricsText(text: string): MetricsText {
  const samples: Sample[] = [];
  const bad: BadLine[] = [];
  const lines = text.split('\n');
  // The format ends every line: one that is not ended was cut.
  const cut = lines.pop() !== '';
  for (const [index, content] of lines.entries()) {
    if (!isWanted(content)) continue;
    const read = content.length > longestLine ? 'the line is too long' : readLine(content);
    if (typeof read === 'string')
      bad.push({ line: index + 1, why: read, instance: instanceIn(content) });
    else samples.push({ ...read, line: index + 1 });
  }
  return { samples, bad, cut };
}

/** A quotation mark within a value has a backslash before it, so that no value can hold this. */
function instanceIn(line: string): string | undefined {
  const found = /[{,]instance="((?:[^"\\]|\\.)*)"/.exec(line)?.[1];
  return found === undefined ? undefined : unescaped(found);
}

function readLine(line: string): Omit<Sample, 'line'> | string {
  const metric = start.exec(line)?.[1] ?? '';
  let at = metric.length;
  const labels = new Map<string, string>();
  if (line[at] === '{') {
    at += 1;
    while (line[at] !== '}') {
      label.lastIndex = at;
      const found = label.exec(line);
      if (found === null) return 'its labels are not of their form';
      const [all, name = '', escaped = ''] = found;
      if (labels.has(name)) return 'it has a label twice';
      labels.set(name, unescaped(escaped));
      at += all.length;
      if (line[at] === ',') at += 1;
      else if (line[at] !== '}') return 'its labels are not of their form';
    }
    at += 1;
  }
  const words = line
    .slice(at)
    .trim()
    .split(/[ \t]+/);
  const [value = '', time] = words;
  if (words.length > 2 || !number.test(value)) return 'its value is not a number';
  if (time !== undefined && !/^\d{1,15}$/.test(time)) return 'its time is not in milliseconds';
  return {
    metric,
    labels,
    value: Number(value),
    ...(time === undefined ? {} : { at: Number(time) }),
  };
}

const unescaped = (text: string): string =>
  text.replace(/\\(.)/g, (_all, one: string) => (one === 'n' ? '\n' : one));
