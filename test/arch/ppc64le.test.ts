import { describe, expect, test } from 'vitest';
import { ppc64le } from '../../pipeline/arch/ppc64le/ppc64le.ts';
import { elfMachine } from '../../pipeline/format/elf.ts';
import type { ByteOrder } from '../../pipeline/format/layout.ts';
import { explain } from '../../pipeline/problem/problem.ts';
import { joinBytes } from '../../pipeline/units/bytes.ts';
import { elfHeader, programHeader } from '../fixtures/elf.ts';
import { must, problemsOf } from '../fixtures/results.ts';

const start = 0xc000000000000000n;

type Changes = {
  readonly machine?: number;
  readonly order?: ByteOrder;
  readonly flags?: number;
  readonly loads?: number;
  readonly entry?: bigint;
  readonly word?: number;
  readonly filesz?: bigint;
  readonly memsz?: bigint;
};

function vmlinux(changes: Changes = {}): Uint8Array {
  const { order = 'little', loads = 1 } = changes;
  const kernel = Buffer.alloc(0x300, 'x');
  kernel.writeUInt32LE(changes.word ?? 0x72756e30, 0x5c);
  kernel.write('Linux version %s\0Linux version 6.1.0-50-powerpc64le (debian-kernel)', 0x200);
  const header = elfHeader(
    {
      type: 2,
      machine: changes.machine ?? elfMachine.ppc64,
      flags: changes.flags ?? 2,
      entry: changes.entry ?? start,
      phnum: loads,
    },
    order,
  );
  const at = header.length + loads * 56;
  const load = programHeader(
    {
      type: 1,
      vaddr: start,
      offset: BigInt(at),
      filesz: changes.filesz ?? BigInt(kernel.length),
      memsz: changes.memsz ?? 0x2_0001n,
    },
    order,
  );
  return joinBytes([header, ...Array<Uint8Array>(loads).fill(load), kernel]);
}

const prepare = (image: Uint8Array) => ppc64le.prepareKernel(image, 'vmlinux', new Uint8Array());

describe('a vmlinux', () => {
  test('is its PT_LOAD, told to stay where it is loaded', () => {
    const kernel = must(prepare(vmlinux()));
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
    ['of another architecture', vmlinux({ machine: elfMachine.x86_64 }), 'kernel-other-machine'],
    ['that is no ELF file', new Uint8Array(100), 'kernel-not-image'],
    ['that is big-endian', vmlinux({ order: 'big' }), 'kernel-elf'],
    ['of the older ABI', vmlinux({ flags: 1 }), 'kernel-elf'],
    ['with two PT_LOADs, as a zImage has', vmlinux({ loads: 2 }), 'kernel-elf'],
    ['without any', vmlinux({ loads: 0 }), 'kernel-elf'],
    ['that is not entered at its start', vmlinux({ entry: start + 8n }), 'kernel-elf'],
    ['that runs at address 0 only', vmlinux({ word: 0 }), 'kernel-elf'],
    ['that is cut off', vmlinux({ filesz: 0x10000n }), 'kernel-elf'],
    ['with less memory than bytes', vmlinux({ memsz: 0x100n }), 'kernel-elf-outside'],
    ['larger than any', vmlinux({ memsz: 1n << 40n }), 'kernel-elf-outside'],
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
