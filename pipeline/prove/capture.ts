/** A panic, and what became of its dump. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { DiskOptions } from '../guest/machines/machine-shape.ts';
import type { PanicMark, SystemGuest } from '../guest/system-guest.ts';
import type { Host } from '../host/host.ts';
import { explain } from '../problem/problem.ts';
import { saveDumps } from '../savecore/savecore.ts';
import {
  armCommand,
  type Bench,
  BusyHost,
  bootedKernel,
  type DiskSeat,
  lastWords,
  leftMs,
  panic,
  statusCommand,
} from './bench.ts';
import { dumpsOn, makeDisk, otherDisk } from './disk.ts';
import { judgeDump } from './dump.ts';
import type { Findings } from './finding.ts';

/**
 * The disks of one run: those of the first `missing` targets are there, and none of these targets is on them.
 * Servers let nobody in where they are missing, and have a folder of this run's otherwise.
 */
export function disksOf(bench: Bench, run: string, missing = 0): readonly DiskOptions[] {
  const folder = join(bench.folder, run);
  mkdirSync(folder);
  return bench.targets.flatMap((target, index) => {
    if (target === undefined) return [];
    if (target.kind === 'server') {
      target.standIn.serve(index < missing ? undefined : receivedIn(folder, index));
      return [];
    }
    const { place, sizeMiB } = target;
    return index < missing
      ? [otherDisk(folder, `absent-${index}`, place, sizeMiB)]
      : [makeDisk(folder, `target-${index}`, place, sizeMiB, bench.sealed.format === 'elf')];
  });
}

const receivedIn = (folder: string, number: number): string => join(folder, `server-${number}`);

/** Of a system that has started: whether it is armed, and would dump. */
export async function arm(bench: Bench, system: SystemGuest, findings: Findings): Promise<boolean> {
  const armed = await system.run(armCommand(bench));
  const said = oneLine(armed.output);
  if (otherMachine.has(armed.exitCode)) {
    findings.add(armCheck, 'not proven', `it is for another machine: ${said}`);
    return false;
  }
  if (!findings.claim(armed.exitCode === 0, armCheck, said)) return false;
  if (bench.targets.some((seat) => seat === undefined || (seat.kind === 'disk' && needsUdev(seat))))
    return true;
  // A disk on USB takes its time.
  let status = await system.run(statusCommand);
  for (let tries = 1; status.exitCode !== 0 && tries < statusTries; tries += 1) {
    await system.run('sleep 1');
    status = await system.run(statusCommand);
  }
  findings.claim(
    status.exitCode === 0,
    'the loader says that it would dump',
    oneLine(status.output),
  );
  return true;
}

/** Only udev, which is not there, would tell the loader of swap space, and of the serial number of a stick. */
const needsUdev = ({ place: { bus, serial, swap } }: DiskSeat): boolean =>
  swap !== undefined || (bus === 'usb' && serial !== undefined);

const statusTries = 10;
export const armCheck = 'the loader arms the bundle';
const oneLine = (text: string): string => text.trim().split('\n').join(' / ');

/** Exit codes of the loader for a machine that a rule of the bundle does not fit. */
const otherMachine: ReadonlySet<number> = new Set([31]);

/** How each final action is seen from outside. */
const ends: Readonly<Record<string, string>> = {
  poweroff: 'guest-shutdown',
  reboot: 'guest-reset',
  halt: 'halted',
  shell: 'a shell',
};

/** A machine that has halted tells it on its console alone: the failure action may be that. */
async function endOf(bench: Bench, { guest }: SystemGuest): Promise<string> {
  const ended = guest.ended(leftMs(bench)).then(({ reason }) => String(reason ?? 'untold'));
  const halted = guest.console
    .waitFor(/reboot: System halted|crashseal: action: (?:halt|shell)/, leftMs(bench))
    .then(({ match }) => (match[0].endsWith('shell') ? 'a shell' : 'halted'))
    .catch(() => ended);
  return Promise.race([ended, halted]);
}

/** Panics a system that is armed, and waits for what the bundle does at its end: one thing after a dump, another without. */
export async function panicAndEnd(
  bench: Bench,
  system: SystemGuest,
  takesDump: boolean,
  findings: Findings,
): Promise<PanicMark> {
  const action = takesDump ? bench.sealed.finalAction : bench.sealed.failureAction;
  const mark = await panic(bench, system);
  const expected = ends[action] ?? action;
  const reason = await endOf(bench, system);
  const late = bench.machine.busyHost?.exec(system.guest.console.text());
  if (late !== null && late !== undefined)
    throw new BusyHost(`this host is too busy for an emulated machine: ${late[0]}`);
  // Without one, the panicked kernel itself resets the machine.
  const started = system.guest.console.lines.some(({ text }) => bootedKernel.test(text));
  const saved = system.guest.console.find(/crashseal: (vmcore saved: .*)$/)?.match[1];
  const said = saved ?? lastWords(system);
  if (!findings.claim(started, 'the capture kernel starts', said)) return mark;
  const lacking = /error while loading shared libraries: ([^\s:]+)/.exec(
    system.guest.console.text(),
  )?.[1];
  if (lacking !== undefined)
    findings.add(
      'programs of the initramfs have their libraries',
      'failed',
      `${lacking} is not in it`,
    );
  if (bench.sealed.ownInitramfs) {
    // Only what is inside knows what is to come.
    findings.add('the machine ends', 'passed', reason);
    return mark;
  }
  findings.claim(
    reason === expected,
    'the machine ends as the profile says',
    reason === expected
      ? action
      : `${action} is ${expected}, and the end was ${reason}: ${lastWords(system)}`,
  );
  return mark;
}

/** Fetches the dump from the target with that number, as `savecore` does, and judges it. */
export async function fetchDump(
  host: Host,
  bench: Bench,
  run: string,
  disks: readonly DiskOptions[],
  number: number,
  mark: PanicMark,
  findings: Findings,
): Promise<void> {
  const target = bench.targets[number];
  const sealed = bench.sealed.targets[number];
  // Disks are numbered by the targets that have one.
  const disk = disks[bench.targets.slice(0, number).filter((one) => one?.kind === 'disk').length];
  if (target === undefined || sealed === undefined) return;
  const folder = join(bench.folder, run);
  const { arch, parts } = bench;
  let from = join(receivedIn(folder, number), sealed.directory);
  if (target.kind === 'disk') {
    if (disk === undefined) return;
    from = await dumpsOn(disk, target.place, folder, { arch, ...parts });
  }
  const quiet = {
    step: <T>(_: string, work: (say: (detail: string) => void) => Promise<T>) =>
      work(() => undefined),
  };
  const out = join(folder, 'dumps');
  mkdirSync(out);
  const result = await saveDumps(host, quiet, from, out, bench.identities);
  const problems = result.ok ? result.value.problems : result.problems;
  const [saved, ...more] = result.ok ? result.value.saved : [];
  if (saved === undefined || problems.length > 0 || more.length > 0) {
    const why = problems.map((problem) => explain(problem).message).join('; ');
    findings.add(
      'the dump is in its target',
      'failed',
      `${sealed.description}: ${why || 'none, or several'}`,
    );
    return;
  }
  await judgeDump(host, bench, sealed, saved, mark, findings);
}
