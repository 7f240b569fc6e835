/**
 * The ELF vmlinux: one PT_LOAD, which is loaded as it is. Relative to its start the kernel's first 0x100 bytes have
 * fixed places (Linux, arch/powerpc/kernel/head_64.S).
 */
import {
  buildIdOf,
  elfKind,
  elfMachine,
  loadSegments,
  machineName,
  readElf,
  segmentBytes,
} from '../../format/elf.ts';
import { bytes, layout, u32 } from '../../format/layout.ts';
import { fail, ok, type Result } from '../../problem/result.ts';
import { alignUp } from '../../units/units.ts';
import type { PreparedKernel } from '../architecture.ts';
import { looksLike } from '../image-looks.ts';

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

const unusable = (detail: string): Result<never> =>
  fail({ area: 'component', kind: 'kernel-elf', detail });

export function prepareVmlinux(image: Uint8Array): Result<PreparedKernel> {
  const kind = elfKind(image);
  if (!kind.ok)
    return fail({
      area: 'component',
      kind: 'kernel-not-image',
      expected: 'an ELF vmlinux',
      sign: 'ELF header',
      size: image.length,
      looksLike: looksLike(image),
    });
  const { machine, bits, order } = kind.value;
  if (machine !== elfMachine.ppc64 || bits !== 64)
    return fail({
      area: 'component',
      kind: 'kernel-other-machine',
      found: machineName(machine),
      bits,
      expected: machineName(elfMachine.ppc64),
    });
  if (order !== 'little') return unusable('it is big-endian, and the profile is for ppc64le');
  const read = readElf(image);
  if (!read.ok) return unusable(`reader says: ${read.why.fault}`);
  const elf = read.value;
  if ((elf.flags & abiMask) === abiOfDescriptors)
    return unusable('it has version 1 of the ELF ABI, which big-endian kernels have');
  const loads = loadSegments(elf).filter(({ memsz }) => memsz > 0n);
  const [load] = loads;
  if (load === undefined || loads.length !== 1)
    return unusable(
      `it has ${loads.length} PT_LOADs; a vmlinux has one, and a zImage, which unpacks itself, cannot be a capture kernel`,
    );
  const content = segmentBytes(elf, load);
  if (content === undefined)
    return unusable(
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
    return unusable('it is not entered at the start of its PT_LOAD');
  const kernel = Uint8Array.from(content);
  const view = new DataView(kernel.buffer);
  const { offset } = kernelStart.fields.runAtLoad;
  if (view.getUint32(offset, true) !== runsAtZero)
    return unusable('it has no "run0" at 0x5c: it was built without CONFIG_RELOCATABLE');
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
    release: vmlinuxRelease(image),
    buildId: buildIdOf(elf),
    commandLineMaximum: commandLineSize - 1,
    sealFlags: [],
  });
}

const banner = Buffer.from('Linux version ');

/** `uname -r` in the kernel's banner, which is the first text of that form that says a version. */
export function vmlinuxRelease(image: Uint8Array): string | undefined {
  const bytes = Buffer.from(image.buffer, image.byteOffset, image.length);
  for (let at = bytes.indexOf(banner); at >= 0; at = bytes.indexOf(banner, at + 1)) {
    const text = bytes.subarray(at + banner.length, at + banner.length + 80).toString('latin1');
    const found = /^[0-9]+\.[A-Za-z0-9._+~-]+(?= )/.exec(text)?.[0];
    if (found !== undefined) return found;
  }
  return undefined;
}
