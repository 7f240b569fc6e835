/**
 * One flipped bit in any part that is loaded keeps the capture kernel from starting on i386 as well. One boot: every
 * panic begins from the same kept state.
 */
import { rmSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { purgatoryHead } from '../../../pipeline/format/purgatory-layout.ts';
import { flipBit } from '../../../pipeline/guest/loaded-image.ts';
import type { SystemGuest } from '../../../pipeline/guest/system-guest.ts';
import { type ArmedState, armedState } from '../../support/armed-state.ts';
import { freshWorkFolder } from '../../support/work-folder.ts';

let armed: ArmedState;
const folder = freshWorkFolder('i386-corrupted');

beforeAll(async () => {
  armed = await armedState(folder, {
    name: 'i386-corrupted',
    arch: 'i386',
    kernel: '6.1',
    cpus: 2,
    memory: 512,
    profile: { onCorruption: ['message', 'halt'] },
  });
});
afterAll(() => rmSync(folder, { recursive: true }));

const noCaptureKernel = (system: SystemGuest): boolean =>
  system.guest.console.find(/Linux version/) === undefined;

const sleep = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));

/** The line is printed just before the CPU stops; the other one has stopped when the kernel panicked. */
async function halted(system: SystemGuest): Promise<void> {
  const registers = () =>
    system.guest.qmp.execute('human-monitor-command', { 'command-line': 'info registers -a' });
  while ((String(await registers()).match(/HLT=1/g)?.length ?? 0) < 2) await sleep(50);
}

test('every segment is checked: a message that names it, and a halt', async () => {
  const names = armed.image.regions.map(({ name }) => name);
  for (const part of ['kernel', 'initramfs.base', 'initramfs.overlay', 'boot_params', 'elfcorehdr'])
    expect(names).toContain(part);
  for (const [index, region] of armed.image.regions.entries()) {
    const system = await armed.again(`i386-corrupted-${region.name}`);
    const offset = index % 2 === 0 ? region.size - 1 : Math.floor(region.size / 2);
    // In purgatory's own code it is the last byte: instructions are summed before, and that is a reset.
    const place = region.name === 'purgatory' ? region.size - 1 : offset;
    await flipBit(system, region.start + BigInt(place), index % 8);
    await system.panic(index % 2);
    await system.guest.console.waitFor(new RegExp(`corrupt region "${region.name}"`));
    await system.guest.console.waitFor(/policy: halt/);
    await halted(system);
    expect(noCaptureKernel(system), region.name).toBe(true);
    await system.stop();
  }
});

test('no head to believe, or an instruction that is not what it was: a reset', async () => {
  const { head } = armed.image;
  for (const place of [purgatoryHead.fields.steps.offset, 0x1000 + 0x200]) {
    const system = await armed.again('i386-corrupted-reset');
    await flipBit(system, head + BigInt(place), 0);
    await system.panic();
    expect((await system.guest.ended()).reason, `${place}`).toBe('guest-reset');
    expect(noCaptureKernel(system)).toBe(true);
  }
});

test('an image that nobody touched starts the capture kernel', async () => {
  const system = await armed.again('i386-corrupted-not-at-all');
  await system.panic();
  await system.guest.console.waitFor(/Linux version/);
  expect(system.guest.console.text()).not.toContain('crashseal: corrupt');
  await system.stop();
});
