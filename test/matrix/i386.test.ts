/**
 * Captures on i386 in full: one CPU and several, a panic on each, an ELF core header of either class, the memory map
 * from boot_params and from the command line; and memory above 4 GiB, which takes PAE.
 */
import { expect, test } from 'vitest';
import { complaintsAbout, readelf } from '../../pipeline/guest/dump-complaints.ts';
import { openVmcore } from '../../pipeline/guest/vmcore.ts';
import { capture } from '../support/capture.ts';
import { withWorkFolder } from '../support/work-folder.ts';

const classes = { elf32: /Class: +ELF32\n/, passed: /Class: +ELF64\n/ } as const;

const rows = (['elf32', 'passed'] as const).flatMap((elfcorehdr) =>
  (['e820', 'memmap'] as const).flatMap((memoryMap) =>
    [{ cpus: 1, panicOn: 0 }, ...[0, 1, 2, 3].map((panicOn) => ({ cpus: 4, panicOn }))].map(
      (panic) => ({ elfcorehdr, memoryMap, ...panic }),
    ),
  ),
);

test.each(rows)('panic-captures-vmcore on i386: %o', ({ cpus, panicOn, ...profile }) => {
  const name = `i386-${profile.elfcorehdr}-${profile.memoryMap}-${cpus}-${panicOn}`;
  return withWorkFolder(name, async (folder) => {
    const scenario = { name, arch: 'i386', kernel: '6.1', cpus, profile } as const;
    const captured = await capture(folder, scenario, panicOn);
    expect(complaintsAbout(captured.disk, { ...captured, cpus })).toEqual([]);
    expect(readelf(captured.disk)).toMatch(classes[profile.elfcorehdr]);
  });
});

test('panic-captures-vmcore on i386: memory above 4 GiB', () =>
  withWorkFolder('i386-pae', async (folder) => {
    const captured = await capture(folder, {
      name: 'i386-pae',
      arch: 'i386',
      kernel: '6.1',
      cpus: 2,
      memory: 1536,
      guest: {
        // Half of it lies above 4 GiB.
        machine: 'pc,max-ram-below-4g=768M',
        // QEMU's program for 32 bits (7.2) repeats the page fault of a program's first page up there for ever.
        qemuBinary: 'qemu-system-x86_64',
      },
    });
    expect(complaintsAbout(captured.disk, { ...captured, cpus: 2 })).toEqual([]);
    const loads = openVmcore(captured.disk).loads;
    expect(loads.some(({ paddr }) => paddr >= 2n ** 32n)).toBe(true);
  }));
