/** What the measurements share: both loaders, with the same kernel and the same initramfs, in one guest. */
import { createCipheriv } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { makeDumpDevice } from '../pipeline/guest/dump-device.ts';
import type { GuestOptions } from '../pipeline/guest/guest.ts';
import type { KernelTree } from '../pipeline/guest/kernel-tree.ts';
import { consoleWords, defaultGuest, type GuestArch } from '../pipeline/guest/machines/machines.ts';
import type { SystemGuest } from '../pipeline/guest/system-guest.ts';
import { type InitramfsFile, scriptedInit } from '../pipeline/guest/system-initramfs.ts';
import { initramfsOf } from '../test/support/capture.ts';
import {
  buildBundle,
  developmentKeys,
  type Keys,
  loaderOf,
  type ProfileText,
} from '../test/support/crashseal.ts';
import { testKernelTree } from '../test/support/kernel-tree.ts';
import { suiteEnvironment, type TestKernelName } from '../test/support/kernels.ts';
import { packagePrograms } from '../test/support/packages.ts';
import { peerLoad } from '../test/support/peer.ts';
import { testSystems } from '../test/support/systems/systems.ts';

export const benchFolder = join('out', 'bench');

/** How often each time is measured. */
export const rounds = Number(process.env.ROUNDS ?? 3);

/** How the kernel is in the bundle; `usual`: as the tool has it for the architecture where a profile says nothing. */
export type Form = 'direct' | 'compressed' | 'usual';
export const forms: readonly Form[] = ['compressed', 'direct'];

/** Uses one CPU, and starts again rather than hang. */
export const commandLine = ['nokaslr', 'nr_cpus=1', 'panic=1'];
/** Speaks from the first moment. */
const earlyConsole = ['console=ttyS0', 'earlyprintk=ttyS0'];

/** Written to a file: `padding` MiB that do not compress. */
function paddingFile(padding: number): string {
  const noise = createCipheriv('aes-128-ctr', Buffer.alloc(16, 1), Buffer.alloc(16));
  const path = join(benchFolder, `padding-${padding}`);
  mkdirSync(benchFolder, { recursive: true });
  writeFileSync(path, noise.update(Buffer.alloc(padding * 2 ** 20)));
  return path;
}

/** What saves: busybox copies the dump, or its first MiB. */
export const savingInit = (disk: string, saved: number | 'all'): string =>
  scriptedInit(`echo 'capture: up' >/dev/kmsg
dd if=/proc/vmcore of=${disk} bs=1M ${saved === 'all' ? '' : `count=${saved}`} && echo 'capture: saved' >/dev/kmsg
sync
poweroff -f`);

/** `padding` MiB go along. */
const captureInitramfs = (
  arch: GuestArch,
  kernel: KernelTree,
  padding: number,
  saved: number | 'all',
): Promise<Uint8Array> =>
  initramfsOf(arch, {
    kernel,
    init: savingInit('/dev/vda', saved),
    files: [{ path: 'padding', content: { from: paddingFile(padding) } }],
  });

/** Of a profile, what is the same on every machine; the initramfs is in the profile's folder. */
export const profileOf = (form: Form, words: readonly string[]): ProfileText => ({
  name: form,
  ...(form === 'usual' ? {} : { kernelForm: form }),
  initramfs: { from: 'file', path: 'capture.cpio' },
  limits: { cpus: 8, memoryRanges: 32 },
  commandLine: { append: words },
});

type Bundle = { readonly form: Form; readonly path: string };

/** What {@link loadOurs} needs in the system's initramfs. */
export const ourFiles = (
  arch: GuestArch,
  keys: Keys,
  bundles: readonly Bundle[],
): readonly InitramfsFile[] => [
  { path: 'sbin/crashseal-load', mode: 0o755, content: { from: loaderOf(arch) } },
  { path: 'etc/trust.pem', content: { from: keys.trust } },
  ...bundles.map(({ form, path }) => ({ path: `bundle-${form}`, content: { from: path } })),
];

export const loadOurs = (form: Form): string =>
  `crashseal-load --trust /etc/trust.pem /bundle-${form}`;

