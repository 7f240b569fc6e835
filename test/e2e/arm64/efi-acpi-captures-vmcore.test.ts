/**
 * A server: EFI firmware, and ACPI instead of a device tree. The capture kernel finds firmware and tables by the small
 * tree that EFI machines have.
 */
import { expect, test } from 'vitest';
import { complaintsAbout } from '../../../pipeline/guest/dump-complaints.ts';
import { efi } from '../../support/arm64-machines.ts';
import { capture } from '../../support/capture.ts';
import { withWorkFolder } from '../../support/work-folder.ts';

test('efi-acpi-captures-vmcore', () =>
  withWorkFolder('arm64-efi', async (folder) => {
    const captured = await capture(folder, {
      name: 'arm64-efi',
      arch: 'arm64',
      kernel: '6.1',
      cpus: 2,
      append: 'acpi=force',
      guest: efi,
    });
    const console = captured.system.guest.console;
    expect(complaintsAbout(captured.disk, { ...captured, cpus: 2 })).toEqual([]);
    const panicAt = console.lines.findIndex(({ text }) => text.includes(captured.mark.nonce));
    const after = console.lines.slice(panicAt).map(({ text }) => text);
    expect(after.some((text) => /efi: EFI v/.test(text))).toBe(true);
    expect(after.some((text) => /ACPI: RSDP 0x0000000/.test(text))).toBe(true);
  }));
