/** RTAS as QEMU's firmware leaves it: below the end of the crash region, which is where kernels look first. */
import type { MemoryRange } from '../../../pipeline/guest/vmcore.ts';
import type { TestKernelName } from '../kernels.ts';

const rtasStart: Readonly<Record<TestKernelName, bigint>> = {
  '6.1': 0x2fff0000n,
  '6.12': 0x2ffff000n,
};

/** The crash region but for the firmware in it, which is in the dump. */
export const withoutFirmware =
  (kernel: TestKernelName) =>
  ({ start, end }: MemoryRange): readonly MemoryRange[] => [
    { start, end: end < rtasStart[kernel] ? end : rtasStart[kernel] },
  ];
