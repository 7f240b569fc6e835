/**
 * Whatever purgatory is to check, one flipped bit in it keeps the capture kernel from starting, and the profile's
 * policy runs, seen from outside the guest: a message that names the region, the hypervisor told, a reset, a halt.
 * Before, a corrupted image meant a CPU that spun in silence for ever.
 */
import { rmSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { purgatoryHead, purgatoryHeadSize } from '../../pipeline/format/purgatory-layout.ts';
import { flipBit } from '../../pipeline/guest/loaded-image.ts';
import { type ArmedState, armedState } from '../support/armed-state.ts';
import { bitsOf, noCaptureKernel } from '../support/flips.ts';
import { freshWorkFolder, withWorkFolder } from '../support/work-folder.ts';

/** Where purgatory's code is, which it checks like everything else. */
const codeAt = ({ image }: ArmedState): bigint => image.head + BigInt(purgatoryHeadSize);

describe('corrupted-image-runs-policy', () => {
  let armed: ArmedState;
  const folder = freshWorkFolder('corrupted');

  beforeAll(async () => {
    armed = await armedState(folder, {
      name: 'corrupted',
      kernel: '6.12',
      profile: { onCorruption: ['message', 'pvpanic', 'reset'] },
      // The event only: what the guest does next is the policy's to say.
      guest: { extraArgs: ['-device', 'pvpanic', '-action', 'panic=none'] },
    });
  });

  afterAll(() => rmSync(folder, { recursive: true }));

  test('an image that nobody touched starts the capture kernel', async () => {
    const system = await armed.again('corrupted-not-at-all');
    await system.panic();
    await system.guest.console.waitFor(/Linux version/);
    expect(system.guest.console.text()).not.toContain('crashseal: corrupt');
    await system.stop();
  });

  test('every part that is loaded is checked', () => {
    const names = armed.image.regions.map((region) => region.name);
    for (const part of [
      'kernel',
      'initramfs.base',
      'initramfs.overlay',
      'boot_params',
      'elfcorehdr',
    ])
      expect(names).toContain(part);
    // Purgatory checks its own code as well.
    expect(armed.image.regions.some((region) => region.start === codeAt(armed))).toBe(true);
  });

  test('each flip is found, and message, pvpanic and reset follow', async () => {
    for (const region of armed.image.regions.filter((one) => one.start !== codeAt(armed)))
      for (const { address, bit } of bitsOf(region)) {
        const system = await armed.again(`corrupted-${region.name}`);
        const what = `${region.name}: bit ${bit} at 0x${address.toString(16)}`;
        await flipBit(system, address, bit);
        await system.panic();
        const end = await system.guest.ended();
        const console = system.guest.console;
        expect(console.text(), what).toContain(`corrupt region "${region.name}"`);
        expect(noCaptureKernel(system), what).toBe(true);
        const events = end.events.map(({ event }) => event);
        expect(events, what).toContain('GUEST_PANICKED');
        expect(end.reason, what).toBe('guest-reset');
      }
  });

  // Instructions are summed before they run, and a wrong sum is a reset without a word (test/purgatory).
  test("a flip in purgatory's constants is found", async () => {
    const code = armed.image.regions.find((one) => one.start === codeAt(armed));
    if (code === undefined) throw new Error('purgatory does not check its own code');
    const system = await armed.again('corrupted-purgatory');
    const words = 'the capture kernel is not started';
    const bytes = await system.guest.withMemory((memory) => memory.read(code.start, code.size));
    const at = Buffer.from(bytes).indexOf(words);
    expect(at).toBeGreaterThan(0);
    await flipBit(system, code.start + BigInt(at + words.length - 1), 0);
    await system.panic();
    const end = await system.guest.ended();
    expect(system.guest.console.text()).toContain(`corrupt region "${code.name}"`);
    expect(noCaptureKernel(system)).toBe(true);
    expect(end.reason).toBe('guest-reset');
  });

  test("a flip in purgatory's live parameters is found, and the policy runs", async () => {
    for (const field of ['kernelEntry', 'kernelArgument', 'liveDigest', 'regions'] as const) {
      const system = await armed.again('corrupted-live');
      await flipBit(system, armed.image.head + BigInt(purgatoryHead.fields[field].offset), 3);
      await system.panic();
      const end = await system.guest.ended();
      expect(system.guest.console.text(), field).toContain('corrupt region "purgatory parameters"');
      expect(noCaptureKernel(system), field).toBe(true);
      expect(
        end.events.map(({ event }) => event),
        field,
      ).toContain('GUEST_PANICKED');
      expect(end.reason, field).toBe('guest-reset');
    }
  });

  test("a flip in purgatory's static parameters: no policy to believe, so the machine is reset", async () => {
    for (const field of ['steps', 'consoleBase', 'staticDigest', 'profile'] as const) {
      const system = await armed.again('corrupted-static');
      await flipBit(system, armed.image.head + BigInt(purgatoryHead.fields[field].offset), 0);
      await system.panic();
      const end = await system.guest.ended();
      expect(noCaptureKernel(system), field).toBe(true);
      expect(end.reason, field).toBe('guest-reset');
    }
  });
});

test('corrupted-image-runs-policy: halt stops the CPU and burns no time', () =>
  withWorkFolder('corrupted-halt', async (folder) => {
    const armed = await armedState(folder, {
      name: 'corrupted-halt',
      kernel: '6.12',
      profile: { onCorruption: ['message', 'halt'] },
    });
    const kernel = armed.image.regions.find((region) => region.name === 'kernel');
    const system = await armed.again('corrupted-halt');
    await flipBit(system, (kernel?.start ?? 0n) + 4096n, 5);
    await system.panic();
    await system.guest.console.waitFor(/corrupt region "kernel"/);
    await system.guest.console.waitFor(/policy: halt/);
    const registers = () =>
      system.guest.qmp.execute('human-monitor-command', { 'command-line': 'info registers' });
    // The line is printed just before the CPU stops.
    while (!String(await registers()).includes('HLT=1'))
      await new Promise((resolve) => setTimeout(resolve, 50));
    expect(noCaptureKernel(system)).toBe(true);
    await system.stop();
  }));
