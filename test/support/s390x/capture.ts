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

/** Of the register with purgatory's argument, %r2; mask and address of the PSW come first. */
const argumentRegister = 2 + 2;

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
  await gdb.setBreakpoint(entry);
  const checkCall = gdb.run();
  await system.panic();
  await checkCall;
  const asked = (await gdb.registers())[argumentRegister];
  await gdb.clearBreakpoint(entry);
  await gdb.step();
  await gdb.setBreakpoint(entry);
  await gdb.run();
  const started = (await gdb.registers())[argumentRegister];
  if (asked !== 0n || started !== 1n)
    throw new Error(`purgatory was called with ${asked}, then with ${started}`);
  await work(gdb);
  await gdb.clearBreakpoint(entry);
  gdb.close();
  await system.guest.qmp.execute('cont');
}
