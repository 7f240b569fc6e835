/** The first look at a kernel that is an ELF vmlinux, little-endian and of 64 bits. */
import { type Elf, elfKind, machineName, readElf } from '../format/elf.ts';
import { fail, ok, type Result } from '../problem/result.ts';
import { looksLike } from './image-looks.ts';

/** Why no capture kernel can be made of an ELF file. */
export const unusableVmlinux = (detail: string): Result<never> =>
  fail({ area: 'component', kind: 'kernel-elf', detail });

/** `machine` as ELF numbers it; `bigEndian` says what is wrong with a file of that byte order. */
export function readVmlinux(image: Uint8Array, machine: number, bigEndian: string): Result<Elf> {
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
  const { machine: found, bits, order } = kind.value;
  if (found !== machine || bits !== 64)
    return fail({
      area: 'component',
      kind: 'kernel-other-machine',
      found: machineName(found),
      bits,
      expected: machineName(machine),
    });
  if (order !== 'little') return unusableVmlinux(bigEndian);
  const read = readElf(image);
  return read.ok ? ok(read.value) : unusableVmlinux(`reader says: ${read.why.fault}`);
}
