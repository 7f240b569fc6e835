/** A file with reports -> what each machine in it says. Pure. */
import type { Said, Unused } from '../format/fleet-report.ts';
import { hostOfFile } from './host-name.ts';
import { readMetricsReports } from './metrics-report.ts';
import { plain } from './plain.ts';
import { readStatusReport } from './status-report.ts';

export type ReportFile = {
  /** As it was named. */
  readonly path: string;
  /** The machine, where its folder names it rather than the file. */
  readonly host?: string;
  /** Seconds since 1970: when it was last written. */
  readonly at: number;
  readonly bytes: Uint8Array;
};

export type Report = {
  readonly host: string;
  readonly from: string;
  readonly form: 'status' | 'metrics';
  /** Seconds since 1970. */
  readonly at: number;
  readonly said: Said;
};

export type Reports = { readonly reports: readonly Report[]; readonly unused: readonly Unused[] };

/** The loader's page is 4 MiB (`SAY_PAGE_BYTES`). */
const statusMax = 4 << 20;

export function readReports(file: ReportFile): Reports {
  const from = plain(file.path, 500);
  const named = file.host ?? hostOfFile(file.path);
  const unused = (reason: Unused['reason'], why: string, host: string | null): Reports => ({
    reports: [],
    unused: [{ from, host, reason, why: plain(why) }],
  });
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(file.bytes);
  } catch {
    return unused('malformed', 'it is not UTF-8', named ?? null);
  }
  if (/^\s*[{[]/.test(text)) {
    if (named === undefined) return unused('no-name', 'name the file after the machine', null);
    if (file.bytes.length > statusMax)
      return unused('too-large', `it has more than ${statusMax} bytes`, named);
    const read = readStatusReport(text);
    if (!read.ok) return unused('malformed', read.why, named);
    return {
      reports: [{ host: named, from, form: 'status', at: file.at, said: read.said }],
      unused: [],
    };
  }
  const reports = readMetricsReports(text);
  if (reports === undefined) return unused('malformed', 'its last line is cut', named ?? null);
  if (reports.length === 0)
    return unused('malformed', 'it is neither JSON nor has a metric of ours', named ?? null);
  const all = reports.map(({ host: own, noName, at = file.at, report }): Reports => {
    if (noName !== undefined) return unused('no-name', `instance="${noName}"`, null);
    const host = own ?? named;
    if (host === undefined) return unused('no-name', 'name the file after the machine', null);
    if (!report.ok) return unused('malformed', report.why, host);
    return { reports: [{ host, from, form: 'metrics', at, said: report.said }], unused: [] };
  });
  return {
    reports: all.flatMap((one) => one.reports),
    unused: all.flatMap((one) => one.unused),
  };
}
