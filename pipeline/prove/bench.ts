/** The machine on which one bundle is tried: its parts in place, guests that never outlive their run or the time. */
import { existsSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { AnyIdentity } from '../age/identity-file.ts';
import type { Architecture } from '../arch/architecture.ts';
import { type GuestOptions, HostFault } from '../guest/guest.ts';
import type { KernelTree } from '../guest/kernel-tree.ts';
import { diskBus } from '../guest/machines/disk-buses.ts';
import type { DiskOptions, MachineShape } from '../guest/machines/machine-shape.ts';
import { type GuestArch, machines } from '../guest/machines/machines.ts';
import type { SystemGuest } from '../guest/system-guest.ts';
import {
  commandLoop,
  scriptedInit,
  systemInitramfs,
  usualDrivers,
} from '../guest/system-initramfs.ts';
import { revocationFile } from '../sign/trust.ts';
import type { Parts } from './parts.ts';
import type { Place } from './place.ts';
import type { Sealed } from './sealed.ts';
import type { Shape } from './shape.ts';
import type { StandIn } from './stand-in.ts';

export type PanicBy = 'sysrq' | 'nmi';

export type DiskSeat = {
  readonly kind: 'disk';
  readonly place: Place;
  readonly sizeMiB: number;
};
/** `proves`: whether it has the key that the bundle pins, where it pins one. */
export type ServerSeat = {
  readonly kind: 'server';
  readonly standIn: StandIn;
  readonly proves: boolean;
};
/** What a target is here; undefined where this tool makes nothing like it. */
export type Seat = DiskSeat | ServerSeat | undefined;

/** Whether a dump may arrive there. */
export const takesDumps = (seat: Seat): boolean =>
  seat?.kind === 'disk' || (seat?.kind === 'server' && seat.proves);

export type Bench = {
  readonly arch: GuestArch;
  readonly architecture: Architecture;
  readonly machine: MachineShape;
  readonly sealed: Sealed;
  readonly shape: Shape;
  readonly parts: Parts;
  readonly targets: readonly Seat[];
  /** QEMU's words for the network; none where no server is in it. */
  readonly network: readonly string[];
  /** What the machine itself adds to the initramfs: a file; undefined where nothing is known of it. */
  readonly overlay: string | undefined;
  readonly panicBy: PanicBy;
  /** What opens encrypted dumps. */
  readonly identities: readonly AnyIdentity[];
  /** Folder of our own, and where console logs go. */
  readonly folder: string;
  readonly logs: string;
  /** On `performance.now()`'s clock. */
  readonly deadline: number;
};

/** A console is waited for at least so long: the first words of a guest that is started too late are for nobody. */
const leastMs = 1000;

export const leftMs = ({ deadline }: Bench): number =>
  Math.max(leastMs, deadline - performance.now());

export const armCommand = ({ overlay }: Bench): string =>
  `crashseal-load --trust /etc/trust.pem${overlay === undefined ? '' : ' --overlay /overlay'} /bundle`;
export const statusCommand = 'crashseal-load --trust /etc/trust.pem --status';

/** Writes the initramfs of the system that panics. */
export function makeSystem(
  bench: Pick<Bench, 'arch' | 'parts' | 'machine' | 'shape' | 'folder' | 'targets' | 'overlay'>,
  bundle: string,
  trust: string,
): void {
  const { arch, parts, folder } = bench;
  const list = join(dirname(trust), revocationFile);
  const initrd = systemInitramfs({
    arch,
    busybox: parts.busybox,
    kernel: parts.kernel,
    drivers: hasModules(parts.kernel)
      ? [...new Set([...usualDrivers(arch), ...busDrivers(bench.targets)])]
      : [],
    init: scriptedInit(commandLoop(portsOf(bench).port)),
    files: [
      { path: 'sbin/crashseal-load', mode: 0o755, content: { from: parts.loader } },
      { path: 'etc/trust.pem', content: { from: trust } },
      ...(existsSync(list) ? [{ path: `etc/${revocationFile}`, content: { from: list } }] : []),
      { path: 'bundle', content: { from: bundle } },
      ...(bench.overlay === undefined
        ? []
        : [{ path: 'overlay', mode: 0o600, content: { from: bench.overlay } }]),
    ],
  });
  writeFileSync(initrdOf(folder), initrd);
}

const hasModules = ({ root, release }: KernelTree): boolean =>
  existsSync(join(root, 'lib/modules', release));

const busDrivers = (targets: readonly Seat[]): readonly string[] =>
  targets.flatMap((target) =>
    target?.kind !== 'disk' || target.place.bus === 'virtio'
      ? []
      : diskBus(target.place.bus).drivers,
  );

const initrdOf = (folder: string): string => join(folder, 'system.cpio');

const portsOf = ({ machine, shape }: Pick<Bench, 'machine' | 'shape'>) =>
  machine.otherConsoles?.[shape.console ?? ''] ?? machine;

export function guestOptions(
  bench: Bench,
  name: string,
  disks: readonly DiskOptions[],
): GuestOptions {
  const { arch, machine, sealed, shape, parts, folder, logs } = bench;
  const told = sealed.policy.includes('pvpanic') ? (machine.pvpanic ?? []) : [];
  return {
    name,
    arch,
    kernel: parts.kernel.vmlinuz,
    initrd: initrdOf(folder),
    memory: `${shape.memory}M`,
    cpus: shape.cpus,
    append: shape.words.join(' '),
    disks,
    extraArgs: [...told, ...bench.network],
    consoles: portsOf(bench).consoles,
    logFolder: logs,
    readyLimitMs: leftMs(bench),
  };
}

/** Gives a guest to `work`, and stops it afterwards, or when the time is over. */
export async function withGuest<T>(
  bench: Bench,
  start: () => Promise<SystemGuest>,
  work: (system: SystemGuest) => Promise<T>,
): Promise<T> {
  const system = await start();
  const timer = setTimeout(() => system.guest.kill(), leftMs(bench));
  try {
    return await work(system);
  } catch (error) {
    throw await system.guest.stopAfter(error);
  } finally {
    clearTimeout(timer);
    await system.stop();
  }
}

/** The last CPU, where there are several: a panic on another than the first is the harder case. */
export async function panic({ panicBy, machine, shape }: Bench, system: SystemGuest) {
  if (panicBy === 'nmi' && machine.panicOnNmi !== undefined) {
    await system.mustRun(`echo 1 >${machine.panicOnNmi}`);
    const mark = await system.announce();
    await system.guest.qmp.execute('inject-nmi');
    return mark;
  }
  return system.panic(shape.cpus > 1 ? shape.cpus - 1 : undefined);
}

export const bootedKernel = /Linux version \S+/;

/** The last lines of a console that tell why something did not go on. */
export function lastWords(system: SystemGuest): string {
  const lines = system.guest.console.lines.map(({ text }) => text.replace(/^\[[ \d.]+\] ?/, ''));
  const telling = lines.filter((line) =>
    /crashseal|Kernel panic|Out of memory|cannot|error|No space|not found/i.test(line),
  );
  const last = (telling.length > 0 ? telling : lines).slice(-wordsMost);
  return last.map((line) => line.trim().slice(0, 200)).join(' / ');
}
const wordsMost = 4;

/** Every architecture that a guest can have. */
export const guestArch = (name: string): GuestArch | undefined =>
  Object.keys(machines).includes(name) ? (name as GuestArch) : undefined;

/** The emulator was too slow for the capture kernel: nothing of the bundle. */
export class BusyHost extends HostFault {}

const faultTries = 3;

/** Does it again where this host kept it from its end. */
export async function despiteHost<T>(work: (attempt: number) => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1)
    try {
      return await work(attempt);
    } catch (error) {
      if (!(error instanceof HostFault) || attempt === faultTries) throw error;
    }
}
