/**
 * IPL parameter blocks against bytes that were written by hand from arch/s390/include/uapi/asm/ipl.h:
 * only what is not zero, by offset.
 */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  decodeIplBlock,
  encodeIplBlock,
  type IplBlock,
  scpDataMaximum,
} from '../../pipeline/format/ipl-block.ts';

/** Zeros but for `places`: hex digits by offset. */
function bytesOf(size: number, places: Readonly<Record<number, string>>): Uint8Array {
  const out = new Uint8Array(size);
  for (const [offset, hex] of Object.entries(places))
    out.set(Buffer.from(hex.replaceAll(' ', ''), 'hex'), Number(offset));
  return out;
}

const plain = { loadparm: undefined, scpData: '' };
const disk = { bootprog: 0, brLba: 0n };

const blocks: readonly (readonly [string, IplBlock, Uint8Array])[] = [
  [
    'a DASD',
    { ...plain, kind: 'ccw', ssid: 0, devno: 0x4711 },
    bytesOf(0xc8, { 0: '000000c8', 8: '000000c0', 12: '02', 110: '4711' }),
  ],
  [
    'a DASD of subchannel set 3, with a load parameter',
    { ...plain, kind: 'ccw', ssid: 3, devno: 0xbeef, loadparm: 'DUMP 1.Z' },
    bytesOf(0xc8, {
      0: '000000c8',
      8: '000000c0',
      12: '02 80',
      16: 'c4 e4 d4 d7 40 f1 4b e9',
      109: '03',
      110: 'beef',
    }),
  ],
  [
    'a load parameter that is padded with blanks',
    { ...plain, kind: 'ccw', ssid: 1, devno: 1, loadparm: 'ajr0' },
    bytesOf(0xc8, {
      0: '000000c8',
      8: '000000c0',
      12: '02 80',
      16: 'c1 d1 d9 f0 40 40 40 40',
      109: '01',
      110: '0001',
    }),
  ],
  [
    'an FCP disk',
    {
      ...plain,
      kind: 'fcp',
      devno: 0x1900,
      wwpn: 0x500507630300c562n,
      lun: 0x4010401100000000n,
      bootprog: 3,
      brLba: 0x123456789an,
    },
    bytesOf(0x284, {
      0: '00000284',
      8: '0000027c',
      328: '20',
      334: '1900',
      340: '500507630300c562',
      348: '4010401100000000',
      356: '00000003',
      372: '000000123456789a',
    }),
  ],
  [
    'an FCP disk with SCP data, padded to 8 bytes in all lengths',
    { ...plain, kind: 'fcp', devno: 0x1900, wwpn: 1n, lun: 2n, ...disk, scpData: 'dump_mem=' },
    bytesOf(0x294, {
      0: '00000294',
      8: '0000028c',
      328: '20',
      334: '1900',
      340: '0000000000000001',
      348: '0000000000000002',
      380: '00000010',
      644: '64 75 6d 70 5f 6d 65 6d 3d',
    }),
  ],
  [
    'an NVMe disk',
    { ...plain, kind: 'nvme', fid: 0x300, nsid: 1, bootprog: 2, brLba: 2048n },
    bytesOf(0x284, {
      0: '00000284',
      8: '0000027c',
      12: '04',
      328: '20',
      332: '00000300',
      348: '00000001',
      356: '00000002',
      372: '0000000000000800',
    }),
  ],
  [
    'a list-directed DASD',
    {
      ...plain,
      kind: 'eckd',
      ssid: 2,
      devno: 0x4711,
      bootprog: 1,
      cylinder: 0x1234,
      head: 0x0e,
      record: 4,
    },
    bytesOf(0x284, {
      0: '00000284',
      8: '0000027c',
      12: '03',
      328: '20',
      333: '02',
      334: '4711',
      356: '00000001',
      372: '1234 0e 04',
    }),
  ],
];

const page = (bytes: Uint8Array): Uint8Array => {
  const out = new Uint8Array(4096);
  out.set(bytes);
  return out;
};

test.each(blocks)('%s has these bytes', (_what, block, bytes) => {
  expect(Buffer.from(encodeIplBlock(block)).toString('hex')).toBe(
    Buffer.from(bytes).toString('hex'),
  );
});

test.each(blocks)('%s reads back from its page', (_what, block, bytes) => {
  const loadparm = block.loadparm?.toUpperCase();
  expect(decodeIplBlock(page(bytes))).toMatchObject({ ...block, loadparm });
});

test('the longest SCP data end with the page', () => {
  const scpData = 'x'.repeat(scpDataMaximum);
  const block = encodeIplBlock({ ...plain, kind: 'nvme', fid: 0, nsid: 0, ...disk, scpData });
  expect(block.length).toBeLessThanOrEqual(4096);
  expect(block.length + 8).toBeGreaterThan(4096);
});

describe('a page is refused', () => {
  const [, , fcp] = blocks[3] ?? [];
  const changed = (offset: number, value: number): Uint8Array => {
    const bytes = page(fcp ?? new Uint8Array());
    bytes[offset] = value;
    return bytes;
  };
  test.each([
    ['of another type', changed(0x0c, 1)],
    ['with a length beyond it', changed(2, 0x12)],
    ['shorter than its type', changed(3, 0x10)],
    ['with a byte after the block', changed(0x400, 1)],
    ['with a reserved byte', changed(0x20, 1)],
    ['that is no dump', changed(0x148, 0x10)],
  ])('%s', (_what, bytes) => {
    expect(decodeIplBlock(bytes)).toBeUndefined();
  });

  test('or read, whatever the bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 16, maxLength: 4096 }), (bytes) => {
        decodeIplBlock(bytes);
      }),
    );
  });
});
