/**
 * Freshness and never being disarmed: a bundle older than what was armed before is refused, whatever the
 * clock says; of several bundles the best one is armed; what is kept between runs is kept whole or not at all.
 */
import { spawn } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join, resolve } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import type { LoaderReport } from '../../pipeline/format/loader-report.ts';
import { loaderStatuses } from '../../pipeline/format/loader-status.ts';
import { memoryHost } from '../../pipeline/host/memory-host.ts';
import { inspectBundle } from '../../pipeline/seal/inspect.ts';
import type { Seal } from '../../pipeline/seal/seal-codec.ts';
import { words } from '../../pipeline/units/words.ts';
import { now } from '../fixtures/now.ts';
import { must } from '../fixtures/results.ts';
import { sampleSeal, signedBundle } from '../fixtures/x86-64-bundle.ts';
import { changed, sampleMachine } from '../fixtures/x86-64-machine.ts';
import { loaderDriver } from '../support/loader-host.ts';
import { ofThisTest } from '../support/of-this-test.ts';
import { heldLoad } from './held-load.ts';
import { bench, readReport, run } from './running.ts';

let here: Awaited<ReturnType<typeof bench>>;
let life: string;
let bundle: Uint8Array;
beforeAll(async () => {
  here = await bench('loader-life');
  life = loaderDriver('life');
  bundle = await signedBundle(here.keys);
}, 300_000);

const ownFloor = (text: string) => changed({ 'var/lib/crashseal/floor': text });

describe('the floor', () => {
  test.each([
    ['below', 'epoch 2\ntime 0\n', 'ok'],
    ['the same', 'epoch 3\ntime 0\n', 'ok'],
    ['above', 'epoch 4\ntime 0\n', 'old-epoch'],
  ])('that a load left: %s', (_, text, status) => {
    expect(here.report(bundle, ownFloor(text)).status).toBe(status);
  });

  test("is the higher one of the loader's own and the administrator's", () => {
    const both = (admin: number, own: number) =>
      here.report(
        bundle,
        changed({
          'etc/crashseal/epoch': `${admin}\n`,
          'var/lib/crashseal/floor': `epoch ${own}\ntime 0\n`,
        }),
      ).status;
    expect([both(4, 1), both(1, 4), both(3, 1), both(1, 3)]).toEqual([
      'old-epoch',
      'old-epoch',
      'ok',
      'ok',
    ]);
  });

  test.each([
    '',
    'epoch 3\n',
    'epoch 3\ntime \n',
    'epoch x\ntime 1\n',
    'epoch 3\ntime 1',
    'epoch 3\ntime 1\n\n',
    'time 1\nepoch 3\n',
    'epoch 99999999999999999999\ntime 1\n',
    'epoch 3\ntime 253402300800\n',
    'epoch 3\ntime -1\n',
    `epoch 3\ntime 1\n${' '.repeat(80)}`,
  ])('that is not one is a reason of its own: %j', (text) => {
    const report = here.report(bundle, ownFloor(text));
    expect(report).toMatchObject({ status: 'bad-floor', exitCode: 36, action: 'refused' });
    expect(report.path).toBe('/var/lib/crashseal/floor');
    expect(report.hint).toBeTruthy();
  });

  test('makes a clock that restarts at 1970 late enough, and one set back no younger', () => {
    const at = (time: number, ...clock: string[]) =>
      here.report(bundle, ownFloor(`epoch 0\ntime ${time}\n`), '--now', ...clock).status;
    expect(at(0, '5')).not.toBe('ok');
    expect(at(now, '5')).toBe('ok');
    expect(at(now + 100_001, `${now}`)).toBe('expired');
    expect(at(now - 2000, '5')).toBe('clock-wrong');
  });

  test('decides about the signature as well', () => {
    const files = ownFloor(`epoch 0\ntime ${now + 80 * 365 * 86_400}\n`);
    const report = here.report(bundle, files);
    expect(report.status).toBe('bad-chain');
    const root = here.machine(files);
    const checked = run(
      here.program,
      ...words`
        --check --trust ${here.trust} --root ${root} --now ${now}
        ${here.write('bundle', bundle)}
      `,
    );
    expect(checked.code).toBe(23);
  });

  test('is among the facts', () => {
    const archive = join(here.folder, 'facts.tar');
    const root = here.machine(ownFloor('epoch 1\ntime 2\n'));
    expect(run(here.program, '--facts', archive, '--root', root).code).toBe(0);
    expect(readFileSync(archive, 'latin1')).toContain('var/lib/crashseal/floor');
    const bad = here.machine(ownFloor('bad'));
    const words = ['--root', bad, '--trust', here.trust, '--now', `${now}`];
    const ran = run(here.program, '--facts', archive, ...words, here.write('bundle', bundle));
    expect(ran.code).toBe(0);
    expect(readFileSync(archive, 'latin1')).toContain('var/lib/crashseal/floor');
  });

  test('is written whole, with the folders it needs', () => {
    const root = here.machine({});
    expect(run(life, 'keep-floor', root, '7', '1234').stdout).toBe('0\n');
    expect(readFileSync(join(root, 'var/lib/crashseal/floor'), 'latin1')).toBe(
      'epoch 7\ntime 1234\n',
    );
    expect(run(life, 'floor', root).stdout).toBe('ok 0 7 1234\n');
  });

  test('stays what it was, with nothing beside it, when there is no room', () => {
    const root = here.machine(ownFloor('epoch 1\ntime 2\n'));
    // A limit that every write runs into, as it runs into the end of a disk.
    const full = 'trap "" XFSZ; ulimit -f 0; exec "$@"';
    const ran = run('bash', '-c', full, 'bash', life, 'keep-floor', root, '7', '8');
    expect(Number(ran.stdout)).toBeLessThan(0);
    expect(readdirSync(join(root, 'var/lib/crashseal'))).toEqual(['floor']);
    expect(run(life, 'floor', root).stdout).toBe('ok 0 1 2\n');
  });

  test('is not written through what lies in its way', () => {
    const root = here.machine({ 'etc/precious': 'precious' });
    mkdirSync(join(root, 'var/lib/crashseal'), { recursive: true });
    symlinkSync('../../../etc/precious', join(root, 'var/lib/crashseal/floor.new'));
    expect(run(life, 'keep-floor', root, '7', '8').stdout).toBe('0\n');
    expect(readFileSync(join(root, 'etc/precious'), 'latin1')).toBe('precious');
  });
});

