import { execFileSync } from 'node:child_process';
import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { unpackPayload } from '../../pipeline/arch/x86/payload.ts';
import { x86_64 } from '../../pipeline/arch/x86_64/x86-64.ts';
import { elfMachine } from '../../pipeline/format/elf.ts';
import { realHost } from '../../pipeline/host/real-host.ts';
import { explain } from '../../pipeline/problem/problem.ts';
import type { Result } from '../../pipeline/problem/result.ts';
import { makeBzImage, makeVmlinux, withSize } from '../fixtures/x86-64-image.ts';

const host = realHost();
const none = new Uint8Array();
const base = 0x1000000n;

const must = <T>(result: Result<T>): T => {
  if (!result.ok) throw new Error(result.problems.map((one) => explain(one).message).join('\n'));
  return result.value;
};
const kinds = (result: Result<unknown>): string =>
  result.ok ? 'none' : result.problems.map(({ kind }) => kind).join();

const vmlinux = makeVmlinux([
  { paddr: base, bytes: new Uint8Array(100).fill(1), memsz: 100n },
  { paddr: base + 0x3000n, bytes: new Uint8Array(0x4000).fill(2, 0, 7), memsz: 0x6001n },
]);

describe('compressed', () => {
  const image = makeBzImage(Uint8Array.of(1, 2, 3), {}, 512);

  test('is the protected-mode part, at or above the preferred address', () => {
    const kernel = must(x86_64.prepareKernel(image, 'compressed', none));
    expect(kernel.bytes.length).toBe(0x250);
    expect(kernel).toMatchObject({
      memorySize: 0x200_0000n,
      align: 0x20_0000n,
      minAddress: base,
      entryOffset: 0x200n,
      needs: 0x200_0000n,
      commandLineMaximum: 2047,
      sealFlags: [],
    });
  });

  test('unpacks nothing', async () => {
    expect(must(await x86_64.unpackKernel(host.run, image, 'compressed')).length).toBe(0);
  });

  test('says that a kernel without 5-level code needs 4-level paging', () => {
    const old = makeBzImage(none, { xloadflags: 0x1f });
    expect(must(x86_64.prepareKernel(old, 'compressed', none)).sealFlags).toEqual([
      'needsFourLevelPaging',
    ]);
  });

  test('refuses an init_size smaller than what is loaded', () => {
    const small = makeBzImage(new Uint8Array(0x2000), { initSize: 4096 });
    expect(kinds(x86_64.prepareKernel(small, 'compressed', none))).toBe('kernel-elf-outside');
  });
});

describe('direct', () => {
  const image = makeBzImage(none);

  const enter = async (bytes: Uint8Array) => {
    const packed = makeBzImage(gzipSync(bytes));
    const flat = await x86_64.unpackKernel(host.run, packed, 'direct');
    return flat.ok ? x86_64.prepareKernel(image, 'direct', flat.value) : flat;
  };

  test('is every PT_LOAD at its place, without the zeros at the end', async () => {
    const kernel = must(await enter(vmlinux));
    expect(kernel).toMatchObject({
      memorySize: 0xa000n,
      align: 0x20_0000n,
      minAddress: 0n,
      entryOffset: 0n,
      needs: 0xa000n,
    });
    expect(kernel.bytes.length).toBe(0x4000);
    const set = [...kernel.bytes.entries()].filter(([, byte]) => byte !== 0);
    expect(set.length).toBe(107);
    expect(kernel.bytes[99]).toBe(1);
    expect(kernel.bytes[0x3006]).toBe(2);
  });

  const load = { paddr: base, bytes: new Uint8Array(64).fill(1), memsz: 64n };
  test.each([
    ['no ELF file', Uint8Array.of(1, 2, 3), 'kernel-elf'],
    ['another machine', makeVmlinux([load], base, elfMachine.aarch64), 'kernel-other-machine'],
    ['a load below its base', makeVmlinux([{ ...load, paddr: 0n }]), 'kernel-elf-outside'],
    ['a load far away', makeVmlinux([{ ...load, paddr: 1n << 62n }]), 'kernel-elf-outside'],
    ['an entry before it', makeVmlinux([load], base - 1n), 'kernel-elf-outside'],
    ['an entry after it', makeVmlinux([load], base + 64n), 'kernel-elf-outside'],
    ['a file cut short', makeVmlinux([load]).subarray(0, 150), 'kernel-elf'],
  ])('refuses %s', async (_what, bytes, kind) => {
    expect(kinds(await enter(bytes))).toBe(kind);
  });
});

describe('unpacking the payload', () => {
  const unpack = (payload: Uint8Array) => unpackPayload(host.run, payload);

  test.each([
    ['xz', ['xz', '--check=crc32', '-c']],
    ['zstd', ['zstd', '-q', '-c']],
    ['lz4', ['lz4', '-l', '-c', '-q']],
    ['bzip2', ['bzip2', '-c']],
    ['lzma', ['xz', '--format=lzma', '-c']],
  ] as const)('%s gives the kernel back', async (_name, [command, ...args]) => {
    const packed = execFileSync(command, args, { input: vmlinux });
    const unpacked = must(await unpack(withSize(packed, vmlinux.length)));
    expect(Buffer.from(unpacked).equals(vmlinux)).toBe(true);
  });

  test('gzip has its size in the format', async () => {
    expect(must(await unpack(gzipSync(vmlinux))).length).toBe(vmlinux.length);
  });

  test('refuses what it does not know, what is damaged and what has another size', async () => {
    const packed = execFileSync('xz', ['-c'], { input: vmlinux });
    const damaged = withSize(packed.fill(0, 40, 60), vmlinux.length);
    const zstd = execFileSync('zstd', ['-q', '-c'], { input: vmlinux });
    expect(kinds(await unpack(Uint8Array.of(9, 9, 9, 9, 9, 9, 9)))).toBe('kernel-payload-unknown');
    expect(kinds(await unpack(damaged))).toBe('kernel-payload-corrupt');
    expect(kinds(await unpack(gzipSync(vmlinux).fill(0, 12, 30)))).toBe('kernel-payload-corrupt');
    expect(kinds(await unpack(withSize(zstd, vmlinux.length + 1)))).toBe('kernel-payload-size');
  });
});
