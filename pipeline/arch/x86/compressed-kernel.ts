import type { Problem } from '../../problem/problem.ts';
import { fail, ok, type Result } from '../../problem/result.ts';
import { alignUp } from '../../units/units.ts';
import type { PreparedKernel } from '../architecture.ts';
import type { BzImage, KernelEntry } from './bzimage.ts';

const page = 4096n;

/** A bzImage that unpacks itself after the panic, cut to its protected-mode part. */
export function compressedKernel(
  image: BzImage,
  entry: KernelEntry,
  sealFlags: PreparedKernel['sealFlags'],
): Result<PreparedKernel> {
  const memorySize = alignUp(BigInt(image.header.initSize), page);
  const bufsz = BigInt(image.protectedMode.length);
  if (memorySize < bufsz)
    return outside('protected-mode part', 0n, bufsz, { low: 0n, high: memorySize });
  return ok({
    release: image.release,
    commandLineMaximum: image.header.cmdlineSize,
    sealFlags,
    bytes: image.protectedMode,
    imageOffset: image.start,
    memorySize,
    align: BigInt(image.header.kernelAlignment),
    // Below it, the decompressor would move the kernel up to it: onto the memory of the crashed one.
    minAddress: image.header.prefAddress,
    fixedPlace: undefined,
    entryOffset: entry.offset,
    needs: memorySize,
    buildId: undefined,
  });
}

/** The part of a kernel that lies where it must not. */
export function outside(
  what: string,
  start: bigint,
  end: bigint,
  allowed: { readonly low: bigint; readonly high: bigint },
): Result<never> {
  const problem: Problem = {
    area: 'component',
    kind: 'kernel-elf-outside',
    what,
    start,
    end,
    ...allowed,
  };
  return fail(problem);
}