describe('the last good bundle', () => {
  const kept = (root: string): string => join(root, 'var/lib/crashseal/last-good');

  const keep = (root: string, path: string) => run(life, 'keep-bundle', root, path).stdout;

  test('is a copy, whole and for root alone, and left alone where it is that bundle already', () => {
    const root = here.machine({});
    const path = here.write('first', 'first bundle'.repeat(10_000));
    expect(keep(root, path)).toBe('0\n');
    expect(readFileSync(kept(root), 'latin1')).toBe('first bundle'.repeat(10_000));
    const { ino, mode } = statSync(kept(root));
    expect(mode & 0o777).toBe(0o600);
    expect(keep(root, path)).toBe('0\n');
    expect(statSync(kept(root)).ino).toBe(ino);
    expect(readdirSync(join(root, 'var/lib/crashseal'))).toEqual(['last-good']);
  });

  test('stays what it is when another is written into the same file, and follows when that is armed', () => {
    const root = here.machine({});
    const path = here.write('bundle', 'first bundle');
    expect(keep(root, path)).toBe('0\n');
    writeFileSync(path, 'other');
    expect(readFileSync(kept(root), 'latin1')).toBe('first bundle');
    expect(keep(root, path)).toBe('0\n');
    expect(readFileSync(kept(root), 'latin1')).toBe('other');
  });

  test('is kept anew where it is cut', () => {
    const root = here.machine({});
    const path = here.write('bundle', 'first bundle');
    expect(keep(root, path)).toBe('0\n');
    writeFileSync(kept(root), 'first');
    expect(keep(root, path)).toBe('0\n');
    expect(readFileSync(kept(root), 'latin1')).toBe('first bundle');
  });

  test('is repaired where a byte of it was damaged', () => {
    const root = here.machine({});
    // Three bytes more than whole words.
    const bytes = `${'first bundle'.repeat(20_000)}end`;
    const path = here.write('bundle', bytes);
    expect(keep(root, path)).toBe('0\n');
    for (const at of [0, 100_000, bytes.length - 1]) {
      writeFileSync(kept(root), `${bytes.slice(0, at)}X${bytes.slice(at + 1)}`);
      expect(keep(root, path)).toBe('0\n');
      expect(readFileSync(kept(root), 'latin1')).toBe(bytes);
    }
  });

  test('is a file of its own, also where a link to the same bytes lies in its place', () => {
    const root = here.machine({});
    const path = here.write('bundle', 'first bundle');
    mkdirSync(join(root, 'var/lib/crashseal'), { recursive: true });
    symlinkSync(resolve(path), kept(root));
    expect(keep(root, path)).toBe('0\n');
    writeFileSync(path, 'other');
    expect(readFileSync(kept(root), 'latin1')).toBe('first bundle');
  });

  test('comes before the floor, which does not rise above it when the disk is full', () => {
    const root = here.machine(ownFloor('epoch 1\ntime 0\n'));
    const path = here.write('bundle', 'x'.repeat(200_000));
    const floor = () => run(life, 'floor', root).stdout;
    const full = 'trap "" XFSZ; ulimit -f 100; exec "$@"';
    const ran = run('bash', '-c', full, 'bash', life, 'keep-both', root, path, '7');
    const [ofBundle, ofFloor] = ran.stdout.trim().split(' ').map(Number);
    expect(ofBundle).toBeLessThan(0);
    expect(ofFloor).toBeLessThan(0);
    expect(floor()).toBe('ok 0 1 0\n');
    // A floor that stays where it is, is none that could not be kept.
    expect(run('bash', '-c', full, 'bash', life, 'keep-both', root, path, '1').stdout).toMatch(
      /^-\d+ 0\n$/,
    );
    expect(run(life, 'keep-both', root, path, '7').stdout).toBe('0 0\n');
    expect(floor()).toBe('ok 0 7 0\n');
  });

  test.each([
    ['grew', 'printf x >>"$FILE"'],
    ['became the one that is kept already', 'printf "first bundle" >"$FILE"'],
  ])('is none that %s since it was read', (_, command) => {
    const root = here.machine({});
    const path = here.write('bundle', 'first bundle');
    expect(keep(root, path)).toBe('0\n');
    writeFileSync(path, 'other bundle');
    const ran = run(life, 'keep-changed', root, path, command.replaceAll('$FILE', path));
    expect(Number(ran.stdout)).toBeLessThan(0);
    expect(readFileSync(kept(root), 'latin1')).toBe('first bundle');
    expect(readdirSync(join(root, 'var/lib/crashseal'))).toEqual(['last-good']);
  });

  test('stays where there is no room for the next', () => {
    const root = here.machine({});
    const path = here.write('bundle', 'x'.repeat(200_000));
    expect(keep(root, path)).toBe('0\n');
    writeFileSync(path, 'y'.repeat(200_000));
    const full = 'trap "" XFSZ; ulimit -f 100; exec "$@"';
    const ran = run('bash', '-c', full, 'bash', life, 'keep-bundle', root, path);
    expect(Number(ran.stdout)).toBeLessThan(0);
    expect(readFileSync(kept(root), 'latin1')[0]).toBe('x');
    expect(readdirSync(join(root, 'var/lib/crashseal'))).toEqual(['last-good']);
  });
});

