import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import type { Host } from '../../pipeline/host/host.ts';
import { realHost } from '../../pipeline/host/real-host.ts';
import { writePem } from '../../pipeline/sign/certificate.ts';
import { showDate } from '../../pipeline/units/time.ts';
import { endingTrust, inDays } from '../fixtures/ending.ts';
import { now } from '../fixtures/now.ts';
import { smallInitramfs } from '../fixtures/small-initramfs.ts';
import { authorityOf, keyOf } from '../sign/pool.ts';
import { testKernelDeb } from '../support/kernels.ts';
import { runCli } from './memory-world.ts';

// The bundler embeds it; here it is read.
vi.mock('../../pipeline/cli/embedded-images.ts', () => ({
  purgatoryOf: async () => Uint8Array.from(readFileSync('out/native/x86_64/purgatory.bin')),
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
  buildOn(realHost(), names, ...more);
const buildOn = (host: Host, names: readonly string[], ...more: readonly string[]) =>
  runCli(
    [
      'build',
      '--unsigned',
      ...['--out', join(folder, 'out'), '--lock', join(folder, 'lock')],
      ...more,
      ...names.map((name) => join(folder, `${name}.yaml`)),
    ],
    host,
  );
const bundle = (name: string): string => join(folder, 'out', `${name}.unsigned.crashseal`);
const batch = ['good', 'without', 'nonsense', 'better'];

test('a batch says what became of each profile, and one that is refused stops no other', async () => {
  const { status, out, talk } = await build(batch, '--keep-going');
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
  const { status, out, talk } = await build(batch, '--keep-going', '--json');
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

/** As Node throws them. */
const refused = (code: string, syscall: string, path: string): Error =>
  Object.assign(new Error(`${code}: in the system's words, ${syscall}`), { code, syscall, path });

test('what the system refuses of one profile stops no other', async () => {
  rmSync(bundle('good'));
  const host = realHost();
  const refusing: Host = {
    ...host,
    readSmallFile: async (path, most) => {
      if (path.endsWith('secret.yaml')) throw refused('EACCES', 'open', path);
      return host.readSmallFile(path, most);
    },
    writeFile: async (path, bytes, mode) => {
      if (path === bundle('good')) throw refused('ENOSPC', 'write', path);
      return host.writeFile(path, bytes, mode);
    },
  };
  const { status, out, talk } = await buildOn(
    refusing,
    ['good', 'secret', 'better'],
    '--keep-going',
    '--json',
  );
  expect([status, talk]).toEqual([1, '']);
  expect(JSON.parse(out)).toMatchObject({
    bundles: [{ path: bundle('better') }],
    refused: [
      {
        profile: 'good',
        problems: [
          {
            area: 'system',
            kind: 'system-error',
            code: 'ENOSPC',
            message: `cannot write ${bundle('good')}: in the system's words`,
            hint: 'free some space, or choose another folder',
            met: { doing: 'building profile', what: 'good' },
          },
        ],
      },
      { file: join(folder, 'secret.yaml'), problems: [{ code: 'EACCES', syscall: 'open' }] },
    ],
  });
});

test('a mistake of ours ends the batch', async () => {
  rmSync(bundle('better'));
  const broken: Host = {
    ...realHost(),
    makeFolder: async () => {
      throw new TypeError('x is undefined');
    },
  };
  const { status, talk } = await buildOn(broken, ['good', 'better']);
  expect(status).toBe(70);
  expect(talk).toContain('TypeError: x is undefined');
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

describe('a build that signs', () => {
  /** With certificates of which the first to end does so in so many days, and these after them. */
  async function signing(days: number, key: readonly string[], ...more: readonly Uint8Array[]) {
    const { certificates } = (await endingTrust({ signer: days })).signer;
    const cert = join(folder, 'signer.pem');
    const chain = [...certificates.map(({ der }) => der), ...more];
    writeFileSync(cert, chain.map((der) => writePem(der)).join(''));
    writeFileSync(
      join(folder, 'signer.key'),
      keyOf('one').export({ type: 'pkcs8', format: 'pem' }),
    );
    return (name: string, ...options: readonly string[]) =>
      runCli(
        [
          'build',
          ...['--cert', cert, ...key],
          ...['--out', join(folder, 'signed'), '--lock', join(folder, 'signed.lock')],
          ...options,
          join(folder, `${name}.yaml`),
        ],
        { ...realHost(), now: () => now },
      );
  }
  const keyFile = (): readonly string[] => ['--key', join(folder, 'signer.key')];

  test('warns of a certificate that ends soon, and of no other', async () => {
    const warns = await (await signing(20, keyFile()))('good', '--json');
    expect([warns.status, warns.talk]).toEqual([0, '']);
    expect(JSON.parse(warns.out).bundles[0].expiring).toEqual([
      { what: 'certificate', of: 'CN=middle', notAfter: inDays(20) },
    ]);
    const said = await (await signing(20, keyFile()))('good');
    expect(said.out).toContain(`ends at ${showDate(inDays(20))}`);
    const silent = await (await signing(31, keyFile()))('good');
    expect(silent.out).not.toContain('warning');
  });

  test.each([
    ['a root among the certificates', 365, keyFile, ['root'], 'signer-root'],
    ['a certificate that has expired', -1, keyFile, [], 'chain-expired'],
    ['a command that fails', 365, () => ['--signer-command', 'exit 3'], [], 'signer-failed'],
  ] as const)('refuses %s before it looks at a profile', async (_, days, key, more, kind) => {
    const others = more.map((name) => authorityOf(name, name).der);
    const { status, out } = await (await signing(days, key(), ...others))('nonsense', '--json');
    expect(status).toBe(1);
    const { problems } = JSON.parse(out) as { problems: readonly { readonly kind: string }[] };
    expect(problems.map((problem) => problem.kind)).toEqual([kind]);
  });
});
