/** The vmcore on its way to a target. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { inFolder, shell } from './shell.ts';

/** A target that keeps everything in a file of that name. */
const kind = `x_store() { cat >"$run/kept-$1"; wc -c <"$run/kept-$1" >"$run/stored"; }
`;
const run = (body: string, encryption = 'none'): string => {
  writeFileSync(inFolder('vmcore'), 'the memory');
  return shell(`${kind}${body}`, {
    vmcore: inFolder('vmcore'),
    dump_level: '31',
    dump_compression: '-l',
    target_kind: 'x',
    encryption,
  });
};
const kept = (name: string): string => readFileSync(inFolder('run', `kept-${name}`), 'latin1');

describe('what a target is given', () => {
  test('is the vmcore, and its bytes are told', () => {
    expect(run('store copy_vmcore vmcore; echo $?; stored')).toBe('0\n10');
    expect(kept('vmcore')).toBe('the memory');
  });

  test('is what makedumpfile leaves of it, which is told level and compression', () => {
    run('makedumpfile() { echo "$*"; }; store filter_vmcore vmcore.flat');
    expect(kept('vmcore.flat')).toBe(`-F -d 31 -l --message-level 5 ${inFolder('vmcore')}\n`);
    run('dump_compression=; makedumpfile() { echo "$#"; }; store filter_vmcore vmcore.flat');
    expect(kept('vmcore.flat')).toBe('6\n');
  });

  test("is the log's end, where a target has only so much room", () => {
    writeFileSync(inFolder('run/dmesg'), 'long ago, panic');
    run('store copy_log dmesg');
    expect(kept('dmesg')).toBe('long ago, panic');
    run('log_room=5; store copy_log dmesg');
    expect(kept('dmesg')).toBe('panic');
  });

  test('is encrypted before it comes there, and named so', () => {
    run('age() { echo "$*"; tr a-z A-Z; }; store copy_vmcore vmcore', 'age');
    expect(kept('vmcore.age')).toBe(`-R ${inFolder('etc/recipients')}\nTHE MEMORY`);
    expect(existsSync(inFolder('run/kept-vmcore'))).toBe(false);
  });
});

describe('it is not whole', () => {
  test.each([
    ['when makedumpfile fails after some of it', 'none', 'makedumpfile() { echo x; return 1; }'],
    [
      'when age fails after some of it',
      'age',
      'makedumpfile() { echo x; }; age() { cat; return 1; }',
    ],
    ['when age is not there', 'age', 'makedumpfile() { echo x; }; age() { return 127; }'],
  ])('%s', (_what, encryption, changes) => {
    expect(run(`${changes}; store filter_vmcore vmcore.flat; echo $?`, encryption)).toBe('1');
  });

  test('and what a target cannot take ends the attempt', () => {
    expect(run('x_store() { cat; fail full; }; (store copy_vmcore vmcore; echo goes on)')).toBe(
      'the memoryfull\nvmcore could not be stored',
    );
  });
});
