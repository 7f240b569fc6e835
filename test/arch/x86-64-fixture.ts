/** A bzImage made on the spot: small, but with every field that we look at. */
import { setupHeader, setupHeaderStart } from '../../pipeline/arch/x86_64/bzimage.ts';
import {
  elf64Header,
  elf64ProgramHeader,
  elfMachine,
  elfMagic,
  elfType,
} from '../../pipeline/format/elf.ts';
import { encode, type LayoutValue } from '../../pipeline/format/layout.ts';

type Header = LayoutValue<typeof setupHeader>;

const sectors = 4;
const payloadOffset = 0x240;
const release = '6.1.0-test-amd64';

/** Setup sectors, then a protected-mode part with `payload` in it, then what a signature would be. */
export function makeBzImage(
  payload: Uint8Array,
  changes: Partial<Header> = {},
  signature = 0,
): Uint8Array<ArrayBuffer> {
  const start = (sectors + 1) * 512;
  const loaded = Math.ceil((payloadOffset + payload.length) / 16) * 16;
  const image = new Uint8Array(start + loaded + signature).fill(0xcc, start + loaded);
  const header: Header = {
    setupSects: sectors,
    rootFlags: 1,
    syssize: loaded / 16,
    ramSize: 0,
    vidMode: 0xffff,
    rootDev: 0,
    bootFlag: 0xaa55,
    jump: Uint8Array.of(0xeb, 0x6a),
    magic: new TextEncoder().encode('HdrS'),
    version: 0x020f,
    realmodeSwitch: 0,
    startSysSeg: 0x1000,
    kernelVersion: 0x300 - 0x200,
    typeOfLoader: 0,
    loadflags: 1,
    setupMoveSize: 0x8000,
    code32Start: 0x100000,
    ramdiskImage: 0,
    ramdiskSize: 0,
    bootsectKludge: 0,
    heapEndPtr: 0x5320,
    extLoaderVer: 0,
    extLoaderType: 0,
    cmdLinePtr: 0,
    initrdAddrMax: 0x7fffffff,
    kernelAlignment: 0x200000,
    relocatableKernel: 1,
    minAlignment: 21,
    xloadflags: 0x7f,
    cmdlineSize: 2047,
    hardwareSubarch: 0,
    hardwareSubarchData: 0n,
    payloadOffset,
    payloadLength: payload.length,
    setupData: 0n,
    prefAddress: 0x1000000n,
    initSize: 0x200_0000,
    handoverOffset: 0,
    kernelInfoOffset: 0,
    ...changes,
  };
  image.set(encode(setupHeader, header), setupHeaderStart);
  image.set(new TextEncoder().encode(`${release} (someone@somewhere) #1 SMP`), 0x300);
  image.set(payload, start + payloadOffset);
  return image;
}

export type FixtureLoad = {
  readonly paddr: bigint;
  readonly bytes: Uint8Array;
  readonly memsz: bigint;
};

/** A vmlinux of these PT_LOADs. */
export function makeVmlinux(
  loads: readonly FixtureLoad[],
  entry = 0x1000000n,
  machine: number = elfMachine.x86_64,
): Uint8Array<ArrayBuffer> {
  const table = elf64Header.size + loads.length * elf64ProgramHeader.size;
  const parts: Uint8Array[] = [];
  let offset = table;
  for (const { paddr, bytes, memsz } of loads) {
    parts.push(
      encode(elf64ProgramHeader, {
        type: 1,
        flags: 7,
        offset: BigInt(offset),
        vaddr: 0n,
        paddr,
        filesz: BigInt(bytes.length),
        memsz,
        align: 0x200000n,
      }),
    );
    offset += bytes.length;
  }
  const header = encode(elf64Header, {
    magic: elfMagic,
    class: 2,
    data: 1,
    identVersion: 1,
    osabi: 0,
    abiVersion: 0,
    pad: new Uint8Array(7),
    type: elfType.exec,
    machine,
    version: 1,
    entry,
    phoff: 64n,
    shoff: 0n,
    flags: 0,
    ehsize: 64,
    phentsize: 56,
    phnum: loads.length,
    shentsize: 64,
    shnum: 0,
    shstrndx: 0,
  });
  return Uint8Array.from(Buffer.concat([header, ...parts, ...loads.map(({ bytes }) => bytes)]));
}

/** A payload as the kernel's build leaves it: compressed, and where the format has no size, the size behind. */
export function withSize(compressed: Uint8Array, size: number): Uint8Array {
  const trailer = Buffer.alloc(4);
  trailer.writeUInt32LE(size);
  return Buffer.concat([compressed, trailer]);
}
