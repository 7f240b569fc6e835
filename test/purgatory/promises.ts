/** What purgatory promises on every architecture, as tests. */
import { describe, expect, test } from 'vitest';
import { purgatoryHead, purgatoryHeadSize } from '../../pipeline/format/purgatory-layout.ts';
import { step } from '../fixtures/purgatory-head.ts';
import {
  initramfsOffset,
  kernelOffset,
  message,
  type PurgatoryMachine,
  type Setting,
} from './stand-in.ts';

export type Promised = {
  /** What the capture kernel's stand-in prints. */
  readonly captured: RegExp;
  /** QEMU's status when it has. */
  readonly capturedStatus: number;
  /** Bytes of code before the sum that is taken of all that follows (entry.S). */
  readonly firstStage: number;
  /** How many instructions are damaged, one after the other. */
  readonly damagedInstructions: number;
  /** Features of the CPU for digests: none, and those that QEMU has. */
  readonly digests: readonly number[];
  /** What the CPU makes an exception of, and what is told of it. */
  readonly failing: Setting;
  readonly exception: RegExp;
};

const hex = (value: number): string => `0x${value.toString(16)}`;
const reset = ['crashseal: the capture kernel is not started', 'crashseal: policy: reset'];

export function keepsPromises({ standIn, image, run }: PurgatoryMachine, promised: Promised): void {
  const { base, memorySize } = standIn;

  test.each(promised.digests)(
    'a sound image enters the capture kernel as it wants, in silence (features %i)',
    (features) => {
      const { serial, status, stderr } = run({ features });
      expect(serial, stderr).toMatch(promised.captured);
      expect(status).toBe(promised.capturedStatus);
    },
  );

  describe('one flipped bit', () => {
    test.each([
      // A constant: instructions are summed first, below.
      ['purgatory', () => image().indexOf(' (when loaded)'), purgatoryHeadSize],
      ['kernel', () => kernelOffset, kernelOffset],
      ['initramfs.base', () => memorySize - 2, initramfsOffset + 3],
    ])('in %s is named and the machine is reset', (name, damage, start) => {
      for (const features of promised.digests) {
        const { serial, status } = run({ features, damage: damage() });
        expect(message(serial)).toEqual([
          expect.stringMatching(
            new RegExp(
              `^crashseal: corrupt region "${name}" of profile "lab", 0x[0-9a-f]+ bytes at ${hex(base + start)}$`,
            ),
          ),
          'crashseal: expected DIGEST (when sealed)',
          'crashseal: found    DIGEST',
          ...reset,
        ]);
        expect(status).toBe(0);
      }
    });

    // A few instructions look at all others first: a damaged one may do anything.
    test('in an instruction resets the machine before any of them is run, whichever it is', () => {
      const summed = purgatoryHeadSize + promised.firstStage;
      const end = summed + 4 + image().readUInt32LE(summed);
      expect(end).toBeGreaterThan(0x3000);
      const last = promised.damagedInstructions - 1;
      for (let k = 0; k <= last; k++) {
        const damage = summed + Math.floor(((end - 1 - summed) * k) / last);
        const { serial, status } = run({ damage, steps: [step('message'), step('halt')] });
        expect([damage, serial, status]).toEqual([damage, '', 0]);
      }
    });

    // A damaged word of CPU features must not make purgatory run instructions that this CPU does not have.
    test.each(['kernelEntry', 'cpuFeatures'] as const)(
      'in the live parameters is reported by the intact policy: %s',
      (field) => {
        const { serial, status } = run({ damage: purgatoryHead.fields[field].offset });
        expect(message(serial)[0]).toBe(
          `crashseal: corrupt region "purgatory parameters" of profile "lab", 0xd00 bytes at ${hex(base + 0x300)}`,
        );
        expect(status).toBe(0);
      },
    );

    test('in the policy itself resets without a word', () => {
      expect(run({ damage: purgatoryHead.fields.steps.offset })).toMatchObject({
        serial: '',
        status: 0,
      });
    });
  });

  test('an exception on the way leads to the policy', () => {
    const { serial, status } = run(promised.failing);
    expect(message(serial)).toEqual([expect.stringMatching(promised.exception), ...reset]);
    expect(status).toBe(0);
  });
}

/** The first line of what is told of an exception. */
export const exceptionLine = (number: number, instruction: string, address: string): RegExp =>
  new RegExp(
    `^crashseal: exception ${number} on the way to the capture kernel of profile "lab", instruction ${instruction}, address ${address}$`,
  );
