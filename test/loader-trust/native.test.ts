import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { beforeAll, describe, expect, test } from 'vitest';
import { writePem } from '../../pipeline/sign/certificate.ts';
import { day } from '../fixtures/now.ts';
import { shippedLoader } from '../support/loader-host.ts';
import { s390xUserEmulator } from '../support/user-emulation.ts';
import { authority, bundleWith, certificate, keyOf, sealBytes, signature } from './bundles.ts';

// The program as it ships, where this machine can run it: big-endian under QEMU user emulation.
const programs = [
  { arch: 'x86_64', emulator: undefined, runs: process.arch === 'x64' },
  { arch: 's390x', emulator: s390xUserEmulator, runs: true },
] as const;

const folder = 'out/test/loader-native';

describe.each(programs)('crashseal-load for $arch', ({ arch, emulator, runs }) => {
  const path = `out/native/${arch}/crashseal-load`;
  const run = (...args: readonly string[]) => {
    const command = emulator === undefined ? [path, ...args] : [emulator, path, ...args];
    return spawnSync(command[0] ?? '', command.slice(1), { encoding: 'utf8' });
  };
  beforeAll(() => {
    mkdirSync(folder, { recursive: true });
    shippedLoader(arch);
  });

  test('is static: it asks for no interpreter and no library', () => {
    const headers = spawnSync('llvm-readelf-19', ['-lW', path], { encoding: 'utf8' }).stdout;
    expect(headers).not.toMatch(/INTERP|DYNAMIC/);
    // No segment is writable and executable.
    expect(headers).not.toMatch(/\bRWE\b/);
    const budget = readFileSync('setup/size-budget.txt', 'utf8').match(
      /crashseal-load +(\d+)/,
    )?.[1];
    expect(statSync(path).size).toBeLessThanOrEqual(Number(budget));
  });

  test.runIf(runs)('takes a good signature, and no other', async () => {
    // The machine's own clock counts here.
    const present = Math.floor(Date.now() / 1000);
    const validity = { notBefore: present - day, notAfter: present + day };
    const root = authority('root', 'root', validity);
    const middle = authority('middle', 'root', { ...validity, authorityOver: 0 });
    const leaf = certificate('signer', 'middle', validity);
    const p7s = signature([leaf, middle], keyOf('signer'));
    const bundle = await bundleWith({ 'seal.p7s': p7s });
    const anchors = `${folder}/${arch}.pem`;
    writeFileSync(anchors, writePem(root));
    const check = (bytes: Uint8Array) => {
      const file = `${folder}/${arch}.bundle`;
      writeFileSync(file, bytes);
      return run('--check', file, '--trust', anchors);
    };

    // Signed, but no seal: the signature was looked at first, and found right.
    expect(check(bundle)).toMatchObject({ status: 25, stdout: '' });
    const flipped = Uint8Array.from(bundle);
    flipped[512 + sealBytes.length - 1] = 0x20;
    expect(check(flipped).status).toBe(22);
    const late = certificate('signer', 'root', { ...validity, notAfter: present - 60 });
    const expired = await bundleWith({ 'seal.p7s': signature([late], keyOf('signer')) });
    expect(check(expired).status).toBe(23);
    expect(check(bundle.slice(0, 1000)).status).toBe(21);
  });
});

test('the same sources give the same program', () => {
  const path = 'out/native/x86_64/crashseal-load';
  const first = readFileSync(path);
  const again = `${folder}/again`;
  const made = spawnSync(
    'make',
    ['-s', '-f', 'loader/loader.mk', `OUT=${again}`, 'LIBRARIES=out', 'ARCHES=x86_64', 'loader'],
    { encoding: 'utf8' },
  );
  expect(made.stderr).toBe('');
  expect(readFileSync(`${again}/native/x86_64/crashseal-load`).equals(first)).toBe(true);
});
