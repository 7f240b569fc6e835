/**
 * IPL parameter blocks of s390x, as DIAG 308 subcode 5 takes them: big-endian, at most a page.
 * Linux, arch/s390/include/uapi/asm/ipl.h (offsets as a compiler gives them for 6.12).
 * wwpn, lun and br_lba are not aligned to their size.
 */
import { codeTable } from './code-table.ts';
import { bytes, decode, encode, layout, u8, u16, u32, u64 } from './layout.ts';

const common = {
  length: u32(0x00, 'bytes of the whole block'),
  flags: u8(0x04, '0: no secure IPL, no report'),
  version: u8(0x07, '0; kernels accept no other'),
  length0: u32(0x08, 'bytes from here on: `length` - 8'),
  type: u8(0x0c, 'table "IPL types"'),
  commonFlags: u8(0x0d, '0x80: loadparm is valid'),
  loadparm: bytes(0x10, 8, 'EBCDIC, padded with blanks'),
};

export const iplCcw = layout('ipl_ccw', 0xc8, 'IPL parameter block of a channel-attached device', {
  ...common,
  ssid: u8(0x6d, 'subchannel set, low 3 bits'),
  devno: u16(0x6e, 'device number'),
  vmFlags: u8(0x70, '0: no named system, no parameters'),
  vmParmLength: u32(0x74, '0'),
  nssName: bytes(0x78, 8, 'zeros'),
  vmParm: bytes(0x80, 64, 'zeros'),
});

const listDirectedSize = 0x284;

export const iplFcp = layout('ipl_fcp', listDirectedSize, 'IPL parameter block of an FCP disk', {
  ...common,
  opt: u8(0x148, '0x20: dump'),
  cssid: u8(0x14c, '0'),
  devno: u16(0x14e, 'device number of the FCP device'),
  wwpn: u64(0x154, 'port'),
  lun: u64(0x15c, 'unit'),
  bootprog: u32(0x164, 'which program of the boot menu'),
  brLba: u64(0x174, 'block of the boot record'),
  scpDataLength: u32(0x17c, 'bytes after the block, a multiple of 8'),
});

export const iplNvme = layout('ipl_nvme', listDirectedSize, 'IPL parameter block of an NVMe disk', {
  ...common,
  opt: u8(0x148, '0x20: dump'),
  fid: u32(0x14c, 'PCI function'),
  nsid: u32(0x15c, 'namespace'),
  bootprog: u32(0x164, 'which program of the boot menu'),
  brLba: u64(0x174, 'block of the boot record'),
  scpDataLength: u32(0x17c, 'bytes after the block, a multiple of 8'),
});

export const iplEckd = layout(
  'ipl_eckd',
  listDirectedSize,
  'IPL parameter block of a DASD, list-directed',
  {
    ...common,
    opt: u8(0x148, '0x20: dump'),
    ssid: u8(0x14d, 'subchannel set, low 3 bits'),
    devno: u16(0x14e, 'device number'),
    bootprog: u32(0x164, 'which program of the boot menu'),
    cylinder: u16(0x174, 'of the boot record; all zero: where the label says'),
    head: u8(0x176, 'of the boot record'),
    record: u8(0x177, 'of the boot record'),
    scpDataLength: u32(0x17c, 'bytes after the block, a multiple of 8'),
  },
);

export const iplTypes = codeTable({
  fcp: { code: 0, doc: 'FCP disk' },
  ccw: { code: 2, doc: 'channel-attached device' },
  eckd: { code: 3, doc: 'DASD, list-directed' },
  nvme: { code: 4, doc: 'NVMe disk' },
});
const layouts = { ccw: iplCcw, fcp: iplFcp, nvme: iplNvme, eckd: iplEckd } as const;
const dumpOption = 0x20;
const loadparmValid = 0x80;

/** A block fits in a page, and what follows a list-directed one is padded to 8 bytes. */
export const scpDataMaximum = (0x1000 - listDirectedSize) & ~7;
export const loadparmMaximum = 8;

/** Where on an FCP or NVMe disk the program is. */
type IplProgram = { readonly bootprog: number; readonly brLba: bigint };
export type IplScsiDisk = IplProgram & { readonly wwpn: bigint; readonly lun: bigint };
export type IplNvmeDisk = IplProgram & { readonly fid: number; readonly nsid: number };
/** Where the boot record stands on a DASD; all zero: where the label says. */
export type IplRecord = {
  readonly cylinder: number;
  readonly head: number;
  readonly record: number;
};

export type IplBlock = {
  readonly loadparm: string | undefined;
  /** ASCII; empty: none. */
  readonly scpData: string;
} & (
  | { readonly kind: 'ccw'; readonly ssid: number; readonly devno: number }
  | ({ readonly kind: 'fcp'; readonly devno: number } & IplScsiDisk)
  | ({ readonly kind: 'nvme' } & IplNvmeDisk)
  | ({
      readonly kind: 'eckd';
      readonly ssid: number;
      readonly devno: number;
      readonly bootprog: number;
    } & IplRecord)
);

/** What a loadparm may hold; lower case is taken for upper case. */
export const loadparmPattern = /^[A-Za-z0-9. ]*$/;

