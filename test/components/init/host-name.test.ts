/** What the crashed machine was called. */
import { writeFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { inFolder, shell } from './shell.ts';

const kernelAt = 0xffff_ffff_8100_0000n;
const symbol = kernelAt + 0x200n;

/** A vmcore with the notes and two pieces of memory; `name` is where they say that it is. */
function vmcore(
  name: string,
  info = `OSRELEASE=6.1.0\nSYMBOL(init_uts_ns)=${symbol.toString(16)}\nOFFSET(uts_namespace.name)=4\n`,
): string {
  const bytes = Buffer.alloc(16384);
  bytes.write('\x7fELF\x02\x01\x01', 'latin1');
  bytes.writeUInt16LE(4, 16);
  bytes.writeBigUInt64LE(64n, 32);
  bytes.writeUInt16LE(64, 52);
  bytes.writeUInt16LE(56, 54);
  const headers = [
    { type: 4, offset: 4096, vaddr: 0n },
    { type: 1, offset: 8192, vaddr: 0xffff_8880_0000_0000n },
    { type: 1, offset: 12288, vaddr: kernelAt },
  ];
  bytes.writeUInt16LE(headers.length, 56);
  for (const [index, { type, offset, vaddr }] of headers.entries()) {
    const at = 64 + 56 * index;
    bytes.writeUInt32LE(type, at);
    bytes.writeBigUInt64LE(BigInt(offset), at + 8);
    bytes.writeBigUInt64LE(vaddr, at + 16);
    bytes.writeBigUInt64LE(4096n, at + 32);
    bytes.writeBigUInt64LE(4096n, at + 40);
  }
  bytes.write(`VMCOREINFO\0\0${info}`, 4096 + 20, 'latin1');
  bytes.write('Linux', 12288 + 0x200 + 4);
  bytes.write(name, 12288 + 0x200 + 4 + 65, 'latin1');
  const path = inFolder('vmcore');
  writeFileSync(path, bytes);
  return path;
}

const log = (line: string): string => {
  writeFileSync(inFolder('log'), `${line}\n`);
  return inFolder('log');
};

const noLog = '/nowhere';
const hostOf = (path: string, file = noLog): string => shell(`host_of ${file}`, { vmcore: path });

describe('is the name', () => {
  test('that its kernel held', () => {
    expect(hostOf(vmcore('db1.example.org'))).toBe('db1.example.org');
    const before = log('[    2.5] systemd[1]: Hostname set to <as-it-booted>.');
    expect(hostOf(vmcore('db1'), before)).toBe('db1');
  });

  test.each([
    ['[    2.5] systemd[1]: Hostname set to <db1.example.org>.', 'db1.example.org'],
    ['[    2.5] systemd[1]: Set hostname to <db2>.', 'db2'],
    ['[    2.5] systemd[1]: Hostname set to <a/../b>.', ''],
  ])('else the one in its log: %s', (line, host) => {
    expect(hostOf(vmcore('(none)'), log(line))).toBe(host);
  });

  test.each([
    ['none was set', '(none)'],
    ['it is that of every machine', 'localhost'],
    ['it is that of every machine, with a domain', 'localhost.localdomain'],
    ['it leads elsewhere', '../../x'],
    ['it is hidden', '.x'],
    ['it is an option', '-x'],
    ['it has blanks', 'a b'],
    ['it is no text', '\x01\x80'],
    ['it is empty', ''],
  ])('of its own, not where %s', (_why, name) => {
    expect(hostOf(vmcore(name))).toBe('');
  });

  test.each([
    ['no address', 'OSRELEASE=6.1.0\n'],
    ['no offset', `SYMBOL(init_uts_ns)=${symbol.toString(16)}\n`],
    ['an address that no memory has', 'SYMBOL(init_uts_ns)=10\nOFFSET(uts_namespace.name)=4\n'],
    ['an address that is none', 'SYMBOL(init_uts_ns)=$(reboot)\nOFFSET(uts_namespace.name)=4\n'],
    [
      'an offset that is none',
      `SYMBOL(init_uts_ns)=${symbol.toString(16)}\nOFFSET(uts_namespace.name)=f\n`,
    ],
  ])('and none where VMCOREINFO has %s', (_what, info) => {
    expect(hostOf(vmcore('db1', info))).toBe('');
  });
});
