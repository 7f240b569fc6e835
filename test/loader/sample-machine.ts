/** A machine as files: what the loader reads of one, below a folder of its own. */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { elf64Header, elf64ProgramHeader, elfMagic, elfType } from '../../pipeline/format/elf.ts';
import { type ByteOrder, encode } from '../../pipeline/format/layout.ts';

export type MachineFiles = Readonly<Record<string, Uint8Array | string>>;

/** A QEMU q35 guest of 1 GiB, two CPUs, crashkernel=128M; addresses as such a guest shows them. */
export const sampleIomem = `00000000-00000fff : Reserved
00001000-0009fbff : System RAM
0009fc00-0009ffff : Reserved
000a0000-000bffff : PCI Bus 0000:00
000c0000-000c99ff : Video ROM
000f0000-000fffff : Reserved
  000f0000-000fffff : System ROM
00100000-3ffdcfff : System RAM
  12000000-12ffffff : Kernel code
  13000000-137fffff : Kernel rodata
  2c000000-33ffffff : Crash kernel
3ffdd000-3fffffff : Reserved
40000000-afffffff : PCI Bus 0000:00
b0000000-bfffffff : PCI MMCONFIG 0000 [bus 00-ff]
  b0000000-bfffffff : Reserved
    b0000000-bfffffff : pnp 00:00 : odd name
fed1c000-fed1ffff : Reserved
feffc000-feffffff : Reserved
fffc0000-ffffffff : Reserved
100000000-8ffffffff : PCI Bus 0000:00
`;

export const sampleCrash = { start: 0x2c00_0000n, size: 0x800_0000n };

export type KcoreLoad = {
  readonly vaddr: bigint;
  readonly paddr: bigint;
  readonly size: bigint;
};

const notTold = (1n << 64n) - 1n;
export const directMap = 0xffff_9a40_0000_0000n;
export const textVirtual = 0xffff_ffff_9200_0000n;
export const textPhysical = 0x1200_0000n;
export const textSize = 0x2a0_0000n;

export const sampleLoads: readonly KcoreLoad[] = [
  { vaddr: 0xffff_ffff_ff60_0000n, paddr: notTold, size: 0x1000n },
  { vaddr: textVirtual, paddr: textPhysical, size: textSize },
  { vaddr: 0xffff_b000_0000_0000n, paddr: notTold, size: 0x1fff_ffff_ffffn },
  { vaddr: directMap + 0x1000n, paddr: 0x1000n, size: 0x9e000n },
  { vaddr: directMap + 0x10_0000n, paddr: 0x10_0000n, size: 0x3fed_d000n },
];

export const sampleVmcoreinfo = `OSRELEASE=6.12.0-sample
PAGESIZE=4096
SYMBOL(_stext)=${textVirtual.toString(16)}
NUMBER(phys_base)=${textPhysical - (textVirtual - 0xffff_ffff_8000_0000n)}
NUMBER(pgtable_l5_enabled)=0
KERNELOFFSET=11000000
`;

