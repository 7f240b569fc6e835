/** A build into an OCI image layout: what `push` would have put there, written once. */
import { readdirSync, readFileSync, rmSync, statSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { findChanges } from '../../pipeline/batch/changed.ts';
import type { Host } from '../../pipeline/host/host.ts';
import { realHost } from '../../pipeline/host/real-host.ts';
import { runCli, runForJson } from '../cli/memory-world.ts';
import { type TestKeys, testKeys } from '../fixtures/keys.ts';
import { now } from '../fixtures/now.ts';
import { must } from '../fixtures/results.ts';
import { digestsIn, type Fleet, makeFleet, readOnly } from './fleet.ts';

/** A signature tells when it was made. */
const host: Host = { ...realHost(), now: () => now };

let fleet: Fleet;
let keys: TestKeys;
beforeAll(async () => {
  fleet = await makeFleet(8);
  keys = await testKeys();
});
afterAll(() => fleet.remove());

const layout = (): string => join(fleet.folder, 'layout');
const blobs = (): string => join(layout(), 'blobs/sha256');
const names = Array.from({ length: 8 }, (_, at) => `web-${at}`);
const build = (change: Parameters<Fleet['build']>[0] = {}, on: Host = host) =>
  fleet.build(
    {
      signer: keys.signer,
      layout: { folder: layout(), reference: `oci:${layout()}` },
      record: join(fleet.folder, 'built-layout.json'),
      ...change,
    },
    on,
  );
const states = (outcomes: Awaited<ReturnType<typeof build>>): readonly string[] =>
  outcomes.map(({ result }) =>
    result?.ok ? (result.value.unchanged ? 'unchanged' : 'built') : `${result?.problems[0].kind}`,
  );
const count = (outcomes: Awaited<ReturnType<typeof build>>, state: string): number =>
  states(outcomes).filter((one) => one === state).length;
const tagsOf = (folder: string): Readonly<Record<string, string>> =>
  Object.fromEntries(
    JSON.parse(readFileSync(join(folder, 'index.json'), 'utf8')).manifests.flatMap(
      ({ annotations, digest }: { annotations?: Record<string, string>; digest: string }) =>
        annotations === undefined ? [] : [[Object.values(annotations)[0], digest]],
    ),
  );
const sizes = (): ReadonlyMap<string, number> =>
  new Map(readdirSync(blobs()).map((name) => [name, statSync(join(blobs(), name)).size]));

test('gives what a push of the files gives, a pull gives the files, and a push of it all goes on from there', async () => {
  expect(count(await build(), 'built')).toBe(names.length);
  await build({ layout: undefined, record: undefined });
  const files = names.map((name) => join(fleet.folder, 'out', `${name}.crashseal`));
  const pushed = join(fleet.folder, 'pushed');
  await runForJson(['push', `oci:${pushed}`, ...files], host);
  expect(tagsOf(layout())).toEqual(tagsOf(pushed));
  expect(Object.keys(tagsOf(layout())).sort()).toEqual(names);
  expect(digestsIn(blobs())).toEqual(digestsIn(join(pushed, 'blobs/sha256')));
  const out = join(fleet.folder, 'pulled.crashseal');
  for (const [at, name] of names.entries()) {
    await runForJson(['pull', `oci:${layout()}:${name}`, '--output', out], host);
    expect(readFileSync(out).equals(readFileSync(files[at] ?? ''))).toBe(true);
  }
  const again = await runForJson(['push', `oci:${pushed}`, `oci:${layout()}`], host);
  expect(again.refused).toEqual([]);
  expect(again.bundles.map(({ fate }: { fate: string }) => fate)).toEqual(
    names.map(() => 'unchanged'),
  );
  const copy = join(fleet.folder, 'copy');
  await runForJson(['push', `oci:${copy}`, `oci:${layout()}`], host);
  expect(tagsOf(copy)).toEqual(tagsOf(layout()));
  expect(digestsIn(join(copy, 'blobs/sha256'))).toEqual(digestsIn(blobs()));
});

test('writes what bundles have in common once, and for each at most 64 KiB more', async () => {
  await build();
  const parts = Object.values(tagsOf(layout())).map((digest) => {
    const manifest = JSON.parse(readFileSync(join(blobs(), digest.slice(7)), 'utf8'));
    return manifest.layers.map((layer: { digest: string }) => layer.digest.slice(7)) as string[];
  });
  const times = new Map<string, number>();
  for (const part of parts.flat()) times.set(part, (times.get(part) ?? 0) + 1);
  const size = sizes();
  const own = parts.map((slices) =>
    slices
      .filter((slice) => times.get(slice) === 1)
      .reduce((sum, slice) => sum + (size.get(slice) ?? 0), 0),
  );
  expect(own.every((bytes) => bytes > 0 && bytes <= 64 << 10)).toBe(true);
  const kernels = [...size].filter(([, bytes]) => bytes > 1 << 20).map(([name]) => name);
  expect(kernels.map((name) => times.get(name))).toEqual([names.length]);
});

test('second-build-touches-nothing: in a layout', async () => {
  await build();
  const times = () =>
    readdirSync(fleet.folder, { recursive: true, encoding: 'utf8' })
      .sort()
      .map((name) => [name, statSync(join(fleet.folder, name), { bigint: true }).mtimeNs]);
  const before = times();
  expect(count(await build({}, { ...readOnly(realHost()), now: () => now }), 'unchanged')).toBe(8);
  // Whose tool does not know what it is makes all, and finds it there.
  const untold = { tool: undefined, record: undefined };
  expect(count(await build(untold, { ...readOnly(realHost()), now: () => now }), 'unchanged')).toBe(
    8,
  );
  expect(times()).toEqual(before);
});

test('a changed profile costs its head, its tail and a manifest; the one before stays by its digest', async () => {
  await build();
  const before = sizes();
  const old = tagsOf(layout())['web-1'] ?? '';
  fleet.write('web-1', fleet.profileText('web-1', 'crashkernel: 300M'));
  const changes = must(
    await findChanges(readOnly(realHost()), {
      ...fleet.request({
        layout: { folder: layout(), reference: `oci:${layout()}` },
        record: join(fleet.folder, 'built-layout.json'),
      }),
      signer: keys.signer,
      signed: true,
    }),
  );
  expect(changes.filter(({ why }) => must(why).length > 0).map(({ path }) => path)).toEqual([
    `oci:${layout()}:web-1`,
  ]);
  const outcomes = await build({ updateLock: true });
  expect([count(outcomes, 'built'), count(outcomes, 'unchanged')]).toEqual([1, 7]);
  const added = [...sizes()].filter(([name]) => !before.has(name));
  expect(added.length).toBe(3);
  expect(tagsOf(layout())['web-1']).not.toBe(old);
  const out = join(fleet.folder, 'old.crashseal');
  const { status } = await runForJson(['pull', `oci:${layout()}@${old}`, '--output', out], host);
  expect(status).toBe(0);
});

test('what is missing from the layout is made again', async () => {
  await build();
  const [, head = ''] = Object.values(tagsOf(layout()));
  rmSync(join(blobs(), head.slice(7)));
  const outcomes = await build();
  expect([count(outcomes, 'built'), count(outcomes, 'unchanged')]).toEqual([1, 7]);
  expect(sizes().has(head.slice(7))).toBe(true);
});

/** Calls `then` after each blob that a build has put there. */
const afterEachBlob = (then: (path: string) => Promise<unknown>): Host => ({
  ...host,
  rename: async (from, to) => {
    await host.rename(from, to);
    await then(to);
  },
});
const elsewhere = (name: string) => {
  const folder = join(fleet.folder, name);
  return { folder, reference: `oci:${folder}` };
};
const pullAll = async (folder: string): Promise<readonly (number | undefined)[]> => {
  const out = join(fleet.folder, 'pulled-again');
  const pull = (name: string) => runCli(['pull', `oci:${folder}:${name}`, '--output', out], host);
  const pulled: number[] = [];
  for (const name of Object.keys(tagsOf(folder))) pulled.push((await pull(name)).status);
  return pulled;
};

test('every blob is on the disk before it has its name', async () => {
  const place = elsewhere('synced');
  const synced = new Set<string>();
  const named = new Map<string, boolean>();
  const watching: Host = {
    ...host,
    createFile: async (path, mode) => {
      const file = await host.createFile(path, mode);
      const sync = async () => {
        await file.sync();
        synced.add(path);
      };
      return { ...file, sync };
    },
    rename: async (from, to) => {
      named.set(to, synced.has(from));
      await host.rename(from, to);
    },
  };
  await build({ layout: place, record: undefined }, watching);
  const there = join(place.folder, 'blobs/sha256');
  const files = readdirSync(there);
  expect(files.length).toBeGreaterThan(names.length * 3);
  expect(files.filter((name) => named.get(join(there, name)) !== true)).toEqual([]);
});

test('a prune while it runs takes nothing from it; an hour later it takes what no tag leads to', async () => {
  const place = elsewhere('pruned');
  const prune = async (seconds: number): Promise<number> => {
    const on: Host = { ...realHost(), now: () => Math.floor(Date.now() / 1000) + seconds };
    return (await runForJson(['prune', '--remove', place.reference], on)).freed;
  };
  const request = { layout: place, record: undefined };
  await build({ ...request, profiles: [fleet.file('web-0')] });
  // An earlier build that was ended has left a blob that nothing names: this one finds it there.
  await build({ ...request, layout: elsewhere('whole') });
  const left = Object.values(tagsOf(elsewhere('whole').folder))[5]?.slice(7) ?? '';
  const leftAt = join(place.folder, 'blobs/sha256', left);
  await host.writeFile(leftAt, readFileSync(join(elsewhere('whole').folder, 'blobs/sha256', left)));
  utimesSync(leftAt, 1, 1);
  let pruned = 0;
  const putting = afterEachBlob(async () => {
    // What was left goes if it is judged before it was found.
    if (statSync(leftAt).mtimeMs > 1000) {
      pruned++;
      expect(await prune(0)).toBe(0);
    }
  });
  expect(count(await build(request, putting), 'built')).toBe(7);
  expect(pruned).toBeGreaterThan(0);
  expect(await pullAll(place.folder)).toEqual(names.map(() => 0));
  fleet.write('web-2', fleet.profileText('web-2', 'crashkernel: 310M'));
  await build({ ...request, updateLock: true, profiles: [fleet.file('web-2')] });
  expect(await prune(0)).toBe(0);
  expect(await prune(3601)).toBeGreaterThan(0);
  expect(await pullAll(place.folder)).toEqual(names.map(() => 0));
});

test('what was taken from it nevertheless is told instead of named, and the next build puts it there', async () => {
  const place = elsewhere('robbed');
  const request = { layout: place, record: join(fleet.folder, 'robbed.json') };
  await build({ ...request, profiles: [fleet.file('web-0')] });
  const before = tagsOf(place.folder);
  const taken: string[] = [];
  const robbing = afterEachBlob(async (path) => {
    if (taken.length > 0) return;
    taken.push(path.slice(-64));
    rmSync(path);
  });
  const refused = await build(request, robbing).catch((error: Error) => error.message);
  expect(refused).toMatch(/no longer has every blob/);
  expect(refused).toContain(`sha256:${taken[0]}`);
  expect(tagsOf(place.folder)).toEqual(before);
  expect(count(await build(request), 'built')).toBe(7);
  expect(await pullAll(place.folder)).toEqual(names.map(() => 0));
});

test('two profiles of one tag, a bundle that is not signed, and a registry are refused', async () => {
  const one = { folder: layout(), reference: `oci:${layout()}:one` };
  await expect(build({ layout: one })).rejects.toThrow(/two-for-one-tag|several bundles/);
  expect(new Set(states(await build({ signer: undefined })))).toEqual(
    new Set(['bundle-not-signed', 'undefined']),
  );
  const words = (to: string, sign: string) => ['build', '--to', to, sign, fleet.file('web-0')];
  const kindOf = async (to: string, sign: string): Promise<string> =>
    JSON.parse((await runCli([...words(to, sign), '--json'], host)).out).problems[0].kind;
  expect(await kindOf('oci:somewhere', '--unsigned')).toBe('bundle-not-signed');
  expect(await kindOf('registry.example/kdump', '--dev-key')).toBe('reference-for-build');
  expect(await kindOf('oci:{profile}:x', '--dev-key')).toBe('reference-for-build');
});
