import { expect, test } from 'vitest';
import { kindsWith, settled } from '../profile-texts.ts';

test.each([
  ['{}', { cpus: 512, memoryRanges: 128 }],
  ['{ cpus: 8192 }', { cpus: 8192, memoryRanges: 128 }],
  ['{ cpus: 0x10, memoryRanges: 1 }', { cpus: 16, memoryRanges: 1 }],
])('limits: %s', (value, limits) => {
  expect(settled(`limits: ${value}`).limits).toEqual(limits);
});

test.each([
  ['{ cpus: 0 }', 'wrong-value'],
  ['{ cpus: 8193 }', 'wrong-value'],
  ['{ cpus: 1.5 }', 'wrong-value'],
  ['{ cpus: "8" }', 'wrong-value'],
  ['{ cpus: 99999999999999999999 }', 'wrong-value'],
  ['{ cpus: 0755 }', 'unsupported-yaml'],
  ['{ memoryRanges: 4097 }', 'wrong-value'],
  ['{ cpu: 8 }', 'unknown-key'],
  ['[8]', 'wrong-value'],
])('limits: %s: %s', (value, kind) => {
  expect(kindsWith(`limits: ${value}`)).toEqual([kind]);
});

test('room for a device tree is for architectures whose capture kernel is given one', () => {
  for (const arch of ['arm64', 'riscv64', 'ppc64le'])
    expect(settled(`arch: ${arch}`, 'limits: { deviceTree: 64K }').limits.deviceTree).toBe(65536n);
  for (const arch of ['x86_64', 's390x', 'i386', 'ia64'])
    expect(kindsWith(`arch: ${arch}`, 'limits: { deviceTree: 64K }')).toEqual(['not-on-arch']);
});
