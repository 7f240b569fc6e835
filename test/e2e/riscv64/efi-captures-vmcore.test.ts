/** riscv64 with EFI firmware: what it says in the device tree reaches the capture kernel, and its own memory is kept. */
import { expect, test } from 'vitest';
import { complaintsAbout } from '../../../pipeline/guest/dump-complaints.ts';
import { capture } from '../../support/capture.ts';
import { bootedByEfi } from '../../support/riscv64-firmware.ts';
import { withWorkFolder } from '../../support/work-folder.ts';

test('efi-captures-vmcore on riscv64: two harts, a panic on the second', () =>
  withWorkFolder('riscv64-efi', async (folder) => {
    const scenario = { name: 'riscv64-efi', arch: 'riscv64', kernel: '6.12', cpus: 2 } as const;
    const captured = await capture(folder, { ...scenario, bootedBy: bootedByEfi }, 1);
    expect(complaintsAbout(captured.disk, { ...captured, cpus: 2 })).toEqual([]);
    const lines = captured.system.guest.console.lines.map(({ text }) => text);
    const panicAt = lines.findIndex((text) => text.includes(captured.mark.nonce));
    // The system kernel, and the capture kernel after it.
    for (const part of [lines.slice(0, panicAt), lines.slice(panicAt)])
      expect(part.some((text) => /efi: EFI v.* by Das U-Boot/.test(text))).toBe(true);
  }));
