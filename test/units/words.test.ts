import { expect, test } from 'vitest';
import { words } from '../../pipeline/units/words.ts';

test('blanks and line ends part words', () => {
  expect(words`-in seal.bin
    -out  o.p7s`).toEqual(['-in', 'seal.bin', '-out', 'o.p7s']);
  expect(words`
    one
  `).toEqual(['one']);
  expect(words` `).toEqual([]);
});

test('a value stays one word, whatever is in it', () => {
  const path = '/a folder/file';
  expect(words`-in ${path} -n ${2}`).toEqual(['-in', '/a folder/file', '-n', '2']);
  expect(words`${path}`).toEqual([path]);
  expect(words`-pass ${''} -x`).toEqual(['-pass', '', '-x']);
});

test('what touches a value belongs to its word', () => {
  const [file, size] = ['a b', 3];
  expect(words`file=${file},size=${size}! ${size}${size}`).toEqual(['file=a b,size=3!', '33']);
});
