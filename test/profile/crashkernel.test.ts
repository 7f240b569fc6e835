import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { CrashkernelRules } from '../../pipeline/arch/profile-rules.ts';
import {
  type CrashkernelOption,
  parseCrashkernel,
  reservationOf,
} from '../../pipeline/profile/crashkernel.ts';

const M = 1n << 20n;
const G = 1n << 30n;
const x86: CrashkernelRules = { highLow: true, offsetAlign: M };

const read: readonly (readonly [string, CrashkernelOption])[] = [
  ['256M', { form: 'size', size: 256n * M, offset: undefined }],
  ['256m', { form: 'size', size: 256n * M, offset: undefined }],
  ['0x10000000', { form: 'size', size: 256n * M, offset: undefined }],
  ['262144K', { form: 'size', size: 256n * M, offset: undefined }],
  ['256M@64M', { form: 'size', size: 256n * M, offset: 64n * M }],
  ['64M@0x4000000', { form: 'size', size: 64n * M, offset: 64n * M }],
  ['1G,high', { form: 'high', size: G }],
  ['0,low', { form: 'low', size: 0n }],
  [
    '512M-2G:64M,2G-:128M',
    {
      form: 'ranges',
      rules: [
        { start: 512n * M, end: 2n * G, size: 64n * M },
        { start: 2n * G, end: undefined, size: 128n * M },
      ],
      offset: undefined,
    },
  ],
  [
    '0-2T:128M@16M',
    {
      form: 'ranges',
      rules: [{ start: 0n, end: 2n << 40n, size: 128n * M }],
      offset: 16n * M,
    },
  ],
];

describe('the text after crashkernel=', () => {
  test.each(read)('%s is read', (text, option) => {
    expect(parseCrashkernel(text)).toEqual({ ok: true, value: option });
  });

  const refused: readonly (readonly [string, string])[] = [
    ['', 'unexpected'],
    ['M', 'unexpected'],
    ['-256M', 'unexpected'],
    ['256MB', 'unit'],
    ['256 M', 'unit'],
    ['256M@', 'unexpected'],
    ['256M,', 'unexpected'],
    ['256M,high,low', 'unexpected'],
    ['256M,high@16M', 'unexpected'],
    ['256M@16M,high', 'unexpected'],
    ['1G:128M', 'unexpected'],
    ['1G-2G:', 'unexpected'],
    ['1G-2G:128M,', 'unexpected'],
    ['1G-2G:128M,high', 'unexpected'],
    ['-2G:64M', 'unexpected'],
    ['crashkernel=256M', 'prefix'],
    ['0256M', 'leading-zero'],
    ['1G-02G:64M', 'leading-zero'],
    ['16777216E', 'too-large'],
    ['2G-1G:64M', 'range-empty'],
    ['1G-1G:64M', 'range-empty'],
    ['256M,cma', 'cma'],
    ['auto', 'auto'],
    ['256 KB', 'unexpected'],
    ['256M,512M,high', 'several'],
    ['256M 1G-:256M', 'several'],
  ];
  test.each(refused)('"%s" is refused: %s', (text, kind) => {
    const result = parseCrashkernel(text);
    expect(result.ok ? 'read' : result.mistake.kind).toBe(kind);
  });

  const size = fc.bigInt({ min: 0n, max: (1n << 44n) - 1n });
  const optional = fc.option(size, { nil: undefined });
  const rule = fc
    .tuple(size, fc.option(fc.bigInt({ min: 1n, max: 1n << 40n }), { nil: undefined }), size)
    .map(([start, span, reserve]) => ({
      start,
      end: span === undefined ? undefined : start + span,
      size: reserve,
    }));
  const option: fc.Arbitrary<CrashkernelOption> = fc.oneof(
    fc.record({ form: fc.constant('size' as const), size, offset: optional }),
    fc.record({
      form: fc.constant('ranges' as const),
      rules: fc.array(rule, { minLength: 1, maxLength: 5 }),
      offset: optional,
    }),
    fc.record({ form: fc.constantFrom('high' as const, 'low' as const), size }),
  );
  const at = (offset: bigint | undefined): string => (offset === undefined ? '' : `@${offset}`);
  const inBytes = (value: CrashkernelOption): string => {
    if (value.form === 'size') return `${value.size}${at(value.offset)}`;
    if (value.form !== 'ranges') return `${value.size},${value.form}`;
    const rules = value.rules.map(({ start, end = '', size }) => `${start}-${end}:${size}`);
    return `${rules.join(',')}${at(value.offset)}`;
  };
  test('what is written in bytes is read as it was meant', () => {
    fc.assert(
      fc.property(option, (value) => {
        expect(parseCrashkernel(inBytes(value))).toEqual({ ok: true, value });
      }),
    );
  });

  test('any text gives an option or a mistake', () => {
    const letters = fc.constantFrom(...'0123456789xKMGTPE@:,-highlowcma ='.split(''));
    fc.assert(
      fc.property(fc.array(letters, { maxLength: 24 }), (chars) => {
        const result = parseCrashkernel(chars.join(''));
        expect(result.ok ? 'value' in result : result.mistake.kind).toBeTruthy();
      }),
      { numRuns: 2000 },
    );
  });
});

describe('all crashkernel= options of a machine', () => {
  const kinds = (texts: readonly string[], rules = x86): readonly string[] =>
    reservationOf(texts, rules).mistakes.map(({ index, mistake }) => `${index} ${mistake.kind}`);

  test('the smallest region of a list is what a plan must fit', () => {
    expect(reservationOf(['1G-4G:96M,4G-64G:192M,64G-:512M'], x86).reservation).toEqual({
      options: ['1G-4G:96M,4G-64G:192M,64G-:512M'],
      smallest: 96n * M,
    });
  });

  test('a range that reserves nothing has no region to fit', () => {
    expect(reservationOf(['0-2G:0,2G-:256M'], x86).reservation?.smallest).toBe(256n * M);
  });

  test('of high and low the high one is the main region', () => {
    expect(reservationOf(['128M,low', '512M,high'], x86).reservation).toEqual({
      options: ['128M,low', '512M,high'],
      smallest: 512n * M,
    });
  });

  const tables: readonly (readonly [readonly string[], readonly string[]])[] = [
    [['256'], ['0 tiny']],
    [['0M'], ['0 tiny']],
    [['1G-:0'], ['0 tiny']],
    [['1G-2G:64M,1536M-:128M'], ['0 ranges-overlap']],
    [['1G-:64M,2G-:128M'], ['0 ranges-overlap']],
    [['2G-4G:128M,1G-2G:64M'], []],
    [['128M-512M:1G'], ['0 never-fits']],
    [['256M@33K'], ['0 offset-unaligned']],
    [['256M', '512M'], ['1 twice']],
    [['1G,high', '2G,high'], ['1 twice']],
    [
      ['256M', '512M,high', '64M,low'],
      ['1 ignored', '2 ignored'],
    ],
    [['64M,low'], ['0 low-alone']],
    [
      ['nonsense', '12'],
      ['0 unexpected', '1 tiny'],
    ],
  ];
  test.each(tables)('%j: %j', (texts, expected) => {
    expect(kinds(texts)).toEqual(expected);
  });

  test('an architecture without high and low says so', () => {
    expect(kinds(['1G,high'], { highLow: false, offsetAlign: M })).toEqual(['0 no-high-low']);
  });
});
