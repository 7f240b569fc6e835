/**
 * ppc64le: one flipped bit in whatever purgatory is to check keeps the capture kernel from starting, and the profile's
 * policy runs, seen from outside the guest: a message that names the region on the hypervisor's console, then a reset
 * by RTAS or a CPU that sleeps.
 */
import { readFileSync, rmSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { patch } from '../../../pipeline/format/layout.ts';
import { purgatoryHead, purgatoryHeadSize } from '../../../pipeline/format/purgatory-layout.ts';
import { flipBit } from '../../../pipeline/guest/loaded-image.ts';
import type { SystemGuest } from '../../../pipeline/guest/system-guest.ts';
import { digestStatic, step, stepTable } from '../../fixtures/purgatory-head.ts';
import { type ArmedState, armedState } from '../../support/armed-state.ts';
import { freshWorkFolder } from '../../support/work-folder.ts';

const folder = freshWorkFolder('ppc64le-corrupted');
let armed: ArmedState;

beforeAll(async () => {
  armed = await armedState(folder, {
    name: 'ppc64le-corrupted',
    arch: 'ppc64le',
    kernel: '6.1',
    cpus: 2,
    profile: { onCorruption: ['message', 'reset'] },
  });
});
afterAll(() => rmSync(folder, { recursive: true }));

const codeAt = (): bigint => armed.image.head + BigInt(purgatoryHeadSize);

/** A restored guest's console begins at the panic. */
const noCaptureKernel = (system: SystemGuest): boolean =>
  system.guest.console.find(/Linux version/) === undefined;

async function reset(system: SystemGuest, cpu?: number): Promise<string> {
  await system.panic(cpu);
  const end = await system.guest.ended();
  expect(end.reason).toBe('guest-reset');
  expect(noCaptureKernel(system)).toBe(true);
  return system.guest.console.text();
}

test('an image that nobody touched starts the capture kernel', async () => {
  const system = await armed.again('ppc64le-corrupted-not');
  await system.panic(1);
  await system.guest.console.waitFor(/Linux version/);
  expect(system.guest.console.text()).not.toContain('crashseal: corrupt');
  await system.stop();
});

test('every part that is loaded is checked', () => {
  const names = armed.image.regions.map((region) => region.name);
  for (const part of ['kernel', 'initramfs.base', 'initramfs.overlay', 'device-tree', 'elfcorehdr'])
    expect(names).toContain(part);
  expect(armed.image.regions.some((region) => region.start === codeAt())).toBe(true);
});

test('a flip in the middle of any region is found, on either CPU, and message and reset follow', async () => {
  const regions = armed.image.regions.filter((one) => one.start !== codeAt());
  for (const [index, region] of regions.entries()) {
    const system = await armed.again(`ppc64le-corrupted-${region.name}`);
    await flipBit(system, region.start + BigInt(Math.floor(region.size / 2)), index & 7);
    expect(await reset(system, index & 1)).toContain(`corrupt region "${region.name}"`);
  }
});

test('a flip in the last byte of the kernel, and one in the first of the device tree', async () => {
  for (const [name, place] of [
    ['kernel', 'last'],
    ['device-tree', 'first'],
  ] as const) {
    const region = armed.image.regions.find((one) => one.name === name);
    if (region === undefined) throw new Error(`no region ${name}`);
    const system = await armed.again(`ppc64le-corrupted-${name}-${place}`);
    await flipBit(system, region.start + BigInt(place === 'first' ? 0 : region.size - 1), 7);
    expect(await reset(system)).toContain(`corrupt region "${name}"`);
  }
});

test("a flip in purgatory's live parameters is found, one in its policy is a reset without a word", async () => {
  const live = await armed.again('ppc64le-corrupted-live');
  await flipBit(live, armed.image.head + BigInt(purgatoryHead.fields.kernelArgument.offset), 3);
  expect(await reset(live)).toContain('corrupt region "purgatory parameters"');
  const policy = await armed.again('ppc64le-corrupted-policy');
  await flipBit(policy, armed.image.head + BigInt(purgatoryHead.fields.steps.offset), 0);
  expect(await reset(policy)).not.toContain('crashseal: ');
});

test("a flip in purgatory's instructions is a reset before any of them runs", async () => {
  const system = await armed.again('ppc64le-corrupted-code');
  await flipBit(system, codeAt() + 0x800n, 5);
  expect(await reset(system)).not.toContain('crashseal: ');
});

test('a policy that ends in a halt leaves a CPU that sleeps, and says so', async () => {
  const system = await armed.again('ppc64le-corrupted-halt');
  // The head of the same image as another profile would have it.
  const { head } = armed.image;
  await system.guest.withMemory(async (memory) => {
    const bytes = Uint8Array.from(await memory.read(head, purgatoryHeadSize));
    patch(purgatoryHead, bytes, 0, 'steps', stepTable([step('message'), step('halt')]));
    digestStatic(bytes);
    await memory.write(head, bytes);
  });
  const kernel = armed.image.regions.find(({ name }) => name === 'kernel');
  await flipBit(system, (kernel?.start ?? 0n) + 4096n, 5);
  await system.panic(1);
  await system.guest.console.waitFor(/corrupt region "kernel"/);
  await system.guest.console.waitFor(/policy: halt/);
  await new Promise((resolve) => setTimeout(resolve, 500));
  const before = cpuTicks(system.guest.pid);
  await new Promise((resolve) => setTimeout(resolve, 1000));
  // Of 100 a second.
  expect(cpuTicks(system.guest.pid) - before).toBeLessThan(20);
  expect(noCaptureKernel(system)).toBe(true);
  await system.stop();
});

/** User and system time of a process, in ticks of 10 ms. */
function cpuTicks(pid: number | undefined): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'latin1')
    .replace(/^.*\) /, '')
    .split(' ');
  return Number(fields[11]) + Number(fields[12]);
}
