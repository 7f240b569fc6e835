/**
 * Both loaders in the same guest: what loading costs, how long it takes until the capture kernel
 * speaks and until its init does, and whether the dump is right.
 */
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { complaintsAbout } from '../pipeline/guest/dump-complaints.ts';
import { makeDumpDevice } from '../pipeline/guest/dump-device.ts';
import { notDumped } from '../pipeline/guest/loaded-image.ts';
import type { GuestArch } from '../pipeline/guest/machines/machines.ts';
import type { Makedumpfile } from '../pipeline/guest/makedumpfile.ts';
import { SystemGuest } from '../pipeline/guest/system-guest.ts';
import { realHost } from '../pipeline/host/real-host.ts';
import { loaderOf } from '../test/support/crashseal.ts';
import { testApt, testPackageDeb } from '../test/support/kernels.ts';
import { makedumpfileOf, packageTree } from '../test/support/packages.ts';
import { testSystems } from '../test/support/systems/systems.ts';
import type { Figure, Measured } from './figure.ts';
import type { BenchMachine } from './machines.ts';
import { panicToFirstLine } from './panic-time.ts';
import {
  benchFolder,
  costOf,
  countInstructions,
  makeRig,
  type Rig,
  repeated,
  rounds,
} from './rig.ts';

const largestPage = 64n << 10n;

/** A capture kernel that got lost says nothing. */
const patienceMs = 5 * 60_000;

/** MiB: both loaders' files are in it at once. */
export const memoryOf = (arch: GuestArch): number => Math.max(testSystems[arch].memory, 1024);

type Loader = 'usual' | 'peer';

/** A guest that has both loaders, and what they load. */
type Subject = Pick<Rig, 'disk' | 'guest'> & {
  readonly arch: GuestArch;
  /** Of the kernel that is loaded. */
  readonly release: string;
  readonly load: Readonly<Record<Loader, string>>;
  readonly makedumpfile: Makedumpfile | 'none';
  /** Its console does not show the panic. */
  readonly silent: boolean;
  /** The Debian that the peer's package is of; undefined for this machine's. */
  readonly peerSuite: string | undefined;
  readonly aim: string | undefined;
};

/** By what is measured, a value for each round. */
type Found = {
  readonly load: readonly number[];
  readonly loadTime: number[];
  readonly firstLine: number[];
  readonly firstLineCpu: number[];
  readonly init: number[];
  readonly initCpu: number[];
  readonly dump: string;
};

/** Without what is about this host: paths of programs that ran here. */
const firstLineOf = (error: unknown): string => {
  const text = error instanceof Error ? error.message : String(error);
  if (/^Command failed: .*makedumpfile/.test(text)) return 'makedumpfile does not read it';
  return text.split('\n')[0] ?? '';
};

/** What the dump of a guest that has panicked lacks, in words. */
async function verdict(
  { disk, makedumpfile }: Subject,
  system: SystemGuest,
  expected: Pick<Parameters<typeof complaintsAbout>[1], 'mark' | 'crashRegions'>,
): Promise<string> {
  try {
    const { reason } = await system.guest.ended(patienceMs);
    if (reason !== 'guest-shutdown' || system.guest.console.find(/capture: saved/) === undefined)
      return 'wrong: it could not be read to its end';
    const [complaint] = complaintsAbout(disk, { cpus: 1, ...expected, makedumpfile });
    return complaint === undefined ? 'right' : `wrong: ${complaint}`;
  } catch (error) {
    return `wrong: ${firstLineOf(error)}`;
  }
}

