import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { realHost } from '../../pipeline/host/real-host.ts';
import { smallInitramfs } from '../fixtures/small-initramfs.ts';
import { testKernelDeb } from '../support/kernels.ts';
import { runCli } from './memory-world.ts';

// The bundler embeds it; here it is read.
vi.mock('../../pipeline/cli/embedded-images.ts', () => ({
  purgatoryImages: async () => ({
    x86_64: Uint8Array.from(readFileSync('out/native/x86_64/purgatory.bin')),
  }),
}));

let folder: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'crashseal-batch-'));
  writeFileSync(join(folder, 'own.cpio'), smallInitramfs());
  const { path } = await testKernelDeb('6.1');
  profile('good', `{ from: deb, path: ${path} }`);
  profile('better', `{ from: deb, path: ${path} }`);
  profile('without', '{ from: files, image: none }');
  writeFileSync(join(folder, 'nonsense.yaml'), 'name: nonsense\ncrashkernel: much\n');
});
afterAll(() => rmSync(folder, { recursive: true }));

const profile = (name: string, kernel: string): void =>
  writeFileSync(
    join(folder, `${name}.yaml`),
    `name: ${name}
kernel: ${kernel}
kernelForm: compressed
initramfs: { from: file, path: own.cpio }
crashkernel: 256M
target: { kind: raw, device: /dev/vdb }
`,
  );

const build = (names: readonly string[], ...more: readonly string[]) =>
  runCli(
    [
      'build',
      '--unsigned',
      ...['--out', join(folder, 'out'), '--lock', join(folder, 'lock')],
      ...more,
      ...names.map((name) => join(folder, `${name}.yaml`)),
    ],
    realHost(),
  );
const bundle = (name: string): string => join(folder, 'out', `${name}.unsigned.crashseal`);
const batch = ['good', 'without', 'nonsense', 'better'];

test('a batch says what became of each profile, and one that is refused stops no other', async () => {
  const { status, out, talk } = await build(batch);
  expect(status).toBe(1);
  const lines = out.split('\n');
  expect(lines[0]).toContain(`${bundle('good')}  `);
  expect(lines[1]).toContain(`${bundle('better')}  `);
  expect(lines[2]).toMatch(/^ {2}refused: .*\/without\.yaml, profile without, \d+ problems?$/);
  expect(lines[3]).toMatch(/^ {2}refused: .*\/nonsense\.yaml, \d+ problems$/);
  expect(talk).toContain('met while building profile without');
  expect(talk).toContain('nonsense.yaml:2');
});

test('as JSON too, with the problems of each', async () => {
  const { status, out, talk } = await build(batch, '--json');
  expect([status, talk]).toEqual([1, '']);
  const told = JSON.parse(out);
  expect(told).toMatchObject({
    bundles: [{ path: bundle('good') }, { path: bundle('better') }],
    refused: [
      { file: join(folder, 'without.yaml'), profile: 'without' },
      { file: join(folder, 'nonsense.yaml') },
    ],
  });
  const [without, nonsense] = told.refused;
  expect(without.problems[0]).toMatchObject({
    area: 'input',
    kind: 'file-missing',
    met: { doing: 'building profile', what: 'without' },
  });
  expect(without.problems[0].hint).not.toBe('');
  expect(nonsense.problems[0]).toMatchObject({ area: 'profile' });
});

test('a batch without a refusal is good', async () => {
  const { status, out, talk } = await build(['good', 'better'], '--json');
  expect([status, talk]).toEqual([0, '']);
  expect(JSON.parse(out)).toMatchObject({ refused: [] });
});

test('a single profile that is refused leaves its problems only', async () => {
  const { status, out, talk } = await build(['without']);
  expect([status, out]).toEqual([1, '']);
  expect(talk).toMatch(/^error: /);
});
