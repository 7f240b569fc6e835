/** One run of the loader on files of a machine: it loads nothing, and reports as JSON. */
import type { Host } from '../host/host.ts';
import { fail, ok, type Result } from '../problem/result.ts';
import type { LoaderReport } from './loader-report.ts';

export type AskLoader = (
  bundles: readonly string[],
  more: { readonly root?: string | undefined; readonly now?: number | undefined },
) => Promise<Result<LoaderReport>>;

/** `trust`: the words that name the trust store, if any. */
export const askerOf =
  (host: Host, program: string, trust: readonly string[]): AskLoader =>
  async (bundles, { root, now }) => {
    const ran = await host.run(program, [
      ...['--dry-run', '--json', ...trust],
      ...(root === undefined ? [] : ['--root', root]),
      ...(now === undefined ? [] : ['--now', String(now)]),
      ...bundles,
    ]);
    if (!ran.ok) return ran;
    const { stdout, stderr, exitCode } = ran.value;
    const report = readReport(stdout);
    return report === undefined
      ? fail({ area: 'cli', kind: 'loader-silent', exitCode, said: stderr.trim() })
      : ok(report);
  };

function readReport(stdout: Uint8Array): LoaderReport | undefined {
  try {
    const value: unknown = JSON.parse(new TextDecoder().decode(stdout));
    return typeof value === 'object' && value !== null && 'status' in value && 'exitCode' in value
      ? (value as LoaderReport)
      : undefined;
  } catch {
    return undefined;
  }
}
