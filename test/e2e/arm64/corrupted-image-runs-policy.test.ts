/**
 * arm64: one flipped bit in whatever purgatory is to check keeps the capture kernel from starting, and the profile's
 * policy runs, seen from outside the guest. Other loaders boot, or spin in silence, and say nothing.
 */
import { readFileSync, rmSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { purgatoryHead, purgatoryHeadSize } from '../../../pipeline/format/purgatory-layout.ts';
import { flipBit } from '../../../pipeline/guest/loaded-image.ts';
import type { SystemGuest } from '../../../pipeline/guest/system-guest.ts';
import { type ArmedState, armedState } from '../../support/armed-state.ts';
import { bitsOf, noCaptureKernel } from '../../support/flips.ts';
import { freshWorkFolder } from '../../support/work-folder.ts';

let armed: ArmedState;
const folder = freshWorkFolder('arm64-corrupted');

beforeAll(async () => {
  armed = await armedState(folder, {
    name: 'arm64-corrupted',
    arch: 'arm64',
    kernel: '6.12',
    profile: { onCorruption: ['message', 'reset'] },
  });
});

afterAll(() => rmSync(folder, { recursive: true }));

const isCode = ({ start }: { readonly start: bigint }): boolean =>
  start === armed.image.head + BigInt(purgatoryHeadSize);

test('every part that is loaded is checked', () => {
  const names = armed.image.regions.map((region) => region.name);
  for (const part of [
    'purgatory',
    'kernel',
    'initramfs.base',
    'initramfs.overlay',
    'device-tree',
    'elfcorehdr',
  ])
    expect(names).toContain(part);
});

test('each flip is found, and message and reset follow', async () => {
  for (const region of armed.image.regions.filter((one) => !isCode(one)))
    for (const { address, bit } of bitsOf(region, 3)) {
      const system = await armed.again(`arm64-corrupted-${region.name}`);
      const what = `${region.name}: bit ${bit} at 0x${address.toString(16)}`;
      await flipBit(system, address, bit);
      await system.panic();
      const end = await system.guest.ended();
      const said = system.guest.console.text();
      expect(said, what).toContain(`corrupt region "${region.name}"`);
      expect(said, what).toContain('policy: reset');
      expect(noCaptureKernel(system), what).toBe(true);
      expect(end.reason, what).toBe('guest-reset');
    }
});

// Instructions are summed before they run, and a wrong sum is a reset without a word (test/purgatory).
test.each(['instructions', 'kernelEntry', 'steps'] as const)(
  'a flip in purgatory itself ends in a reset: %s',
  async (what) => {
    const system = await armed.again(`arm64-corrupted-${what}`);
    const offset =
      what === 'instructions' ? purgatoryHeadSize + 0x400 : purgatoryHead.fields[what].offset;
    await flipBit(system, armed.image.head + BigInt(offset), 3);
    await system.panic();
    const end = await system.guest.ended();
    expect(noCaptureKernel(system)).toBe(true);
    expect(end.reason).toBe('guest-reset');
    if (what === 'kernelEntry')
      expect(system.guest.console.text()).toContain('corrupt region "purgatory parameters"');
  },
);

/** Seconds of CPU time that QEMU has taken (proc(5), stat). */
function cpuSeconds(system: SystemGuest): number {
  const fields = readFileSync(`/proc/${system.guest.pid}/stat`, 'latin1')
    .split(') ')[1]
    ?.split(' ');
  return (Number(fields?.[11]) + Number(fields?.[12])) / 100;
}

test('halt stops the CPU and burns no time', async () => {
  const halting = freshWorkFolder('arm64-halt');
  const { system, image } = await armedState(halting, {
    name: 'arm64-halt',
    arch: 'arm64',
    kernel: '6.12',
    profile: { onCorruption: ['message', 'halt'] },
  }).then(async (state) => ({ system: await state.again('arm64-halt'), image: state.image }));
  const kernel = image.regions.find((region) => region.name === 'kernel');
  await flipBit(system, (kernel?.start ?? 0n) + 4096n, 5);
  await system.panic();
  await system.guest.console.waitFor(/corrupt region "kernel"/);
  await system.guest.console.waitFor(/policy: halt/);
  await setTimeout(1000);
  const before = cpuSeconds(system);
  await setTimeout(2000);
  expect(cpuSeconds(system) - before).toBeLessThan(0.5);
  expect(noCaptureKernel(system)).toBe(true);
  await system.stop();
  rmSync(halting, { recursive: true });
});
