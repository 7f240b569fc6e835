/** What QEMU's arm64 machine can be: by exception level, and by who describes it. */
import type { GuestOptions } from '../../pipeline/guest/guest.ts';
import { words } from '../../pipeline/units/words.ts';

/** Where Linux runs: below a hypervisor, as one with registers of its own form, as one without. */
export const levels: Readonly<Record<'el1' | 'vhe' | 'nvhe', Partial<GuestOptions>>> = {
  el1: {},
  vhe: { machine: 'virt,virtualization=on,gic-version=3' },
  nvhe: { machine: 'virt,virtualization=on', cpu: 'cortex-a57' },
};
export type Level = keyof typeof levels;

/** EFI firmware, which brings ACPI's tables and a device tree; `acpi=force` has Linux take the tables. */
export const efi: Partial<GuestOptions> = {
  extraArgs: words`-bios /usr/share/qemu-efi-aarch64/QEMU_EFI.fd`,
};
