/**
 * The job file of deploy/slurm on a real Slurm of two nodes, with a hundred bundles in Debian's docker-registry. In
 * the middle one node loses its power. Slurm starts the task that it had on the other one; afterwards every bundle is
 * attested exactly once. Hours without KVM: `make test-matrix TESTS=test/matrix/slurm-proves-a-hundred-bundles.test.ts`,
 * with CRASHSEAL_SLURM_BUNDLES for another number of bundles.
 */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { virtioDisk } from '../../pipeline/guest/system-initramfs.ts';
import { httpClient } from '../../pipeline/host/http-client.ts';
import { realHost } from '../../pipeline/host/real-host.ts';
import { readReference } from '../../pipeline/registry/reference.ts';
import { repositories } from '../../pipeline/registry/registry.ts';
import { words } from '../../pipeline/units/words.ts';
import { must } from '../fixtures/results.ts';
import { bundlesFolder, testProfile } from '../support/capture.ts';
import { crashseal, developmentKeys, testerKeys } from '../support/crashseal.ts';
import { testKernelTree } from '../support/kernel-tree.ts';
import { RegistryServer } from '../support/servers/registry-server.ts';
import { canRunSlurm, SlurmCluster } from '../support/servers/slurm-cluster.ts';
import { freshWorkFolder } from '../support/work-folder.ts';

const count = Number(process.env.CRASHSEAL_SLURM_BUNDLES ?? 100);
/** More than nodes, as a fleet has them: a node that dies takes one of them along. */
const tasks = Math.min(10, Math.ceil(count / 2));
const nodes = ['n1', 'n2'] as const;
/** Of one bundle, with two at a time on a busy machine. */
const secondsEach = 600;

type Bundle = { readonly tag: string; readonly digest: never };
type Outcome = { readonly path: string; readonly outcome: string };

/** Profiles that differ by what a fleet's would: each has a disk of its own name. */
async function buildProfiles(folder: string): Promise<readonly string[]> {
  const kernel = await testKernelTree('6.1');
  const profiles = join(folder, 'profiles');
  mkdirSync(profiles);
  for (let number = 1; number <= count; number++) {
    const name = `slurm-${String(number).padStart(3, '0')}`;
    const profile = {
      ...testProfile({ name, kernel: '6.1', crashkernel: ['192M'] }, kernel),
      target: { kind: 'raw', device: `SERIAL=dump-${number}` },
      tools: { from: 'apt' },
      initramfs: { from: 'composed', compression: 'none', drivers: virtioDisk },
      // All of memory takes a starved guest longer than a target's budget.
      dump: { level: 31 },
    };
    writeFileSync(join(profiles, `${name}.yaml`), JSON.stringify(profile));
  }
  const { certificates, key } = developmentKeys(join('out', 'e2e'));
  const built = crashseal(
    words`build --json --out ${bundlesFolder} --lock ${folder}/lock --key ${key} --cert ${certificates} ${profiles}`,
  );
  expect(built.exitCode, built.stderr).toBe(0);
  const { bundles } = JSON.parse(built.stdout) as { bundles: readonly { path: string }[] };
  return bundles.map(({ path }) => path);
}

