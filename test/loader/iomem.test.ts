import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { beforeAll, describe, expect, test } from 'vitest';
import { elf64Header } from '../../pipeline/format/elf.ts';
import { kcore, sampleIomem, sampleLoads, sampleVmcoreinfo } from '../fixtures/x86-64-machine.ts';
import { loaderDriver, runDriver } from '../support/loader-host.ts';

const folder = 'out/test/loader-iomem';
let core: string;
beforeAll(() => {
  core = loaderDriver('core');
  mkdirSync(folder, { recursive: true });
}, 120_000);

/** What the driver says, or the status that it stops with. */
function ask(
  what: string,
  bytes: Uint8Array | string,
  ...rest: readonly string[]
): readonly string[] {
  writeFileSync(`${folder}/input`, bytes);
  const done = spawnSync(core, [what, `${folder}/input`, ...rest], { encoding: 'utf8' });
  if (done.status === null || /Sanitizer|runtime error/.test(done.stderr))
    throw new Error(done.stderr);
  return done.status === 0 ? done.stdout.trim().split('\n') : [done.stderr.split(':')[0] ?? ''];
}
const iomem = (text: string): readonly string[] => ask('iomem', text);

describe('/proc/iomem', () => {
  test('of a guest gives memory, firmware ranges, kernel text and crash region', () => {
    expect(iomem(sampleIomem)).toEqual([
      'ram 0x1000 0x9fc00',
      'ram 0x100000 0x3ffdd000',
      'reserved 0 0x1000',
      'reserved 0x9fc00 0xa0000',
      'reserved 0xf0000 0x100000',
      'reserved 0x3ffdd000 0x40000000',
      'reserved 0xb0000000 0xc0000000',
      'reserved 0xfed1c000 0xfed20000',
      'reserved 0xfeffc000 0xff000000',
      'reserved 0xfffc0000 0x100000000',
      'crash 0x2c000000 0x34000000',
      'code 0x12000000 0x13000000',
    ]);
  });

  test('the last crash region is the main one; names must match in full', () => {
    const text = `00100000-7fffffff : System RAM
  10000000-1fffffff : Crash kernel
  20000000-20ffffff : Crash kernel (boot alias)
  30000000-30ffffff : A Crash kernel
100000000-1ffffffff : System RAM
  140000000-17fffffff : Crash kernel
`;
    expect(iomem(text)).toEqual([
      'ram 0x100000 0x80000000',
      'ram 0x100000000 0x200000000',
      'crash 0x10000000 0x20000000',
      'crash 0x140000000 0x180000000',
    ]);
  });

  test('hot-plugged memory counts, whatever it is nested in', () => {
    const text = `00100000-7fffffff : System RAM
80000000-bfffffff : Persistent Memory
  80000000-8fffffff : namespace0.0 : odd
    80000000-8fffffff : dax0.0
      80000000-8fffffff : System RAM (kmem)
100000000-13fffffff : virtio0
  100000000-11fffffff : System RAM (virtio_mem)
200000000-2ffffffff : System RAMdisk
`;
    expect(iomem(text)).toEqual([
      'ram 0x100000 0x90000000',
      'ram 0x100000000 0x120000000',
      'pmem 0x80000000 0xc0000000',
    ]);
  });

  test('s390x has its crash region beside memory', () => {
    const text = `00000000-2fffffff : System RAM
  00000000-00ffffff : Kernel code
30000000-3fffffff : Crash kernel
40000000-7fffffff : System RAM
`;
    expect(iomem(text)).toEqual([
      'ram 0 0x30000000',
      'ram 0x40000000 0x80000000',
      'crash 0x30000000 0x40000000',
      'code 0 0x1000000',
    ]);
  });

  test('children need not tile their parents, and lines need no last newline', () => {
    expect(
      iomem(
        '00000000-0000ffff : System RAM\n  00000000-0000ffff : reserved\n00010000-0001ffff : System RAM',
      ),
    ).toEqual(['ram 0 0x20000', 'reserved 0 0x10000']);
  });

  test.each<[string, string, string]>([
    [
      'zeros instead of addresses',
      '00000000-00000000 : System RAM\n  00000000-00000000 : Crash kernel\n',
      'hidden-addresses',
    ],
    ['nothing', '', 'bad-live-value'],
    ['no memory', '00001000-00001fff : Reserved\n', 'bad-live-value'],
    ['no hex', '0000zz00-00001fff : System RAM\n', 'bad-live-value'],
    [
      'a number too long',
      '0000000100000000000-20000000000000000000 : System RAM\n',
      'bad-live-value',
    ],
    ['a name without its colon', '00001000-00001fff  System RAM\n', 'bad-live-value'],
    ['an end before its start', '00002000-00001fff : System RAM\n', 'bad-live-value'],
    ['memory to the last address', '00002000-ffffffffffffffff : System RAM\n', 'bad-live-value'],
    [
      'memory out of order',
      '00100000-001fffff : System RAM\n00001000-00001fff : System RAM\n',
      'bad-live-value',
    ],
    [
      'three crash regions',
      `${[1, 3, 5].map((at) => `${at}0000000-${at}0ffffff : Crash kernel`).join('\n')}\n`,
      'bad-live-value',
    ],
    [
      'overlapping crash regions',
      '10000000-1fffffff : Crash kernel\n18000000-1fffffff : Crash kernel\n',
      'bad-live-value',
    ],
    ['an empty line', '00001000-00001fff : System RAM\n\n', 'bad-live-value'],
    [
      'more ranges than there is room for',
      `${Array.from({ length: 5000 }, (_, i) => `${(i * 0x2000).toString(16).padStart(8, '0')}-${(i * 0x2000 + 0xfff).toString(16).padStart(8, '0')} : System RAM`).join('\n')}\n`,
      'too-many-ranges',
    ],
  ])('with %s is refused', (_, text, status) => {
    expect(iomem(text)).toEqual([status]);
  });
});

