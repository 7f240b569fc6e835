/** ia64: a vmlinux of several PT_LOADs, and what a profile may say. Its bytes on machines: test/loader/ia64.test.ts. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { ia64 } from '../../pipeline/arch/ia64/ia64.ts';
import { purgatoryImage } from '../../pipeline/arch/ia64/purgatory-image.ts';
import { elfMachine, elfType } from '../../pipeline/format/elf.ts';
import { read } from '../../pipeline/format/layout.ts';
import { purgatoryHead } from '../../pipeline/format/purgatory-layout.ts';
import { realHost } from '../../pipeline/host/real-host.ts';
import { pattern } from '../fixtures/bytes.ts';
import { ia64Release, makeVmlinux, usualLoads } from '../fixtures/ia64-machine.ts';
import { kindsOf } from '../fixtures/profile-and-inputs.ts';
import { must } from '../fixtures/results.ts';

const { run } = realHost();
const prepare = (image: Uint8Array, unpacked: Uint8Array = new Uint8Array()) =>
  ia64.prepareKernel(image, 'vmlinux', unpacked);

test('every PT_LOAD of a vmlinux lies where it was linked for in its page of 64 MiB, and bss after it', () => {
  const kernel = must(prepare(makeVmlinux()));
  expect(kernel).toMatchObject({
    memorySize: 0xb_0000n,
    needs: 0xb_0000n,
    align: 64n << 20n,
    entryOffset: 0x580n,
    release: ia64Release,
    commandLineMaximum: 2047,
  });
  expect(kernel.bytes.length).toBe(0x7_8000);
  for (const [index, { paddr, filesz }] of usualLoads.entries()) {
    const start = Number(paddr - 0x400_0000n);
    const content = pattern(filesz, index + 1);
    // The banner stands in the first.
    const compared = index === 0 ? 0x900 : 0;
    expect(
      Buffer.compare(
        kernel.bytes.subarray(start + compared, start + filesz),
        content.subarray(compared),
      ),
    ).toBe(0);
  }
  const gap = kernel.bytes.subarray(0x2_3450, 0x4_0000);
  expect(gap.every((byte) => byte === 0)).toBe(true);
});

test('one that does not begin at such a page keeps its distance from it', () => {
  const loads = [{ paddr: 0x10_0002_0000n, filesz: 0x1000 }];
  const kernel = must(prepare(makeVmlinux({ loads, entry: 0x10_0002_0040n })));
  expect(kernel).toMatchObject({ entryOffset: 0x2_0040n, memorySize: 0x3_0000n });
  expect(kernel.bytes.length).toBe(0x2_1000);
});

test('one that is packed is unpacked at build time', async () => {
  const image = makeVmlinux();
  const packed = gzipSync(image);
  const unpacked = must(await ia64.unpackKernel(run, packed, 'vmlinux'));
  expect(Buffer.compare(unpacked, image)).toBe(0);
  expect(must(prepare(packed, unpacked)).release).toBe(ia64Release);
});

const last = usualLoads.at(-1) ?? { paddr: 0n, filesz: 0 };
test.each([
  ['of no bytes', new Uint8Array(), 'kernel-not-image'],
  ['packed and not unpacked', gzipSync(makeVmlinux()), 'kernel-not-image'],
  ['an ELF file for x86_64', makeVmlinux({ machine: elfMachine.x86_64 }), 'kernel-other-machine'],
  ['big-endian', makeVmlinux({ order: 'big' }), 'kernel-elf'],
  ['an object', makeVmlinux({ type: elfType.rel }), 'kernel-elf'],
  ['cut in its headers', makeVmlinux().subarray(0, 0x80), 'kernel-elf'],
  ['cut in its last PT_LOAD', makeVmlinux().subarray(0, -0x100), 'kernel-elf'],
  ['without PT_LOADs', makeVmlinux({ loads: [] }), 'kernel-elf'],
  [
    'of PT_LOADs that overlap',
    makeVmlinux({ loads: [...usualLoads, { ...last, paddr: last.paddr + 0x1000n }] }),
    'kernel-elf',
  ],
  [
    'of a PT_LOAD beyond its page of 64 MiB',
    makeVmlinux({ loads: [...usualLoads, { paddr: 0x7ff_f000n, filesz: 0x2000 }] }),
    'kernel-elf-outside',
  ],
  [
    'of a PT_LOAD that ends after the end of addresses',
    makeVmlinux({ loads: [...usualLoads, { paddr: (1n << 64n) - 0x1000n, filesz: 0x2000 }] }),
    'kernel-elf-outside',
  ],
  [
    'of a PT_LOAD with more bytes than memory',
    makeVmlinux({ loads: [{ paddr: 0x400_0000n, filesz: 0x2000, memsz: 0x1000n }] }),
    'kernel-elf-outside',
  ],
  ['entered in its bss', makeVmlinux({ entry: 0x407_9000n }), 'kernel-elf-outside'],
  [
    'entered at a virtual address',
    makeVmlinux({ entry: 0xa000_0001_0000_0580n }),
    'kernel-elf-outside',
  ],
])('a kernel is refused that is %s', (_, image, kind) => {
  expect(kindsOf(prepare(image))).toBe(kind);
});

test('what is entered in place of purgatory traps, as binutils reads it', () => {
  const image = purgatoryImage();
  const head = read(purgatoryHead, image);
  const code = image.subarray(head.entryOffset, head.codeOffset + head.codeSize);
  const folder = mkdtempSync(join(tmpdir(), 'ia64-trap-'));
  const file = join(folder, 'code.bin');
  writeFileSync(file, code);
  const words = ['-D', '-z', '-b', 'binary', '-m', 'ia64-elf64', file];
  const said = execFileSync('ia64-linux-gnu-objdump', words, { encoding: 'utf8' });
  rmSync(folder, { recursive: true });
  expect(said.match(/break\.[mi] 0x0/g)).toEqual(['break.m 0x0', 'break.i 0x0', 'break.i 0x0']);
  expect(said).not.toMatch(/data8|\(bad\)/);
});
