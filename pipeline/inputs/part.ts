/** What the parts of this stage share: their surroundings, and how each answers. */
import type { Architecture } from '../arch/architecture.ts';
import type { Host } from '../host/host.ts';
import type { SharedWork } from '../host/shared-work.ts';
import type { Store } from '../host/store.ts';
import type { Profile } from '../profile/keys/keys.ts';
import { sha256 } from '../units/sha256.ts';
import type { Apt, PinnedPackage } from './apt.ts';
import type { LockedInput, LockedPart, LockedProfile } from './lock.ts';
import type { PackageFacts } from './package-opener.ts';
import type { InputRecord } from './resolved-inputs.ts';

/** `Keys`: what of the profile may decide what is found. Its name and places are for messages. */
export type InputContext<Keys extends keyof Profile = keyof Profile> = {
  readonly host: Host;
  readonly profile: Pick<Profile, Keys | 'name' | 'placeOf'>;
  readonly machine: Architecture;
  readonly apt: Apt;
  /** Folder of the store, for what is a tree of files. */
  readonly storeFolder: string;
  readonly store: Store;
  /** What other profiles of the same build have found. */
  readonly shared: SharedWork;
  /** What is pinned for this profile; undefined when it is to be pinned now. */
  readonly locked: LockedProfile | undefined;
  readonly say: (detail: string) => void;
};

/** An input with both of its records: for the manifest, and for the lock. */
export type PinnedInput = { readonly record: InputRecord; readonly locked: LockedInput };

export type Part<T> = {
  readonly value: T;
  /** For the lock: what was asked for; undefined when the part reads nothing of its own. */
  readonly asked: string | undefined;
  readonly inputs: readonly PinnedInput[];
};

export const baseName = (path: string): string =>
  path.replace(/\/+$/, '').slice(path.replace(/\/+$/, '').lastIndexOf('/') + 1);

export function fileInput(name: string, path: string, bytes: Uint8Array): PinnedInput {
  const digest = sha256(bytes);
  return {
    record: { name, origin: baseName(path), size: bytes.length, digest },
    locked: { name, sha256: digest, size: bytes.length },
  };
}

export function packageInput(
  name: string,
  from: PinnedPackage,
  { form, source, licences }: PackageWords,
): PinnedInput {
  const { architecture, digest, package: own, size, version } = from;
  return {
    record: {
      name,
      origin: `${own} ${version} ${architecture}`,
      size,
      digest,
      package: { form, name: own, version, architecture, source, licences },
    },
    locked: {
      name,
      sha256: from.digest,
      size: from.size,
      package: { name: from.package, version: from.version, architecture: from.architecture },
    },
  };
}

/** What a package alone can say of itself. */
export type PackageWords = Pick<PackageFacts, 'form' | 'source' | 'licences'>;

/** The packages that a lock names for a part; undefined when it names none. */
export function pinnedPackages(part: LockedPart | undefined): PinnedPackage[] | undefined {
  const found = part?.inputs.flatMap(({ package: from, sha256: digest, size }) =>
    from === undefined
      ? []
      : [
          {
            package: from.name,
            version: from.version,
            architecture: from.architecture,
            digest,
            size,
          },
        ],
  );
  return found === undefined || found.length === 0 ? undefined : found;
}
