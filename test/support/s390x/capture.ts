/** The main job on s390x: build a bundle, boot, arm it, and see what a panic leads to. */
import { join } from 'node:path';
import { purgatoryHeadSize } from '../../../pipeline/format/purgatory-layout.ts';
import { makeDumpDevice } from '../../../pipeline/guest/dump-device.ts';
import type { GdbRemote } from '../../../pipeline/guest/gdb-remote.ts';
import type { GuestEnd, GuestOptions } from '../../../pipeline/guest/guest.ts';
import { type KeptState, keepState } from '../../../pipeline/guest/kept-state.ts';
import { crashRegionsOf, type LoadedImage } from '../../../pipeline/guest/loaded-image.ts';
import { type PanicMark, SystemGuest } from '../../../pipeline/guest/system-guest.ts';
import type { MemoryRange } from '../../../pipeline/guest/vmcore.ts';
import { armCommand, bundlesFolder, endWithDump, loaderFiles } from '../capture.ts';
import { buildBundle, developmentKeys, type ProfileText } from '../crashseal.ts';
import { s390xKernel } from './kernels.ts';
import { type S390xSystem, s390xGuestOptions } from './system.ts';

export type S390xScenario = S390xSystem & {
  /** Keys of the profile that differ from what tests share. */
  readonly profile?: ProfileText;
  /** Some scenarios save no dump. */
  readonly dumpMebibytes?: number;
};

/** Of the dump device; an IPL device of a test lies after it. */
export const dumpBusId = '0.0.0100';
export const toolBusId = '0.0.0200';
/** For QEMU, to unplug it. */
export const toolDeviceId = 'tool';

export type S390xBooted = {
  readonly system: SystemGuest;
  readonly guestOptions: GuestOptions;
  /** The dump device, poisoned. */
  readonly disk: string;
  readonly crashRegions: readonly MemoryRange[];
};

/** The system kernel is up, with bundle, loader and trust anchor in its initramfs. */
export async function bootS390x(folder: string, scenario: S390xScenario): Promise<S390xBooted> {
  const { image } = await s390xKernel(scenario.series);
  const keys = developmentKeys(join('out', 'e2e'));
  const profile = {
    name: scenario.name,
    arch: 's390x',
    kernel: { from: 'files', image },
    crashkernel: '192M',
    target: { kind: 'raw', device: 'SERIAL=crashdump' },
    initramfs: { from: 'composed', compression: 'none', drivers: [] },
    dump: { format: 'elf' },
    console: 'sclp',
    finalAction: 'poweroff',
    failureAction: 'halt',
    ...scenario.profile,
  };
  const bundle = buildBundle(folder, profile, keys, bundlesFolder);
  const disk = join(folder, 'disk.raw');
  makeDumpDevice(disk, scenario.dumpMebibytes ?? 1);
  const guestOptions = await s390xGuestOptions(folder, {
    ...scenario,
    files: [...loaderFiles('s390x', bundle, keys.trust), ...(scenario.files ?? [])],
    disks: [{ path: disk, serial: 'crashdump', busId: dumpBusId }, ...(scenario.disks ?? [])],
  });
  const system = await SystemGuest.start(guestOptions);
  return { system, guestOptions, disk, crashRegions: await crashRegionsOf(system) };
}

export type S390xCaptured = S390xBooted & { readonly mark: PanicMark; readonly end: GuestEnd };

/** From a profile to a machine that has saved its dump and switched itself off. */
export async function captureS390x(
  folder: string,
  scenario: S390xScenario,
  panicOn?: number,
): Promise<S390xCaptured> {
  const booted = await bootS390x(folder, { dumpMebibytes: 640, ...scenario });
  await booted.system.mustRun(armCommand);
  const mark = await booted.system.panic(panicOn);
  const end = await endWithDump(booted.system, booted.disk);
  return { ...booted, mark, end };
}

/** Armed after these commands, and kept: many panics cost one boot. */
export async function armedS390x(
  folder: string,
  scenario: S390xScenario,
  before: readonly string[] = [],
): Promise<KeptState> {
  const { system, guestOptions } = await bootS390x(folder, scenario);
  for (const command of [...before, armCommand]) await system.mustRun(command);
  return keepState(folder, system, guestOptions);
}

/** Registers of a stopped CPU: mask and address of the PSW come first, then %r0; %r2 has purgatory's argument. */
const [addressRegister, argumentRegister] = [1, 2 + 2];

/** More stops than a busy machine makes of one call: then something else is wrong. */
const mostStops = 8;

/**
 * Lets the guest run until it calls purgatory at `entry` with `argument`. QEMU also answers with stops that
 * were asked for earlier, and may stop a CPU before it has left the entry: both are passed over.
 */
async function runToCall(gdb: GdbRemote, entry: bigint, argument: bigint): Promise<void> {
  const stops: string[] = [];
  while (stops.length < mostStops) {
    await gdb.setBreakpoint(entry);
    await gdb.run();
    const registers = await gdb.registers();
    const [address, given] = [registers[addressRegister], registers[argumentRegister]];
    await gdb.clearBreakpoint(entry);
    if (address === entry && given === argument) return;
    stops.push(`at 0x${address?.toString(16)} with ${given}`);
    if (address === entry) await gdb.step();
  }
  throw new Error(
    `purgatory was not called with ${argument}; the guest stopped ${stops.join(', ')}`,
  );
}

/**
 * Panics the guest and does `work` on its memory at the start call, when the check call has found nothing wrong:
 * purgatory's entry is stopped at twice.
 */
export async function panicAndAtStartCall(
  system: SystemGuest,
  image: LoadedImage,
  work: (memory: GdbRemote) => Promise<void>,
): Promise<void> {
  const entry = image.head + BigInt(purgatoryHeadSize);
  const gdb = await system.guest.debugger();
  const checkCall = runToCall(gdb, entry, 0n);
  await system.panic();
  await checkCall;
  await gdb.step();
  await runToCall(gdb, entry, 1n);
  await work(gdb);
  gdb.close();
  await system.guest.qmp.execute('cont');
}
