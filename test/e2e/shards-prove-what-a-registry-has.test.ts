/**
 * Bundles in Debian's docker-registry, proven by jobs that know nothing of each other, with one of them killed: each
 * is tried by its shard, what the killed one had is done by the next run, and nothing is tried twice.
 */
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { isOfShard } from '../../pipeline/cli/shard.ts';
import { realHost } from '../../pipeline/host/real-host.ts';
import { sliceBundle } from '../../pipeline/registry/open-bundle.ts';
import { words } from '../../pipeline/units/words.ts';
import { must } from '../fixtures/results.ts';
import { bundlesFolder } from '../support/capture.ts';
import { crashseal, developmentKeys, testerKeys } from '../support/crashseal.ts';
import { RegistryServer } from '../support/servers/registry-server.ts';
import { bundleWords } from '../support/tried-bundle.ts';
import { withWorkFolder } from '../support/work-folder.ts';

const parts = [1, 2] as const;

/** A bundle for each shard: which one it is in, its digest says. */
async function bundleOfEach(folder: string): Promise<ReadonlyMap<number, string>> {
  const found = new Map<number, string>();
  for (let number = 1; found.size < parts.length; number++) {
    const scenario = { name: `shard-${number}`, kernel: '6.1' } as const;
    const path = (await bundleWords(folder, scenario)).at(-1) ?? '';
    const { digest } = must(await sliceBundle(realHost(), path)).manifest;
    const part = parts.find((one) => isOfShard(digest, { part: one, of: parts.length })) ?? 0;
    if (!found.has(part)) found.set(part, path);
  }
  return found;
}

test.skipIf(process.getuid?.() !== 0)('shards-prove-what-a-registry-has', () =>
  withWorkFolder('shards', async (folder) => {
    const keys = developmentKeys(join('out', 'e2e'));
    const { trust } = keys;
    const tester = testerKeys(folder, keys);
    const bundles = await bundleOfEach(folder);
    const server = await RegistryServer.start(join(folder, 'server'));
    try {
      const repository = `${server.host}/kdump`;
      const pushed = crashseal(['push', repository, ...bundles.values(), ...server.options]);
      expect(pushed.exitCode, pushed.stderr).toBe(0);
      const logs = join(folder, 'logs');
      const temp = resolve(folder, 'tmp');
      mkdirSync(temp);
      const job = [
        ...words`test-crash --json --quick --from ${repository} --trust ${trust} --out ${bundlesFolder}`,
        ...words`--attest --key ${tester.key} --cert ${tester.certificates} --logs ${logs}`,
        ...server.options,
      ];
      const env = { TMPDIR: temp };
      const shard = (part: number) => ({
        ...env,
        SLURM_ARRAY_TASK_ID: `${part}`,
        SLURM_ARRAY_TASK_MIN: '1',
        SLURM_ARRAY_TASK_STEP: '1',
        SLURM_ARRAY_TASK_COUNT: `${parts.length}`,
      });
      const told = (ran: ReturnType<typeof crashseal>) => {
        const { bundles: tried, before, ...rest } = JSON.parse(ran.stdout);
        return {
          ...rest,
          exitCode: ran.exitCode,
          tried: tried.map(({ outcome, path }: { outcome: string; path: string }) => [
            path,
            outcome,
          ]),
          before: before.map(({ outcome, reference }: { outcome: string; reference: string }) => [
            reference,
            outcome,
          ]),
        };
      };
      const names = parts.map((part) =>
        `${repository}:${bundles.get(part)}`.replace(/:[^:]*\/([^/]*)\.crashseal$/, ':$1'),
      );

      // The job of the first shard dies in the middle, with all that it had started.
      const killed = spawn(process.execPath, ['out/crashseal.mjs', ...job], {
        env: { ...process.env, ...shard(1) },
        stdio: 'ignore',
        detached: true,
      });
      const ended = new Promise<unknown>((end) => killed.once('close', (_, signal) => end(signal)));
      while (!booted(logs)) {
        if (killed.exitCode !== null) throw new Error('it ended before it was killed');
        await setTimeout(100);
      }
      process.kill(-(killed.pid ?? 0), 'SIGKILL');
      expect(await ended).toBe('SIGKILL');

      const common = { refused: [], listed: 2, left: [] };
      expect(told(crashseal(job, shard(2)))).toEqual({
        ...common,
        exitCode: 0,
        own: 1,
        shard: { part: 2, of: 2 },
        tried: [[names[1], 'passed']],
        before: [],
      });
      // Whoever comes next finds what is missing, and nothing else.
      expect(told(crashseal(job, env))).toEqual({
        ...common,
        exitCode: 0,
        own: 2,
        shard: null,
        tried: [[names[0], 'passed']],
        before: [[names[1], 'passed']],
      });
      expect(told(crashseal(job, env))).toMatchObject({ exitCode: 0, tried: [], own: 2 });

      for (const name of names) {
        const out = join(folder, 'pulled');
        const pulled = crashseal(['pull', name, '--output', out, ...server.options]);
        expect(pulled.exitCode, pulled.stderr).toBe(0);
        const statements = readFileSync(`${out}.test-crash`, 'latin1').match(/"predicateType"/g);
        expect(statements).toHaveLength(1);
        const verified = crashseal(
          words`verify --trust ${trust} --require test-crash-warned ${out}`,
        );
        expect(verified.exitCode, verified.stderr).toBe(0);
      }
    } finally {
      await server.stop();
    }
  }),
);

/** Whether a machine of the run runs Linux by now. */
const booted = (logs: string): boolean =>
  (existsSync(logs) ? readdirSync(logs) : []).some((bundle) => {
    const console = join(logs, bundle, 'capture.log');
    return existsSync(console) && readFileSync(console, 'latin1').includes('Linux version');
  });
