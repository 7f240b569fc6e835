/**
 * The main job on i386, with more memory than the kernel maps: Debian's 686-pae kernel, with KASLR, an ELF core header
 * of either class, the memory map from boot_params and from the command line.
 */
import { expect, test } from 'vitest';
import { complaintsAbout, readelf } from '../../../pipeline/guest/dump-complaints.ts';
import { openVmcore } from '../../../pipeline/guest/vmcore.ts';
import { type Captured, capture } from '../../support/capture.ts';
import { examples } from '../../support/examples.ts';
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

/** Each class of header says of memory that the kernel does not map that it has no address, in a value of its own. */
const rows = [
  { name: 'two', cpus: 2, profile: {}, header: 'ELF64', noAddress: (1n << 64n) - 1n },
  {
    name: 'one',
    cpus: 1,
    profile: { elfcorehdr: 'elf32', memoryMap: 'memmap' },
    header: 'ELF32',
    noAddress: (1n << 32n) - 1n,
  },
] as const;

test.each(examples(rows, 1))(
  'panic-captures-vmcore on i386: a panic on the last of $cpus, $header, $profile',
  ({ name, cpus, profile, header, noAddress }) =>
    withWorkFolder(`i386-${name}`, async (folder) => {
      const scenario = {
        name: `i386-${name}`,
        arch: 'i386',
        kernel: '6.1',
        cpus,
        profile,
      } as const;
      const captured = await capture(folder, scenario, cpus - 1);
      expect(complaintsAbout(captured.disk, { ...captured, cpus })).toEqual([]);
      expect(readelf(captured.disk)).toMatch(new RegExp(`Class: +${header}\n`));
      expectAddresses(captured, noAddress);
      const lines = captured.system.guest.console.lines.map(({ text }) => text);
      const after = lines.slice(lines.findIndex((text) => text.includes(captured.mark.nonce)));
      expect(/memmap=exactmap( memmap=[0-9]+K[@#$!][0-9]+K)+/.test(after.join('\n'))).toBe(
        'memoryMap' in profile,
      );
    }),
);
