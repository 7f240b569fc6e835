import { expect, test } from 'vitest';
import { kindsWith, settled } from '../profile-texts.ts';

test('rules name files below the root', () => {
  const { match } = settled(
    'match:',
    '  - { file: /sys/class/dmi/id/sys_vendor, equals: QEMU }',
    '  - { file: sys/firmware/efi, exists: false }',
    '  - { file: /etc/machine-id, exists: true }',
    '  - { file: /proc/cmdline, prefix: BOOT_IMAGE }',
  );
  expect(match).toEqual([
    { file: 'sys/class/dmi/id/sys_vendor', test: { kind: 'equals', value: 'QEMU' } },
    { file: 'sys/firmware/efi', test: { kind: 'absent' } },
    { file: 'etc/machine-id', test: { kind: 'present' } },
    { file: 'proc/cmdline', test: { kind: 'prefix', value: 'BOOT_IMAGE' } },
  ]);
});

test('a system kernel adds rules of its own, after those that are written', () => {
  expect(
    settled('match: [{ file: /a, exists: true }]', 'systemKernel: { release: 6.1.* }').match,
  ).toEqual([
    { file: 'a', test: { kind: 'present' } },
    { file: 'proc/sys/kernel/osrelease', test: { kind: 'prefix', value: '6.1.' } },
  ]);
});

test.each([
  ['[{ file: /a }]', 'match-tests'],
  ['[{ file: /a, equals: x, exists: true }]', 'match-tests'],
  ['[{ file: /a/../b, exists: true }]', 'wrong-value'],
  ['[{ file: /.., exists: true }]', 'wrong-value'],
  ['[{ equals: x }]', 'missing-key'],
  ['{ file: /a, exists: true }', 'wrong-value'],
  ['[{ file: /a, exists: yes }]', 'wrong-value'],
  [`[${'{ file: /a, exists: true },'.repeat(65)}]`, 'wrong-value'],
])('match: %s: %s', (value, kind) => {
  expect(kindsWith(`match: ${value}`)).toEqual([kind]);
});
