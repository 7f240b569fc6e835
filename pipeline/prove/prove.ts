/**
 * A sealed bundle and a machine made for it -> what was seen when it panicked. Whatever becomes of a guest is a
 * finding; only what keeps a bundle from being tried at all is a problem.
 */
import { resolve } from 'node:path';
import type { Host } from '../host/host.ts';
import { fail, ok, type Result } from '../problem/result.ts';
import { sha256 } from '../units/sha256.ts';
import type { Digest } from '../units/units.ts';
import { outcomeOf } from './finding.ts';
import type { Proof } from './proof.ts';
import { tried } from './runs.ts';
import { type BenchWishes, withWorkbench } from './workbench.ts';

export type ProveWishes = BenchWishes & { readonly quick: boolean };

export function proveBundle(
  host: Host,
  path: string,
  wishes: ProveWishes,
  say: (detail: string) => void,
): Promise<Result<Proof>> {
  const started = performance.now();
  return withWorkbench(host, path, wishes, say, async (workbench) => {
    const { bench, trust, sealDigest, qemu, setting } = workbench;
    const { sealed, shape, logs, parts, panicBy } = bench;
    const runs = await tried(host, bench, resolve(path), trust, wishes.quick, say);
    const findings = [...setting.all, ...runs];
    const kernel = await digestOfFile(host, parts.kernel.vmlinuz, 'the kernel that panicked');
    if (!kernel.ok) return kernel;
    const busybox = await digestOfFile(host, parts.busybox, 'the busybox of the machine');
    if (!busybox.ok) return busybox;
    const loader = await digestOfFile(host, parts.loader, 'the loader of the machine');
    if (!loader.ok) return loader;
    return ok({
      path,
      sealDigest,
      profile: sealed.profile,
      arch: sealed.arch,
      kernelRelease: sealed.kernelRelease,
      qemu,
      machine: {
        cpus: shape.cpus,
        memoryMiB: shape.memory,
        console: shape.console ?? null,
        words: shape.words.join(' '),
      },
      parts: { kernel: kernel.value, busybox: busybox.value, loader: loader.value },
      panicBy,
      quick: wishes.quick,
      outcome: outcomeOf(findings),
      seconds: Math.round((performance.now() - started) / 1000),
      findings,
      logs: wishes.logs === undefined ? null : logs,
    });
  });
}

/** A tester vouches for it: what is gone by now has no digest. */
async function digestOfFile(host: Host, file: string, what: string): Promise<Result<Digest>> {
  const bytes = await host.readFile(file);
  return bytes === undefined
    ? fail({ area: 'cli', kind: 'no-file', file, what })
    : ok(sha256(bytes));
}
