import { expect, test } from 'vitest';
import { kindsWith, settled } from '../profile-texts.ts';

test.each([
  ['{}', { level: 31, format: 'kdump', compression: 'lzo' }],
  ['{ level: 1, compression: zstd }', { level: 1, format: 'kdump', compression: 'zstd' }],
  // An ELF dump is neither filtered nor compressed.
  ['{ format: elf }', { level: 0, format: 'elf', compression: 'none' }],
  [
    '{ format: elf, level: 0, compression: none }',
    { level: 0, format: 'elf', compression: 'none' },
  ],
])('dump: %s', (value, dump) => {
  expect(settled(`dump: ${value}`).dump).toEqual(dump);
});

test.each([
  ['{ level: 32 }', ['wrong-value']],
  ['{ level: -1 }', ['wrong-value']],
  ['{ compression: lz4 }', ['wrong-value']],
  ['{ format: elf, level: 31 }', ['elf-takes-all']],
  ['{ format: elf, compression: zlib }', ['elf-takes-all']],
  ['{ format: elf, level: 1, compression: lzo }', ['elf-takes-all', 'elf-takes-all']],
  ['{ levle: 31 }', ['unknown-key']],
])('dump: %s is refused', (value, kinds) => {
  expect(kindsWith(`dump: ${value}`)).toEqual(kinds);
});
