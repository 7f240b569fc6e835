/** One run of the loader on files of a machine: it loads nothing, and reports as JSON. */
import { type LoaderReport, readLoaderReport } from '../format/loader-report.ts';
import type { Host } from '../host/host.ts';
import { fail, ok, type Result } from '../problem/result.ts';

export type AskLoader = (
  bundles: readonly string[],
  more: {
    readonly root?: string | undefined;
    readonly now?: number | undefined;
    /** As if no attestation were required. */
    readonly untried?: boolean;
  },
) => Promise<Result<LoaderReport>>;

/** `trust`: the words that name the trust store, if any; and those of one that requires no attestation. */
export const askerOf =
  (host: Host, program: string, trust: readonly string[], lenient: readonly string[]): AskLoader =>
  async (bundles, { root, now, untried }) => {
    const ran = await host.run(program, [
      '--dry-run',
      '--json',
      ...(untried === true ? lenient : trust),
      ...(root === undefined ? [] : ['--root', root]),
      ...(now === undefined ? [] : ['--now', String(now)]),
      '--',
      ...bundles,
    ]);
    if (!ran.ok) return ran;
    const { stdout, stderr, exitCode } = ran.value;
    const value = readJson(stdout);
    if (value === undefined)
      return fail({ area: 'cli', kind: 'loader-silent', exitCode, said: stderr.trim() });
    const report = readLoaderReport(value);
    return report.ok
      ? ok(report.value)
      : fail({ area: 'cli', kind: 'loader-report', ...report.misfit });
  };

function readJson(stdout: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(stdout));
  } catch {
    return undefined;
  }
}
