/**
 * The ELF vmlinux: one PT_LOAD, which is loaded as it is. Relative to its start the kernel's first 0x100 bytes have
 * fixed places (Linux, arch/powerpc/kernel/head_64.S).
 */
import { buildIdOf, elfMachine, loadSegments, segmentBytes } from '../../format/elf.ts';
import { bytes, layout, u32 } from '../../format/layout.ts';
import { fail, ok, type Result } from '../../problem/result.ts';
import { alignUp } from '../../units/units.ts';
import type { PreparedKernel } from '../architecture.ts';
import { readVmlinux, unusableVmlinux } from '../elf-vmlinux.ts';
import { bannerRelease } from '../linux-banner.ts';

/** Pages of many distributions' kernels; a kernel with smaller ones does not mind. */
export const page = 64n << 10n;

/** COMMAND_LINE_SIZE (arch/powerpc/include/uapi/asm/setup.h) with its NUL. */
const commandLineSize = 2048;

/** No kernel is near this; it bounds what a damaged header can make us allocate. */
const largestKernel = 512n << 20n;

/** The ABI in e_flags: 1 is that of big-endian kernels, with function descriptors. */
const abiMask = 3;
const abiOfDescriptors = 1;

const kernelStart = layout('ppc64_kernel', 0x100, 'Start of the kernel', {
  entry: bytes(0x00, 0x5c, 'entry point; where other CPUs wait'),
  runAtLoad: u32(0x5c, '"run0": moves itself to address 0; 1: stays where it was loaded'),
  secondary: bytes(0x60, 0xa0, 'where other CPUs enter'),
});
/** "run0". */
const runsAtZero = 0x72756e30;

export function prepareVmlinux(image: Uint8Array): Result<PreparedKernel> {
  const read = readVmlinux(
    image,
    elfMachine.ppc64,
    'it is big-endian, and the profile is for ppc64le',
  );
  if (!read.ok) return read;
  const elf = read.value;
  if ((elf.flags & abiMask) === abiOfDescriptors)
    return unusableVmlinux('it has version 1 of the ELF ABI, which big-endian kernels have');
  const loads = loadSegments(elf).filter(({ memsz }) => memsz > 0n);
  const [load] = loads;
  if (load === undefined || loads.length !== 1)
    return unusableVmlinux(
      `it has ${loads.length} PT_LOADs; a vmlinux has one, and a zImage, which unpacks itself, cannot be a capture kernel`,
    );
  const content = segmentBytes(elf, load);
  if (content === undefined)
    return unusableVmlinux(
      `its PT_LOAD ends at ${load.offset + load.filesz}, the file has ${image.length} bytes`,
    );
  if (load.filesz > load.memsz || load.memsz > largestKernel)
    return fail({
      area: 'component',
      kind: 'kernel-elf-outside',
      what: 'PT_LOAD',
      start: 0n,
      end: load.filesz > load.memsz ? load.filesz : load.memsz,
      low: 0n,
      high: load.filesz > load.memsz ? load.memsz : largestKernel,
    });
  if (content.length < kernelStart.size || elf.entry !== load.vaddr)
    return unusableVmlinux('it is not entered at the start of its PT_LOAD');
  const kernel = Uint8Array.from(content);
  const view = new DataView(kernel.buffer);
  const { offset } = kernelStart.fields.runAtLoad;
  if (view.getUint32(offset, true) !== runsAtZero)
    return unusableVmlinux('it has no "run0" at 0x5c: it was built without CONFIG_RELOCATABLE');
  view.setUint32(offset, 1, true);
  const memorySize = alignUp(load.memsz, page);
  return ok({
    bytes: kernel,
    imageOffset: undefined,
    memorySize,
    align: page,
    minAddress: 0n,
    fixedPlace: undefined,
    entryOffset: 0n,
    needs: memorySize,
    release: bannerRelease(image),
    buildId: buildIdOf(elf),
    commandLineMaximum: commandLineSize - 1,
    sealFlags: [],
  });
}
