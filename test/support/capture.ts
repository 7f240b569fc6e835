/** The main job as a test runs it: build a bundle, boot, arm it, panic, let the capture kernel save. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { completionMarker, makeDumpDevice } from '../../pipeline/guest/dump-device.ts';
import type { GuestEnd, GuestOptions } from '../../pipeline/guest/guest.ts';
import type { KernelTree } from '../../pipeline/guest/kernel-tree.ts';
import { notDumped } from '../../pipeline/guest/loaded-image.ts';
import type { DiskBus } from '../../pipeline/guest/machines/disk-buses.ts';
import {
  consoleWords,
  defaultGuest,
  type GuestArch,
} from '../../pipeline/guest/machines/machines.ts';
import type { Makedumpfile } from '../../pipeline/guest/makedumpfile.ts';
import { type PanicMark, SystemGuest } from '../../pipeline/guest/system-guest.ts';
import {
  type InitramfsFile,
  type SystemInitramfsOptions,
  systemInitramfs,
  virtioDisk,
} from '../../pipeline/guest/system-initramfs.ts';
import type { MemoryRange } from '../../pipeline/guest/vmcore.ts';
import { buildBundle, developmentKeys, loaderOf, type ProfileText } from './crashseal.ts';
import { testKernelTree } from './kernel-tree.ts';
import { suiteEnvironment, type TestKernelName } from './kernels.ts';
import { busyboxOf, makedumpfileOf } from './packages.ts';
import { testSystems } from './systems/systems.ts';

export type Scenario = {
  /** Names the profile and the logs. */
  readonly name: string;
  readonly arch?: GuestArch;
  readonly kernel: TestKernelName;
  /** As `crashkernel=` has it, one text per option. */
  readonly crashkernel?: readonly string[];
  /** MiB. */
  readonly memory?: number;
  readonly cpus?: number;
  /** Words for the system kernel. */
  readonly append?: string;
  /** Keys of the profile that differ from {@link testProfile}. */
  readonly profile?: ProfileText;
  /** A file in the work folder. */
  readonly ownInitramfs?: string;
  readonly guest?: Partial<GuestOptions>;
  /** Has firmware boot the kernel, where QEMU is not to do it. */
  readonly bootedBy?: (folder: string, options: GuestOptions) => Promise<GuestOptions>;
  /** The machine has no clock: it gets this one's time when it is up. */
  readonly withoutClock?: true;
  readonly files?: readonly InitramfsFile[];
  /** Modules of the system kernel, where they are others than the virtio disk's. */
  readonly drivers?: readonly string[];
  /** The system's init, where it is another than the loop that takes commands. */
  readonly init?: string;
};

const archOf = (scenario: Scenario): GuestArch => scenario.arch ?? defaultGuest;
const crashkernelOf = (scenario: Scenario): readonly string[] =>
  scenario.crashkernel ?? [testSystems[archOf(scenario)].crashkernel];

/** What tests share: the virtio disk as dump target, an uncompressed dump, power off when done. */
export const testProfile = (scenario: Scenario, kernel: KernelTree): ProfileText => ({
  name: scenario.name,
  arch: archOf(scenario),
  kernel: { from: 'deb', path: kernel.deb },
  crashkernel: crashkernelOf(scenario),
  limits: { cpus: 8, memoryRanges: 32 },
  target: { kind: 'raw', device: 'SERIAL=crashdump' },
  ...testSystems[archOf(scenario)].profile,
  // An initramfs that was brought along decides these itself.
  ...(scenario.ownInitramfs === undefined
    ? {
        initramfs: { from: 'composed', compression: 'none', drivers: virtioDisk },
        ...testSystems[archOf(scenario)].composed,
        dump: { format: 'elf' },
        finalAction: 'poweroff',
        failureAction: 'halt',
      }
    : { initramfs: { from: 'file', path: scenario.ownInitramfs } }),
  ...scenario.profile,
});

/** For {@link Scenario.bootedBy}: the same machine with its disks on another bus. */
export const disksOn =
  (bus: DiskBus) =>
  async (_folder: string, options: GuestOptions): Promise<GuestOptions> => ({
    ...options,
    disks: (options.disks ?? []).map((disk) => ({ ...disk, bus })),
  });

