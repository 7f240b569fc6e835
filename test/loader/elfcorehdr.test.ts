import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { beforeAll, expect, test } from 'vitest';
import { elfTemplate } from '../fixtures/x86-64-bundle.ts';
import { sampleIomem } from '../fixtures/x86-64-machine.ts';
import { loaderDriver } from '../support/loader-host.ts';

const folder = 'out/test/loader-elfcorehdr';
let core: string;
beforeAll(() => {
  core = loaderDriver('core');
  mkdirSync(folder, { recursive: true });
}, 120_000);

const s390Iomem = `00000000-2fffffff : System RAM
  00000000-00ffffff : Kernel code
30000000-3fffffff : Crash kernel
40000000-7fffffff : System RAM
`;

/** The header for a made-up machine of three CPUs, or the status that filling or checking stops with. */
function header(
  machine: number,
  iomem: string,
  template: Uint8Array,
  limits: readonly [number, number] = [4, 8],
  spoil?: number,
): Buffer | string {
  writeFileSync(`${folder}/iomem`, iomem);
  writeFileSync(`${folder}/template`, template);
  const args = [...[machine, ...limits].map(String), `${folder}/iomem`, `${folder}/template`];
  const done = spawnSync(core, [
    'elfcorehdr',
    ...args,
    ...(spoil === undefined ? [] : [`${spoil}`]),
  ]);
  if (done.status === null || /Sanitizer|runtime error/.test(`${done.stderr}`))
    throw new Error(`${done.stderr}`);
  return done.status === 0 ? done.stdout : (`${done.stderr}`.split(':')[0] ?? '');
}

function readelf(bytes: Buffer | string): string {
  writeFileSync(`${folder}/header`, bytes);
  return execFileSync('readelf', ['-hlW', `${folder}/header`], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  });
}

test('is of the target byte order: big-endian for s390x, with no virtual addresses', () => {
  const text = readelf(header(22, s390Iomem, elfTemplate(22, 'big')));
  expect(text).toContain("2's complement, big endian");
  expect(text).toContain('IBM S/390');
  expect(text.match(/^ {2}NOTE/gm)).toHaveLength(4);
  expect(
    [...text.matchAll(/^ {2}LOAD +(0x\w+) (0x\w+) (0x\w+) (0x\w+)/gm)].map((row) =>
      row.slice(1, 5).map(BigInt),
    ),
  ).toEqual([
    [0n, 0n, 0n, 0x3000_0000n],
    [0x4000_0000n, 0n, 0x4000_0000n, 0x4000_0000n],
  ]);
});

test('is little-endian for x86_64, without the first megabyte', () => {
  const text = readelf(header(62, sampleIomem, elfTemplate()));
  expect(text).toContain("2's complement, little endian");
  expect(
    [...text.matchAll(/^ {2}LOAD +(0x\w+) (0x\w+)/gm)].map((row) => row.slice(1, 3).map(BigInt)),
  ).toEqual([
    [0x1200_0000n, 0xffff_ffff_8100_0000n],
    [0x10_0000n, 0xffff_8880_0010_0000n],
    [0x3400_0000n, 0xffff_8880_3400_0000n],
  ]);
});

test('has zeros after its entries', () => {
  const template = elfTemplate().fill(0xaa, 64);
  const bytes = header(62, sampleIomem, template) as Buffer;
  expect(bytes.readUInt16LE(56)).toBe(7);
  expect(bytes.subarray(64 + 7 * 56).every((byte) => byte === 0)).toBe(true);
});

test('with any byte of its entries changed is refused before it is loaded, or changes no more than rights', () => {
  const entries = 7 * 56;
  for (let at = 64; at < 64 + entries; at++) {
    const field = (at - 64) % 56;
    const result = header(62, sampleIomem, elfTemplate(), [4, 8], at);
    const harmless =
      // p_flags and p_align are not looked at by anyone; a virtual address misleads only debuggers.
      (field >= 4 && field < 8) || (field >= 48 && field < 56) || (field >= 16 && field < 24);
    if (!harmless) expect([at, result]).toEqual([at, 'bad-header']);
  }
});

test('of another machine, order or size of entries is no template', () => {
  expect(header(62, sampleIomem, elfTemplate(22, 'little'))).toBe('bad-header');
  expect(header(62, sampleIomem, elfTemplate(62, 'big'))).toBe('bad-header');
  const odd = elfTemplate();
  odd[54] = 32;
  expect(header(62, sampleIomem, odd)).toBe('bad-header');
});

test('without the slots for this machine is refused', () => {
  expect(header(62, sampleIomem, elfTemplate(), [2, 8])).toBe('too-many-cpus');
  expect(header(62, sampleIomem, elfTemplate(), [4, 1])).toBe('too-many-ranges');
  expect(header(62, sampleIomem, elfTemplate(62, 'little', 6), [4, 8])).toBe('too-many-ranges');
});
