/** One flipped bit in each part of the loaded image, and the policy of the bundle watched from outside. */
import { purgatoryHead, purgatoryHeadSize } from '../format/purgatory-layout.ts';
import type { KeptState } from '../guest/kept-state.ts';
import { flipBit, type LoadedImage } from '../guest/loaded-image.ts';
import type { SystemGuest } from '../guest/system-guest.ts';
import { type Bench, bootedKernel, lastWords, leftMs, panic, withGuest } from './bench.ts';
import { disksOf } from './capture.ts';
import type { Finding, Findings } from './finding.ts';
import { runOf } from './run.ts';

export type Flip = { readonly part: string; readonly address: bigint };

/** What purgatory calls its own page of live values. */
const parameters = 'purgatory parameters';

/**
 * In the middle of each region. Purgatory's own code is left out: a flip there resets the machine without a word,
 * as it must.
 */
export function flipsFor({ head, regions }: LoadedImage): readonly Flip[] {
  const code = head + BigInt(purgatoryHeadSize);
  return [
    ...regions
      .filter(({ start }) => start !== code)
      .map(({ name, start, size }) => ({ part: name, address: start + BigInt(size >> 1) })),
    { part: parameters, address: head + BigInt(purgatoryHead.fields.liveDigest.offset) },
  ];
}

/** How a step is seen from outside; undefined: not with this machine. */
type Sign = 'said' | 'told' | 'reset' | 'stands';
export function signOf(step: string, tellsPanic: boolean): Sign | undefined {
  switch (step) {
    case 'message':
      return 'said';
    case 'pvpanic':
      return tellsPanic ? 'told' : undefined;
    case 'reset':
      return 'reset';
    case 'halt':
      return 'stands';
    default:
      return undefined;
  }
}

/** A machine that stands still must do so for so long. */
const standsMs = 3000;

/** QEMU may lose what a machine prints just before it is reset, where this host is busy: what was missed is sought again. */
const tries = 3;

export async function tryFlip(
  bench: Bench,
  kept: KeptState,
  flip: Flip,
): Promise<readonly Finding[]> {
  const run = `flip-${flip.part.replaceAll(' ', '-')}`;
  for (let attempt = 1; ; attempt += 1) {
    const name = attempt === 1 ? run : `${run}-${attempt}`;
    const found = await runOf(
      bench,
      run,
      `the policy runs after a flip in ${flip.part}`,
      async (findings, again) => {
        const own = again === 1 ? name : `${name}-again-${again}`;
        const disks = disksOf(bench, own);
        await withGuest(
          bench,
          () => kept.again(own, { disks }),
          async (system) => {
            await flipBit(system, flip.address, 3);
            await panic(bench, system);
            await watchPolicy(bench, system, flip.part, findings);
          },
        );
      },
    );
    const failed = found.filter(({ outcome }) => outcome === 'failed');
    if (attempt === tries || failed.length === 0 || failed.some(({ check }) => check !== said))
      return found;
  }
}

const said = 'step message: the console says which part it is';

async function watchPolicy(
  bench: Bench,
  system: SystemGuest,
  part: string,
  findings: Findings,
): Promise<void> {
  const { console, qmp } = system.guest;
  const { policy } = bench.sealed;
  const last = policy.at(-1) ?? 'reset';
  const ends = signOf(last, false) === 'reset';
  const line = `crashseal: corrupt region "${part}"`;
  let reason: unknown;
  if (ends) reason = (await system.guest.ended(leftMs(bench))).reason;
  else {
    // Nothing tells the moment at which it stands: its last line, or a capture kernel that should not be there.
    await console.waitFor(/policy: |Linux version \S+/, leftMs(bench)).catch(() => undefined);
    await new Promise((resolve) => setTimeout(resolve, standsMs));
  }
  findings.claim(
    !console.lines.some(({ text }) => bootedKernel.test(text)),
    'the capture kernel does not start',
    `one bit of ${part} was flipped`,
  );
  for (const step of policy)
    switch (signOf(step, bench.machine.pvpanic !== undefined)) {
      case 'said':
        findings.claim(
          console.text().includes(line),
          said,
          console.text().includes(line)
            ? line
            : `nothing on the console ${bench.shape.console ?? 'of this machine'}; the bundle writes to ${bench.sealed.console ?? 'none'}`,
        );
        break;
      case 'told': {
        const told = qmp.seen().some(({ event }) => event === 'GUEST_PANICKED');
        findings.claim(
          told,
          'step pvpanic: the hypervisor is told',
          told ? 'GUEST_PANICKED' : 'no event',
        );
        break;
      }
      case 'reset':
        findings.claim(
          reason === 'guest-reset',
          'step reset: the machine is reset',
          `QEMU: ${reason ?? 'nothing'}`,
        );
        break;
      case 'stands': {
        const status = await qmp.execute('query-status').catch(() => undefined);
        // Not where this host has ended it.
        if (status === undefined) await system.guest.ended(leftMs(bench));
        findings.claim(
          status !== undefined,
          'step halt: the machine stands still',
          lastWords(system),
        );
        break;
      }
      case undefined:
        findings.add(
          `step ${step}`,
          'not proven',
          'this machine has nothing by which it would be seen',
        );
    }
}
