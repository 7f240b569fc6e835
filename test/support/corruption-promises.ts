/**
 * What is promised of an image that was corrupted after it was loaded, as tests that are the same on every
 * architecture: nobody starts it, and the profile's policy runs, seen from outside the guest. One boot: every panic
 * begins from the same kept state.
 */
import { readFileSync, rmSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { patch } from '../../pipeline/format/layout.ts';
import { purgatoryHead, purgatoryHeadSize } from '../../pipeline/format/purgatory-layout.ts';
import { flipBit } from '../../pipeline/guest/loaded-image.ts';
import type { SystemGuest } from '../../pipeline/guest/system-guest.ts';
import { digestStatic, step, stepTable } from '../fixtures/purgatory-head.ts';
import { type ArmedState, armedState } from './armed-state.ts';
import type { Scenario } from './capture.ts';
import { bitsOf, noCaptureKernel } from './flips.ts';
import { freshWorkFolder } from './work-folder.ts';

export type Corruptible = Scenario & {
  readonly cpus: number;
  /** What the kernel is told by, as purgatory names it. */
  readonly argument: string;
  /** Bits that are flipped in each region, one after the other, of its first byte, its last, and one between. */
  readonly flips: 1 | 2 | 3;
};

export function runsPolicyOnCorruption({ argument, flips, ...scenario }: Corruptible): void {
  const { name, cpus } = scenario;
  describe(`corrupted-image-runs-policy: ${name}`, () => {
    let armed: ArmedState;
    const folder = freshWorkFolder(name);

    beforeAll(async () => {
      const profile = { ...scenario.profile, onCorruption: ['message', 'reset'] };
      armed = await armedState(folder, { ...scenario, profile });
    });
    afterAll(() => rmSync(folder, { recursive: true }));

    const codeAt = (): bigint => armed.image.head + BigInt(purgatoryHeadSize);
    const kernelStart = (): bigint =>
      armed.image.regions.find((region) => region.name === 'kernel')?.start ?? 0n;

    /** Panics the guest, sees that it is reset and starts no kernel before, and gives what it has said. */
    async function reset(system: SystemGuest, what: string, cpu?: number): Promise<string> {
      await system.panic(cpu);
      const end = await system.guest.ended();
      expect(end.reason, what).toBe('guest-reset');
      expect(noCaptureKernel(system), what).toBe(true);
      return system.guest.console.text();
    }

    const flipped = async (what: string, address: bigint, bit: number): Promise<SystemGuest> => {
      const system = await armed.again(`${name}-${what}`);
      await flipBit(system, address, bit);
      return system;
    };

    test('an image that nobody touched starts the capture kernel', async () => {
      const system = await armed.again(`${name}-untouched`);
      await system.panic(cpus - 1);
      await system.guest.console.waitFor(/Linux version/);
      expect(system.guest.console.text()).not.toContain('crashseal: corrupt');
      await system.stop();
    });

    test('every part that is loaded is checked', () => {
      const names = armed.image.regions.map((region) => region.name);
      const parts = ['kernel', 'initramfs.base', 'initramfs.overlay', argument, 'elfcorehdr'];
      for (const part of parts) expect(names).toContain(part);
      expect(armed.image.regions.some((region) => region.start === codeAt())).toBe(true);
    });

    test('a flip in any region is found, on any CPU, and message and reset follow', async () => {
      // Instructions are summed before they run (below).
      const regions = armed.image.regions.filter((region) => region.start !== codeAt());
      for (const [index, region] of regions.entries()) {
        const bits = bitsOf(region, 3);
        for (let turn = 0; turn < flips; turn++) {
          const { address, bit } = bits[(index + turn) % bits.length] ?? { address: 0n, bit: 0 };
          const what = `${region.name}: bit ${bit} at 0x${address.toString(16)}`;
          const system = await flipped(region.name, address, bit);
          const said = await reset(system, what, (index + turn) % cpus);
          expect(said, what).toContain(`corrupt region "${region.name}"`);
          expect(said, what).toContain('policy: reset');
        }
      }
    });

    test.each(['kernelEntry', 'kernelArgument'] as const)(
      "a flip in purgatory's live parameters is found: %s",
      async (field) => {
        const at = armed.image.head + BigInt(purgatoryHead.fields[field].offset);
        const said = await reset(await flipped(field, at, 3), field);
        expect(said).toContain('corrupt region "purgatory parameters"');
      },
    );

    test.each([
      ['policy: there is none to believe', BigInt(purgatoryHead.fields.steps.offset)],
      ['instructions: none of them runs', BigInt(purgatoryHeadSize) + 0x800n],
    ])("a flip in purgatory's %s, so it is a reset without a word", async (what, offset) => {
      const system = await flipped('silent', armed.image.head + offset, 0);
      expect(await reset(system, what)).not.toContain('crashseal: ');
    });

    test('a policy that ends in a halt says so, and leaves a CPU that sleeps', async () => {
      const system = await flipped('halt', kernelStart() + 4096n, 5);
      // The head of the same image as another profile would have it.
      const { head } = armed.image;
      await system.guest.withMemory(async (memory) => {
        const bytes = Uint8Array.from(await memory.read(head, purgatoryHeadSize));
        patch(purgatoryHead, bytes, 0, 'steps', stepTable([step('message'), step('halt')]));
        digestStatic(bytes);
        await memory.write(head, bytes);
      });
      await system.panic(cpus - 1);
      await system.guest.console.waitFor(/corrupt region "kernel"/);
      await system.guest.console.waitFor(/policy: halt/);
      await setTimeout(500);
      const before = await cpuTicks(system, cpus - 1);
      await setTimeout(1000);
      // Of 100 a second.
      expect((await cpuTicks(system, cpus - 1)) - before).toBeLessThan(20);
      expect(noCaptureKernel(system)).toBe(true);
      await system.stop();
    });
  });
}

/**
 * User and system time of one of the guest's CPUs, in ticks of 10 ms (proc(5), stat). The others are the dead kernel's:
 * on POWER it leaves them in a loop.
 */
async function cpuTicks({ guest }: SystemGuest, cpu: number): Promise<number> {
  const cpus = (await guest.qmp.execute('query-cpus-fast')) as readonly {
    readonly 'cpu-index': number;
    readonly 'thread-id': number;
  }[];
  const thread = cpus.find((one) => one['cpu-index'] === cpu)?.['thread-id'];
  const fields = readFileSync(`/proc/${guest.pid}/task/${thread}/stat`, 'latin1')
    .replace(/^.*\) /, '')
    .split(' ');
  return Number(fields[11]) + Number(fields[12]);
}