describe('the memory map for the capture kernel', () => {
  const map = (text: string, form: string): readonly string[] =>
    ask('memory-map', text, '0x2c1fd000', '0x2c1fe000', form);

  test('leaves the ELF core header out of memory', () => {
    expect(map(sampleIomem, 'e820').filter((line) => line.endsWith(' 1'))).toEqual([
      '0x1000 0x9ec00 1',
      '0x2c000000 0x1fd000 1',
      '0x2c1fe000 0x7e02000 1',
    ]);
  });

  test('has both crash regions and all that firmware keeps', () => {
    const text = `00001000-0009fbff : System RAM
00100000-3fffffff : System RAM
  10000000-1fffffff : Crash kernel
  2c000000-33ffffff : Crash kernel
40000000-4000ffff : ACPI Tables
40010000-40010fff : ACPI Non-volatile Storage
40011000-400117ff : Reserved
`;
    expect(map(text, 'e820')).toEqual([
      '0x1000 0x9ec00 1',
      '0x40000000 0x10000 3',
      '0x40010000 0x1000 4',
      '0x40011000 0x800 2',
      '0x10000000 0x10000000 1',
      '0x2c000000 0x1fd000 1',
      '0x2c1fe000 0x7e02000 1',
    ]);
  });

  // Else a dump target in such memory is not there after the panic.
  test('has persistent memory, by its two kinds', () => {
    const text = `00001000-0009ffff : System RAM
00100000-3fffffff : System RAM
  2c000000-33ffffff : Crash kernel
40000000-4fffffff : Persistent Memory (legacy)
  40000000-4fffffff : namespace0.0
100000000-1ffffffff : Persistent Memory
  100000000-1ffffffff : namespace1.0
`;
    expect(map(text, 'e820').filter((line) => /^0x(4|1)0{7,}/.test(line))).toEqual([
      '0x100000000 0x100000000 7',
      '0x40000000 0x10000000 12',
    ]);
    expect(map(text, 'memmap')).toEqual([
      'memmap=exactmap memmap=636K@4K memmap=4194304K%4194304K+7 memmap=262144K!1048576K memmap=2036K@720896K memmap=129032K@722936K',
    ]);
  });

  test('as words rounds memory inwards and the rest outwards', () => {
    const text = `00001001-0009fbff : System RAM
00100000-3fffffff : System RAM
  2c000000-33ffffff : Crash kernel
40000200-400002ff : ACPI Tables
`;
    expect(map(text, 'memmap')).toEqual([
      'memmap=exactmap memmap=634K@5K memmap=1K#1048576K memmap=2036K@720896K memmap=129032K@722936K',
    ]);
  });

  test('of more entries than boot_params holds is refused', () => {
    const reserved = Array.from({ length: 128 }, (_, i) => {
      const start = 0x5000_0000 + i * 0x2000;
      return `${start.toString(16)}-${(start + 0xfff).toString(16)} : Reserved\n`;
    });
    expect(
      map(`${sampleIomem.slice(0, sampleIomem.indexOf('b0000000'))}${reserved.join('')}`, 'e820'),
    ).toEqual(['too-many-ranges']);
  });
});

