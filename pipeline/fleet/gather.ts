/** Finds the files with reports, and reads each of them: as much as a report can have, and nothing that blocks. */
import type { Unused } from '../format/fleet-report.ts';
import type { Host } from '../host/host.ts';
import { sideBySide } from '../host/side-by-side.ts';
import { refusalAsProblem } from '../host/system-refusal.ts';
import { explain } from '../problem/problem.ts';
import { fail, ok, type Result } from '../problem/result.ts';
import { baseName, hostName } from './host-name.ts';
import { plain } from './plain.ts';
import { type Reports, readReports } from './read-report.ts';

/** The metrics of ten thousand machines, as a server collects them, are some 30 MB. */
const fileMax = 128 << 20;
/** More machines than these are several fleets. */
const filesMax = 200_000;
/** Files that are read side by side. */
const atOnce = 32;

type Found = { readonly path: string; readonly host?: string };

export async function gatherReports(
  host: Host,
  paths: readonly string[],
): Promise<Result<Reports>> {
  const found: Found[] = [];
  for (const path of paths) {
    const below = await filesOf(host, path);
    if (below === undefined) return fail({ area: 'fleet', kind: 'reports-missing', path });
    for (const one of below) found.push(one);
    if (found.length > filesMax)
      return fail({ area: 'fleet', kind: 'too-many-reports', path, most: filesMax });
  }
  const reports = await sideBySide(found, atOnce, (file) => readOne(host, file));
  return ok({
    reports: reports.flatMap((one) => one.reports),
    unused: reports.flatMap((one) => one.unused),
  });
}

/** `FOLDER/web1.json` and `FOLDER/web1/crashseal.prom` are both of web1. */
async function filesOf(host: Host, path: string): Promise<readonly Found[] | undefined> {
  const names = await host.list(path);
  if (names === undefined) return (await host.stat(path)) === undefined ? undefined : [{ path }];
  const files: Found[] = [];
  for (const name of names) {
    if (isReport(name)) files.push({ path: `${path}/${name}` });
    else if (!name.startsWith('.'))
      for (const inner of (await host.list(`${path}/${name}`)) ?? [])
        if (isReport(inner)) {
          const machine = hostName(name);
          files.push({
            path: `${path}/${name}/${inner}`,
            ...(machine === undefined ? {} : { host: machine }),
          });
        }
    if (files.length > filesMax) break;
  }
  return files;
}

/** What else lies in the folder is none of ours: files that are being written are often `.web1.json.tmp`. */
const isReport = (name: string): boolean => /^[^.].*\.(json|prom)$/.test(baseName(name));

async function readOne(host: Host, found: Found): Promise<Reports> {
  const { path, host: machine } = found;
  const unused = (reason: Unused['reason'], why: string): Reports => ({
    reports: [],
    unused: [{ from: plain(path, 500), host: machine ?? null, reason, why: plain(why) }],
  });
  const read = await refusalAsProblem(async () => ok(await contentOf(host, found)));
  if (!read.ok) return unused('unreadable', explain(read.problems[0]).message);
  if (read.value === undefined) return unused('unreadable', 'it is not there any more');
  if (read.value === 'not-a-file') return unused('unreadable', 'it is not a regular file');
  if (read.value === 'too-large') return unused('too-large', `it has more than ${fileMax} bytes`);
  return readReports(read.value);
}

async function contentOf(host: Host, { path, host: machine }: Found) {
  const stat = await host.stat(path);
  const bytes = await host.readSmallFile(path, fileMax);
  if (stat === undefined || bytes === undefined || typeof bytes === 'string')
    return typeof bytes === 'string' ? bytes : undefined;
  const at = Math.floor(stat.mtimeMs / 1000);
  return { path, at, bytes, ...(machine === undefined ? {} : { host: machine }) };
}
