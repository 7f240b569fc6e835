/**
 * A server: EFI firmware, and ACPI instead of a device tree. The capture kernel finds firmware and tables by the small
 * tree that EFI machines have. Before it panics, the machine refuses a bundle that was tampered with, and does what
 * `crashseal plan` says of it.
 */
import { expect, test } from 'vitest';
import { complaintsAbout } from '../../../pipeline/guest/dump-complaints.ts';
import { efi } from '../../support/arm64-machines.ts';
import { boot, endWithDump } from '../../support/capture.ts';
import { armAsPlanned, expectTamperedRefused } from '../../support/planned-as-armed.ts';
import { withWorkFolder } from '../../support/work-folder.ts';

test('efi-acpi-captures-vmcore', () =>
  withWorkFolder('arm64-efi', async (folder) => {
    const booted = await boot(folder, {
      name: 'arm64-efi',
      arch: 'arm64',
      kernel: '6.1',
      cpus: 2,
      append: 'acpi=force',
      guest: efi,
    });
    const { system, disk } = booted;
    await expectTamperedRefused(booted);
    await armAsPlanned(booted, folder);
    const mark = await system.panic();
    await endWithDump(system, disk);
    const { console } = system.guest;
    expect(complaintsAbout(disk, { ...booted, mark, cpus: 2 })).toEqual([]);
    const panicAt = console.lines.findIndex(({ text }) => text.includes(mark.nonce));
    const after = console.lines.slice(panicAt).map(({ text }) => text);
    expect(after.some((text) => /efi: EFI v/.test(text))).toBe(true);
    expect(after.some((text) => /ACPI: RSDP 0x0000000/.test(text))).toBe(true);
  }));
