/** The vmcore on its way to the target. */
import { readFileSync, writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { inFolder, shell } from './shell.ts';

const run = (body: string): string => {
  writeFileSync(inFolder('vmcore'), 'the memory');
  return shell(`exec 3<>${inFolder('out')}\n${body}`, {
    vmcore: inFolder('vmcore'),
    dump_level: '31',
    dump_compression: '-l',
  });
};

test('a copy is the vmcore, and its bytes are counted', () => {
  expect(run('copy_vmcore; written')).toBe('10');
  expect(readFileSync(inFolder('out'), 'latin1')).toBe('the memory');
});

test('makedumpfile is told level and compression, and writes a flattened dump', () => {
  expect(run('makedumpfile() { echo "$*"; }; filter_vmcore; written')).toMatch(/^\d+$/);
  expect(readFileSync(inFolder('out'), 'latin1')).toBe(
    `-F -d 31 -l --message-level 4 ${inFolder('vmcore')}\n`,
  );
});

test('without compression there is no option for it', () => {
  run('dump_compression=; makedumpfile() { echo "$#"; }; filter_vmcore');
  expect(readFileSync(inFolder('out'), 'latin1')).toBe('6\n');
});
