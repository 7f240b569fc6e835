import { expect, test } from 'vitest';
import { kindsWith, problemsWith, settled } from '../profile-texts.ts';

test.each([
  [
    '{ from: composed, compression: xz, drivers: [nvme, "ahci?"] }',
    { kind: 'composed', compression: 'xz', drivers: ['nvme', 'ahci?'], firmware: [] },
  ],
  [
    '{ from: composed, drivers: [] }',
    { kind: 'composed', compression: 'zstd', drivers: [], firmware: [] },
  ],
  [
    '{ from: composed, drivers: [], firmware: [firmware-bnx2x, fw/a.deb, b.rpm, ./copy] }',
    {
      kind: 'composed',
      compression: 'zstd',
      drivers: [],
      firmware: [
        { kind: 'package', name: 'firmware-bnx2x' },
        { kind: 'path', path: 'fw/a.deb' },
        { kind: 'path', path: 'b.rpm' },
        { kind: 'path', path: 'copy' },
      ],
    },
  ],
  ['{ from: file, path: own.img }', { kind: 'file', path: 'own.img' }],
])('initramfs: %s', (value, initramfs) => {
  expect(settled(`initramfs: ${value}`).initramfs).toEqual(initramfs);
});

test.each([
  ['{ from: file, path: x, drivers: [a] }', ['key-of-other-shape']],
  ['{ from: file }', ['missing-key']],
  ['{ from: composed, firmware: [A B] }', ['wrong-value']],
  ['{ from: file, path: x, firmware: [a] }', ['key-of-other-shape']],
  ['{ from: dracut }', ['wrong-value']],
  ['{ drivers: [a] }', ['missing-key']],
  ['{ from: composed, drivers: [a.ko] }', ['wrong-value']],
  ['{ from: composed, compression: lz4 }', ['wrong-value']],
])('initramfs: %s is refused', (value, kinds) => {
  expect(kindsWith(`initramfs: ${value}`)).toEqual(kinds);
});

test('a finished initramfs decides for itself what these keys ask for', () => {
  expect(
    problemsWith(
      'initramfs: { from: file, path: x }',
      'tools: { from: installed }',
      'dump: { level: 1 }',
      'failureAction: halt',
    ),
  ).toMatchObject([
    {
      kind: 'own-initramfs',
      place: { line: 5 },
      keys: [
        { key: 'tools', place: { line: 6 } },
        { key: 'dump', place: { line: 7 } },
        { key: 'failureAction', place: { line: 8 } },
      ],
    },
  ]);
});
