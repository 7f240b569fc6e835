/**
 * Where the kernel may rewrite the ELF core header, purgatory does not check it. One that was damaged then
 * leads to the failure action, with a line that says why; never to an empty dump, or to one of nonsense
 * that bears the mark of a complete one.
 */
import { rmSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { makeDumpDevice } from '../../pipeline/guest/dump-device.ts';
import { type ArmedState, armedState } from '../support/armed-state.ts';
import { examples } from '../support/examples.ts';
import { freshWorkFolder } from '../support/work-folder.ts';

const phnum = 56n;
const firstEntry = 64n;
const entry = 56n;
/** One CPU, VMCOREINFO. */
const notes = 2n;

const damages = [
  ['its count, so that memory is left out', phnum, [2, 0], /it has no memory/],
  [
    'the size of memory',
    firstEntry + entry * notes + 47n,
    [0x40],
    /there is no \/proc\/vmcore|makes no sense/,
  ],
  ['the type of memory', firstEntry + entry * notes, [9], /neither notes nor memory/],
  ['its magic', 1n, [0x00], /there is no \/proc\/vmcore/],
  ['its count of entries', phnum, [0, 0], /there is no \/proc\/vmcore/],
] as const;

describe('damaged-elfcorehdr-is-noticed', () => {
  let armed: ArmedState;
  const folder = freshWorkFolder('damaged-header');

  beforeAll(async () => {
    armed = await armedState(folder, {
      name: 'damaged-header',
      kernel: '6.12',
      profile: { hotplug: 'kernel', onCorruption: ['message', 'reset'], failureAction: 'poweroff' },
    });
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  test.each(examples(damages, 3))('%s', async (_, at, bytes, why) => {
    const header = armed.image.regions.find(({ name }) => name === 'elfcorehdr');
    if (header === undefined) throw new Error('there is no ELF core header');
    makeDumpDevice(armed.disk, 768);
    const system = await armed.again('damaged-header-again');
    await system.guest.withMemory((memory) =>
      memory.write(header.start + at, Uint8Array.from(bytes)),
    );
    await system.panic();
    await system.guest.console.waitFor(why);
    await system.guest.console.waitFor(/no vmcore was saved/);
    expect((await system.guest.ended()).reason).toBe('guest-shutdown');
    expect(system.guest.console.text()).not.toMatch(/vmcore saved|corrupt region/);
  });
});
