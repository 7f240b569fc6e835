/**
 * Writes a disk that the s390x firmware IPLs: the form that zipl writes to SCSI disks (s390-tools
 * include/boot/scsi.h), which QEMU's firmware takes from virtio disks as well. Sectors of 512 bytes: one that points
 * to a table of programs, whose first entry points to a script: what to load where, and where to begin.
 */
import { closeSync, ftruncateSync, openSync, writeSync } from 'node:fs';

const sectorSize = 512;
const magic = Buffer.from('zIPL');

export type Component = {
  readonly address: bigint;
  readonly bytes: Uint8Array;
};

export type BootDisk = {
  readonly components: readonly Component[];
  /** Entered in 31-bit mode, as after every IPL. */
  readonly entry: bigint;
};

const componentLoad = 2;
const componentExecute = 1;
/** EC mode and 31-bit addresses: the short form in which the IPL PSW is kept. */
const shortPsw = 0x0008_0000_8000_0000n;
/** Sector 0 points to the table, and so on; what is loaded follows. */
const tableSector = 1;
const scriptSector = 2;
const firstSegmentTable = 3;

/** Block number, size, and number of blocks less one. */
function blockPointer(sector: number, sectors = 1): Buffer {
  const bytes = Buffer.alloc(16);
  bytes.writeBigUInt64BE(BigInt(sector));
  bytes.writeUInt16BE(sectorSize, 8);
  bytes.writeUInt16BE(sectors - 1, 10);
  return bytes;
}

function scriptEntry(where: Buffer, type: number, value: bigint): Buffer {
  const bytes = Buffer.alloc(32);
  where.copy(bytes);
  bytes.writeUInt8(type, 23);
  bytes.writeBigUInt64BE(value, 24);
  return bytes;
}

function sector(...parts: readonly Buffer[]): Buffer {
  const bytes = Buffer.alloc(sectorSize);
  const content = Buffer.concat(parts);
  if (content.length > sectorSize) throw new Error('more than a sector holds');
  content.copy(bytes);
  return bytes;
}

export function writeBootDisk(path: string, disk: BootDisk): void {
  const file = openSync(path, 'w');
  const put = (at: number, bytes: Uint8Array) =>
    writeSync(file, bytes, 0, bytes.length, at * sectorSize);
  const version = Buffer.alloc(12);
  version.writeUInt32BE(1);
  put(0, sector(magic, version, blockPointer(tableSector)));
  put(tableSector, sector(magic, Buffer.alloc(12), blockPointer(scriptSector)));

  let next = firstSegmentTable + disk.components.length;
  const loads = disk.components.map(({ address, bytes }, index) => {
    const sectors = Math.ceil(bytes.length / sectorSize);
    // The number of sectors that one pointer can tell.
    if (sectors > 2 ** 16) throw new Error('a component is larger than 32 MiB');
    const table = firstSegmentTable + index;
    put(table, sector(blockPointer(next, sectors)));
    put(next, bytes);
    next += sectors;
    return scriptEntry(blockPointer(table), componentLoad, address);
  });
  const begin = scriptEntry(Buffer.alloc(16), componentExecute, shortPsw | disk.entry);
  put(scriptSector, sector(magic, Buffer.alloc(28), ...loads, begin));
  ftruncateSync(file, next * sectorSize);
  closeSync(file);
}

export type LinuxBoot = {
  /** The flat image. */
  readonly image: Uint8Array;
  readonly initrd: Uint8Array;
  readonly commandLine: string;
};

/** The parameter area of an image (arch/s390/include/asm/setup.h), which whoever loads it fills. */
const linuxStart = 0x10000;
const initrdStartAt = 0x10408;
const initrdSizeAt = 0x10410;
const commandLineAt = 0x10480;
/** Far after any image. */
const initrdAddress = 0x200_0000n;

/** The disk of a system whose memory survives a further IPL: of `-kernel`, QEMU restores what it loaded. */
export function linuxBootDisk(linux: LinuxBoot): BootDisk {
  const image = Buffer.from(linux.image);
  image.writeBigUInt64BE(initrdAddress, initrdStartAt);
  image.writeBigUInt64BE(BigInt(linux.initrd.length), initrdSizeAt);
  image.write(`${linux.commandLine}\0`, commandLineAt, 'latin1');
  return {
    components: [
      { address: BigInt(linuxStart), bytes: image.subarray(linuxStart) },
      { address: initrdAddress, bytes: linux.initrd },
    ],
    entry: BigInt(linuxStart),
  };
}
