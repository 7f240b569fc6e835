import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type BatchRequest, build } from '../../pipeline/batch/batch.ts';
import { realHost } from '../../pipeline/host/real-host.ts';
import { explain } from '../../pipeline/problem/problem.ts';
import { must } from '../fixtures/results.ts';
import { silentProgress } from '../fixtures/silent-progress.ts';
import { smallInitramfs } from '../fixtures/small-initramfs.ts';
import { testCache, testKernelDeb } from '../support/kernels.ts';

const purgatory = Uint8Array.from(readFileSync('out/native/x86_64/purgatory.bin'));
let folder: string;
let deb: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'crashseal-build-'));
  deb = (await testKernelDeb('6.1')).path;
  writeFileSync(join(folder, 'own.cpio'), smallInitramfs());
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

const request = (names: readonly string[], lockFile: string): BatchRequest => ({
  profiles: names.map(profile),
  out: join(folder, 'out'),
  store: join(folder, 'store'),
  packages: { cache: testCache() },
  lockFile,
  updateLock: false,
  signer: undefined,
  buildDate: undefined,
  purgatoryOf: async () => purgatory,
  toolVersion: '0',
  record: undefined,
  tool: undefined,
  jobs: 1,
  keepGoing: true,
  progress: silentProgress,
});

async function allBuilt(asked: BatchRequest): Promise<boolean> {
  const outcomes = await build(realHost(), asked);
  return outcomes.ok && outcomes.value.every(({ result }) => result?.ok);
}

const bundles = (): readonly string[] => {
  try {
    return readdirSync(join(folder, 'out')).filter((name) => name.endsWith('.crashseal'));
  } catch {
    return [];
  }
};

test('a lock that cannot be written leaves no bundle', async () => {
  const outcomes = await build(realHost(), request(['one'], '/proc/nowhere/lock'));
  expect(must(outcomes)).toMatchObject([
    {
      profile: 'one',
      result: { ok: false, problems: [{ kind: 'system-error', syscall: 'open' }] },
    },
  ]);
  expect(bundles()).toEqual([]);
});

test('a profile that the lock does not know is added, and what it pins stays', async () => {
  const lock = join(folder, 'lock');
  expect(await allBuilt(request(['one'], lock))).toBe(true);
  const first = JSON.parse(readFileSync(lock, 'utf8'));
  expect(Object.keys(first.profiles)).toEqual(['one']);
  expect(await allBuilt(request(['two'], lock))).toBe(true);
  const second = JSON.parse(readFileSync(lock, 'utf8'));
  expect(second.profiles.one).toEqual(first.profiles.one);
  expect(Object.keys(second.profiles)).toEqual(['one', 'two']);
  expect(bundles()).toEqual(['one.unsigned.crashseal', 'two.unsigned.crashseal']);
});

test('another input is refused by the lock; to update the lock is to accept it', async () => {
  const lock = join(folder, 'updated');
  const pinned = (): unknown => JSON.parse(readFileSync(lock, 'utf8')).profiles;
  expect(await allBuilt(request(['one', 'two'], lock))).toBe(true);
  const { profiles } = JSON.parse(readFileSync(lock, 'utf8'));
  const before = structuredClone(profiles);
  profiles.one.initramfs.inputs[0].sha256 = '0'.repeat(64);
  writeFileSync(lock, JSON.stringify({ profiles, version: 1 }));
  expect(await allBuilt(request(['one'], lock))).toBe(false);
  expect(pinned()).toEqual(profiles);
  expect(await allBuilt({ ...request(['one'], lock), updateLock: true })).toBe(true);
  expect(pinned()).toEqual(before);
});

test('two builds at once lose no pin', async () => {
  const lock = join(folder, 'shared', 'lock');
  mkdirSync(join(folder, 'shared'));
  const names = ['one', 'two', 'three', 'four'];
  const built = await Promise.all(names.map((name) => allBuilt(request([name], lock))));
  expect(built).toEqual(names.map(() => true));
  expect(Object.keys(JSON.parse(readFileSync(lock, 'utf8')).profiles)).toEqual([...names].sort());
  expect(readdirSync(join(folder, 'shared'))).toEqual(['lock']);
});

test('what another build has pinned for the same profile meanwhile is not replaced', async () => {
  const lock = join(folder, 'same-profile');
  const host = realHost();
  let pinned = '';
  const outcomes = await build(
    {
      ...host,
      // The other build comes between our reading of the lock and our writing of it.
      exclusively: async (path, work, patience) => {
        const digest = '0'.repeat(64);
        const { profiles } = JSON.parse(readFileSync(join(folder, 'lock'), 'utf8'));
        profiles.one.initramfs.inputs[0].sha256 = digest;
        pinned = JSON.stringify({ profiles, version: 1 });
        writeFileSync(lock, pinned);
        return host.exclusively(path, work, patience);
      },
    },
    request(['one'], lock),
  );
  const [one] = must(outcomes);
  expect(one?.result).toMatchObject({
    ok: false,
    problems: [{ kind: 'digest-wrong', input: 'initramfs', pinnedBy: 'lock' }],
  });
  expect(readFileSync(lock, 'utf8')).toBe(pinned);
});

test('what is wrong with the lock names it as --lock does', async () => {
  const lock = join(folder, 'fleet.lock');
  const said = async (text: string): Promise<string> => {
    writeFileSync(lock, text);
    const outcomes = await build(realHost(), request(['one'], lock));
    const problems = outcomes.ok
      ? outcomes.value.flatMap(({ result }) => (result?.ok === false ? result.problems : []))
      : outcomes.problems;
    return problems.map((problem) => Object.values(explain(problem)).join('\n')).join('\n');
  };
  const { profiles } = JSON.parse(readFileSync(join(folder, 'lock'), 'utf8'));
  const one = profiles.one;
  const [input] = one.initramfs.inputs;
  const withOne = (changes: object): string =>
    JSON.stringify({ version: 1, profiles: { one: { ...one, ...changes } } });
  const initramfs = (...inputs: readonly object[]) =>
    withOne({ initramfs: { ...one.initramfs, inputs } });
  for (const text of [
    '{',
    '{"version":7,"profiles":{}}',
    '{"version":1,"profiles":[]}',
    withOne({ initramfs: { ...one.initramfs, asked: 'another' } }),
    initramfs(),
    initramfs(input, { ...input, name: 'gone' }),
    initramfs({ ...input, sha256: '0'.repeat(64) }),
  ]) {
    const words = await said(text);
    expect(words, text).toContain(lock);
    expect(words, text).not.toContain('crashseal.lock');
  }
});
