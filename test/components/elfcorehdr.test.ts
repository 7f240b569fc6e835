import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { i386 } from '../../pipeline/arch/i386/i386.ts';
import { x86_64 } from '../../pipeline/arch/x86_64/x86-64.ts';
import { elfcorehdrComponent } from '../../pipeline/components/elfcorehdr.ts';
import { elfMachine } from '../../pipeline/format/elf.ts';
import { kindsOf } from '../fixtures/profile-and-inputs.ts';
import { must } from '../fixtures/results.ts';

const limits = { cpus: 64, memoryRanges: 20 };
const hotplug = 'rearm' as const;
const s390x = {
  ...x86_64,
  elf: { machine: elfMachine.s390, bits: 64, order: 'big' } as const,
};

test.each([
  ['x86_64', x86_64, 'passed', 'X86-64', 'little', [64, 56]],
  ['an architecture with big-endian words', s390x, 'passed', 'S/390', 'big', [64, 56]],
  ['i386', i386, 'passed', '80386', 'little', [64, 56]],
  ['i386, of 32 bits', i386, 'elf32', '80386', 'little', [52, 32]],
] as const)(
  'readelf takes the template for a core file of %s',
  (_what, arch, elfcorehdr, machine, order, [header, entry]) => {
    const { bytes } = must(elfcorehdrComponent(arch, { limits, hotplug, elfcorehdr }));
    expect(bytes.length).toBe(header + entry * (64 + 1 + 1 + 20));
    const folder = mkdtempSync(join(tmpdir(), 'elfcorehdr-'));
    try {
      const path = join(folder, 'core');
      writeFileSync(path, bytes);
      const text = execFileSync('readelf', ['-hW', path], { encoding: 'utf8' });
      expect(text).toMatch(/Type: +CORE/);
      expect(text).toContain(machine);
      expect(text).toContain(`${order} endian`);
      expect(text).toMatch(new RegExp(`Start of program headers: +${header} `));
      expect(text).toMatch(new RegExp(`Size of program headers: +${entry} `));
      expect(text).toMatch(/Number of program headers: +0\n/);
    } finally {
      rmSync(folder, { recursive: true });
    }
  },
);

test('it has a slot per CPU, for VMCOREINFO, the kernel text and every range, and nothing in them', () => {
  const part = must(elfcorehdrComponent(x86_64, { limits, hotplug, elfcorehdr: 'passed' }));
  expect(part.bytes.length).toBe(64 + 56 * (64 + 1 + 1 + 20));
  expect(part.memorySize).toBe(8192n);
  expect(part.bytes.subarray(64).every((byte) => byte === 0)).toBe(true);
  expect(part.live).toEqual([{ source: 'elfcorehdr', form: 'own', offset: 0n, size: 4880n }]);
});

test('more slots than e_phnum can count are refused', () => {
  const many = (cpus: number) =>
    elfcorehdrComponent(x86_64, {
      limits: { cpus, memoryRanges: 8192 },
      hotplug,
      elfcorehdr: 'passed',
    });
  expect(kindsOf(many(65535 - 8192 - 2))).toBe('');
  expect(kindsOf(many(65535 - 8192 - 1))).toBe('elfcorehdr-too-many-slots');
});

test('a header that the kernel is to rewrite occupies what kernels of distributions ask for', () => {
  const part = must(
    elfcorehdrComponent(x86_64, { limits, hotplug: 'kernel', elfcorehdr: 'passed' }),
  );
  expect(part.bytes.length).toBe(4880);
  // Debian's 6.12 says 917616 in /sys/kernel/crash_elfcorehdr_size.
  expect(part.memorySize).toBeGreaterThan(917_616n);
});
