/** Runs the loader itself on a machine's facts: what `crashseal plan` shows is what would happen. */
import { join } from 'node:path';
import { extract } from 'tar-stream';
import type { Host } from '../host/host.ts';
import { fail, ok, type Result } from '../problem/result.ts';
import type { LoaderReport } from './render-plan.ts';

export type PlanRequest = {
  readonly bundle: string;
  /** Archive of `crashseal-load --facts`; this machine when left out. */
  readonly facts: string | undefined;
  /** Certificates in PEM; the machine's own store when there are none. */
  readonly trust: readonly string[];
};

export async function planOnMachine(
  host: Host,
  loader: Uint8Array,
  request: PlanRequest,
): Promise<Result<LoaderReport>> {
  return host.withTempFolder(async (folder) => {
    const program = join(folder, 'crashseal-load');
    await host.writeFile(program, loader, 0o755);
    const args = ['--dry-run', '--json'];
    if (request.facts !== undefined) {
      const root = join(folder, 'root');
      const unpacked = await unpackFacts(host, request.facts, root);
      if (!unpacked.ok) return unpacked;
      args.push('--root', root);
    }
    const trust: Uint8Array[] = [];
    for (const path of request.trust) {
      const bytes = await host.readFile(path);
      if (bytes === undefined)
        return fail({ area: 'cli', kind: 'no-file', file: path, what: 'certificate' });
      trust.push(bytes, new TextEncoder().encode('\n'));
    }
    if (trust.length > 0) {
      const anchors = join(folder, 'trust.pem');
      await host.writeFile(anchors, Uint8Array.from(Buffer.concat(trust)));
      args.push('--trust', anchors);
    }
    const ran = await host.run(program, [...args, request.bundle]);
    if (!ran.ok) return ran;
    const report = readReport(ran.value.stdout);
    return report === undefined
      ? fail({
          area: 'cli',
          kind: 'loader-silent',
          exitCode: ran.value.exitCode,
          said: ran.value.stderr.trim(),
        })
      : ok(report);
  });
}

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

/** Facts are small text files; what is larger did not come from a loader. */
const factSizeMax = 64 << 20;

async function unpackFacts(host: Host, file: string, root: string): Promise<Result<undefined>> {
  const bytes = await host.readFile(file);
  if (bytes === undefined)
    return fail({ area: 'cli', kind: 'no-file', file, what: 'archive of facts' });
  const damaged = (reason: string): Result<never> =>
    fail({ area: 'cli', kind: 'facts-not-archive', file, reason });
  if (bytes.length > factSizeMax) return damaged('it is too large');
  await host.makeFolder(root);
  const archive = extract();
  archive.end(Buffer.from(bytes));
  const seen = new Set<string>();
  try {
    for await (const entry of archive) {
      const { name, type } = entry.header;
      if (type === 'directory') {
        entry.resume();
        continue;
      }
      // Names come from a file that anyone may have made: nothing is written outside the folder.
      const parts = name.split('/');
      const clean = parts.every((part) => part !== '' && part !== '.' && part !== '..');
      if (type !== 'file' || !clean || seen.has(name) || name.includes('\0'))
        return fail({ area: 'cli', kind: 'facts-member', file, member: name });
      seen.add(name);
      const chunks: Uint8Array[] = [];
      for await (const chunk of entry) chunks.push(chunk as Uint8Array);
      await host.makeFolder(join(root, ...parts.slice(0, -1)));
      await host.writeFile(join(root, ...parts), Uint8Array.from(Buffer.concat(chunks)));
    }
  } catch (error) {
    if (error instanceof Error && 'syscall' in error) throw error;
    return damaged(error instanceof Error ? error.message : String(error));
  }
  return seen.size === 0 ? damaged('there is nothing in it') : ok(undefined);
}
