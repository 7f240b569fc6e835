/** The capture init as a whole: what it is made of, and in which order it goes. */
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { basename } from 'node:path';
import { describe, expect, test } from 'vitest';
import { initScript } from '../../../pipeline/components/init/init.ts';
import { targets } from '../../../pipeline/targets/targets.ts';
import { words } from '../../../pipeline/units/words.ts';
import { commandsIn, functionsIn } from './commands.ts';
import { inFolder, shell } from './shell.ts';

const folder = 'pipeline/components/init';
const stages = readdirSync(folder).filter((name) => name.endsWith('.sh'));
const kinds = Object.keys(targets);
const scripts = [
  ...stages.map((name) => `${folder}/${name}`),
  ...kinds.map((kind) => `pipeline/targets/${kind}/target-${kind}.sh`),
];

describe('the script', () => {
  test('is what busybox takes for a shell script', () => {
    execFileSync('busybox', ['sh', '-n', inFolder('init')]);
  });

  test.each(scripts)('%s has nothing that shellcheck warns of', (script) => {
    const checked = spawnSync('shellcheck', [script], { encoding: 'utf8' });
    expect([checked.error, checked.stdout]).toEqual([undefined, '']);
  });

  test('has a test for each of its stages and kinds of target', () => {
    const tests = [
      ...stages.map((name) => `test/components/init/${basename(name, '.sh')}.test.ts`),
      ...kinds.map((kind) => `test/targets/target-${kind}.test.ts`),
    ];
    expect(tests.filter((path) => !existsSync(path))).toEqual([]);
  });

  test('has the three steps of every kind of target', () => {
    const functions = functionsIn(initScript);
    const steps = kinds.flatMap((kind) => ['open', 'write', 'finish'].map((at) => `${kind}_${at}`));
    expect(steps.filter((step) => !functions.has(step))).toEqual([]);
  });

  test('runs only its own functions, programs of busybox-static and what the build puts beside them', () => {
    const builtIn = words`
      . [ break continue echo eval exec exit export local
      printf read return set shift test trap true unset wait
    `;
    const programs = execFileSync('busybox', ['--list'], { encoding: 'utf8' }).split('\n');
    const there = new Set([
      ...functionsIn(initScript),
      ...builtIn,
      ...programs,
      'makedumpfile',
      'mdadm',
      'lvm',
    ]);
    const used = commandsIn(initScript);
    expect([...used].filter((name) => !there.has(name))).toEqual([]);
    // The reader of commands sees what is hard to see.
    for (const name of ['awk', 'modprobe', 'cttyhack', 'cat', 'readlink', 'sysctl'])
      expect([name, used.has(name)]).toEqual([name, initScript.includes(name)]);
  });

  test('does nothing when it is not PID 1', () => {
    expect(shell('')).toBe('');
  });
});

describe('commands of a script', () => {
  test.each([
    ['a | b && c || d; e', 'a b c d e'],
    ['if ! a "$(b c)"; then d; else e; fi', 'a b d e'],
    ['case $x in a | b) c ;; *) d ;; esac; e', 'c d e'],
    ['echo "a; b $(c "d") (e)" \'f; g\' # h; i\nj', 'c echo j'],
    ['x=$((a + $(b))) && (c) 2>&1 >d', 'b c'],
    ['find x -exec a {} + | xargs -0 -r b c', 'a b find xargs'],
    ['f() { a; }\nfor b in c d; do e; done', 'a e'],
    ['while read -r a; do b \\\n c; done', 'b read'],
  ])('%s', (script, expected) => {
    expect([...commandsIn(script)].toSorted().join(' ')).toBe(expected);
  });
});

describe('a capture', () => {
  const run = (changes: string): string =>
    shell(
      `check_vmcore() { echo vmcore; }
load_modules() { echo modules; }
x_open() { echo open; target_shown=there; }
x_write() { echo write; }
x_finish() { echo finish; }
written() { echo 4711; }
uptime_seconds() { echo 5; }
uname() { echo 6.1; }
${changes}
(capture) && echo saved`,
      { target_kind: 'x', profile: 'web' },
    );

  test('goes through the steps of the kind of target that the settings name', () => {
    expect(run('').split('\n')).toEqual([
      'capture kernel 6.1, profile web',
      'vmcore',
      'modules',
      'open',
      'write',
      'finish',
      'vmcore saved: 4711 bytes to there in 0 s',
      'saved',
    ]);
  });

  test('ends at the step that fails', () => {
    expect(run('x_open() { fail broken; }')).toMatch(/modules\nbroken$/);
    expect(run('written() { echo 0; }')).toMatch(/write\nnothing was written to there$/);
  });
});
