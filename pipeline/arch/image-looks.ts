import { elfKind, machineName } from '../format/elf.ts';

/** What a file that is no kernel image of the wanted kind seems to be, for the message. */
const kinds: readonly {
  readonly name: string;
  readonly at: number;
  readonly magic: readonly number[];
}[] = [
  { name: 'an ELF file', at: 0, magic: [0x7f, 0x45, 0x4c, 0x46] },
  { name: 'a gzip file', at: 0, magic: [0x1f, 0x8b] },
  { name: 'a zstd file', at: 0, magic: [0x28, 0xb5, 0x2f, 0xfd] },
  { name: 'an xz file', at: 0, magic: [0xfd, 0x37, 0x7a, 0x58, 0x5a] },
  { name: 'a Debian package', at: 0, magic: [0x21, 0x3c, 0x61, 0x72, 0x63, 0x68, 0x3e] },
  { name: 'an arm64 kernel', at: 0x38, magic: [0x41, 0x52, 0x4d, 0x64] },
  { name: 'a riscv64 kernel', at: 0x38, magic: [0x52, 0x53, 0x43, 0x05] },
  { name: 'an EFI zboot image', at: 4, magic: [0x7a, 0x69, 0x6d, 0x67] },
  { name: 'an x86 kernel', at: 0x202, magic: [0x48, 0x64, 0x72, 0x53] },
  { name: 'an s390x kernel', at: 0x10008, magic: [0x53, 0x33, 0x39, 0x30, 0x45, 0x50] },
  { name: 'a PE file without a setup header', at: 0, magic: [0x4d, 0x5a] },
];

export function looksLike(image: Uint8Array): string | undefined {
  const elf = elfKind(image);
  if (elf.ok) return `an ELF file for ${machineName(elf.value.machine)}`;
  return kinds.find(({ at, magic }) => magic.every((byte, index) => image[at + index] === byte))
    ?.name;
}