export function kcore(
  loads: readonly KcoreLoad[] = sampleLoads,
  vmcoreinfo: string | undefined = sampleVmcoreinfo,
  order: ByteOrder = 'little',
): Uint8Array {
  const count = loads.length + 1;
  const note = (name: string, type: number, description: Uint8Array): Uint8Array => {
    const padded = (size: number): number => (size + 3) & ~3;
    const bytes = new Uint8Array(12 + padded(name.length + 1) + padded(description.length));
    const view = new DataView(bytes.buffer);
    const little = order === 'little';
    view.setUint32(0, name.length + 1, little);
    view.setUint32(4, description.length, little);
    view.setUint32(8, type, little);
    bytes.set(new TextEncoder().encode(name), 12);
    bytes.set(description, 12 + padded(name.length + 1));
    return bytes;
  };
  const notes = Buffer.concat([
    note('CORE', 1, new Uint8Array(336)),
    note('CORE', 4, new Uint8Array(9984)),
    ...(vmcoreinfo === undefined
      ? []
      : [note('VMCOREINFO', 0, new TextEncoder().encode(vmcoreinfo))]),
  ]);
  const notesAt = BigInt(elf64Header.size + count * elf64ProgramHeader.size);
  const header = encode(
    elf64Header,
    {
      magic: elfMagic,
      class: 2,
      data: order === 'little' ? 1 : 2,
      identVersion: 1,
      osabi: 0,
      abiVersion: 0,
      pad: new Uint8Array(7),
      type: elfType.core,
      machine: order === 'little' ? 62 : 22,
      version: 1,
      entry: 0n,
      phoff: 64n,
      shoff: 0n,
      flags: 0,
      ehsize: 64,
      phentsize: 56,
      phnum: count,
      shentsize: 0,
      shnum: 0,
      shstrndx: 0,
    },
    order,
  );
  const entry = (type: number, offset: bigint, load: KcoreLoad): Uint8Array =>
    encode(
      elf64ProgramHeader,
      {
        type,
        flags: 7,
        offset,
        vaddr: load.vaddr,
        paddr: load.paddr,
        filesz: load.size,
        memsz: load.size,
        align: 4096n,
      },
      order,
    );
  return Buffer.concat([
    header,
    entry(4, notesAt, { vaddr: 0n, paddr: 0n, size: BigInt(notes.length) }),
    ...loads.map((load) => entry(1, load.vaddr & 0x7fff_ffff_ffffn, load)),
    notes,
    // Memory itself, of which nothing is read.
    new Uint8Array(8192).fill(0xee),
  ]);
}

const bootParams = (rsdp: bigint): Uint8Array => {
  const page = new Uint8Array(4096);
  new DataView(page.buffer).setBigUint64(0x70, rsdp, true);
  page[0x1ec] = 2;
  return page;
};

export const sampleMachine: MachineFiles = {
  'proc/iomem': sampleIomem,
  'proc/meminfo': 'MemTotal:         880000 kB\nMemFree:          700000 kB\n',
  'proc/kcore': kcore(),
  'proc/cpuinfo':
    'processor\t: 0\nvendor_id\t: Sample\nflags\t\t: fpu sse2 ssse3 sse4_1 sha_ni la57\nbugs\t\t:\n',
  'proc/sys/kernel/osrelease': '6.12.0-sample\n',
  'proc/sys/kernel/kexec_load_disabled': '0\n',
  'proc/sys/kernel/kexec_load_limit_panic': '-1\n',
  'sys/kernel/kexec_crash_loaded': '0\n',
  'sys/kernel/vmcoreinfo': '0x00000000011fe000 1024\n',
  'sys/kernel/boot_params/data': bootParams(0xf59e0n),
  'sys/kernel/security/lockdown': '[none] integrity confidentiality\n',
  'sys/devices/system/cpu/possible': '0-3\n',
  'sys/devices/system/cpu/present': '0,2\n',
  'sys/devices/system/cpu/cpu0/crash_notes': '3d63d800\n',
  'sys/devices/system/cpu/cpu0/crash_notes_size': '368\n',
  'sys/devices/system/cpu/cpu2/crash_notes': '3d73d800\n',
  'sys/devices/system/cpu/cpu2/crash_notes_size': '368\n',
  'sys/class/dmi/id/sys_vendor': 'Sample Systems\n',
};

/** The files with some changed; `undefined` takes one away. */
export const changed = (
  change: Readonly<Record<string, Uint8Array | string | undefined>>,
  files: MachineFiles = sampleMachine,
): MachineFiles => {
  const result: Record<string, Uint8Array | string> = { ...files };
  for (const [path, bytes] of Object.entries(change))
    if (bytes === undefined) delete result[path];
    else result[path] = bytes;
  return result;
};

/** Writes them below `folder`, which is emptied first, and returns it. */
export function writeMachine(folder: string, files: MachineFiles = sampleMachine): string {
  rmSync(folder, { recursive: true, force: true });
  for (const [path, bytes] of Object.entries(files)) {
    mkdirSync(join(folder, dirname(path)), { recursive: true });
    writeFileSync(join(folder, path), bytes);
  }
  mkdirSync(folder, { recursive: true });
  return folder;
}
