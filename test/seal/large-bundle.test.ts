/** Files of 3 GiB, sparse, that begin like a bundle: what is told of them, and in how much memory. */
import { spawnSync } from 'node:child_process';
import {
  closeSync,
  mkdtempSync,
  openSync,
  rmSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { tarHeader } from '../../pipeline/format/tar.ts';
import { packBundle } from '../../pipeline/seal/archive.ts';
import { encodeSeal, type Seal } from '../../pipeline/seal/seal-codec.ts';
import { signDetached } from '../../pipeline/sign/sign.ts';
import { type TestKeys, testKeys } from '../fixtures/keys.ts';
import { now } from '../fixtures/now.ts';
import { must } from '../fixtures/results.ts';
import { sampleBundle, sampleParts } from '../fixtures/sample-bundle.ts';
import { bundleTool } from '../support/bundled-tool.ts';

const GiB = 2 ** 30;
const MiB = 2 ** 20;
const large = 3 * GiB;
let folder = '';
let keys: TestKeys;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'large-bundle-'));
  bundleTool(folder);
  keys = await testKeys();
  writeFileSync(join(folder, 'root.pem'), keys.file('root.pem').bytes);
  writeFileSync(join(folder, 'good'), await sampleBundle(keys.signer));
  writeFileSync(join(folder, 'tail'), await sampleBundle(keys.signer));
  truncateSync(join(folder, 'tail'), large);
  writeFileSync(join(folder, 'zeros'), '');
  truncateSync(join(folder, 'zeros'), large);
  writeFileSync(join(folder, 'beyond'), await sampleBundle(keys.signer));
  truncateSync(join(folder, 'beyond'), 4 * GiB + 512);
  await writeConsistent('consistent', true, large);
  await writeConsistent('unsigned', false, large);
  // Its digest is taken: as small as it can be and still not be held whole.
  await writeConsistent('changed', true, 640 * MiB);
}, 120_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** A bundle whose seal says itself that its kernel has so many bytes; they are zeros. */
async function writeConsistent(name: string, signed: boolean, kernel: number): Promise<void> {
  const { seal: small, members } = sampleParts();
  const at = small.members.findIndex((member) => member.name === 'kernel');
  const seal: Seal = {
    ...small,
    members: small.members.map((member, index) =>
      index === at ? { ...member, size: BigInt(kernel) } : member,
    ),
  };
  const bytes = encodeSeal(seal);
  const signature = must(await signDetached(bytes, keys.signer, now));
  const head = await packBundle([
    { name: 'seal.bin', bytes },
    ...(signed ? [{ name: 'seal.p7s' as const, bytes: signature }] : []),
  ]);
  const file = openSync(join(folder, name), 'w');
  let end = head.length - 1024;
  writeSync(file, head, 0, end, 0);
  for (const { name: member, bytes: content } of members) {
    const size = member === 'kernel' ? kernel : content.length;
    writeSync(file, await tarHeader(member, size), 0, 512, end);
    if (member !== 'kernel') writeSync(file, content, 0, content.length, end + 512);
    end += 512 + Math.ceil(size / 512) * 512;
  }
  closeSync(file);
  truncateSync(join(folder, name), end + 1024);
}

/** The tool in a process of its own, with the most memory that it had at any moment. */
function run(...words: readonly string[]) {
  const memory =
    "data:text/javascript,process.on('exit',()=>process.stderr.write('\\nRSS '+process.resourceUsage().maxRSS+'\\n'))";
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    ['--import', memory, join(folder, 'crashseal.mjs'), ...words],
    { cwd: folder, encoding: 'utf8' },
  );
  const [, kibibytes = ''] = /\nRSS (\d+)\n/.exec(stderr) ?? [];
  return { status, stdout, stderr, memory: Number(kibibytes) * 1024 };
}

const most = 400 * MiB;
const at = ['--at', new Date(now * 1000).toISOString().replace('.000', '')];
const verify = ['verify', '--trust', 'root.pem', ...at];

describe.each([
  [
    'a good bundle with 3 GiB after it',
    'tail',
    /the file has 3072\.0 MiB, and its seal describes a bundle of/,
  ],
  ['3 GiB of zeros', 'zeros', /the bundle is damaged or cut off/],
  [
    'a good bundle with more after it than any bundle has',
    'beyond',
    /a bundle has at most 4096\.0 MiB/,
  ],
])('%s', (_what, file, words) => {
  test.each([
    ['inspect', ['inspect', file]],
    ['verify', [...verify, file]],
    ['diff', ['diff', '--trust', 'root.pem', ...at, 'good', file]],
    ['diff, unverified', ['diff', '--unverified', file, file]],
  ])('is refused by %s with a message, in little memory', (_verb, command) => {
    const { status, stderr, memory } = run(...command);
    expect(status).toBe(1);
    expect(stderr).toMatch(words);
    expect(stderr).toContain('hint:');
    expect(memory).toBeGreaterThan(MiB);
    expect(memory).toBeLessThan(most);
  });
});

describe('a bundle whose own seal says that it is large', () => {
  test('is shown by inspect in little memory', () => {
    const { status, stdout, memory } = run('inspect', 'consistent');
    expect(status).toBe(0);
    expect(stdout).toMatch(/kernel +3072\.0 MiB/);
    expect(memory).toBeLessThan(most);
  });

  test('and that nobody signed is refused before it is read', () => {
    const { status, stderr, memory } = run(...verify, 'unsigned');
    expect([status, stderr]).toEqual([1, expect.stringContaining('not signed')]);
    expect(memory).toBeLessThan(most);
  });

  test('and whose digest is another is refused piece by piece', () => {
    const { status, stderr, memory } = run(...verify, 'changed');
    expect([status, stderr]).toEqual([1, expect.stringContaining('kernel')]);
    expect(stderr).toMatch(/digest|not what was sealed/);
    expect(memory).toBeLessThan(most);
  }, 120_000);

  test('is compared by diff --unverified, which says what is damaged', () => {
    const { status, stdout, memory } = run('diff', '--unverified', 'good', 'changed');
    expect(status).toBe(3);
    expect(stdout).toContain('kernel');
    expect(memory).toBeLessThan(most);
  }, 120_000);
});

test('a pipe is not waited for', () => {
  spawnSync('mkfifo', [join(folder, 'pipe')]);
  const { status, stderr } = run('inspect', 'pipe');
  expect([status, stderr]).toEqual([1, expect.stringContaining('pipe is not a file')]);
});
