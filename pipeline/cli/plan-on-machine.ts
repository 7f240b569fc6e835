/** Runs the loader itself on a machine's facts: what `crashseal plan` shows is what would happen. */
import { join } from 'node:path';
import { extract } from 'tar-stream';
import type { Host } from '../host/host.ts';
import { fail, ok, type Result } from '../problem/result.ts';
import { writePem } from '../sign/certificate.ts';
import { presentLists, readTrustStores, revocationFile, signatureOf } from '../sign/trust.ts';
import { renderTrustStore } from '../sign/trust-store.ts';
import type { LoaderReport } from './render-plan.ts';

export type PlanRequest = {
  readonly bundle: string;
  /** Archive of `crashseal-load --facts`; this machine when left out. */
  readonly facts: string | undefined;
  /** Trust stores, each with a revocation list beside it or not; the machine's own when there are none. */
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
    if (request.trust.length > 0) {
      const trust = await copyTrust(host, request.trust, join(folder, 'trust'));
      if (!trust.ok) return trust;
      args.push('--trust', trust.value);
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

/** The one store that a loader takes, with the revocation list beside it. */
async function copyTrust(
  host: Host,
  paths: readonly string[],
  folder: string,
): Promise<Result<string>> {
  await host.makeFolder(folder, 0o700);
  const store = join(folder, 'trust.pem');
  const [path = '', ...more] = paths;
  if (more.length === 0) {
    // As it is: whether it is good is for the loader to say.
    const bytes = await host.readFile(path);
    if (bytes === undefined)
      return fail({ area: 'cli', kind: 'no-file', file: path, what: 'trust store' });
    await host.writeFile(store, bytes);
  } else {
    const merged = await readTrustStores(host, paths);
    if (!merged.ok) return merged;
    const anchors = merged.value.anchors.map(({ der }) => writePem(der));
    await host.writeFile(store, new TextEncoder().encode(renderTrustStore(merged.value, anchors)));
  }
  const lists = await presentLists(host, paths);
  if (lists.length > 1) return fail({ area: 'sign', kind: 'revocation-several', paths: lists });
  for (const list of lists)
    for (const [from, to] of [
      [list, join(folder, revocationFile)],
      [signatureOf(list), signatureOf(join(folder, revocationFile))],
    ] as const) {
      const bytes = await host.readFile(from);
      if (bytes !== undefined) await host.writeFile(to, bytes);
    }
  return ok(store);
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
