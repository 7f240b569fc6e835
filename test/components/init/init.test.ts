/** The capture init as a whole: what it is made of, and in which order it goes. */
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
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
    const steps = kinds.flatMap((kind) => ['open', 'store', 'finish'].map((at) => `${kind}_${at}`));
    expect(steps.filter((step) => !functions.has(step))).toEqual([]);
  });

  test('runs only its own functions, programs of busybox-static and what the build puts beside them', () => {
    const builtIn = words`
      . [ break command continue echo eval exec exit export local
      printf read return set shift test trap true umask unset wait
    `;
    const programs = execFileSync('busybox', ['--list'], { encoding: 'utf8' }).split('\n');
    const there = new Set([
      ...functionsIn(initScript),
      ...builtIn,
      ...programs,
      'makedumpfile',
      'mdadm',
      'lvm',
      'age',
      'ssh',
      'curl',
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

/** Settings as an overlay has them. The sessions that PID 1 starts read them, and the functions beside them. */
function overlay(targets: readonly Readonly<Record<string, string>>[], functions: string): void {
  const config = {
    profile: 'web',
    bundle: 'abcd',
    dump_format: 'elf',
    targets: String(targets.length),
  };
  const text = (values: Readonly<Record<string, string>>): string =>
    Object.entries(values)
      .map(([key, value]) => `${key}='${value}'\n`)
      .join('');
  writeFileSync(
    inFolder('etc/config'),
    `${text(config)}vmcore=${inFolder('vmcore')}
check_vmcore() { :; }
load_modules() { :; }
makedumpfile() { echo "[ 1.0] Kernel panic - not syncing: x" >"$3"; }
log() { echo "$2"; }
x_open() { target_shown=$target_place; mkdir -p "$target_place"; }
x_store() { cat >"$target_place/$1"; wc -c <"$target_place/$1" >"$run/stored"; }
x_finish() { : >"$target_place/whole"; }
x_note() { cat "$run/outcome" >"$target_place.note"; }
${functions}
`,
  );
  writeFileSync(inFolder('vmcore'), 'the memory');
  for (const [index, target] of targets.entries()) {
    const place = inFolder(`place${index + 1}`);
    const common = {
      target_kind: 'x',
      target_place: place,
      target_shown: `place ${index + 1}`,
      target_timeout: '20',
      target_what: 'vmcore',
    };
    writeFileSync(inFolder('etc/targets', String(index + 1)), text({ ...common, ...target }));
  }
}

/** What PID 1 does, from the settings to the ledger. */
const capture = (more = ''): string =>
  shell(`open_clock; date +%s >"$run/started"; . "$settings/config"; last_words=0 grace=1
clock; end=$((now + 60)); ${more}
if capture; then echo "all saved"; else echo "not all saved"; fi
note_panic
echo "outcome $outcome, $where, $bytes; $failures"`);
const kept = (...path: readonly string[]): string => readFileSync(inFolder(...path), 'utf8');

describe('a capture', () => {
  test('goes to the first target, the log before the vmcore, and is noted everywhere', () => {
    overlay([{}, {}], '');
    expect(capture().split('\n')).toEqual([
      expect.stringMatching(/^capture kernel .+, profile web$/),
      'the crashed kernel said: Kernel panic - not syncing: x',
      'target 1 of 2: place 1',
      expect.stringMatching(/^vmcore saved: 10 bytes to .*place1 in \d+ s$/),
      'all saved',
      'outcome saved, place 1, 10;',
    ]);
    expect(kept('place1/vmcore')).toBe('the memory');
    expect(kept('place1/dmesg')).toContain('Kernel panic');
    expect(kept('place1/report')).toMatch(/^profile=web\nbundle=abcd\n[\s\S]*\nbytes=10\n/);
    expect(existsSync(inFolder('place1/whole'))).toBe(true);
    expect(existsSync(inFolder('place2'))).toBe(false);
    expect(kept('place2.note').split('\n').slice(0, 4)).toEqual(['saved', '1', 'place 1', '10']);
  });

  test('falls through to the next target, which is told why', () => {
    overlay(
      [{ target_kind: 'full' }, { target_kind: 'silent' }, {}],
      `full_open() { :; }
full_store() { cat >/dev/null; [ "$1" = dmesg ] || fail "it's full"; }
full_close() { echo closed; }
silent_open() { exit 3; }`,
    );
    const said = capture();
    expect(said).toContain("it's full\nvmcore could not be stored\nclosed\ntarget 2 of 3");
    expect(said).toContain(
      "outcome saved, place 3, 10; target 1 (place 1): it's full; target 2 (place 2): it gave no reason",
    );
    expect(kept('place3/report')).toContain(
      "previous=target 1 (place 1): it's full\nprevious=target 2 (place 2): it gave no reason\n",
    );
  });

  test('ends what takes longer than its time, with all that it started', () => {
    overlay(
      [{ target_timeout: '1' }, {}],
      'x_open() { [ "$target_number" = 2 ] && mkdir -p "$target_place" && return; sleep 77 & sleep 77; }',
    );
    const said = capture();
    expect(said).toContain('outcome saved, place 2, 10; target 1 (place 1): not done after 1 s');
    expect(spawnSync('pgrep', ['-fx', 'sleep 77']).status).toBe(1);
  });

  test('sees that no byte moves any more', () => {
    overlay([{}], 'x_store() { [ "$1" = dmesg ] && cat >/dev/null && return; sleep 78; }');
    const said = capture('stall=2');
    expect(said).toContain('target 1 (place 1): no byte moved for 2 s');
  });

  test('is told when its processes are killed', () => {
    overlay([{}], 'x_open() { kill -9 -$$; }');
    expect(capture()).toContain('its processes were killed: out of memory?');
  });

  test('has an end, however many targets there are', () => {
    overlay([{}, {}, {}], 'x_open() { sleep 79; }');
    // Long enough for the first target to begin on a busy machine.
    const said = capture('end=$((now + 8))');
    expect(said).toContain('target 1 (place 1): not done after 20 s');
    expect(said).toContain('target 3 (place 3): no time is left');
    expect(said).toContain('not all saved');
  });

  test('of the log alone goes on to a target for the vmcore', () => {
    overlay([{ target_what: 'dmesg' }, {}], '');
    expect(capture()).toContain('all saved\noutcome saved, place 2, 10;');
    expect(existsSync(inFolder('place1/vmcore'))).toBe(false);
    expect(existsSync(inFolder('place1/whole'))).toBe(true);
  });

  test('of the log alone is all where nothing else is wanted', () => {
    overlay([{ target_what: 'dmesg' }], '');
    expect(capture()).toContain('all saved\noutcome log, place 1, 0;');
  });

  test('keeps the log that a target took before the dump failed', () => {
    overlay(
      [{}],
      'x_store() { case $1 in vmcore) fail full ;; *) cat >"$target_place/$1" ;; esac; }',
    );
    expect(capture()).toMatch(
      /not all saved\noutcome log, .*place1, 0; target 1 \(place 1\): full$/,
    );
    expect(kept('place1/dmesg')).toContain('Kernel panic');
  });

  test('saves the log alone where no target took anything', () => {
    overlay(
      [{}],
      'x_open() { [ "$attempt_what" = dmesg ] || fail busy; mkdir -p "$target_place"; }',
    );
    const said = capture();
    expect(said).toContain('no target took the dump; trying to save the log alone');
    expect(said).toContain('not all saved\noutcome log, place 1, 0; target 1 (place 1): busy');
    expect(existsSync(inFolder('place1/whole'))).toBe(true);
  });

  test('does not begin without a sound vmcore', () => {
    overlay([{}], "check_vmcore() { fail 'there is none'; }");
    expect(capture()).toContain(
      'there is none\nnot all saved\noutcome nothing, , 0; there is none',
    );
    expect(existsSync(inFolder('place1'))).toBe(false);
  });

  test('goes on when a driver hangs', () => {
    overlay([{}], 'load_modules() { sleep 76; }');
    expect(capture('prepare_limit=1')).toContain('all saved');
  });

  test('copies all of the vmcore where makedumpfile fails', () => {
    overlay(
      [{}],
      'makedumpfile() { case $* in *dump-dmesg*) return 1 ;; esac; echo half; echo broken >&2; return 1; }',
    );
    const said = capture(
      'printf \'dump_format=kdump dump_level=31 dump_compression=\n\' >>"$settings/config"',
    );
    expect(said).toContain(
      'makedumpfile failed after 5 bytes: broken ; copying the whole vmcore instead',
    );
    expect(kept('place1/vmcore')).toBe('the memory');
  });
});
