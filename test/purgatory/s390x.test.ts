import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { beforeAll, describe, expect, test } from 'vitest';
import { encodeCommands } from '../../pipeline/format/cp-commands.ts';
import { cpuFeatures, stepFlags, waitCodes } from '../../pipeline/format/purgatory-layout.ts';
import { step } from '../fixtures/purgatory-head.ts';
import { makeNative } from './native.ts';
import {
  blockAt,
  ccwBlock,
  checkMasks,
  fcpBlock,
  headAt,
  iplRegion,
  iplStep,
  kernelAt,
  runS390x,
  s390xEmulator,
  s390xPurgatory,
  s390xTargets,
  standInWait,
} from './s390x-machine.ts';

const present = spawnSync(s390xEmulator, ['-version']).status === 0;
if (!present) console.warn(`skipped: ${s390xEmulator} is not installed`);

const disabledWait = '0002000180000000';
const kernelByte = kernelAt + 4;
const parametersByte = headAt(0x308);
const policyByte = headAt(0x78);
const region = (index: number): number => waitCodes.regionBad.code + index;

/** What the check call must leave alone. */
const untouched = { differences: [0, 0, 0], otherCpu: true, prefix: 0xf2000 };

describe.skipIf(!present)('purgatory on s390x', () => {
  beforeAll(() => makeNative(...s390xTargets));

  describe.each(['6.1', '6.12'] as const)('called as Linux %s does', (kernel) => {
    test('says that a sound image is good, without a trace, then enters the capture kernel', async () => {
      const run = await runS390x({ kernel });
      expect(run.report).toEqual({ ...untouched, answer: 0, mask: checkMasks[kernel] });
      expect(run).toMatchObject({ wait: standInWait.captured, mask: disabledWait, ascii: '' });
      const { captured } = run;
      // 64-bit, DAT off, every interrupt masked.
      expect(captured.getBigUint64(0).toString(16)).toBe('180000000');
      expect(captured.getBigUint64(8)).toBe(0n);
      // New PSWs are the dead kernel's again, and the CPU status is as that stored it.
      expect(captured.getBigUint64(32)).toBe(0xbad01n + 0x1d0n);
      expect(captured.getBigUint64(40)).toBe(0xbad01n + 0x1b0n);
      expect(captured.getBigUint64(48)).toBe(0xbad01n + 0x1e0n);
      let status = 0;
      for (let i = 0; i < 512; i++) status += (i * 7 + 1) & 0xff;
      expect(captured.getBigUint64(56)).toBe(BigInt(status));
    });
  });

  test('hashes in plain C where the CPU does not know the function', async () => {
    const run = await runS390x({ features: cpuFeatures.s390xKimd.code });
    expect(run.wait).toBe(standInWait.captured);
  });

  describe('the check call', () => {
    test.each([
      ['the kernel', kernelByte],
      ['the parameters', parametersByte],
      ['the policy itself', policyByte],
    ])('answers 1 for damage in %s, without a trace', async (_, damage) => {
      const run = await runS390x({ damage, calls: 'check' });
      expect(run.wait).toBe(standInWait.answered);
      expect(run.report).toEqual({ ...untouched, answer: 1, mask: checkMasks['6.1'] });
    });

    test.each(['6.1', '6.12'] as const)(
      'says and marks what it found before Linux %s goes on, without another trace',
      async (kernel) => {
        const run = await runS390x({
          kernel,
          damage: kernelByte,
          calls: 'check',
          steps: [step('message'), step('return'), step('wait')],
        });
        expect(run.wait).toBe(standInWait.answered);
        expect(run.ascii).toMatch(
          /corrupt region "kernel" of profile "lab"[\s\S]*not started\r\ncrashseal: policy: return/,
        );
        expect(run.lines.replace(/[\r\n]+/g, '\n').trim()).toBe(
          run.ascii.replace(/[\r\n]+/g, '\n').trim(),
        );
        expect(run.report).toEqual({ ...untouched, answer: 1, mask: checkMasks[kernel] });
        expect(run.marks.map((text) => run.ascii.startsWith(text))).toEqual([true]);
      },
    );

    test('marks what it found where nothing is said', async () => {
      const head = await runS390x({ damage: policyByte, calls: 'check' });
      expect(head.marks).toEqual([expect.stringContaining('corrupt purgatory head')]);
      const kernel = await runS390x({ damage: kernelByte, calls: 'check', console: false });
      expect(kernel).toMatchObject({ ascii: '', lines: '' });
      expect(kernel.marks).toEqual([expect.stringContaining('corrupt region "kernel"')]);
      expect((await runS390x({})).marks).toEqual([]);
    });

    test('answers 1 when no step is meant for it', async () => {
      const flags = stepFlags.notInCheckCall.code;
      const steps = [step('message'), iplStep(0n, true, flags), { ...step('wait'), flags }];
      const run = await runS390x({ damage: kernelByte, calls: 'check', steps });
      expect(run.wait).toBe(standInWait.answered);
      expect(run.report).toMatchObject({ ...untouched, answer: 1 });
    });

    test('ends in a disabled wait if the policy wants that, with the other CPU stopped', async () => {
      const steps = [step('message'), step('wait', 0xd0d0n)];
      const run = await runS390x({ damage: kernelByte, calls: 'check', steps });
      expect(run).toMatchObject({ wait: 0xd0d0, mask: disabledWait });
      expect(run.ascii).toMatch(
        /^\r\ncrashseal: corrupt region "kernel" of profile "lab", 0x[0-9a-f]+ bytes at 0x1010000\r\ncrashseal: expected [0-9a-f]{64} \(when sealed\)\r\ncrashseal: found {4}[0-9a-f]{64}\r\ncrashseal: the capture kernel is not started\r\ncrashseal: policy: wait\r\n$/,
      );
    });

    test('does not touch what only the policy needs', async () => {
      const run = await runS390x({ damage: blockAt() + 8 });
      expect(run.wait).toBe(standInWait.captured);
    });
  });

  describe('the start call', () => {
    test.each([
      ['kernel', 1, () => kernelByte],
      ['initramfs.base', 2, () => 0x100000],
    ])('shows which region went bad between the calls: %s', async (name, index, damage) => {
      const steps = [step('return'), step('message'), step('wait')];
      const run = await runS390x({ damageBetween: damage(), steps });
      expect(run).toMatchObject({ wait: region(index), mask: disabledWait });
      expect(run.ascii).toContain(`corrupt region "${name}" of profile "lab"`);
      // The operator's line-mode console gets the same, converted to EBCDIC and back by QEMU.
      expect(run.lines.replace(/[\r\n]+/g, '\n').trim()).toBe(
        run.ascii.replace(/[\r\n]+/g, '\n').trim(),
      );
    });

    // A few instructions look at all others first: a damaged one may do anything.
    test('no damaged byte of code is run, whichever it is', async () => {
      const size = readFileSync(s390xPurgatory).length;
      const firstStage = 0x5c;
      for (let k = 0; k < 12; k++) {
        const at = 0x1000 + firstStage + Math.floor(((size - 0x1000 - firstStage - 1) * k) / 11);
        const asked = await runS390x({ damage: headAt(at), calls: 'check' });
        expect([at, asked.wait, asked.report]).toEqual([
          at,
          standInWait.answered,
          { ...untouched, answer: 1, mask: checkMasks['6.1'] },
        ]);
        const run = await runS390x({ damageBetween: headAt(at) });
        expect([at, run.wait, run.mask, run.ascii]).toEqual([at, region(0), disabledWait, '']);
      }
    });

    test.each([
      ['static part of the head', policyByte, waitCodes.headStatic.code],
      ['live part of the head', parametersByte, waitCodes.headLive.code],
    ])('has a code for the %s', async (_, damageBetween, wait) => {
      expect(await runS390x({ damageBetween })).toMatchObject({ wait, mask: disabledWait });
    });

    test.each([
      ['no steps', []],
      ['a halt', [step('halt')]],
      ['an address that hypervisors take for a quiesce', [step('wait', 0x12fffn)]],
      ['steps of other machines', [step('pvpanic', 0x505n), { ...step('halt'), kind: 77 }]],
    ])('ends in the code of the finding with %s', async (_, steps) => {
      const run = await runS390x({ calls: 'start', damage: kernelByte, steps });
      expect(run).toMatchObject({ wait: region(1), mask: disabledWait });
    });

    test('takes a program check for a finding', async () => {
      const wild = 0x7000_0000n; // an addressing exception: there are 64 MiB
      const steps = [step('message'), step('wait')];
      const run = await runS390x({ calls: 'start', wild, steps, kernel: '6.12' });
      expect(run).toMatchObject({ wait: waitCodes.programCheck.code + 5, mask: disabledWait });
      expect(run.ascii).toMatch(
        /exception 5 on the way to .*, instruction 0x100[3-7][0-9a-f]{3}, /,
      );
    });

    test('names parameters that make no sense', async () => {
      const run = await runS390x({ calls: 'start', wild: 2n ** 64n - 8n });
      expect(run.wait).toBe(waitCodes.headValue.code);
    });
  });

  describe('an IPL', () => {
    const testing = [step('message'), iplStep(0n, true)];

    test.each([
      ['check', 'ccw', ccwBlock()],
      ['start', 'ccw', ccwBlock()],
      ['check', 'fcp', fcpBlock()],
      ['start', 'fcp', fcpBlock()],
    ] as const)('from the %s call: %s block, set byte for byte', async (calls, _, block) => {
      const run = await runS390x({ calls, damage: kernelByte, steps: testing, block });
      expect(run.wait).toBe(standInWait.rebooted);
      expect(run.captured.getBigUint64(0xff8)).toBe(1n);
      const length = new DataView(block.buffer).getUint32(0);
      expect(new Uint8Array(run.captured.buffer, 0, length)).toEqual(block.subarray(0, length));
      expect(run.events.map((event) => event.event)).toContain('RESET');
      expect(run.ascii).toMatch(/policy: ipl\r\n$/);
    });

    test.each(['check', 'start'] as const)(
      'from the %s call without the testing bit is DIAG 308 subcode 4, which QEMU lacks',
      async (calls) => {
        const run = await runS390x({ calls, damage: kernelByte, steps: [iplStep()] });
        expect(run).toMatchObject({ wait: waitCodes.iplFailed.code, mask: disabledWait });
      },
    );

    // The other devices are there to be told from it: same number in another set, other numbers.
    const missing = [
      ['ccw', ccwBlock(), ['fe.0.4711', 'fe.1.4710', 'fe.0.1700']],
      ['fcp', fcpBlock(), ['fe.1.1700', 'fe.0.1701', 'fe.1.4711']],
    ] as const;

    test.each(
      missing.flatMap(([kind, block, devices]) =>
        (['check', 'start'] as const).map((calls) => ({ calls, kind, block, devices })),
      ),
    )('from the $calls call: a $kind device that is missing has its own code', async (where) => {
      const { calls, block, devices } = where;
      const setting = { calls, damage: kernelByte, steps: testing, block, devices };
      const run = await runS390x(setting);
      expect(run).toMatchObject({ wait: waitCodes.iplDeviceMissing.code, mask: disabledWait });
      expect(run.ascii).toMatch(/policy: ipl\r\ncrashseal: the IPL device is missing\r\n$/);
    });

    test('from a set in which no device ever was is left to the machine', async () => {
      const devices = ['fe.0.1700'];
      const run = await runS390x({ calls: 'start', damage: kernelByte, steps: testing, devices });
      expect(run.wait).toBe(standInWait.rebooted);
    });

    test('that needs a corrupt block is not tried', async () => {
      const steps = [step('return'), ...testing];
      const run = await runS390x({ damageBetween: kernelByte, damage: blockAt() + 8, steps });
      expect(run.wait).toBe(waitCodes.iplBlockBad.code + Number(iplRegion));
      expect(run.ascii).toContain('corrupt region "kernel"');
      expect(run.ascii).toContain('corrupt region "ipl"');
    });

    test('with a region that is not one of the policy is not tried', async () => {
      const steps = [{ ...iplStep(), arg0: 1n }];
      const run = await runS390x({ calls: 'start', damage: kernelByte, steps });
      expect(run.wait).toBe(waitCodes.iplBlockBad.code + 1);
    });

    test('that the machine refuses has its own code: no such block, no page', async () => {
      const none = await runS390x({
        calls: 'start',
        damage: kernelByte,
        steps: testing,
        block: new Uint8Array(4096),
      });
      expect(none.wait).toBe(waitCodes.iplBlockRefused.code);
      const odd = { calls: 'start', damage: kernelByte, steps: testing, blockShift: 8 } as const;
      expect((await runS390x(odd)).wait).toBe(waitCodes.iplBlockRefused.code);
    });

    test('waits as many seconds as the step says', async () => {
      const took = async (delay: bigint): Promise<number> => {
        const start = performance.now();
        const steps = [iplStep(delay, true)];
        const run = await runS390x({ calls: 'start', damage: kernelByte, steps });
        expect(run.wait).toBe(standInWait.rebooted);
        return performance.now() - start;
      };
      expect(await took(3n)).toBeGreaterThan(3000);
    });

    test.each(['check', 'start'] as const)(
      'from the %s call names the block to IPL from after the dump',
      async (calls) => {
        const reipl = async (asked: boolean) => {
          const steps = [iplStep(0n, true, 0, asked)];
          const run = await runS390x({ calls, damage: kernelByte, steps });
          expect(run.wait).toBe(standInWait.rebooted);
          return [run.captured.getBigUint64(0xfe0), run.captured.getBigUint64(0xfe8)];
        };
        // As crashed.c has it, with the sum of its four words that are not zero.
        expect(await reipl(true)).toEqual([0xf5000n, 0xc8n + 0xc0n + 0x02000000n]);
        expect(await reipl(false)).toEqual([0n, 0n]);
      },
    );

    // A hypervisor shares its CPUs: who waits for a day must not take one for it.
    test('takes no CPU while it waits', async () => {
      const ticks = (pid: number): number => {
        const fields = readFileSync(`/proc/${pid}/stat`, 'latin1')
          .replace(/^.*\) /, '')
          .split(' ');
        return Number(fields[11]) + Number(fields[12]);
      };
      let used = Number.NaN;
      const steps = [iplStep(9n, true)];
      const meanwhile = async (pid: number): Promise<void> => {
        await sleep(4000);
        const before = ticks(pid);
        await sleep(3000);
        used = ticks(pid) - before;
      };
      const run = await runS390x({ calls: 'start', damage: kernelByte, steps, meanwhile });
      expect(run.wait).toBe(standInWait.rebooted);
      // Hundredths of a second, of 300: QEMU itself takes a few.
      expect(used).toBeLessThan(40);
    });

    test('by the step `reset` takes the block that is set already', async () => {
      const steps = [step('reset')];
      const run = await runS390x({ calls: 'check', damage: kernelByte, steps, until: 'RESET' });
      expect(run.events.map((event) => event.event)).toContain('RESET');
    });
  });

  // QEMU has no CP: DIAG 8 is a specification exception there, as under KVM and in an LPAR.
  describe('commands for CP', () => {
    const commands = ['MESSAGE * Starting VMDUMP', 'VMDUMP', 'IPL 4711'];
    const block = new Uint8Array(4096);
    block.set(encodeCommands(commands));
    const vmcmd = step('vmcmd', iplRegion);
    const told = [step('message'), vmcmd];

    test.each(['check', 'start'] as const)(
      'from the %s call: made ready byte for byte, passed over, the next step is taken',
      async (calls) => {
        const steps = [...told, step('wait', 0xd0d0n)];
        const run = await runS390x({ calls, damage: kernelByte, steps, block });
        expect(run).toMatchObject({ wait: 0xd0d0, mask: disabledWait });
        expect(run.ascii).toMatch(
          /policy: vmcmd\r\ncrashseal: CP is not there: no z\/VM\r\ncrashseal: policy: wait\r\n$/,
        );
        const ebcdic =
          'd4c5e2e2c1c7c5405c40e2a38199a389958740e5d4c4e4d4d715e5d4c4e4d4d715c9d7d340f4f7f1f1';
        expect(run.own.includes(Buffer.from(ebcdic, 'hex'))).toBe(true);
      },
    );

    test('leave no trace where the crashed kernel goes on', async () => {
      for (const steps of [
        [...told, step('return')],
        [vmcmd, step('return')],
      ]) {
        const run = await runS390x({ calls: 'check', damage: kernelByte, steps, block });
        expect(run.wait).toBe(standInWait.answered);
        expect(run.report).toEqual({ ...untouched, answer: 1, mask: checkMasks['6.1'] });
      }
    });

    test('that are damaged are not given, and the next step is taken', async () => {
      const steps = [vmcmd, step('wait', 0xd0d0n)];
      const run = await runS390x({
        damageBetween: kernelByte,
        damage: blockAt() + 8,
        steps: [step('message'), ...steps],
        block,
      });
      expect(run.wait).toBe(0xd0d0);
      expect(run.ascii).toContain('corrupt region "ipl"');
      expect(run.ascii).not.toContain('CP ');
    });
  });
});
