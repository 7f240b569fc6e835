/**
 * The main job on i386, with more memory than the kernel maps: Debian's 686-pae kernel, with KASLR, an ELF core header
 * of either class, the memory map from boot_params and from the command line.
 */
import { expect, test } from 'vitest';
import { complaintsAbout, readelf } from '../../../pipeline/guest/dump-complaints.ts';
import { openVmcore } from '../../../pipeline/guest/vmcore.ts';
import { type Captured, capture, type Scenario } from '../../support/capture.ts';
import { withWorkFolder } from '../../support/work-folder.ts';

const gib = 1n << 30n;
const megabyte = 1n << 20n;

/** The direct map has 896 MiB at most, of which the kernel itself says less: what it tells in its log. */
const lowMemory = (captured: Captured): bigint => {
  const line = captured.system.guest.console.find(/(\d+)MB LOWMEM available/)?.match[1];
  return BigInt(line ?? 0) * megabyte;
};

function expectAddresses(captured: Captured, none: bigint): void {
  const { loads } = openVmcore(captured.disk);
  const low = loads.filter(({ vaddr }) => vaddr !== none);
  for (const { vaddr, paddr } of low) expect(vaddr - paddr).toBe(3n * gib);
  const high = loads.filter(({ vaddr }) => vaddr === none);
  const border = high[0]?.paddr ?? 0n;
  expect(border - (border % megabyte)).toBe(lowMemory(captured));
  expect(low.at(-1)?.paddr ?? gib).toBeLessThan(border);
  expect((low.at(-1)?.paddr ?? 0n) + (low.at(-1)?.memsz ?? 0n)).toBe(border);
}

const scenario = (name: string, changes: Partial<Scenario>): Scenario => ({
  name: `i386-${name}`,
  arch: 'i386',
  kernel: '6.1',
  ...changes,
});

test('panic-captures-vmcore on i386: a panic on the second CPU, header of 64 bits', () =>
  withWorkFolder('i386-two', async (folder) => {
    const captured = await capture(folder, scenario('two', { cpus: 2 }), 1);
    expect(complaintsAbout(captured.disk, { ...captured, cpus: 2 })).toEqual([]);
    expect(readelf(captured.disk)).toMatch(/Class: +ELF64\n/);
    expectAddresses(captured, (1n << 64n) - 1n);
  }));

test('panic-captures-vmcore on i386: one CPU, header of 32 bits, memory map by memmap=exactmap', () =>
  withWorkFolder('i386-one', async (folder) => {
    const profile = { elfcorehdr: 'elf32', memoryMap: 'memmap' };
    const captured = await capture(folder, scenario('one', { cpus: 1, profile }));
    expect(complaintsAbout(captured.disk, { ...captured, cpus: 1 })).toEqual([]);
    expect(readelf(captured.disk)).toMatch(/Class: +ELF32\n/);
    expectAddresses(captured, (1n << 32n) - 1n);
    const lines = captured.system.guest.console.lines.map(({ text }) => text);
    const after = lines.slice(lines.findIndex((text) => text.includes(captured.mark.nonce)));
    expect(after.join('\n')).toMatch(/memmap=exactmap( memmap=[0-9]+K[@#$!][0-9]+K)+/);
  }));
