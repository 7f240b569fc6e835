import { describe, expect, test } from 'vitest';
import { HostFault } from '../../pipeline/guest/guest.ts';
import { BusyHost } from '../../pipeline/prove/bench.ts';
import { type Finding, isInconclusive } from '../../pipeline/prove/finding.ts';
import { runOf, systemStarts } from '../../pipeline/prove/run.ts';

const bench = { deadline: performance.now() + 3_600_000 };
const late = { deadline: performance.now() - 1 };

describe('a run that ends before its time', () => {
  test('keeps what it had found, and tells the rest under its own name and stage', async () => {
    const found = await runOf(bench, 'fall-back-2', 'target 2 gets the dump', async (findings) => {
      findings.add('the capture kernel starts', 'passed', 'it did');
      throw new Error('no end in 5 s\nits console');
    });
    expect(found).toEqual([
      {
        run: 'fall-back-2',
        check: 'the capture kernel starts',
        outcome: 'passed',
        detail: 'it did',
      },
      {
        run: 'fall-back-2',
        check: 'target 2 gets the dump',
        outcome: 'failed',
        detail: 'no end in 5 s',
      },
    ]);
  });

  test('is told by the stage that it had reached', async () => {
    const [only] = await runOf(bench, 'capture', 'the system starts', async (findings) => {
      findings.stage = 'the loader arms the bundle';
      throw new Error('the guest ended');
    });
    expect(only?.check).toBe('the loader arms the bundle');
  });

  test('says nothing of the bundle where no system was there yet', async () => {
    const found = await runOf(bench, 'capture', systemStarts, () => {
      throw new Error('QEMU did not start: cannot allocate memory');
    });
    expect(found).toMatchObject([{ check: systemStarts, outcome: 'not proven' }]);
  });

  test('begins anew on a busy host, without what was found before; that is never a failure', async () => {
    let tries = 0;
    const third = await runOf(bench, 'flip-kernel', 'stage', async (findings, attempt) => {
      tries = attempt;
      findings.add('a try', 'passed', String(attempt));
      if (attempt < 3) throw new BusyHost('too busy');
    });
    expect([tries, third.map(({ detail }) => detail)]).toEqual([3, ['3']]);
    const never = await runOf(bench, 'flip-kernel', 'stage', () => {
      throw new BusyHost('too busy');
    });
    expect(never).toMatchObject([{ outcome: 'not proven', detail: 'too busy' }]);
    expect(isInconclusive(never)).toBe(true);
  });

  test('shows nothing where this host kept it from its end, whatever it seemed to show before', async () => {
    const found = await runOf(bench, 'flip-kernel', 'stage', async (findings) => {
      findings.claim(false, 'the capture kernel does not start', 'it did');
      throw new HostFault('QEMU was killed\nits console');
    });
    expect(found).toEqual([
      {
        run: 'flip-kernel',
        check: 'stage',
        outcome: 'not proven',
        detail: 'QEMU was killed',
        hostFault: true,
      },
    ]);
  });

  test('is to be tried again for the sake of this host only, and not where another run has failed', async () => {
    const finding = (outcome: Finding['outcome']): Finding => ({
      ...{ run: 'capture', check: 'a check', outcome, detail: '' },
    });
    const fault: Finding = { ...finding('not proven'), hostFault: true };
    expect(isInconclusive([finding('passed'), fault])).toBe(true);
    expect(isInconclusive([finding('failed'), fault])).toBe(false);
    expect(isInconclusive([finding('passed'), finding('not proven')])).toBe(false);
  });

  test('is not proven where the time was over before it began', async () => {
    const found = await runOf(late, 'flip-kernel', 'stage', () => {
      throw new Error('it was tried');
    });
    expect(found).toMatchObject([
      { outcome: 'not proven', detail: expect.stringMatching(/time was over/) },
    ]);
  });
});
