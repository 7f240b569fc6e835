/**
 * ELF core header template: what the capture kernel finds through `elfcorehdr=` and exports as /proc/vmcore.
 * The header is fixed here; the loader writes the entries that the machine needs, one after the other,
 * and their number. Slots it does not use stay zero and outside e_phnum.
 */
import type { Architecture } from '../arch/architecture.ts';
import type { Component } from '../arch/component.ts';
import {
  elf32Header,
  elf32ProgramHeader,
  elf64Header,
  elf64ProgramHeader,
  elfMagic,
  elfType,
} from '../format/elf.ts';
import { encode } from '../format/layout.ts';
import { fail, ok, type Result } from '../problem/result.ts';
import type { Profile } from '../profile/keys/keys.ts';
import { alignUp } from '../units/units.ts';

export const elfcorehdrName = 'elfcorehdr';

/** e_phnum has 16 bits, and the capture kernel does not know PN_XNUM. */
const maxEntries = 0xffff;

/** One note per CPU, one for VMCOREINFO, one PT_LOAD for the kernel text and one per memory range. */
export const elfcorehdrSlots = (limits: Profile['limits']): number =>
  limits.cpus + 1 + 1 + limits.memoryRanges;

/**
 * What a kernel may want to rewrite the header in: 56 bytes for each of 2 entries, CONFIG_NR_CPUS and
 * CONFIG_CRASH_MAX_MEMORY_RANGES. With 8192 of both, which no distribution exceeds, it is 896 KiB and some.
 */
const rewrittenSize = 1n << 20n;

export function elfcorehdrComponent(
  architecture: Architecture,
  { limits, hotplug, elfcorehdr }: Pick<Profile, 'limits' | 'hotplug' | 'elfcorehdr'>,
): Result<Component> {
  const slots = elfcorehdrSlots(limits);
  if (slots > maxEntries)
    return fail({
      area: 'component',
      kind: 'elfcorehdr-too-many-slots',
      slots,
      maximum: maxEntries,
    });
  const { elf, pageSize } = architecture;
  const wide = elfcorehdr !== 'elf32';
  const headerSize = (wide ? elf64Header : elf32Header).size;
  const entrySize = (wide ? elf64ProgramHeader : elf32ProgramHeader).size;
  const bytes = new Uint8Array(headerSize + slots * entrySize);
  const fields = {
    magic: elfMagic,
    class: wide ? 2 : 1,
    data: elf.order === 'little' ? 1 : 2,
    identVersion: 1,
    osabi: 0,
    abiVersion: 0,
    pad: new Uint8Array(7),
    type: elfType.core,
    machine: elf.machine,
    version: 1,
    flags: 0,
    ehsize: headerSize,
    phentsize: entrySize,
    phnum: 0,
    shentsize: 0,
    shnum: 0,
    shstrndx: 0,
  };
  const header = wide
    ? encode(elf64Header, { ...fields, entry: 0n, phoff: BigInt(headerSize), shoff: 0n }, elf.order)
    : encode(elf32Header, { ...fields, entry: 0, phoff: headerSize, shoff: 0 }, elf.order);
  bytes.set(header);
  const page = BigInt(pageSize);
  const needed = alignUp(BigInt(bytes.length), page);
  return ok({
    name: elfcorehdrName,
    kind: 'elfcorehdr',
    bytes,
    memorySize: hotplug === 'kernel' && needed < rewrittenSize ? rewrittenSize : needed,
    align: page,
    minAddress: 0n,
    checked: [{ name: elfcorehdrName, start: 0, end: bytes.length }],
    live: [{ source: 'elfcorehdr', form: 'own', offset: 0n, size: BigInt(bytes.length) }],
  });
}
