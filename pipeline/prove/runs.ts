/** Every run of a bundle: the first panic, a flip in each part, each fall-back. All but the first boot start from one armed machine. */
import { type KeptState, keepState } from '../guest/kept-state.ts';
import { SystemGuest } from '../guest/system-guest.ts';
import type { Host } from '../host/host.ts';
import {
  type Bench,
  guestOptions,
  makeSystem,
  type ServerSeat,
  takesDumps,
  withGuest,
} from './bench.ts';
import { arm, armCheck, disksOf, fetchDump, panicAndEnd } from './capture.ts';
import { type Finding, Findings } from './finding.ts';
import { flipsFor, tryFlip } from './flips.ts';
import { runOf, systemStarts } from './run.ts';
import type { SealedServer } from './sealed.ts';

type Say = (detail: string) => void;

export async function tried(
  host: Host,
  bench: Bench,
  bundle: string,
  trust: string,
  quick: boolean,
  say: Say,
): Promise<readonly Finding[]> {
  const untried = beforeAll(bench);
  if (bench.sealed.backend === 'file') return untried;
  let kept: KeptState | undefined;
  const opening = await runOf(bench, 'capture', systemStarts, async (findings, attempt) => {
    makeSystem(bench, bundle, trust);
    kept = await opened(host, bench, quick, attempt, findings, say);
  });
  if (kept === undefined) return [...untried, ...opening];
  const armed = kept;
  say('panic');
  const first = await runOf(bench, 'capture', 'the panicked machine goes on', (findings, attempt) =>
    panicFrom(host, bench, armed, { run: `panic-${attempt}`, missing: 0 }, findings),
  );
  const flips: Finding[] = [];
  for (const flip of flipsFor(armed.image)) {
    say(`flipping a bit of ${flip.part}`);
    flips.push(...(await tryFlip(bench, armed, flip)));
  }
  return [
    ...untried,
    ...opening,
    ...first,
    ...flips,
    ...(await fallBacks(host, bench, armed, say)),
  ];
}

/** What no run of ours can show. */
function beforeAll({ sealed, overlay }: Bench): readonly Finding[] {
  const findings = new Findings('capture');
  if (sealed.backend === 'file')
    findings.add(
      armCheck,
      'not proven',
      'the kernel of this machine does not check signatures of kernels',
    );
  else if (sealed.overlay && overlay === undefined)
    findings.add(
      'the local overlay is unpacked',
      'not proven',
      'it belongs to the machine, and this one has none',
    );
  return findings.all;
}

/** Boots and arms; keeps the armed machine, or with `quick` panics at once. */
async function opened(
  host: Host,
  bench: Bench,
  quick: boolean,
  attempt: number,
  findings: Findings,
  say: Say,
): Promise<KeptState | undefined> {
  const name = attempt === 1 ? 'capture' : `capture-${attempt}`;
  const disks = disksOf(bench, name);
  const options = guestOptions(bench, name, disks);
  say('starting the system');
  return withGuest(
    bench,
    () => SystemGuest.start(options),
    async (system) => {
      const { kernel } = bench.parts;
      findings.add(findings.stage, 'passed', `${kernel.release} on ${bench.shape.cpus} CPUs`);
      findings.stage = armCheck;
      if (!(await arm(bench, system, findings))) return undefined;
      findings.stage = 'the panicked machine goes on';
      if (!quick) {
        say('keeping the armed system');
        return keepState(bench.folder, system, options);
      }
      say('panic');
      await panicked(host, bench, { run: name, missing: 0 }, system, disks, findings);
      return undefined;
    },
  );
}

/** The name of a run, and how many of the first targets are not there in it. */
type Panic = { readonly run: string; readonly missing: number };

async function panicFrom(
  host: Host,
  bench: Bench,
  kept: KeptState,
  how: Panic,
  findings: Findings,
): Promise<void> {
  const disks = disksOf(bench, how.run, how.missing);
  await withGuest(
    bench,
    () => kept.again(how.run, { disks }),
    (system) => panicked(host, bench, how, system, disks, findings),
  );
}

const inTarget = 'the dump is in its target';

export async function panicked(
  host: Host,
  bench: Bench,
  { run, missing }: Panic,
  system: SystemGuest,
  disks: Parameters<typeof fetchDump>[3],
  findings: Findings,
): Promise<void> {
  const { targets, sealed } = bench;
  const taking = targets.findIndex((one, index) => index >= missing && takesDumps(one));
  const mark = await panicAndEnd(bench, system, taking >= 0, findings);
  const wanted = sealed.targets[missing];
  const seat = targets[missing];
  if (seat?.kind === 'server' && !seat.proves && wanted?.server !== undefined) {
    judgeStranger(seat, wanted.server, system, findings);
    return;
  }
  if (taking !== missing && wanted !== undefined) {
    findings.add(inTarget, 'not proven', `${wanted.description} is not there`);
    return;
  }
  await fetchDump(host, bench, run, disks, missing, mark, findings);
}

/** Without the key that the bundle pins, this much can be seen of a server. */
function judgeStranger(
  { standIn }: ServerSeat,
  { host, port, kind }: SealedServer,
  system: SystemGuest,
  findings: Findings,
): void {
  const times = standIn.reached();
  findings.claim(
    times > 0,
    'the capture kernel reaches the server',
    `${times} connections to ${host}, port ${port}`,
  );
  const refused = system.guest.console.find(
    /(SSL certificate problem[^;]*|another host key than the profile pins)/,
  );
  findings.claim(
    refused !== undefined,
    'a server without the pinned key gets nothing',
    refused?.match[0] ?? 'the capture kernel does not say that it refuses it',
  );
  findings.add(
    inTarget,
    'not proven',
    kind === 'ssh'
      ? "the pinned host key belongs to the real server; a test server's: --server-host-key"
      : "the pinned certificate belongs to the real server; a test server's: --server-key and --server-cert",
  );
}

async function fallBacks(
  host: Host,
  bench: Bench,
  kept: KeptState,
  say: Say,
): Promise<readonly Finding[]> {
  const all: Finding[] = [];
  for (let number = 1; number < bench.targets.length; number += 1) {
    const name = `fall-back-${number + 1}`;
    const stage = `target ${number + 1} gets the dump`;
    if (bench.targets[number] === undefined) {
      const findings = new Findings(name);
      findings.add(stage, 'not proven', 'it cannot be made here');
      all.push(...findings.all);
      continue;
    }
    say(`panic with ${number === 1 ? 'the first target' : `the first ${number} targets`} missing`);
    const found = await runOf(bench, name, stage, (findings, attempt) =>
      panicFrom(host, bench, kept, { run: `${name}-${attempt}`, missing: number }, findings),
    );
    all.push(...found);
  }
  return all;
}
