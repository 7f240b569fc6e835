import { expect, test } from 'vitest';
import { checkReadableDump } from '../../pipeline/arch/arm64/readable-dump.ts';

const config = (...options: readonly string[]) =>
  new Map(options.map((option) => [option, 'y'] as const));
const wide = config('ARM64_4K_PAGES', 'ARM64_VA_BITS_52');
const composed = { initramfs: { kind: 'composed' }, dump: { format: 'kdump' } } as const;

test.each([4, 16])(
  'a dump that makedumpfile would not read is refused at the build: %i KiB',
  (pages) => {
    const options = [`ARM64_${pages}K_PAGES`, 'ARM64_VA_BITS_52'];
    expect(checkReadableDump(config(...options), composed)).toMatchObject([
      { kind: 'dump-not-readable', options },
    ]);
  },
);

test.each([
  ['memory as it is', wide, { ...composed, dump: { format: 'elf' } }],
  ['an initramfs that decides itself', wide, { ...composed, initramfs: { kind: 'file' } }],
  ['48 bits', config('ARM64_4K_PAGES', 'ARM64_VA_BITS_48'), composed],
  ['pages of 64 KiB', config('ARM64_64K_PAGES', 'ARM64_VA_BITS_52'), composed],
  ['a configuration that nobody has', undefined, composed],
] as const)('not refused: %s', (_, options, choices) => {
  expect(checkReadableDump(options, choices)).toEqual([]);
});
