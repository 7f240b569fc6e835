/** RTAS as QEMU's firmware leaves it: below the end of the crash region, which is where kernels look first. */
import type { MemoryRange } from '../../../pipeline/guest/vmcore.ts';
import type { TestKernelName } from '../kernels.ts';

/** Debian's kernels of the architecture that tests take. */
type PpcKernel = Exclude<TestKernelName, '6.12-16k'>;

const rtasStart: Readonly<Record<PpcKernel, bigint>> = {
  '6.1': 0x2fff0000n,
  '6.12': 0x2ffff000n,
};

/** The crash region but for the firmware in it, which is in the dump. */
export const withoutFirmware =
  (kernel: PpcKernel) =>
  ({ start, end }: MemoryRange): readonly MemoryRange[] => [
    { start, end: end < rtasStart[kernel] ? end : rtasStart[kernel] },
  ];
