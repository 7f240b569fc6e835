/** A profile as the inputs stage sees it: what it reads is given, the rest is of no account here. */
import type { InitramfsSource } from '../../pipeline/profile/keys/initramfs.ts';
import type { KernelSource } from '../../pipeline/profile/keys/kernel.ts';
import type { Profile } from '../../pipeline/profile/keys/keys.ts';
import type { ToolsSource } from '../../pipeline/profile/keys/tools.ts';
import { profile } from '../fixtures/profile-and-inputs.ts';

export type ProfileInputs = {
  readonly name?: string;
  readonly kernel: KernelSource;
  readonly initramfs?: InitramfsSource;
  readonly tools?: ToolsSource;
  readonly targets?: Profile['targets'];
  readonly network?: Profile['network'];
};

export const composedWith = (...drivers: readonly string[]): InitramfsSource => ({
  kind: 'composed',
  compression: 'none',
  drivers,
  firmware: [],
});

export const inputProfile = (given: ProfileInputs): Profile => ({
  ...profile,
  name: given.name ?? profile.name,
  kernel: given.kernel,
  initramfs: given.initramfs ?? composedWith('virtio_blk'),
  tools: given.tools ?? profile.tools,
  targets: given.targets ?? profile.targets,
  network: given.network ?? profile.network,
});