export type RigOptions = {
  readonly name: string;
  readonly arch?: GuestArch;
  readonly kernel: TestKernelName;
  readonly peerSuite?: string;
  /** The capture kernel's words for its console. */
  readonly early?: readonly string[];
  /** MiB of the initramfs that are of no use. */
  readonly padding: number;
  /** MiB of the dump, from its start. */
  readonly saved?: number | 'all';
  readonly crashkernel: string;
  /** MiB. */
  readonly memory: number;
  readonly forms: readonly Form[];
};

export type Rig = {
  readonly kernel: KernelTree;
  readonly disk: string;
  readonly guest: GuestOptions;
  readonly load: Readonly<Record<Form | 'peer', string>>;
};

/** A system initramfs with everything that `load` needs. Throws where a bundle cannot be built. */
export async function makeRig(options: RigOptions): Promise<Rig> {
  const arch = options.arch ?? defaultGuest;
  const { suite, profile: consoleKeys } = testSystems[arch];
  const kernel = await testKernelTree(options.kernel, arch);
  const folder = join(benchFolder, options.name);
  mkdirSync(folder, { recursive: true });
  const capture = join(folder, 'capture.cpio');
  const saved = options.saved ?? 16;
  writeFileSync(capture, await captureInitramfs(arch, kernel, options.padding, saved));
  const words = [...(options.early ?? earlyConsole), ...commandLine];
  const keys = developmentKeys(benchFolder);
  const bundles = options.forms.map((form): Bundle => {
    const profile = {
      ...profileOf(form, words),
      ...consoleKeys,
      arch,
      kernel: { from: 'deb', path: kernel.deb },
      crashkernel: options.crashkernel,
      target: { kind: 'raw', device: '/dev/vda' },
    };
    return { form, path: buildBundle(folder, profile, keys, folder, suiteEnvironment(suite)) };
  });
  const initrd = join(folder, 'system.cpio');
  writeFileSync(
    initrd,
    await initramfsOf(arch, {
      kernel,
      files: [
        ...(await packagePrograms(
          arch,
          { 'kexec-tools': 'sbin/kexec' },
          options.peerSuite ?? suite,
        )),
        { path: 'vmlinuz', content: { from: kernel.vmlinuz } },
        { path: 'capture.cpio', content: { from: capture } },
        ...ourFiles(arch, keys, bundles),
      ],
    }),
  );
  const disk = join(folder, 'disk.raw');
  makeDumpDevice(disk, saved === 'all' ? options.memory : 2 * saved);
  return {
    kernel,
    disk,
    guest: {
      name: options.name,
      arch,
      logFolder: folder,
      kernel: kernel.vmlinuz,
      initrd,
      memory: `${options.memory}M`,
      append: [...consoleWords(arch), `crashkernel=${options.crashkernel}`].join(' '),
      disks: [{ path: disk }],
    },
    load: {
      peer: peerLoad(words.join(' ')),
      direct: loadOurs('direct'),
      compressed: loadOurs('compressed'),
      usual: loadOurs('usual'),
    },
  };
}

/** The guest's clock in nanoseconds, which is instructions where QEMU counts one for each. */
const clock = "now() { sed -n 's/^now at \\([0-9]*\\) .*/\\1/p' /proc/timer_list; }";

/** What a command costs on that clock. Throws where it fails. */
export async function costOf(system: SystemGuest, command: string): Promise<number> {
  const output = await system.mustRun(
    `${clock}; a=$(now); b=$(now); ${command} >/run/said 2>&1 || { tail -5 /run/said; exit 1; }; c=$(now); echo $((c - b - (b - a)))`,
  );
  return Number(output.trim());
}

/** Makes sure that QEMU counts instructions. */
export const countInstructions: readonly string[] = ['-icount', 'shift=0'];

/** As many measurements as are wanted, one after the other. */
export async function repeated(measure: () => Promise<number>): Promise<readonly number[]> {
  const values: number[] = [];
  for (let round = 0; round < rounds; round += 1) values.push(await measure());
  return values;
}