describe('the record', () => {
  test('that cannot be written leaves no older one', () => {
    const root = here.machine({});
    expect(run(life, 'record', root, '{"old":1}', 'old').stdout).toBe('0\n');
    expect(readdirSync(join(root, 'run/crashseal')).sort()).toEqual(['armed', 'armed.json']);
    const full = 'trap "" XFSZ; ulimit -f 0; exec "$@"';
    const ran = run('bash', '-c', full, 'bash', life, 'record', root, '{"new":1}', 'new');
    expect(Number(ran.stdout)).toBeLessThan(0);
    expect(readdirSync(join(root, 'run/crashseal'))).toEqual([]);
  });
});

describe('the lock', () => {
  test('makes the second loader wait for the first, and falls when the first one ends', async () => {
    const root = here.machine({});
    const hold = () => {
      const child = ofThisTest(
        spawn(life, ['lock', root, '60000'], { stdio: ['pipe', 'pipe', 'inherit'] }),
      );
      const locked = new Promise<void>((resolve) => child.stdout.once('data', () => resolve()));
      const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
      return { child, locked, ended };
    };
    const first = hold();
    await first.locked;
    const second = hold();
    const waiting = new Promise<string>((resolve) => setTimeout(() => resolve('waits'), 300));
    expect(await Promise.race([second.locked.then(() => 'locked'), waiting])).toBe('waits');
    first.child.kill('SIGKILL');
    await second.locked;
    second.child.stdin.end();
    await second.ended;
  });

  test('is waited for only so long: one that hangs with it does not hang the next', async () => {
    const root = here.machine({});
    const holder = ofThisTest(
      spawn(life, ['lock', root, '0'], { stdio: ['pipe', 'pipe', 'inherit'] }),
    );
    await new Promise<void>((done) => holder.stdout.once('data', () => done()));
    holder.kill('SIGSTOP');
    const before = Date.now();
    const { stdout } = run('timeout', '20', life, 'lock', root, '1000');
    expect(stdout).toMatch(/^failed\nlock-held\n/);
    expect(Date.now() - before).toBeGreaterThanOrEqual(1000);
  });
});

