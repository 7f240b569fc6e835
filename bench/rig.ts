/** What the measurements share: both loaders, with the same kernel and the same initramfs, in one guest. */
import { createCipheriv } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { makeDumpDevice } from '../pipeline/guest/dump-device.ts';
import type { GuestOptions } from '../pipeline/guest/guest.ts';
import type { KernelTree } from '../pipeline/guest/kernel-tree.ts';
import {
  type InitramfsFile,
  scriptedInit,
  systemInitramfs,
} from '../pipeline/guest/system-initramfs.ts';
import { buildBundle, developmentKeys, loaderProgram } from '../test/support/crashseal.ts';
import { testKernelTree } from '../test/support/kernel-tree.ts';
import type { TestKernelName } from '../test/support/kernels.ts';
import { peerFiles, peerLoad } from '../test/support/peer.ts';

export const benchFolder = join('out', 'bench');

export type Form = 'direct' | 'compressed';
export const forms: readonly Form[] = ['compressed', 'direct'];

/** Speaks from the first moment, uses one CPU, and starts again rather than hang. */
const commandLine = ['console=ttyS0', 'earlyprintk=ttyS0', 'nokaslr', 'nr_cpus=1', 'panic=1'];

/** What saves: busybox copies 16 MiB of the dump; `padding` MiB that do not compress go along. */
export function captureInitramfs(kernel: KernelTree, padding: number): Uint8Array {
  const noise = createCipheriv('aes-128-ctr', Buffer.alloc(16, 1), Buffer.alloc(16));
  const path = join(benchFolder, `padding-${padding}`);
  mkdirSync(benchFolder, { recursive: true });
  writeFileSync(path, noise.update(Buffer.alloc(padding * 2 ** 20)));
  return systemInitramfs({
    kernel,
    init: scriptedInit(`echo 'capture: up' >/dev/kmsg
dd if=/proc/vmcore of=/dev/vda bs=1M count=16 && echo 'capture: saved' >/dev/kmsg
poweroff -f`),
    files: [{ path: 'padding', content: { from: path } }],
  });
}

export type RigOptions = {
  readonly name: string;
  readonly kernel: TestKernelName;
  /** MiB. */
  readonly padding: number;
  readonly crashkernel: string;
  readonly memory: string;
  readonly forms: readonly Form[];
};

export type Rig = {
  readonly guest: GuestOptions;
  readonly load: Readonly<Record<Form | 'peer', string>>;
};

/** A system initramfs with everything that `load` needs. Throws where a bundle cannot be built. */
export async function makeRig(options: RigOptions): Promise<Rig> {
  const kernel = await testKernelTree(options.kernel);
  const folder = join(benchFolder, options.name);
  mkdirSync(folder, { recursive: true });
  const capture = join(folder, 'capture.cpio');
  writeFileSync(capture, captureInitramfs(kernel, options.padding));
  const keys = developmentKeys(benchFolder);
  const bundles = options.forms.map((form): InitramfsFile => {
    const profile = {
      name: form,
      kernel: { from: 'deb', path: kernel.deb },
      kernelForm: form,
      initramfs: { from: 'file', path: 'capture.cpio' },
      crashkernel: options.crashkernel,
      limits: { cpus: 8, memoryRanges: 32 },
      commandLine: { append: commandLine },
      target: { kind: 'raw', device: '/dev/vda' },
      console: { device: 'ttyS0' },
    };
    return { path: `bundle-${form}`, content: { from: buildBundle(folder, profile, keys) } };
  });
  const initrd = join(folder, 'system.cpio');
  writeFileSync(
    initrd,
    systemInitramfs({
      kernel,
      files: [
        ...peerFiles(kernel, capture),
        ...bundles,
        { path: 'sbin/crashseal-load', mode: 0o755, content: { from: loaderProgram } },
        { path: 'etc/trust.pem', content: { from: keys.trust } },
      ],
    }),
  );
  const disk = join(folder, 'disk.raw');
  makeDumpDevice(disk, 32);
  const ours = (form: Form) => `crashseal-load --trust /etc/trust.pem /bundle-${form}`;
  return {
    guest: {
      name: options.name,
      logFolder: folder,
      kernel: kernel.vmlinuz,
      initrd,
      memory: options.memory,
      append: `console=ttyS0 crashkernel=${options.crashkernel}`,
      disks: [{ path: disk }],
    },
    load: {
      peer: peerLoad(commandLine.join(' ')),
      direct: ours('direct'),
      compressed: ours('compressed'),
    },
  };
}
