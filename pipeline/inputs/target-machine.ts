/** What an architecture is called by those who package for it, and what its ELF files say. */

import type { ArchName } from '../arch/arch.ts';
import type { ByteOrder } from '../format/layout.ts';

export type TargetMachine = {
  /** Debian's name. */
  readonly debian: string;
  readonly elf: { readonly machine: number; readonly bits: 32 | 64; readonly order: ByteOrder };
  /** Debian's multiarch folder below lib/ and usr/lib/. */
  readonly multiarch: string;
  /** What a capture kernel's packaged config must have built in. */
  readonly kernelOptions: readonly string[];
};

const captureOptions = ['CRASH_DUMP', 'PROC_VMCORE', 'RELOCATABLE'];

export const targetMachines: Readonly<Record<ArchName, TargetMachine>> = {
  x86_64: {
    debian: 'amd64',
    elf: { machine: 62, bits: 64, order: 'little' },
    multiarch: 'x86_64-linux-gnu',
    kernelOptions: captureOptions,
  },
  s390x: {
    debian: 's390x',
    elf: { machine: 22, bits: 64, order: 'big' },
    multiarch: 's390x-linux-gnu',
    kernelOptions: captureOptions,
  },
};