describe('a bundle that is read in two parts', () => {
  const sum = (bytes: Uint8Array): number => bytes.reduce((total, byte) => total + byte, 0);
  const old = new Uint8Array(100_000).fill(1);
  const other = new Uint8Array(100_000).fill(2);

  test.each([
    ['nothing happens', 'true', `ok 100000 ${sum(old)}`],
    ['another file takes its name', 'mv "$DIR/other" "$DIR/file"', 'no-file'],
    ['it is taken away', 'rm "$DIR/file"', 'no-file'],
    ['its head is changed', 'printf x | dd of="$DIR/file" conv=notrunc 2>/dev/null', 'no-file'],
    [
      'its rest is changed',
      'printf x | dd of="$DIR/file" conv=notrunc bs=1 seek=90000 2>/dev/null',
      'no-file',
    ],
    ['it grows', 'echo >>"$DIR/file"', 'no-file'],
    ['it shrinks', 'truncate -s 50000 "$DIR/file"', 'no-file'],
    ['it is emptied', ': >"$DIR/file"', 'no-file'],
    ['it is written anew in place', 'cat "$DIR/other" >"$DIR/file"', 'no-file'],
  ])('is what was opened, or refused: %s in between', (_, command, expected) => {
    const file = here.write('file', old);
    here.write('other', other);
    const inFolder = command.replaceAll('$DIR', here.folder);
    const { stdout } = run(life, 'read', file, '4096', inFolder);
    expect(stdout.split('\n')[0]).toBe(expected);
  });
});

describe('a bundle that changes while it is loaded', () => {
  /** Is held once seal and identity are right, before anything else of the bundle is read. */
  const whileLoading = async (meanwhile: (path: string) => void) => {
    const match = [{ kind: 'present', path: 'sys/held', value: '' }] as const;
    const path = here.write('changing', await signedBundle(here.keys, { ...sampleSeal, match }));
    const root = here.machine(changed({ 'sys/held': '' }));
    const args = words`--json --trust ${here.trust} --root ${root} --now ${now}`;
    const ran = await heldLoad([...args, path], () => meanwhile(path));
    expect(ran.stderr).not.toContain('Sanitizer');
    const report = readReport(ran.stdout);
    expect(report.exitCode).toBe(ran.code);
    return report;
  };
  const flip = (from: number) => (path: string) => {
    const bytes = readFileSync(path);
    const at = from < 0 ? bytes.length + from : from;
    bytes.writeUInt8(bytes.readUInt8(at) ^ 1, at);
    writeFileSync(path, bytes);
  };

  test('is loaded where it only could have', async () => {
    expect(await whileLoading(() => {})).toMatchObject({ status: 'ok', action: 'would arm' });
  });

  test.each([
    ['its seal', flip(600)],
    ['its end', flip(-2000)],
    ['its size', (path: string) => truncateSync(path, 4096)],
    [
      'its name, which another has then',
      (path: string) => {
        writeFileSync(`${path}.other`, bundle);
        renameSync(`${path}.other`, path);
      },
    ],
  ])('is refused, and nothing is told of what was read: %s', async (_, meanwhile) => {
    const report = await whileLoading(meanwhile);
    expect(report).toMatchObject({ status: 'no-file', action: 'refused' });
    expect(report.bundle).toBeUndefined();
    expect(report.signers).toBeUndefined();
  });
});

describe('what is armed', () => {
  test.each([
    ['as its marker does', '00112233445566778899aabbccddeeff'],
    ['where it writes no marker', undefined],
  ])('is named by the digest of its seal, as build names it, and %s', async (_, markerName) => {
    const seal = { ...sampleSeal, markerName };
    const bundle = Uint8Array.from(await signedBundle(here.keys, seal));
    const report = here.report(bundle);
    const seen = must(await inspectBundle(memoryHost({ '/b': bundle }, { now }), '/b'));
    expect(report.sealDigest).toBe(seen.sealDigest);
    expect(report.bundle?.markerName).toBe(markerName ?? null);
    expect(seen.seal.markerName).toBe(markerName);
  });
});