export type Booted = {
  readonly system: SystemGuest;
  /** The dump device, poisoned. */
  readonly disk: string;
  readonly bundle: string;
  readonly kernel: KernelTree;
  readonly guestOptions: GuestOptions;
  /** But for firmware in them. */
  readonly crashRegions: readonly MemoryRange[];
  /** What reads dumps of the guest's architecture on this machine. */
  readonly makedumpfile: Makedumpfile | 'none';
};

/** Of all tests: what is expensive to make is shared. */
export const bundlesFolder = join('out', 'e2e', 'bundles');

/** What arming takes, for a system initramfs. */
export const loaderFiles = (arch: GuestArch, bundle: string, trust: string): InitramfsFile[] => [
  { path: 'sbin/crashseal-load', mode: 0o755, content: { from: loaderOf(arch) } },
  { path: 'etc/trust.pem', content: { from: trust } },
  { path: 'bundle', content: { from: bundle } },
];

export const armCommand = 'crashseal-load --trust /etc/trust.pem /bundle';

/** The initramfs of a system kernel, with the busybox of its architecture. */
export const initramfsOf = async (
  arch: GuestArch,
  options: SystemInitramfsOptions,
): Promise<Uint8Array> => systemInitramfs({ arch, busybox: await busyboxOf(arch), ...options });

/** Builds the bundle and boots the system kernel with bundle, loader and trust anchor in its initramfs. */
export async function boot(folder: string, scenario: Scenario): Promise<Booted> {
  const arch = archOf(scenario);
  const testSystem = testSystems[arch];
  const kernel = await testKernelTree(scenario.kernel, arch);
  const keys = developmentKeys(join('out', 'e2e'));
  const bundle = buildBundle(
    folder,
    testProfile(scenario, kernel),
    keys,
    bundlesFolder,
    suiteEnvironment(testSystem.suite),
  );
  const memory = scenario.memory ?? testSystem.memory;
  const disk = join(folder, 'disk.raw');
  const initrd = join(folder, 'system.cpio');
  makeDumpDevice(disk, memory);
  writeFileSync(
    initrd,
    await initramfsOf(arch, {
      kernel,
      files: [...loaderFiles(arch, bundle, keys.trust), ...(scenario.files ?? [])],
      ...(scenario.drivers === undefined ? {} : { drivers: scenario.drivers }),
      ...(scenario.init === undefined ? {} : { init: scenario.init }),
    }),
  );
  const reservation = crashkernelOf(scenario).map((one) => `crashkernel=${one}`);
  const directly: GuestOptions = {
    name: scenario.name,
    arch,
    kernel: kernel.vmlinuz,
    initrd,
    memory: `${memory}M`,
    cpus: scenario.cpus ?? 1,
    append: [...consoleWords(arch), ...reservation, scenario.append ?? ''].join(' ').trim(),
    disks: [{ path: disk, serial: 'crashdump' }],
    ...scenario.guest,
  };
  const guestOptions = (await scenario.bootedBy?.(folder, directly)) ?? directly;
  const system = await SystemGuest.start(guestOptions);
  if (scenario.withoutClock) await system.mustRun(`date -s @${Math.floor(Date.now() / 1000)}`);
  const crashRegions = await notDumped(system);
  const unread = testSystem.kernels[scenario.kernel]?.withoutMakedumpfile === true;
  const makedumpfile = unread ? 'none' : await makedumpfileOf(arch);
  return { system, disk, bundle, kernel, guestOptions, crashRegions, makedumpfile };
}

export type Captured = Booted & { readonly mark: PanicMark; readonly end: GuestEnd };

/** From a profile to a machine that has saved its dump and switched itself off. */
export async function capture(
  folder: string,
  scenario: Scenario,
  panicOn?: number,
): Promise<Captured> {
  const booted = await boot(folder, scenario);
  await booted.system.mustRun(armCommand);
  const mark = await booted.system.panic(panicOn);
  const end = await endWithDump(booted.system, booted.disk);
  return { ...booted, mark, end };
}

/** The end of a guest that has panicked and must have saved its dump. */
export async function endWithDump(system: SystemGuest, disk: string): Promise<GuestEnd> {
  const end = await system.guest.ended();
  const marker = completionMarker(disk);
  if (end.reason !== 'guest-shutdown' || !marker.includes('state=complete'))
    throw new Error(
      `no dump: QEMU ended by ${end.reason}, marker "${marker}"\n${system.guest.console.tail()}`,
    );
  return end;
}
