/**
 * A thousand profiles of one kernel, built by the tool as it ships, signed, into an OCI image layout: files of them would
 * be 37 GB. How long that takes, with how much memory, and how many bytes a profile costs.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect, test } from 'vitest';
import { crashseal, developmentKeys, type Ran } from '../support/crashseal.ts';
import { testKernelTree } from '../support/kernel-tree.ts';
import { withWorkFolder } from '../support/work-folder.ts';

const count = 1000;
/** Bytes of a profile beyond what it shares. */
const uniqueMost = 64 << 10;
/** MiB: some hundred, however many profiles there are. */
const memoryMost = 1024;

/** As a fleet has them: two kinds of disk, and what else differs by class of machine. */
const profileText = (at: number, deb: string): string =>
  JSON.stringify({
    name: `web-${at}`,
    kernel: { from: 'deb', path: deb },
    crashkernel: at % 3 === 0 ? '256M' : '320M',
    limits: { cpus: 8 << (at % 4), memoryRanges: 32 },
    initramfs: { from: 'composed', drivers: at % 2 === 0 ? ['virtio_blk'] : ['nvme'] },
    target: { kind: 'raw', device: `PARTLABEL=dump-${at}` },
    console: { device: at % 5 === 0 ? 'ttyS1' : 'ttyS0' },
    onCorruption: at % 7 === 0 ? ['halt'] : ['message', 'reset'],
    ...(at % 11 === 0 ? { epoch: at } : {}),
  });

test('a-thousand-profiles-build, and second-build-touches-nothing', async ({ annotate }) =>
  withWorkFolder('a-thousand-profiles', async (folder) => {
    const { deb } = await testKernelTree('6.12');
    const keys = developmentKeys(join('out', 'e2e'));
    const profiles = join(folder, 'profiles');
    const layout = join(folder, 'layout');
    const blobs = join(layout, 'blobs/sha256');
    execFileSync('mkdir', [profiles]);
    const write = (at: number, change = {}): void =>
      writeFileSync(
        join(profiles, `web-${at}.yaml`),
        JSON.stringify({ ...JSON.parse(profileText(at, resolve(deb))), ...change }),
      );
    const build = (...more: readonly string[]): Ran & { seconds: number; mebibytes: number } => {
      const start = performance.now();
      const ran = spawnSync(
        '/usr/bin/time',
        [
          ...['--quiet', '--format=%M', '--output', join(folder, 'peak'), process.execPath],
          ...[resolve('out/crashseal.mjs'), 'build', profiles, '--to', `oci:${layout}`, '--json'],
          ...['--out', join(folder, 'out'), '--lock', join(folder, 'crashseal.lock')],
          ...['--key', keys.key, '--cert', keys.certificates, ...more],
        ],
        { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'], maxBuffer: 2 ** 28 },
      );
      return {
        exitCode: ran.status ?? -1,
        stdout: ran.stdout,
        stderr: ran.stderr,
        seconds: (performance.now() - start) / 1000,
        mebibytes: Number(readFileSync(join(folder, 'peak'), 'utf8')) / 1024,
      };
    };
    type Told = { readonly unchanged: boolean; readonly path: string };
    const bundlesOf = (ran: Ran): readonly Told[] => {
      expect(ran.exitCode, ran.stderr.slice(-2000)).toBe(0);
      return JSON.parse(ran.stdout).bundles;
    };

    // The store is warm: both kinds of initramfs are packed, and all inputs are pinned.
    for (let at = 0; at < 2; at++) write(at);
    bundlesOf(build());
    for (let at = 0; at < count; at++) write(at);
    const first = build();
    const told = bundlesOf(first);
    expect(told.length).toBe(count);
    expect(told.filter(({ unchanged }) => unchanged).length).toBe(2);

    // What they have in common is there once.
    const sizes = new Map(
      readdirSync(blobs).map((name) => [name, statSync(join(blobs, name)).size] as const),
    );
    const index = JSON.parse(readFileSync(join(layout, 'index.json'), 'utf8'));
    const slices = index.manifests.map(({ digest }: { digest: string }) =>
      JSON.parse(readFileSync(join(blobs, digest.slice(7)), 'utf8')).layers.map(
        (layer: { digest: string }) => layer.digest.slice(7),
      ),
    ) as readonly (readonly string[])[];
    expect(slices.length).toBe(count);
    const times = new Map<string, number>();
    for (const slice of slices.flat()) times.set(slice, (times.get(slice) ?? 0) + 1);
    const sizeOf = (digest: string): number => sizes.get(digest) ?? Number.NaN;
    const sum = (digests: readonly string[]): number =>
      digests.reduce((total, digest) => total + sizeOf(digest), 0);
    const own = slices.map((each) => sum(each.filter((slice) => times.get(slice) === 1)));
    expect(own.filter((bytes) => !(bytes > 0 && bytes <= uniqueMost))).toEqual([]);
    const written = [...sizes.values()].reduce((total, size) => total + size, 0);
    const asFiles = slices.reduce((total, each) => total + sum(each), 0);
    expect(first.mebibytes).toBeLessThan(memoryMost);

    // Any of them is a bundle that the tool verifies.
    for (const at of [0, count / 2 + 1, count - 1]) {
      const file = join(folder, 'pulled.crashseal');
      const words = ['--trust', keys.trust, `oci:${layout}:web-${at}`, '--output', file];
      expect(crashseal(['pull', ...words]).exitCode).toBe(0);
    }

    // second-build-touches-nothing.
    const states = () =>
      [layout, join(folder, 'out')].flatMap((top) =>
        readdirSync(top, { recursive: true, encoding: 'utf8' })
          .sort()
          .map((name) => [name, statSync(join(top, name), { bigint: true }).mtimeNs] as const),
      );
    const before = states();
    const second = build();
    expect(bundlesOf(second).filter(({ unchanged }) => !unchanged)).toEqual([]);
    expect(states()).toEqual(before);

    // One that changed is the only one that is made.
    write(500, { crashkernel: '300M' });
    const changed = bundlesOf(build('--update-lock')).filter(({ unchanged }) => !unchanged);
    expect(changed.map(({ path }) => path)).toEqual([`oci:${layout}:web-500`]);

    const mebibytes = (bytes: number): string => `${(bytes / 2 ** 20).toFixed(1)} MiB`;
    await annotate(
      [
        `${count} profiles in ${first.seconds.toFixed(1)} s (${Math.round((60 * (count - 2)) / first.seconds)} a minute), at most ${Math.round(first.mebibytes)} MiB of memory`,
        `${mebibytes(written)} written instead of ${mebibytes(asFiles)}; of a profile's own ${Math.max(...own)} bytes at most`,
        `a second build: ${second.seconds.toFixed(1)} s, nothing touched`,
      ].join('\n'),
    );
  }));
