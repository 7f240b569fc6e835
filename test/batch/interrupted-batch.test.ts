/**
 * Ctrl-C while many profiles are built: the program in a process of its own. Every bundle is then the old one or the
 * new one, there is no index that tells something else, and the next build goes on.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdirSync, readdirSync, readFileSync, statSync, watch } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { bundleTool } from '../support/bundled-tool.ts';
import { ofThisTest } from '../support/of-this-test.ts';
import { digestsIn, type Fleet, makeFleet } from './fleet.ts';

const count = 8;
let fleet: Fleet;
let program = '';
let before: Readonly<Record<string, string>> = {};
let wanted: Readonly<Record<string, string>> = {};
const at = (...path: readonly string[]): string => join(fleet.folder, ...path);
const out = (): string => at('out');

/** What a build has left in its folder, without what it keeps to be quicker. */
const leftBefore = (): readonly string[] => [...Object.keys(before), 'store/built.json'];
/** With its time: by that a build knows what it has left there. */
const copyAsIs = (from: string, to: string): void => cpSync(from, to, { preserveTimestamps: true });

const start = (): ChildProcess =>
  spawn(
    process.execPath,
    [
      program,
      ...['build', '--unsigned', '--jobs', '2', '--out', out(), '--lock', at('lock')],
      at('profiles'),
    ],
    { env: { ...process.env, TMPDIR: at('tmp') }, stdio: ['ignore', 'ignore', 'pipe'] },
  );

async function build(): Promise<void> {
  const child = start();
  let said = '';
  child.stderr?.on('data', (piece: Buffer) => {
    said += piece.toString();
  });
  expect(await once(child, 'close'), said).toEqual([0, null]);
}

const pathsBelow = (folder: string): readonly string[] =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' });

beforeAll(async () => {
  fleet = await makeFleet(0);
  for (const name of ['tmp', 'profiles', 'tool']) mkdirSync(at(name));
  program = bundleTool(at('tool'));
  for (const name of ['a.cpio', 'b.cpio']) cpSync(at(name), at('profiles', name));
  const write = (epoch: number): void => {
    for (let each = 0; each < count; each++)
      fleet.write(
        `profiles/web-${each}`,
        fleet.profileText(`web-${each}`, `crashkernel: 256M\nepoch: ${epoch}`),
      );
  };
  write(1);
  await build();
  before = digestsIn(out());
  mkdirSync(at('old', 'store'), { recursive: true });
  for (const name of leftBefore()) copyAsIs(join(out(), name), at('old', name));
  write(2);
  await build();
  wanted = digestsIn(out());
}, 300_000);
afterAll(() => fleet.remove());

/** When the signal comes, by what is seen to happen in the folder of the bundles. */
const moments: Readonly<Record<string, (name: string, seen: ReadonlySet<string>) => boolean>> = {
  'as the index is taken away': (name) => name === 'index.json',
  'while the first bundle is written': (name) => name.startsWith('.web'),
  'as the first bundle gets its name': (name) => name.startsWith('web'),
  'when half of them are new': (_, seen) =>
    [...seen].filter((name) => name.startsWith('web')).length >= count / 2,
  'while the index is written': (name) => name.startsWith('.index.json'),
};

/** How the build ended. */
async function interrupt(moment: string): Promise<readonly unknown[]> {
  for (const name of leftBefore()) copyAsIs(at('old', name), join(out(), name));
  const child = ofThisTest(start());
  const ended = once(child, 'close');
  const seen = new Set<string>();
  const watcher = watch(out(), (_, name) => {
    seen.add(name ?? '');
    if (moments[moment]?.(name ?? '', seen)) child.kill('SIGINT');
  });
  const how = await ended;
  watcher.close();
  return how;
}

test.each(Object.keys(moments))(
  'Ctrl-C %s',
  async (moment) => {
    const lock = readFileSync(at('lock'));
    const beside = readdirSync(fleet.folder).sort();
    let ended: readonly unknown[] = [];
    // Where this machine is busy, the build may be over before we see the moment.
    for (let tries = 0; tries < 10 && ended[1] !== 'SIGINT'; tries++)
      ended = await interrupt(moment);
    // A shell says 130.
    expect(ended).toEqual([null, 'SIGINT']);

    const left = digestsIn(out());
    for (const [name, digest] of Object.entries(left))
      expect([before[name], wanted[name]], name).toContain(digest);
    const { 'index.json': index, ...bundles } = left;
    expect(Object.keys(bundles)).toHaveLength(count);
    // One that is there is right.
    if (index !== undefined) expect([before, wanted]).toContainEqual(left);
    expect(pathsBelow(out()).filter((path) => /(^|\/)(\.|crashseal-)/.test(path))).toEqual([]);
    expect(readdirSync(at('tmp'))).toEqual([]);
    expect(readdirSync(fleet.folder).sort()).toEqual(beside);
    expect(readFileSync(at('lock')).equals(lock)).toBe(true);

    const times = (): readonly (readonly [string, number])[] =>
      Object.entries(bundles)
        .filter(([name, digest]) => digest === wanted[name])
        .map(([name]) => [name, statSync(join(out(), name)).mtimeMs]);
    const done = times();
    await build();
    expect(digestsIn(out())).toEqual(wanted);
    expect(times()).toEqual(done);
  },
  120_000,
);
