/** What speaks of one architecture stands in its folders; the exceptions are few, and each is here with its reason. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const names = /x86|amd64|s390(?!-tools)|aarch64|arm64|riscv|ppc64|i386|ia64|itanium/i;

const exceptions: Readonly<Record<string, string>> = {
  'format/bundle-members.ts': 'says of each member which platform has it',
  'format/elf.ts': "ELF's own register of machines, for naming what is not wanted",
  'format/ipl-block.ts': "the layout of one platform's blocks, by name of its source",
  'format/limits.ts': 'gives the source of a limit',
  'format/purgatory-layout.ts': 'says of each code which platform has it',
  'format/seal-layout.ts': 'says of each code which platform has it',
  'guest/machines/machines.ts': 'the list of the machines that QEMU makes',
};

const isOwn = (path: string): boolean => /^(arch|guest\/machines\/\w+)\//.test(path);

test('no file outside the folders of architectures names one', () => {
  const naming = readdirSync('pipeline', { recursive: true, encoding: 'utf8' })
    .filter((path) => /\.(ts|sh)$/.test(path) && !isOwn(path))
    .filter((path) => names.test(readFileSync(join('pipeline', path), 'utf8')));
  expect(naming.sort()).toEqual(Object.keys(exceptions).sort());
});
