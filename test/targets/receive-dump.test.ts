/** The other side of an SSH target: a forced command, which takes dumps and nothing else. */
import { spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';

const program = 'pipeline/targets/ssh/receive-dump.sh';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'received-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const at = (...path: readonly string[]): string => join(folder, ...path);

type Answer = { readonly said: string; readonly complaint: string; readonly status: number | null };

/** By Debian's shell, as by the one of a small server. */
function ask(asked: string, input = '', shell: readonly string[] = ['dash']): Answer {
  const [name = '', ...args] = shell;
  const ran = spawnSync(name, [...args, program, folder], {
    input,
    encoding: 'utf8',
    env: { PATH: process.env.PATH, SSH_ORIGINAL_COMMAND: asked },
  });
  return { said: ran.stdout.trim(), complaint: ran.stderr.trim(), status: ran.status };
}

const dir = 'web1-2026-11-28-12:00:00';

describe('a dump', () => {
  test.each([['dash'], ['bash', '--posix'], ['busybox', 'sh']])(
    'is named as one only when the machine has told its size: %s %s',
    (...shell) => {
      const words = shell.filter((word) => word !== undefined);
      expect(ask(`open ${dir}`, '', words).said).toBe(`ready ${dir}`);
      expect(ask(`store ${dir} vmcore.flat`, 'the dump', words).said).toBe('8 stored');
      expect(readdirSync(at(dir))).toEqual(['vmcore.flat-incomplete']);
      expect(ask(`finish ${dir} vmcore.flat 8`, '', words).said).toBe('8 finished');
      expect(readFileSync(at(dir, 'vmcore.flat'), 'utf8')).toBe('the dump');
      expect(statSync(at(dir, 'vmcore.flat')).mode & 0o777).toBe(0o600);
      expect(statSync(at(dir)).mode & 0o777).toBe(0o700);
    },
  );

  test('that was cut keeps its name for unfinished ones', () => {
    ask(`open ${dir}`);
    ask(`store ${dir} vmcore.flat`, 'half');
    const answer = ask(`finish ${dir} vmcore.flat 8`);
    expect(answer).toMatchObject({ said: '', status: 1 });
    expect(answer.complaint).toBe(`receive-dump: ${dir}/vmcore.flat has 4 bytes, not 8`);
    expect(readdirSync(at(dir))).toEqual(['vmcore.flat-incomplete']);
  });

  test('begins anew in the same folder, and is never overwritten once it is finished', () => {
    ask(`open ${dir}`);
    ask(`store ${dir} vmcore`, 'a first try');
    expect(ask(`store ${dir} vmcore`, 'second').said).toBe('6 stored');
    ask(`finish ${dir} vmcore 6`);
    expect(ask(`store ${dir} vmcore`, 'third').status).toBe(1);
    expect(ask(`finish ${dir} vmcore 5`).status).toBe(1);
    expect(readFileSync(at(dir, 'vmcore'), 'utf8')).toBe('second');
  });

  test('of a machine whose clock starts anew gets a folder of its own', () => {
    ask(`open ${dir}`);
    // Nothing was stored there: the answer got lost.
    expect(ask(`open ${dir}`).said).toBe(`ready ${dir}`);
    ask(`store ${dir} dmesg`, 'log');
    expect(ask(`open ${dir}`).said).toBe(`ready ${dir}-2`);
    ask(`store ${dir}-2 dmesg`, 'log');
    expect(ask(`open ${dir}`).said).toBe(`ready ${dir}-3`);
  });

  test('that finds no room is told with the reason', () => {
    ask(`open ${dir}`);
    // A file that takes no byte, and stays.
    symlinkSync('/dev/full', at(dir, 'vmcore-incomplete'));
    const ran = spawnSync('dash', ['-c', `rm() { :; }; . ./${program}`, 'receive-dump', folder], {
      input: 'dump',
      encoding: 'utf8',
      env: { PATH: process.env.PATH, SSH_ORIGINAL_COMMAND: `store ${dir} vmcore` },
    });
    expect(ran).toMatchObject({ status: 1, stdout: '' });
    expect(ran.stderr).toContain('No space left on device');
  });
});

describe('nothing else is done', () => {
  beforeEach(() => {
    ask(`open ${dir}`);
  });

  test.each([
    '',
    'sh -i',
    'ls',
    'open',
    'open ../etc',
    'open /tmp/x',
    'open .ssh',
    'open -p',
    'open a/b',
    'open a b',
    `open ${'a'.repeat(201)}`,
    `store ${dir}`,
    `store ${dir} ../vmcore`,
    `store ${dir} .profile`,
    `store ${dir} vmcore-incomplete`,
    `store ${dir} $(touch${'\t'}x)`,
    `store ${dir} *`,
    `store ${dir} vmcore 1`,
    `finish ${dir} vmcore`,
    `finish ${dir} vmcore 1 2`,
    `store nowhere vmcore`,
    `rm ${dir}`,
    `open\n${dir}\nmore`,
  ])('when it is asked for %j', (asked) => {
    const answer = ask(asked, 'bytes');
    expect(answer).toMatchObject({ said: '', status: 1 });
    expect(answer.complaint).toMatch(/^receive-dump: /);
    expect(readdirSync(folder)).toEqual([dir]);
    expect(readdirSync(at(dir))).toEqual([]);
  });

  test('through a link that leads out', () => {
    mkdirSync(at('elsewhere'));
    symlinkSync(at('elsewhere'), at('link'));
    expect(ask('store link vmcore', 'bytes').status).toBe(1);
    expect(ask('open link').said).toBe('ready link-2');
    expect(readdirSync(at('elsewhere'))).toEqual([]);
  });

  test('without a folder for dumps', () => {
    const ran = spawnSync('dash', [program, at('none')], {
      encoding: 'utf8',
      env: { PATH: process.env.PATH, SSH_ORIGINAL_COMMAND: `open ${dir}` },
    });
    expect(ran.status).toBe(1);
    expect(ran.stderr).toContain("has no folder '");
    expect(existsSync(at('none'))).toBe(false);
  });

  test('and shellcheck has nothing to say of it', () => {
    const checked = spawnSync('shellcheck', [program], { encoding: 'utf8' });
    expect(checked.stdout + checked.stderr).toBe('');
  });
});
