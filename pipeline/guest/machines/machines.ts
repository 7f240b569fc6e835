/** The machines that guests can be: one folder for each architecture, and its line here. */
import { arm64 } from './arm64/arm64.ts';
import { i386 } from './i386/i386.ts';
import type { MachineShape } from './machine-shape.ts';
import { ppc64le } from './ppc64le/ppc64le.ts';
import { riscv64 } from './riscv64/riscv64.ts';
import { s390x } from './s390x/s390x.ts';
import { x86_64 } from './x86_64/x86-64.ts';

const shapes = { x86_64, s390x, arm64, riscv64, ppc64le, i386 } as const;

export type GuestArch = keyof typeof shapes;

export const machines: Readonly<Record<GuestArch, MachineShape>> = shapes;

/** The first. */
export const defaultGuest: GuestArch = Object.keys(shapes)[0] as GuestArch;

/** The program that makes such a machine: QEMU's own, or the one that the environment names. */
export const qemuProgram = (arch: GuestArch): string =>
  process.env[machines[arch].programVariable] ?? machines[arch].program;

/** What tells a kernel of that machine which device is its console. */
export const consoleWords = (arch: GuestArch): readonly string[] => {
  const { console } = machines[arch];
  return console === undefined ? [] : [`console=${console}`];
};
