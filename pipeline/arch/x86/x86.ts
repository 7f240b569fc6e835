/** What a machine with x86 has, of 32 or 64 bits. */
import type { Architecture } from '../architecture.ts';
import { bzImageRelease } from './bzimage.ts';
import { commandLine, handOver, liveWords, purgatoryConsole } from './hand-over.ts';

export const x86 = {
  kernelOptions: ['RELOCATABLE'],
  storageFolders: [],
  pageSize: 4096,
  purgatoryWindow: undefined,
  purgatoryBorrows: undefined,
  purgatoryFirmware: false,
  commandLine,
  kernelArgument: 'boot_params',
  purgatoryConsole,
  policyBlock: () => undefined,
  checkKernelConfig: () => [],
  imageRelease: bzImageRelease,
  handOver,
  liveWords,
} as const satisfies Partial<Architecture>;

/** With `reserve` bytes free for the pages that the running kernel takes for itself. */
export const placement = (reserve: bigint): Architecture['placement'] => ({
  pageSize: 4096n,
  reserve,
  initramfs: { lowest: 0n, align: 4096n },
  // The decompressor stays within init_size, which is the kernel's segment, and is told `nokaslr`. All that is
  // moved later comes from the memory map, where the loader leaves the header out.
  elfcorehdr: 'hole',
  granularity: 4096n,
});
