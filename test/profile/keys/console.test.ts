import { expect, test } from 'vitest';
import { kindsWith, settled } from '../profile-texts.ts';

test.each([
  [['console: none'], { kind: 'none' }],
  [['console: { device: ttyS1 }'], { kind: 'uart', port: 0x2f8, baud: 115200, device: 'ttyS1' }],
  [
    ['console: { device: ttyS0, baud: 9600 }'],
    { kind: 'uart', port: 0x3f8, baud: 9600, device: 'ttyS0' },
  ],
  [['arch: s390x', 'console: sclp'], { kind: 'sclp', device: undefined }],
  [['arch: s390x', 'console: { device: ttyS1 }'], { kind: 'sclp', device: 'ttyS1' }],
  [['arch: riscv64', 'console: sbi'], { kind: 'sbi' }],
  [['arch: ppc64le', 'console: hvc'], { kind: 'hvc' }],
  [
    ['arch: riscv64', 'console: { device: ttyS0, address: 0x10000000, registers: 32, baud: 9600 }'],
    { kind: 'memoryUart', address: 0x1000_0000n, registers: 32, baud: 9600, device: 'ttyS0' },
  ],
  [
    ['arch: riscv64', 'console: { device: ttyS1, address: "0x4000000000" }'],
    { kind: 'memoryUart', address: 0x40_0000_0000n, registers: 8, baud: 115200, device: 'ttyS1' },
  ],
])('%j', (lines, device) => {
  expect(settled(...lines).console).toEqual(device);
});

test.each(['0x3e8', '"0x3e8"', '1000'])('a port is a number or text: %s', (port) => {
  expect(settled(`console: { device: ttyS9, port: ${port} }`).console).toMatchObject({
    port: 1000,
  });
});

test.each([
  [['console: ttyS0'], 'wrong-value'],
  [['console: { device: ttyS9 }'], 'uart-port-unknown'],
  [['console: { device: ttyS0, port: 0x10000 }'], 'wrong-value'],
  [['console: { device: ttyS0, port: "0x0" }'], 'wrong-value'],
  [['console: { device: ttyS0, baud: 1200 }'], 'wrong-value'],
  [['console: { port: 0x3f8 }'], 'missing-key'],
  [['console: sclp'], 'not-on-arch'],
  [['console: sbi'], 'not-on-arch'],
  [['console: hvc'], 'not-on-arch'],
  [['arch: ppc64le', 'console: { device: ttyS0 }'], 'not-on-arch'],
  [['console: { device: ttyS0, address: 0x10000000 }'], 'not-on-arch'],
  [['arch: riscv64', 'console: { device: ttyS0 }'], 'uart-address-missing'],
  [['arch: riscv64', 'console: { device: ttyS0, address: 0 }'], 'wrong-value'],
  [['arch: riscv64', 'console: { device: ttyS0, port: 0x3f8 }'], 'not-on-arch'],
  [['arch: s390x', 'console: { device: ttyS1, baud: 9600 }'], 'not-on-arch'],
])('%j: %s', (lines, kind) => {
  expect(kindsWith(...lines)).toEqual([kind]);
});
