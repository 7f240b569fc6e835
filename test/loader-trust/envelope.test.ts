/** The archive as the loader opens it. What it refuses: test/corpus/archive-cases.ts. */
import { beforeAll, expect, test } from 'vitest';
import { type MemberName, packBundle } from '../../pipeline/seal/archive.ts';
import { loaderDriver } from '../support/loader-host.ts';
import { Bench, bundleWith, memberNames, sealBytes } from './bundles.ts';

let bench: Bench;
let good: Uint8Array;
beforeAll(async () => {
  bench = new Bench(loaderDriver('check'), 'out/test/loader-envelope');
  good = await bundleWith();
});

/** The good bundle without one of its members. */
async function without(name: MemberName): Promise<Uint8Array> {
  const members = memberNames.filter((one) => one !== name);
  return packBundle(members.map((one) => ({ name: one, bytes: new TextEncoder().encode(one) })));
}

test('a bundle as the tool packs it opens, with every member', () => {
  const opened = bench.open(good);
  expect(opened.status).toBe('ok');
  expect(opened.found).toEqual(
    memberNames.map((name) => `${name} ${name === 'seal.bin' ? sealBytes.length : name.length}`),
  );
});

test('members that a bundle may lack can be missing', async () => {
  expect(bench.open(await without('initramfs.overlay')).status).toBe('ok');
  expect(bench.open(await without('boot_params')).status).toBe('ok');
});

test('members of every size around a block are found', async () => {
  for (const size of [1, 511, 512, 513, 4096]) {
    const bytes = await bundleWith({ kernel: new Uint8Array(size).fill(7) });
    expect(bench.open(bytes).found).toContain(`kernel ${size}`);
  }
});

test('a bundle of two members is not a bundle', async () => {
  const bytes = await packBundle([
    { name: 'seal.bin', bytes: sealBytes },
    { name: 'seal.p7s', bytes: sealBytes },
  ]);
  expect(bench.open(bytes)).toMatchObject({
    status: 'bad-envelope',
    detail: 'archive-member-missing',
  });
});