describe('of several bundles', () => {
  const bundles: Record<string, Uint8Array> = {};
  beforeAll(async () => {
    const of = (profile: string, change: Partial<Seal>) =>
      signedBundle(here.keys, { ...sampleSeal, profile, ...change });
    bundles.old = await of('old', { epoch: 2n });
    bundles.new = await of('new', { epoch: 5n });
    bundles.twin = await of('twin', { epoch: 5n });
    bundles.foreign = await of('foreign', {
      epoch: 9n,
      match: [{ kind: 'present', path: 'nowhere', value: '' }],
    });
    bundles.large = await of('large', { epoch: 8n, crashSize: 0x4000_0000n });
    const damaged = Uint8Array.from(bundles.new);
    damaged[600] = (damaged[600] ?? 0) ^ 1;
    bundles.damaged = damaged;
  });

  const several = (names: readonly string[], ...args: readonly string[]) => {
    const paths = names.map((name) => here.write(name, bundles[name] ?? new Uint8Array()));
    const ran = run(
      here.program,
      ...words`
        --json --trust ${here.trust} --root ${here.machine()} --now ${now}
      `,
      ...args,
      ...paths,
    );
    const report = readReport(ran.stdout);
    expect(report.exitCode).toBe(ran.code);
    return { report, stderr: ran.stderr, profile: report.bundle?.profile };
  };
  const refusedOf = (report: LoaderReport) =>
    report.refused?.map(({ bundle: path, status }) => [path.replace(/.*\//, ''), status]);

  const fallback = (name: string) => [
    '--fallback',
    here.write(`fallback-${name}`, bundles[name] ?? new Uint8Array()),
  ];

  test.each([
    ['missing', 'gone', 'no-file', 'file-missing'],
    ['refused', 'damaged', 'bad-signature', undefined],
  ])(
    'the fallback is armed where the one that is meant is %s, and the exit code says so',
    (_, name, status, detail) => {
      if (name === 'gone') rmSync(join(here.folder, name), { force: true });
      const meant = join(here.folder, name);
      const words = name === 'gone' ? [...fallback('old'), meant] : fallback('old');
      const { report, stderr, profile } = several(name === 'gone' ? [] : [name], ...words);
      expect(profile).toBe('old');
      expect(report).toMatchObject({
        status: 'fallback-armed',
        exitCode: loaderStatuses.fallbackArmed.code,
        action: 'would arm',
        path: meant,
        guarantees: { memberDigests: true },
      });
      expect(report.detail).toBe(detail);
      expect(report.file).toMatch(/\/fallback-old$/);
      expect(refusedOf(report)).toEqual([[name, status]]);
      expect(stderr).toContain(`refused: ${meant}: `);
    },
  );

  test('the fallback is not looked at where another can be armed, whatever its epoch', () => {
    const { report, profile } = several(['old'], ...fallback('new'));
    expect(profile).toBe('old');
    expect(report.status).toBe('ok');
    expect(report.refused).toBeUndefined();
    expect(several(['damaged', 'old'], ...fallback('new')).profile).toBe('old');
  });

  test('where the fallback is refused too, the reason is that of the one that was tried first', () => {
    const { report } = several(['damaged', 'large'], ...fallback('foreign'));
    expect(report.status).toBe('crash-region-small');
    expect(refusedOf(report)).toEqual([
      ['damaged', 'bad-signature'],
      ['fallback-foreign', 'wrong-machine'],
    ]);
  });

  test('the one of the highest epoch is armed', () => {
    expect(several(['old', 'new']).profile).toBe('new');
    expect(several(['new', 'old']).profile).toBe('new');
  });

  test('the first one given is armed where epochs are equal', () => {
    expect(several(['twin', 'new', 'old']).profile).toBe('twin');
    expect(several(['old', 'new', 'twin']).profile).toBe('new');
  });

  test('one that is refused makes way for the next, and its reason is told', () => {
    const { report, stderr, profile } = several(['damaged', 'old', 'foreign', 'large', 'new']);
    expect(profile).toBe('new');
    expect(report).toMatchObject({ status: 'ok', action: 'would arm' });
    expect(report.file).toMatch(/\/new$/);
    expect(refusedOf(report)).toEqual([
      ['damaged', 'bad-signature'],
      ['foreign', 'wrong-machine'],
      ['large', 'crash-region-small'],
    ]);
    const lines = stderr.split('\n').filter((line) => line.startsWith('refused: '));
    expect(lines).toHaveLength(3);
    expect(lines[1]).toMatch(/^refused: .*\/foreign: ./);
    expect(report.refused?.[1]).toMatchObject({
      detail: 'rule-absent',
      index: 0,
      path: '/nowhere',
    });
  });

  test('none of which is acceptable, the result is the reason of the best', () => {
    const { report, profile } = several(['damaged', 'foreign', 'large', 'nowhere']);
    expect(report).toMatchObject({ status: 'crash-region-small', action: 'refused' });
    expect(profile).toBeUndefined();
    expect(refusedOf(report)).toEqual([
      ['damaged', 'bad-signature'],
      ['foreign', 'wrong-machine'],
      ['nowhere', 'no-file'],
    ]);
    expect(several(['foreign', 'damaged']).report.status).toBe('wrong-machine');
  });

  test('a folder stands for the bundles in it, by name', () => {
    const folder = join(here.folder, 'bundles');
    const fill = (names: Readonly<Record<string, string>>) => {
      rmSync(folder, { recursive: true, force: true });
      mkdirSync(folder);
      for (const [file, name] of Object.entries(names))
        writeFileSync(join(folder, file), bundles[name] ?? '');
      const ran = run(
        here.program,
        ...words`
          --json --trust ${here.trust} --root ${here.machine()} --now ${now} ${folder}
        `,
      );
      return ran.stdout === '' ? ran.code : readReport(ran.stdout);
    };
    expect(
      fill({
        'c.crashseal': 'new',
        'b.crashseal': 'twin',
        'a.crashseal': 'old',
        'z.crashseal': 'foreign',
        'a.crashseal.new': 'damaged',
        '.crashseal': 'damaged',
      }),
    ).toMatchObject({
      bundle: { profile: 'twin' },
      refused: [{ bundle: `${folder}/z.crashseal`, status: 'wrong-machine' }],
    });
    expect(fill({ 'one.crashseal': 'old' })).toMatchObject({ bundle: { profile: 'old' } });
    expect(fill({ readme: 'new' })).toMatchObject({ status: 'no-file', exitCode: 20 });
  });

  const fillFolder = (name: string, files: Readonly<Record<string, Uint8Array | string>>) => {
    const folder = join(here.folder, 'folders', name);
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder, { recursive: true });
    for (const [file, bytes] of Object.entries(files)) writeFileSync(join(folder, file), bytes);
    return folder;
  };
  const junk = (count: number): Record<string, string> =>
    Object.fromEntries(
      Array.from({ length: count }, (_, i) => [
        `${`${i}`.padStart(4, '0')}.crashseal`,
        `junk ${i}`,
      ]),
    );
  const paths = (...args: readonly string[]) => {
    const ran = run(
      here.program,
      ...words`--json --trust ${here.trust} --root ${here.machine()} --now ${now}`,
      ...args,
    );
    const report = readReport(ran.stdout);
    expect(report.exitCode).toBe(ran.code);
    return { report, stderr: ran.stderr, profile: report.bundle?.profile };
  };

  test.each([64, 300])('the good one in a folder with %d junk files is armed', (count) => {
    const folder = fillFolder('junk', { ...junk(count), 'z.crashseal': bundles.new ?? '' });
    const { report, stderr, profile } = paths(folder);
    expect(report).toMatchObject({ status: 'ok', file: `${folder}/z.crashseal` });
    expect(profile).toBe('new');
    expect((report.refused?.length ?? 0) + (report.leftOut ?? 0)).toBe(count);
    // People are told how many are not listed.
    if (count > 64) expect(stderr).toMatch(new RegExp(`^.*\\b${count - 63}\\b.*$`, 'm'));
  });

  test('one that is named is tried, whatever is in the folders beside it', () => {
    const full = fillFolder('junk', junk(200));
    const good = here.write('good', bundles.old ?? '');
    for (const order of [
      [full, good],
      [good, full],
      [full, full, good],
    ])
      expect(paths(...order).report).toMatchObject({ status: 'ok', file: good });
    const older = fillFolder(
      'older',
      Object.fromEntries(
        Array.from({ length: 70 }, (_, i) => [`${i}.crashseal`, bundles.old ?? '']),
      ),
    );
    const best = here.write('best', bundles.new ?? '');
    expect(paths(older, best).report).toMatchObject({ status: 'ok', file: best });
  });

  test.each([
    ['an empty folder', () => fillFolder('empty', {}), 'folder-without'],
    ['a folder of other files', () => fillFolder('other', { readme: '' }), 'folder-without'],
    ['nothing', () => join(here.folder, 'nothing-there'), 'file-missing'],
    ['a name that is too long', () => `${here.folder}/${'x'.repeat(5000)}`, 'path-long'],
    [
      'a link to itself',
      () => {
        const folder = fillFolder('loop', {});
        symlinkSync('loop', join(folder, 'loop'));
        return join(folder, 'loop');
      },
      'file-unreadable',
    ],
  ] as const)('%s is a refusal of its own, and the next is armed', (_, make, detail) => {
    const good = here.write('good', bundles.old ?? '');
    const wrong = make();
    for (const order of [
      [wrong, good],
      [good, wrong],
    ]) {
      const { report } = paths(...order);
      expect(report).toMatchObject({ status: 'ok', file: good });
      expect(report.refused).toHaveLength(1);
      expect(report.refused?.[0]?.status).toBe('no-file');
      expect(report.refused?.[0]?.detail).toBe(detail);
    }
    expect(paths(wrong).report).toMatchObject({ status: 'no-file', action: 'refused' });
  });

  test.skipIf(process.getuid?.() !== 0)(
    'a folder or file that cannot be read is one as well',
    () => {
      const good = here.write('good', bundles.old ?? '');
      const closed = fillFolder('closed', { 'a.crashseal': bundles.new ?? '' });
      const trust = here.write('root.pem', readFileSync(here.trust));
      const root = here.machine();
      chmodSync(closed, 0);
      // Root reads everything; this one is nobody.
      const ran = run(
        'setpriv',
        ...words`--reuid=65534 --clear-groups ${resolve(here.program)} --json --trust ${resolve(trust)}`,
        ...words`--root ${resolve(root)} --now ${now} ${resolve(closed)} ${resolve(good)}`,
      );
      chmodSync(closed, 0o755);
      expect(readReport(ran.stdout)).toMatchObject({
        status: 'ok',
        file: resolve(good),
        refused: [{ bundle: resolve(closed), status: 'no-file', detail: 'file-unreadable' }],
      });
    },
  );

  test('every one of more than a hundred that are named is tried', () => {
    const bad = Array.from({ length: 130 }, (_, i) => here.write(`bad-${i}`, `junk ${i}`));
    const good = here.write('good', bundles.old ?? '');
    const { report } = paths(...bad, good);
    expect(report).toMatchObject({ status: 'ok', file: good, leftOut: 131 - 64 });
  });

  test('a sparse tail of 4 GiB is not read, and the good one after it is armed', () => {
    const peak = loaderDriver('peak');
    const tail = here.write('tail', bundles.new ?? '');
    truncateSync(tail, 4 * 2 ** 30);
    const good = here.write('good', bundles.old ?? '');
    const ran = run(
      peak,
      ...words`--json --trust ${here.trust} --root ${here.machine()} --now ${now} ${tail} ${good}`,
    );
    rmSync(tail);
    const [report = '', kib = ''] = ran.stdout.split('\n');
    expect(readReport(report)).toMatchObject({
      status: 'ok',
      file: good,
      refused: [{ bundle: tail, status: 'bad-envelope', detail: 'archive-more' }],
    });
    // Of which the sanitizers take most.
    expect(Number(kib)).toBeLessThan(1 << 20);
  });
});

describe('what others put in its way', () => {
  test('a pipe below another root does not hold it up', () => {
    const root = here.machine(changed({ 'proc/sys/kernel/osrelease': undefined }));
    run('mkfifo', join(root, 'proc/sys/kernel/osrelease'));
    const path = here.write('bundle', bundle);
    const common = ['--trust', here.trust, '--root', root, '--now', `${now}`, path];
    expect(run('timeout', '20', here.program, ...common).code).toBe(0);
    rmSync(join(root, 'sys/class/dmi/id/sys_vendor'));
    run('mkfifo', join(root, 'sys/class/dmi/id/sys_vendor'));
    expect(run('timeout', '20', here.program, ...common).code).toBe(31);
  });

  test('a link in the folder of --emit is not followed, and a failure has a hint', () => {
    const folder = join(here.folder, 'emitted');
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder);
    const precious = here.write('precious', 'precious');
    symlinkSync(precious, join(folder, 'layout.json.new'));
    for (const name of ['kernel@0x2c200000.new', 'purgatory@0x2c1f8000.new'])
      symlinkSync(precious, join(folder, name));
    expect(here.report(bundle, sampleMachine, '--emit', folder).status).toBe('ok');
    expect(readFileSync(precious, 'latin1')).toBe('precious');
    expect(existsSync(join(folder, 'layout.json.new'))).toBe(false);
    const report = here.report(bundle, sampleMachine, '--emit', precious);
    expect(report).toMatchObject({ status: 'failed', action: 'refused' });
    expect(report.hint).toBeTruthy();
  });
});

describe('the running kernel', () => {
  const notes = (id: string, name = 'GNU\0', type = 3): Uint8Array => {
    const other = Buffer.from('0600000004000000000100004c696e757800000001020304', 'hex');
    const head = Buffer.alloc(12);
    head.writeUInt32LE(4, 0);
    head.writeUInt32LE(id.length / 2, 4);
    head.writeUInt32LE(type, 8);
    return Buffer.concat([other, head, Buffer.from(name, 'latin1'), Buffer.from(id, 'hex')]);
  };
  const id = '5b0e2c1f7a7f4d0c8a1d5b0e2c1f7a7f4d0c8a1d';
  const asks = (match: Seal['match'], files: Record<string, Uint8Array | string | undefined>) =>
    signedBundle(here.keys, { ...sampleSeal, match }).then((sealed) =>
      here.report(sealed, changed(files)),
    );
  const buildId = [{ kind: 'buildId', path: 'sys/kernel/notes', value: id }] as const;

  test.each([
    ['is this one', notes(id), 'ok'],
    ['is another', notes(id.replace('5', '6')), 'wrong-kernel'],
    ['is a part of it', notes(id.slice(0, 20)), 'wrong-kernel'],
    ['is of another name', notes(id, 'XEN\0'), 'wrong-kernel'],
    ['is of another type', notes(id, 'GNU\0', 1), 'wrong-kernel'],
    ['is cut off', notes(id).subarray(0, -1), 'wrong-kernel'],
    ['has no notes', new Uint8Array(0), 'wrong-kernel'],
    ['has notes without an end', new Uint8Array(100).fill(0xff), 'wrong-kernel'],
    ['tells nothing', undefined, 'wrong-kernel'],
  ])('is known by its build id: %s', async (_, bytes, status) => {
    const report = await asks(buildId, { 'sys/kernel/notes': bytes });
    expect(report.status).toBe(status);
    if (status !== 'ok') expect(report.exitCode).toBe(35);
  });

  test.each([
    ['equals', '6.12.0-sample', 'ok'],
    ['equals', '6.12.0', 'wrong-kernel'],
    ['prefix', '6.12.', 'ok'],
    ['prefix', '6.1.', 'wrong-kernel'],
  ] as const)('is known by its release: %s %s', async (kind, value, status) => {
    const rule = { kind, path: 'proc/sys/kernel/osrelease', value };
    expect((await asks([rule], {})).status).toBe(status);
  });
});

describe('a kernel that is too old for its dump to be whole', () => {
  const on = (release: string, bytes: Uint8Array = bundle) =>
    here.report(bytes, changed({ 'proc/sys/kernel/osrelease': `${release}\n` }));

  test.each([
    ['4.9.0-19-amd64', 'kernel-without-physical'],
    ['4.10.17', 'kernel-without-physical'],
    ['4.11.0', 'kernel-uses-first-megabyte'],
    ['4.19.0-27-amd64', 'kernel-uses-first-megabyte'],
    ['5.4.0-200-generic', 'kernel-uses-first-megabyte'],
  ])('is refused, and the reason is said: %s', (release, detail) => {
    const report = on(release);
    expect(report).toMatchObject({
      status: 'wrong-kernel',
      detail,
      path: '/proc/sys/kernel/osrelease',
    });
    expect(report.error).toContain(release);
  });

  test.each(['5.5.0', '5.10.0-32-amd64', '6.1.0', '10.0', 'unlike any'])(
    'is none of %s',
    (release) => {
      expect(on(release).status).toBe('ok');
    },
  );

  test('is taken with kexec_file_load, since that makes the header itself', async () => {
    const file = await signedBundle(here.keys, { ...sampleSeal, backend: 'file' });
    expect(on('4.19.0-27-amd64', file)).toMatchObject({ status: 'ok', backend: 'file' });
  });
});

test('a bundle for testing says so wherever it is spoken of', async () => {
  const sealed = await signedBundle(here.keys, { ...sampleSeal, flags: ['testing'] });
  expect(here.report(sealed)).toMatchObject({ status: 'ok', bundle: { testing: true } });
  expect(here.report(bundle)).toMatchObject({ bundle: { testing: false } });
  const told = (bytes: Uint8Array) => {
    const path = here.write('told', bytes);
    const common = words`--trust ${here.trust} --root ${here.machine()} --now ${now} ${path}`;
    const { stdout, stderr } = run(here.program, ...common);
    return { stdout, warnings: stderr.match(/^warning: .+$/gm) ?? [] };
  };
  const usual = told(bundle);
  const testing = told(sealed);
  expect(testing.stdout).not.toBe(usual.stdout);
  expect(testing.warnings).toHaveLength(usual.warnings.length + 1);
});
