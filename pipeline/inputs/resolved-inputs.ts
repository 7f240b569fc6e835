/** Everything a build reads, read: bytes with their digests. Nothing is looked up after this. */
import type { Profile } from '../profile/keys/keys.ts';
import type { Digest } from '../units/units.ts';
import type { PackageFacts } from './package-opener.ts';

export type ResolvedInputs = {
  readonly profile: Profile;
  readonly kernel: KernelInput;
  /** Absent when the profile brings a finished initramfs. */
  readonly modules: ModuleSet | undefined;
  /** What the modules ask for, as far as it was found, sorted by path. */
  readonly firmware: readonly FirmwareFile[];
  /** Programs and libraries with their place in the initramfs, sorted by path; empty with a finished initramfs. */
  readonly tools: readonly ToolFile[];
  readonly ownInitramfs: Uint8Array | undefined;
  /** For the manifest and the lock, sorted by name. */
  readonly sources: readonly InputRecord[];
};

export type KernelInput = {
  /** The image as packaged. */
  readonly image: Uint8Array;
  /** For messages: the package and path, or the file. */
  readonly origin: string;
  /** `uname -r` of this kernel; undefined when nothing says. */
  readonly release: string | undefined;
  /** `CONFIG_` names without the prefix; undefined when there is no packaged config. */
  readonly config: ReadonlyMap<string, string> | undefined;
};

export type ModuleSet = {
  readonly release: string;
  /**
   * What the profile asked for, by canonical name (`virtio_blk`; an alias gives the modules it stands
   * for), in the order asked; built-ins left out. Drivers that the word `storage` brings are in
   * `files` only: they load when a device's modalias asks for them.
   */
  readonly wanted: readonly string[];
  /** Those and everything they need, uncompressed, sorted by path. */
  readonly files: readonly ModuleFile[];
  /** modules.dep, modules.alias, modules.softdep, modules.builtin as depmod makes them for exactly these files. */
  readonly indexes: readonly { readonly name: string; readonly bytes: Uint8Array }[];
};

/** Where modules and firmware go in the initramfs. */
export const modulesFolder = (release: string): string => `lib/modules/${release}`;
export const firmwareFolder = 'lib/firmware';

export type ModuleFile = {
  /** Below lib/modules/RELEASE/, ending in .ko. */
  readonly path: string;
  readonly bytes: Uint8Array;
};

export type FirmwareFile = {
  /** Below lib/firmware/, as the module names it. */
  readonly path: string;
  readonly bytes: Uint8Array;
  /** Digest of the input that it is from. */
  readonly from?: Digest;
};

export type ToolFile = {
  /** Below the root of the initramfs, no leading slash. */
  readonly path: string;
  readonly mode: number;
  readonly content:
    | { readonly kind: 'file'; readonly bytes: Uint8Array }
    | { readonly kind: 'symlink'; readonly target: string };
  /** Digest of the input that it is from. */
  readonly from?: Digest;
};

export type InputRecord = {
  /** `kernel`, `tools/makedumpfile`, `initramfs` … */
  readonly name: string;
  /** Where it came from, without a path of the build machine: package name, version and architecture, or a file's name. */
  readonly origin: string;
  readonly size: number;
  readonly digest: Digest;
  /** What it says of itself, where it is a package. */
  readonly package?: PackageRecord;
  /** What of the initramfs is from it, sorted; a path that ends in `/` means all that lies there. */
  readonly files?: readonly string[];
};

export type PackageRecord = Pick<PackageFacts, 'form' | 'source' | 'licences'> & {
  readonly name: string;
  readonly version: string;
  readonly architecture: string;
};