/** Code page 037, as far as a loadparm goes. */
function ebcdic(char: string): number {
  if (char === ' ') return 0x40;
  if (char === '.') return 0x4b;
  if (char >= '0' && char <= '9') return 0xf0 + Number(char);
  const at = char.toUpperCase().charCodeAt(0) - 0x41;
  if (at < 9) return 0xc1 + at;
  return at < 18 ? 0xd1 + at - 9 : 0xe2 + at - 18;
}

function loadparmBytes(text: string | undefined): Uint8Array {
  const out = new Uint8Array(loadparmMaximum);
  if (text === undefined) return out;
  out.fill(ebcdic(' '));
  out.set(Array.from(text, ebcdic));
  return out;
}

/** The bytes of a block; its text was checked before. */
export function encodeIplBlock(block: IplBlock): Uint8Array<ArrayBuffer> {
  const scpDataLength = (block.scpData.length + 7) & ~7;
  const declared = layouts[block.kind];
  const out = new Uint8Array(declared.size + scpDataLength);
  const head = {
    length: out.length,
    flags: 0,
    version: 0,
    length0: out.length - 8,
    type: iplTypes[block.kind].code,
    commonFlags: block.loadparm === undefined ? 0 : loadparmValid,
    loadparm: loadparmBytes(block.loadparm),
  };
  out.set(fixedPart(block, head, scpDataLength));
  out.set(new TextEncoder().encode(block.scpData), declared.size);
  return out;
}

type Head = {
  readonly length: number;
  readonly flags: number;
  readonly version: number;
  readonly length0: number;
  readonly type: number;
  readonly commonFlags: number;
  readonly loadparm: Uint8Array;
};

function fixedPart(block: IplBlock, head: Head, scpDataLength: number): Uint8Array {
  const listDirected = { ...head, opt: dumpOption, scpDataLength };
  switch (block.kind) {
    case 'ccw': {
      const nothing = { vmFlags: 0, vmParmLength: 0 };
      const names = { nssName: new Uint8Array(8), vmParm: new Uint8Array(64) };
      const { ssid, devno } = block;
      return encode(iplCcw, { ...head, ssid, devno, ...nothing, ...names }, 'big');
    }
    case 'fcp': {
      const { devno, wwpn, lun, bootprog, brLba } = block;
      const path = { cssid: 0, devno, wwpn, lun, bootprog, brLba };
      return encode(iplFcp, { ...listDirected, ...path }, 'big');
    }
    case 'nvme': {
      const { fid, nsid, bootprog, brLba } = block;
      return encode(iplNvme, { ...listDirected, fid, nsid, bootprog, brLba }, 'big');
    }
    case 'eckd': {
      const { ssid, devno, bootprog, cylinder, head: diskHead, record } = block;
      const place = { ssid, devno, bootprog, cylinder, head: diskHead, record };
      return encode(iplEckd, { ...listDirected, ...place }, 'big');
    }
  }
}

/** Reads what {@link encodeIplBlock} writes, from the start of a page; undefined for anything else. */
export function decodeIplBlock(page: Uint8Array): IplBlock | undefined {
  if (page.length < iplCcw.fields.type.offset) return undefined;
  const length = new DataView(page.buffer, page.byteOffset, page.length).getUint32(0);
  const type = page[iplCcw.fields.type.offset];
  const kind = (['ccw', 'fcp', 'nvme', 'eckd'] as const).find((one) => iplTypes[one].code === type);
  if (kind === undefined || length > page.length) return undefined;
  const found = contentOf(kind, page.subarray(0, length));
  if (found === undefined) return undefined;
  const encoded = encodeIplBlock(found);
  if (encoded.length > page.length) return undefined;
  const again = new Uint8Array(page.length);
  again.set(encoded);
  return Buffer.compare(again, page) === 0 ? found : undefined;
}

function contentOf(kind: IplBlock['kind'], block: Uint8Array): IplBlock | undefined {
  const declared = layouts[kind];
  if (block.length < declared.size) return undefined;
  const scpBytes = block.subarray(declared.size);
  // ASCII alone is as many bytes again.
  if (scpBytes.some((byte) => byte >= 0x80)) return undefined;
  const scp = new TextDecoder().decode(scpBytes);
  const texts = (head: { readonly commonFlags: number; readonly loadparm: Uint8Array }) => ({
    loadparm: head.commonFlags === loadparmValid ? loadparmText(head.loadparm) : undefined,
    scpData: scp.replace(/\0+$/, ''),
  });
  switch (kind) {
    case 'ccw': {
      const read = decode(iplCcw, block, 0, 'big');
      return read.ok ? { ...read.value, kind, ...texts(read.value) } : undefined;
    }
    case 'fcp': {
      const read = decode(iplFcp, block, 0, 'big');
      return read.ok ? { ...read.value, kind, ...texts(read.value) } : undefined;
    }
    case 'nvme': {
      const read = decode(iplNvme, block, 0, 'big');
      return read.ok ? { ...read.value, kind, ...texts(read.value) } : undefined;
    }
    case 'eckd': {
      const read = decode(iplEckd, block, 0, 'big');
      return read.ok ? { ...read.value, kind, ...texts(read.value) } : undefined;
    }
  }
}

const loadparmCharacters = ' .0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ';

const loadparmText = (loadparm: Uint8Array): string =>
  Array.from(
    loadparm,
    (byte) => [...loadparmCharacters].find((char) => ebcdic(char) === byte) ?? '?',
  )
    .join('')
    .trimEnd();
