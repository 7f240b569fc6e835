/** The capture kernel as it is loaded: a bzImage cut to its protected-mode part, or the vmlinux inside it, flat. */
import {
  buildIdOf,
  elfKind,
  elfMachine,
  loadSegments,
  machineName,
  readElf,
  segmentBytes,
} from '../../format/elf.ts';
import { bytes, decode, encode, layout, u32, u64 } from '../../format/layout.ts';
import { fail, ok, type Result } from '../../problem/result.ts';
import { alignUp } from '../../units/units.ts';
import type { PreparedKernel } from '../architecture.ts';
import { type BzImage, entry64, parseBzImage, xloadflag } from '../x86/bzimage.ts';
import { compressedKernel, outside } from '../x86/compressed-kernel.ts';

const page = 4096n;
/** A vmlinux is mapped by 2 MiB pages, whatever the bzImage's own alignment. */
const directAlignment = 2n << 20n;
/** No kernel is near this; it bounds what a damaged header can make us allocate. */
const largestKernel = 512n << 20n;

export function prepareKernel(
  image: Uint8Array,
  form: string,
  unpacked: Uint8Array,
): Result<PreparedKernel> {
  const parsed = parseBzImage(image, entry64);
  if (!parsed.ok) return parsed;
  return form === 'compressed'
    ? compressedKernel(parsed.value, entry64, flagsOf(parsed.value))
    : direct(parsed.value, unpacked);
}

/** What follows a flat kernel while it is kept: what its ELF headers said. */
const flatTrailer = layout('flat_kernel', 0x38, 'After a kernel that was made flat', {
  magic: bytes(0x00, 8, '"FLATKERN"'),
  entryOffset: u64(0x08, 'from the start'),
  memorySize: u64(0x10, 'up to the end of the last PT_LOAD'),
  buildIdSize: u32(0x18, '0: none'),
  buildId: bytes(0x1c, 20, 'GNU build id'),
});
const flatMagic = new TextEncoder().encode('FLATKERN');

const flagsOf = ({ header }: BzImage): PreparedKernel['sealFlags'] =>
  (header.xloadflags & xloadflag.fiveLevel) === 0 ? ['needsFourLevelPaging'] : [];

/** A kernel as `flattenVmlinux` left it. */
function direct(image: BzImage, flat: Uint8Array): Result<PreparedKernel> {
  const at = flat.length - flatTrailer.size;
  const read = decode(flatTrailer, flat, at);
  if (!read.ok || !Buffer.from(read.value.magic).equals(flatMagic))
    throw new Error('not a kernel that was made flat');
  const { entryOffset, memorySize, buildId, buildIdSize } = read.value;
  return ok({
    release: image.release,
    commandLineMaximum: image.header.cmdlineSize,
    sealFlags: flagsOf(image),
    bytes: flat.subarray(0, at),
    imageOffset: undefined,
    memorySize,
    align: directAlignment,
    minAddress: 0n,
    fixedPlace: undefined,
    entryOffset,
    needs: memorySize,
    buildId: buildIdSize === 0 ? undefined : buildId.subarray(0, buildIdSize),
  });
}

/**
 * What the decompressor would leave if it moved nothing: every PT_LOAD at its physical
 * address, relative to the one the kernel was linked for. startup_64 takes any base aligned to 2 MiB.
 */
export function flattenVmlinux(image: BzImage, vmlinux: Uint8Array): Result<Uint8Array> {
  const made = elfKind(vmlinux);
  if (made.ok && (made.value.machine !== elfMachine.x86_64 || made.value.bits !== 64))
    return fail({
      area: 'component',
      kind: 'kernel-other-machine',
      found: machineName(made.value.machine),
      bits: made.value.bits,
      expected: machineName(elfMachine.x86_64),
    });
  const read = readElf(vmlinux);
  if (!read.ok)
    return fail({
      area: 'component',
      kind: 'kernel-elf',
      detail: `reader says: ${read.why.fault}`,
    });
  const elf = read.value;
  const low = image.header.prefAddress;
  const high = low + largestKernel;
  const loads = loadSegments(elf).filter(({ memsz }) => memsz > 0n);
  let end = low;
  let fileEnd = low;
  for (const load of loads) {
    const loadEnd = load.paddr + load.memsz;
    if (load.paddr < low || loadEnd > high || load.filesz > load.memsz)
      return outside('PT_LOAD', load.paddr, loadEnd, { low, high });
    if (loadEnd > end) end = loadEnd;
    if (load.paddr + load.filesz > fileEnd) fileEnd = load.paddr + load.filesz;
  }
  if (elf.entry < low || elf.entry >= fileEnd)
    return outside('entry', elf.entry, elf.entry + 1n, { low, high: fileEnd });

  // Room for the trailer, so that some ten megabytes are copied once.
  const room = new Uint8Array(Number(fileEnd - low) + flatTrailer.size);
  const flat = room.subarray(0, Number(fileEnd - low));
  for (const load of loads) {
    const content = segmentBytes(elf, load);
    if (content === undefined)
      return fail({
        area: 'component',
        kind: 'kernel-elf',
        detail: `a PT_LOAD ends at ${load.offset + load.filesz}, the file has ${vmlinux.length} bytes`,
      });
    flat.set(content, Number(load.paddr - low));
  }
  const used = withoutZeroTail(flat);
  const id = buildIdOf(elf)?.subarray(0, flatTrailer.fields.buildId.size) ?? new Uint8Array();
  const buildId = new Uint8Array(flatTrailer.fields.buildId.size);
  buildId.set(id);
  const trailer = encode(flatTrailer, {
    magic: flatMagic,
    entryOffset: elf.entry - low,
    memorySize: alignUp(end - low, page),
    buildIdSize: id.length,
    buildId,
  });
  room.set(trailer, used.length);
  return ok(room.subarray(0, used.length + trailer.length));
}

/** The bss stands as zeros in the file; kexec_load(2) clears what is not given. Whole pages are kept. */
function withoutZeroTail(flat: Uint8Array): Uint8Array {
  const words = new BigUint64Array(flat.buffer, 0, flat.length >> 3);
  let length = flat.length;
  if (flat.subarray(words.length * 8).every((byte) => byte === 0)) {
    let used = words.length;
    while (used > 0 && words[used - 1] === 0n) used--;
    length = used * 8;
  }
  return flat.subarray(0, Math.min(flat.length, Number(alignUp(BigInt(length), page))));
}
