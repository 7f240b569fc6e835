import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type BuildRequest, build } from '../../pipeline/build.ts';
import { writeCpio } from '../../pipeline/format/cpio.ts';
import { silentProgress } from '../../pipeline/host/progress.ts';
import { realHost } from '../../pipeline/host/real-host.ts';
import { testCache, testKernelDeb } from '../support/kernels.ts';

const purgatory = Uint8Array.from(readFileSync('out/native/x86_64/purgatory.bin'));
let folder: string;
let deb: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'crashseal-build-'));
  deb = (await testKernelDeb('6.1')).path;
  writeFileSync(
    join(folder, 'own.cpio'),
    writeCpio([{ kind: 'file', path: 'init', mode: 0o755, bytes: new Uint8Array([0]) }]),
  );
});
afterAll(() => rmSync(folder, { recursive: true }));

function profile(name: string): string {
  const path = join(folder, `${name}.yaml`);
  writeFileSync(
    path,
    `name: ${name}
kernel: { from: deb, path: ${deb} }
kernelForm: compressed
initramfs: { from: file, path: own.cpio }
crashkernel: 256M
target: { kind: raw, device: /dev/vdb }
`,
  );
  return path;
}

const request = (names: readonly string[], lockFile: string): BuildRequest => ({
  profiles: names.map(profile),
  out: join(folder, 'out'),
  store: join(folder, 'store'),
  cache: testCache(),
  lockFile,
  updateLock: false,
  signer: undefined,
  buildDate: undefined,
  purgatoryImages: { x86_64: purgatory },
  toolVersion: '0',
  progress: silentProgress,
});

const bundles = (): readonly string[] => {
  try {
    return readdirSync(join(folder, 'out')).filter((name) => name.endsWith('.crashseal'));
  } catch {
    return [];
  }
};

test('a lock that cannot be written leaves no bundle', async () => {
  await expect(build(realHost(), request(['one'], '/proc/nowhere/lock'))).rejects.toThrow();
  expect(bundles()).toEqual([]);
});

test('a profile that the lock does not know is added, and what it pins stays', async () => {
  const lock = join(folder, 'lock');
  expect((await build(realHost(), request(['one'], lock))).ok).toBe(true);
  const first = JSON.parse(readFileSync(lock, 'utf8'));
  expect(Object.keys(first.profiles)).toEqual(['one']);
  expect((await build(realHost(), request(['two'], lock))).ok).toBe(true);
  const second = JSON.parse(readFileSync(lock, 'utf8'));
  expect(second.profiles.one).toEqual(first.profiles.one);
  expect(Object.keys(second.profiles)).toEqual(['one', 'two']);
  expect(bundles()).toEqual(['one.unsigned.crashseal', 'two.unsigned.crashseal']);
});
