/** A build into an OCI image layout: what `push` would have put there, written once. */
import { readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
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

test('gives what a push of the files gives, and a pull gives the files', async () => {
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
