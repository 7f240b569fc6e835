/**
 * The ELF vmlinux, made flat: its PT_LOADs at their physical addresses, from the start of the 64 MiB page that the
 * kernel maps itself by (Linux, arch/ia64/kernel/head.S: KERNEL_TR_PAGE_SHIFT). It runs in any such page.
 */
import {
  buildIdOf,
  type Elf,
  type ElfSegment,
  elfMachine,
  elfType,
  loadSegments,
  segmentBytes,
} from '../../format/elf.ts';
import { fail, ok, type Result } from '../../problem/result.ts';
import { alignUp } from '../../units/units.ts';
import type { PreparedKernel } from '../architecture.ts';
import { readVmlinux, unusableVmlinux } from '../elf-vmlinux.ts';
import { bannerRelease } from '../linux-banner.ts';

export const kernelPage = 64n << 20n;
/** COMMAND_LINE_SIZE (arch/ia64/include/asm/setup.h) with its NUL. */
const commandLineSize = 2048;

const outside = (
  what: string,
  start: bigint,
  end: bigint,
  within: { readonly low: bigint; readonly high: bigint },
): Result<never> =>
  fail({ area: 'component', kind: 'kernel-elf-outside', what, start, end, ...within });

/** `page` is the largest that the kernel may have. */
export function prepareVmlinux(image: Uint8Array, page: bigint): Result<PreparedKernel> {
  const elf = executable(image);
  if (!elf.ok) return elf;
  const loads = loadSegments(elf.value)
    .filter(({ memsz }) => memsz > 0n)
    .toSorted((a, b) => (a.paddr < b.paddr ? -1 : 1));
  const [first] = loads;
  if (first === undefined) return unusableVmlinux('it has no PT_LOAD: there is nothing to load');
  const base = first.paddr - (first.paddr % kernelPage);
  const range = { low: base, high: base + kernelPage };
  const fault = faultOf(loads, range);
  if (fault !== undefined) return fault;
  const end = Math.max(...loads.map(({ paddr, filesz }) => Number(paddr - base + filesz)));
  const flat = new Uint8Array(end);
  for (const load of loads) {
    const content = segmentBytes(elf.value, load);
    if (content === undefined)
      return unusableVmlinux(
        `a PT_LOAD ends at ${load.offset + load.filesz}, and the file has ${image.length} bytes: copy it again`,
      );
    flat.set(content, Number(load.paddr - base));
  }
  const entered = loads.find(
    ({ paddr, filesz }) => elf.value.entry >= paddr && elf.value.entry < paddr + filesz,
  );
  if (entered === undefined)
    return outside('entry', elf.value.entry, elf.value.entry + 1n, {
      low: first.paddr,
      high: base + BigInt(end),
    });
  const memorySize = alignUp(
    (loads.at(-1) ?? first).paddr - base + (loads.at(-1) ?? first).memsz,
    page,
  );
  return ok({
    bytes: flat,
    imageOffset: undefined,
    memorySize,
    align: kernelPage,
    minAddress: 0n,
    fixedPlace: undefined,
    entryOffset: elf.value.entry - base,
    needs: memorySize,
    release: bannerRelease(image),
    buildId: buildIdOf(elf.value),
    commandLineMaximum: commandLineSize - 1,
    sealFlags: [],
  });
}

function executable(image: Uint8Array): Result<Elf> {
  const read = readVmlinux(
    image,
    elfMachine.ia64,
    'it is big-endian, and Linux on ia64 is little-endian',
  );
  if (read.ok && read.value.type !== elfType.exec)
    return unusableVmlinux(
      `its type is ${read.value.type}, and that of a vmlinux is ${elfType.exec}: an object or a program is none`,
    );
  return read;
}

/** What is wrong with PT_LOADs that are sorted by their addresses. */
function faultOf(
  loads: readonly ElfSegment[],
  range: { readonly low: bigint; readonly high: bigint },
): Result<never> | undefined {
  let end = range.low;
  for (const { paddr, filesz, memsz } of loads) {
    if (filesz > memsz || paddr + memsz > range.high)
      return outside('PT_LOAD', paddr, paddr + (filesz > memsz ? filesz : memsz), range);
    if (paddr < end)
      return unusableVmlinux(`two of its PT_LOADs overlap at 0x${paddr.toString(16)}`);
    end = paddr + memsz;
  }
  return undefined;
}
