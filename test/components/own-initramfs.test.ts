import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { initramfsBase } from '../../pipeline/components/initramfs.ts';
import { memoryHost } from '../../pipeline/host/memory-host.ts';
import { inputs, kindsOf, profile } from '../fixtures/profile-and-inputs.ts';

const text = (value: string): Uint8Array => new TextEncoder().encode(value);
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