test.skipIf(!canRunSlurm())(
  'slurm-proves-a-hundred-bundles',
  async () => {
    const folder = resolve(freshWorkFolder('slurm'));
    const keys = developmentKeys(join('out', 'e2e'));
    const { trust } = keys;
    const tester = testerKeys(folder, keys);
    const bundles = await buildProfiles(folder);
    expect(bundles).toHaveLength(count);
    const server = await RegistryServer.start(join(folder, 'server'));
    const cluster = await SlurmCluster.start(folder, nodes, 2);
    try {
      const repository = `${server.host}/kdump`;
      const pushed = crashseal(['push', repository, ...bundles, ...server.options]);
      expect(pushed.exitCode, pushed.stderr).toBe(0);
      const listed = crashseal(['list', '--json', repository, ...server.options]);
      const there = JSON.parse(listed.stdout).bundles as readonly Bundle[];
      expect(there).toHaveLength(count);
      const [ca = '', logins = ''] = [server.tls.ca, server.logins];
      const client = httpClient({ env: () => undefined, ca: readFileSync(ca) });
      const { place } = must(readReference(repository));
      const own = repositories(realHost(), { client, logins })(place);
      const attested = async () => {
        const counts: number[] = [];
        for (const { digest } of there) counts.push(must(await own.referrers(digest)).length);
        return counts;
      };
      const done = async () => (await attested()).filter((one) => one > 0).length;

      const submitted = cluster.run([
        ...['sbatch', '--parsable', '--chdir=/job', `--array=1-${tasks}`],
        `--export=CRASHSEAL_TRUST=${resolve(trust)},CRASHSEAL_KEY=${tester.key},CRASHSEAL_CERT=${tester.certificates}`,
        ...['/deploy/prove.sbatch', '--from', repository, ...server.options],
        ...words`--quick --json --logs ${folder}/logs --out ${resolve(bundlesFolder)}`,
      ]);
      expect(submitted.exitCode, submitted.text).toBe(0);
      const array = submitted.text.trim();

      const open = () => cluster.tasks(array, 'PENDING,RUNNING,COMPLETING,SUSPENDED');
      // In the middle of its work: something is attested, and it has a task.
      const limit = performance.now() + count * secondsEach * 1000;
      let lost: readonly string[] = [];
      for (; lost.length === 0; await setTimeout(1000)) {
        expect(performance.now()).toBeLessThan(limit);
        expect(open(), 'all was done before a node could be lost').not.toEqual([]);
        if ((await done()) >= Math.min(count / 4, nodes.length))
          lost = cluster.tasks(array, 'RUNNING', nodes[1]);
      }
      await cluster.crash(nodes[1]);
      expect(lost).toHaveLength(1);

      for (; open().length > 0; await setTimeout(1000))
        expect(performance.now(), cluster.run(['squeue']).text).toBeLessThan(limit);

      expect(await attested()).toEqual(there.map(() => 1));
      const shown = cluster.run(['scontrol', '--oneliner', 'show', 'job', array]).text.trim();
      const states = shown.split('\n').map((line) => ({
        task: `${array}_${/ArrayTaskId=(\d+)/.exec(line)?.[1]}`,
        state: /JobState=(\w+)/.exec(line)?.[1],
        restarts: Number(/Restarts=(\d+)/.exec(line)?.[1]),
      }));
      // None is passed over, and the one that lost its node ended well on the other.
      expect(states).toHaveLength(tasks);
      expect(states.filter(({ state }) => state !== 'COMPLETED')).toEqual([]);
      expect(states.filter(({ restarts }) => restarts > 0).map(({ task }) => task)).toEqual(lost);

      const reports = readdirSync(folder)
        .filter((name) => /^crashseal-\d+-\d+\.log$/.test(name))
        .map((name) => readFileSync(join(folder, name), 'utf8'))
        .map((log) => JSON.parse(log.slice(log.indexOf('{\n'))));
      expect(reports.map(({ listed: all }) => all)).toEqual(reports.map(() => count));
      const outcomes: Outcome[] = reports.flatMap(({ before, bundles: tried }) => [
        ...tried,
        ...before.map((one: { reference: string; outcome: string }) => ({
          path: one.reference,
          outcome: one.outcome,
        })),
      ]);
      expect(outcomes.filter(({ outcome }) => outcome !== 'passed')).toEqual([]);
      expect(outcomes.map(({ path }) => path).toSorted()).toEqual(
        there.map(({ tag }) => `${repository}:${tag}`).toSorted(),
      );
      client.close();
    } finally {
      await cluster.stop();
      await server.stop();
    }
  },
  count * secondsEach * 1000 + 30 * 60_000,
);
