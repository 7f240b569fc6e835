import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { initramfsBase } from '../../pipeline/components/initramfs.ts';
import { checkOwnInitramfs } from '../../pipeline/components/own-initramfs.ts';
import { writeCpio } from '../../pipeline/format/cpio.ts';
import { memoryHost } from '../../pipeline/host/memory-host.ts';
import { text } from '../fixtures/bytes.ts';
import { inputs, kindsOf, profile } from '../fixtures/profile-and-inputs.ts';

const initramfs = { kind: 'file', path: 'initrd' } as const;
const take = (bytes: Uint8Array) =>
  initramfsBase(
    memoryHost({}),
    inputs(text('image'), { profile: { ...profile, initramfs }, ownInitramfs: bytes }),
  );

test.each([
  ['a cpio archive', text('070701')],
  ['one after zeros', new Uint8Array([0, 0, 0, 0, ...text('070701')])],
  ['a compressed one', new Uint8Array(gzipSync('070701'))],
])('%s may be brought as initramfs', async (_name, bytes) => {
  expect(await take(bytes)).toEqual({ ok: true, value: bytes });
});

test.each([
  ['text', text('CONFIG_X86=y\n')],
  ['a program', text('\x7fELF')],
  ['zeros', new Uint8Array(64)],
])('%s may not', async (_name, bytes) => {
  expect(kindsOf(await take(bytes))).toBe('initramfs-own-foreign');
});

const cpio = (path: string, size: number): Uint8Array =>
  writeCpio([{ kind: 'file', path, mode: 0o755, bytes: new Uint8Array(size) }]);
const check = (bytes: Uint8Array, words = '') =>
  checkOwnInitramfs(memoryHost({}), bytes, words, 4096);

test('an initramfs without /init is refused, unless the command line names another program', async () => {
  expect(kindsOf(await check(cpio('linuxrc', 1)))).toBe('initramfs-own-without-init');
  expect(kindsOf(await check(new Uint8Array(gzipSync(cpio('linuxrc', 1)))))).toBe(
    'initramfs-own-without-init',
  );
  expect(await check(cpio('linuxrc', 1), 'quiet rdinit=/linuxrc')).toMatchObject({ ok: true });
});

test('what a finished initramfs unpacks to is counted in whole pages', async () => {
  const packed = new Uint8Array(gzipSync(cpio('init', 10_000_001)));
  expect(packed.length).toBeLessThan(50_000);
  expect(await check(packed)).toMatchObject({ value: { unpackedSize: 10_002_432n } });
});