/** A head of that many program headers, all of them there. */
function manyHeaders(count: number): Uint8Array {
  const bytes = new Uint8Array(64 + count * 56);
  bytes.set(kcore().subarray(0, 64));
  new DataView(bytes.buffer).setUint16(elf64Header.fields.phnum.offset, count, true);
  return bytes;
}

describe('/proc/kcore', () => {
  const read = (bytes: Uint8Array): readonly string[] => ask('kcore', bytes);

  test('gives the direct map and the kernel text, from its head alone', () => {
    const bytes = kcore();
    const lines = read(bytes);
    expect(lines).toEqual([
      'direct 0xffff9a4000000000',
      'text 0xffffffff92000000 0x12000000 0x2a00000',
      expect.stringMatching(/^head 0x/),
      'four levels',
    ]);
    // Memory, the last 8192 bytes, is not asked for.
    expect(Number(lines[2]?.split(' ')[1])).toBe(bytes.length - 8192);
  });

  test('is read in either byte order, and without VMCOREINFO', () => {
    expect(read(kcore(sampleLoads, sampleVmcoreinfo, 'big'))[0]).toBe('direct 0xffff9a4000000000');
    expect(read(kcore(sampleLoads, undefined))[0]).toBe('direct 0xffff9a4000000000');
  });

  test.each<[string, Uint8Array, string]>([
    [
      'contradicting RAM entries',
      kcore([...sampleLoads, { vaddr: 0xffff_8880_0000_0000n, paddr: 0n, size: 4096n }]),
      'bad-live-value',
    ],
    [
      'two kernel texts',
      kcore([...sampleLoads, { vaddr: 0xffff_ffff_a000_0000n, paddr: 0x100_0000n, size: 4096n }]),
      'bad-live-value',
    ],
    [
      'an entry that wraps',
      kcore([{ vaddr: 0xffff_ffff_f000_0000n, paddr: 0n, size: 1n << 60n }]),
      'bad-live-value',
    ],
    ['no RAM entries', kcore(sampleLoads.slice(0, 3)), 'hidden-addresses'],
    [
      'physical addresses for direct ones',
      kcore([...sampleLoads.slice(0, 3), { vaddr: 4096n, paddr: 4096n, size: 4096n }]),
      'bad-live-value',
    ],
    ['another _stext', kcore(sampleLoads, 'SYMBOL(_stext)=ffffffff81000000\n'), 'bad-live-value'],
    ['other paging levels', kcore(sampleLoads, 'NUMBER(pgtable_l5_enabled)=1\n'), 'bad-live-value'],
    ['no magic', new Uint8Array(4096), 'not a core'],
    // A head is 1 MiB at most: 64 bytes, and 56 for each program header.
    ['more program headers than there is room for', manyHeaders(60_000), 'too many'],
    ['one more than there is room for', manyHeaders(18_724), 'too many'],
  ])('with %s is refused', (_, bytes, why) => {
    expect(read(bytes)[0]?.trim()).toBe(why);
  });
});

test('CPU lists may be sparse', () => {
  const cpus = (list: string): string => runDriver(core, 'cpus', list).trim();
  expect(cpus('0-3,8,10-11\n')).toBe('0 1 2 3 8 10 11 ok');
  expect(cpus('5\n')).toBe('5 ok');
  for (const list of ['', '\n', '3-1', '1,', ',1', '1-', 'x', '1 2', '0-65536', '99999999999'])
    expect(cpus(list === '' ? ' ' : list)).toMatch(/malformed$/);
});
