import { describe, expect, test } from 'vitest';
import { ppc64le } from '../../pipeline/arch/ppc64le/ppc64le.ts';
import { elfMachine } from '../../pipeline/format/elf.ts';
import { explain } from '../../pipeline/problem/problem.ts';
import { makePpc64Vmlinux, vmlinuxStart } from '../fixtures/ppc64-vmlinux.ts';
import { must, problemsOf } from '../fixtures/results.ts';

const prepare = (image: Uint8Array) => ppc64le.prepareKernel(image, 'vmlinux', new Uint8Array());

describe('a vmlinux', () => {
  test('is its PT_LOAD, told to stay where it is loaded', () => {
    const kernel = must(prepare(makePpc64Vmlinux()));
    expect(kernel).toMatchObject({
      memorySize: 0x3_0000n,
      align: 0x1_0000n,
      entryOffset: 0n,
      release: '6.1.0-50-powerpc64le',
      commandLineMaximum: 2047,
    });
    expect(kernel.bytes.length).toBe(0x300);
    expect(Buffer.from(kernel.bytes).readUInt32LE(0x5c)).toBe(1);
  });

  test.each<[string, Uint8Array, string]>([
    [
      'of another architecture',
      makePpc64Vmlinux({ machine: elfMachine.x86_64 }),
      'kernel-other-machine',
    ],
    ['that is no ELF file', new Uint8Array(100), 'kernel-not-image'],
    ['that is big-endian', makePpc64Vmlinux({ order: 'big' }), 'kernel-elf'],
    ['of the older ABI', makePpc64Vmlinux({ flags: 1 }), 'kernel-elf'],
    ['with two PT_LOADs, as a zImage has', makePpc64Vmlinux({ loads: 2 }), 'kernel-elf'],
    ['without any', makePpc64Vmlinux({ loads: 0 }), 'kernel-elf'],
    [
      'that is not entered at its start',
      makePpc64Vmlinux({ entry: vmlinuxStart + 8n }),
      'kernel-elf',
    ],
    ['that runs at address 0 only', makePpc64Vmlinux({ word: 0 }), 'kernel-elf'],
    ['that is cut off', makePpc64Vmlinux({ filesz: 0x10000n }), 'kernel-elf'],
    ['with less memory than bytes', makePpc64Vmlinux({ memsz: 0x100n }), 'kernel-elf-outside'],
    ['larger than any', makePpc64Vmlinux({ memsz: 1n << 40n }), 'kernel-elf-outside'],
  ])('%s is refused', (_, image, kind) => {
    const problems = problemsOf(prepare(image));
    expect(problems.map((problem) => problem.kind)).toEqual([kind]);
    for (const problem of problems) expect(explain(problem).hint).not.toBe('');
  });
});

test("a console of the hypervisor is the capture kernel's first", () => {
  expect(ppc64le.commandLine.consoleWords({ kind: 'hvc' })).toEqual(['console=hvc0']);
  expect(ppc64le.purgatoryConsole({ kind: 'none' }).consoleKind).toBe(0);
});