/** Loads and panics from the same kept state, once each round; the last one's dump is read. */
async function capturesOf(
  subject: Subject,
  state: string,
  loader: Loader,
): Promise<Omit<Found, 'load'>> {
  const { arch, disk, guest, load } = subject;
  const found = {
    loadTime: [] as number[],
    firstLine: [] as number[],
    firstLineCpu: [] as number[],
    init: [] as number[],
    initCpu: [] as number[],
    dump: '',
  };
  for (let round = 1; round <= rounds && found.dump === ''; round += 1) {
    makeDumpDevice(disk, memoryOf(arch));
    const system = await SystemGuest.start({ ...guest, state });
    try {
      const regions = await notDumped(system);
      // A loader may keep firmware that lies there by whole pages.
      const crashRegions = regions.filter(({ start, end }) => end - start >= largestPage);
      found.loadTime.push((await costOf(system, load[loader])) / 1e9);
      const panic = await panicToFirstLine(system, {
        limitMs: patienceMs,
        silent: subject.silent,
      });
      found.firstLine.push(panic.time);
      found.firstLineCpu.push(panic.cpu);
      const init = await panic.untilInit();
      found.init.push(init.time);
      found.initCpu.push(init.cpu);
      if (round === rounds)
        found.dump = await verdict(subject, system, { mark: panic.mark, crashRegions });
    } catch (error) {
      found.dump = `none: ${firstLineOf(error)}`;
    } finally {
      await system.stop();
    }
  }
  return found;
}

export async function bothLoaders(machine: BenchMachine): Promise<readonly Figure[]> {
  const { arch, kernel, peerSuite, early, aim } = machine;
  const { crashkernel, kernels, suite } = testSystems[arch];
  const rig = await makeRig({
    name: `${arch}-${kernel}`,
    arch,
    kernel,
    early,
    padding: 0,
    saved: 'all',
    crashkernel,
    memory: memoryOf(arch),
    forms: ['usual'],
    ...(peerSuite === undefined ? {} : { peerSuite }),
  });
  const unread = kernels[kernel]?.withoutMakedumpfile === true;
  return measured({
    ...rig,
    arch,
    release: rig.kernel.release,
    makedumpfile: unread ? 'none' : await makedumpfileOf(arch),
    silent: false,
    peerSuite: peerSuite ?? suite,
    aim,
  });
}

export async function measured(subject: Subject): Promise<readonly Figure[]> {
  const { aim, arch, guest, peerSuite, release } = subject;
  const peerTree = await packageTree(arch, 'kexec-tools', peerSuite);
  const { debian } = testSystems[arch];
  const peerDeb = await testPackageDeb('kexec-tools', testApt(debian, realHost(), peerSuite));

  const counted = await SystemGuest.start({
    ...guest,
    extraArgs: [...(guest.extraArgs ?? []), ...countInstructions],
  });
  const instructions = (loader: Loader) =>
    repeated(async () => (await costOf(counted, subject.load[loader])) / 1e9);
  const load = { usual: await instructions('usual'), peer: await instructions('peer') };
  await counted.stop();

  const booted = await SystemGuest.start(guest);
  const state = join(benchFolder, 'state');
  await booted.guest.saveState(state);
  await booted.stop();
  const found: Readonly<Record<Loader, Found>> = {
    usual: { load: load.usual, ...(await capturesOf(subject, state, 'usual')) },
    peer: { load: load.peer, ...(await capturesOf(subject, state, 'peer')) },
  };

  const group = `${arch}, Linux ${release}, against kexec-tools ${peerDeb.package.version}`;
  const figure = (
    what: string,
    unit: string,
    of: (found: Found) => Measured,
    wanted?: string,
  ): Figure => ({
    group,
    what,
    unit,
    ours: of(found.usual),
    peer: of(found.peer),
    ...(wanted === undefined ? {} : { aim: wanted }),
  });
  return [
    figure('load', 'G instructions', (one) => one.load),
    figure('load, time', 's', (one) => one.loadTime),
    figure('panic to first line', 's', (one) => one.firstLine, aim),
    figure('panic to first line, CPU', 's', (one) => one.firstLineCpu),
    figure('panic to /init', 's', (one) => one.init),
    figure('panic to /init, CPU', 's', (one) => one.initCpu),
    figure('dump', '', (one) => one.dump, 'right'),
    {
      group,
      what: 'size of the loader on the target (the peer: without its libraries)',
      unit: 'KiB',
      ours: statSync(loaderOf(arch)).size / 1024,
      peer: statSync(join(peerTree, 'sbin/kexec')).size / 1024,
    },
  ];
}
