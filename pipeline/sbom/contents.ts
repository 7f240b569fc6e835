/** All that a bundle holds, as a bill of materials lists it: packages, the files from them, members. */
import { createHash } from 'node:crypto';
import { unpackInitramfs } from '../components/initramfs-files.ts';
import type { Host } from '../host/host.ts';
import { fail, ok, type Result } from '../problem/result.ts';
import { type Bundle, loadedBytes } from '../seal/bundle.ts';
import { type Inspection, inspectOpened } from '../seal/inspect.ts';
import { type ToldInput, toldInputs } from '../seal/told-inputs.ts';
import type { Digest } from '../units/units.ts';

export type Hashes = { readonly sha256: string; readonly sha1: string };

/** A file in the initramfs. */
export type HeldFile = Hashes & {
  readonly path: string;
  readonly size: number;
  /** Names of the inputs that it is from; none: the tool itself made it. */
  readonly from: readonly string[];
};

export type HeldPart = Hashes & { readonly name: string; readonly size: number };

export type Contents = {
  readonly profile: string;
  readonly arch: string;
  readonly release: string | undefined;
  readonly epoch: bigint;
  readonly sealDigest: Digest;
  /** When it was built, in seconds since 1970, where it says so. */
  readonly built: number | undefined;
  /** Version of the tool that built it. */
  readonly toolVersion: string | undefined;
  readonly inputs: readonly ToldInput[];
  readonly members: readonly HeldPart[];
  readonly files: readonly HeldFile[];
};

const hashesOf = (bytes: Uint8Array): Hashes => ({
  sha256: createHash('sha256').update(bytes).digest('hex'),
  sha1: createHash('sha1').update(bytes).digest('hex'),
});

export async function contentsOf(host: Host, bundle: Bundle): Promise<Result<Contents>> {
  const large = bundle.members.find(({ left }) => left !== undefined);
  if (large !== undefined)
    return fail({ area: 'seal', kind: 'sbom-member-large', member: large.name });
  const inspected = inspectOpened(bundle, 0);
  if (!inspected.ok) return inspected;
  const { manifest, seal, sealDigest } = inspected.value;
  const inputs = toldInputs(manifest);
  const parts = seal.segments
    .filter(({ kind }) => kind === 'initramfs')
    .map((segment) => loadedBytes(bundle, segment));
  const unpacked = await unpackInitramfs(host, parts);
  if (!unpacked.ok) return fail({ area: 'seal', kind: 'sbom-initramfs', why: unpacked.why });
  const files = [...unpacked.entries.values()].flatMap(({ entry }): readonly HeldFile[] =>
    entry.kind === 'file'
      ? [
          {
            path: entry.path,
            size: entry.bytes.length,
            ...hashesOf(entry.bytes),
            from: inputs.filter((input) => gives(input, entry.path)).map(({ name }) => name),
          },
        ]
      : [],
  );
  return ok({
    profile: seal.profile,
    arch: textIn(manifest, 'arch') ?? `ELF machine ${seal.machine}`,
    release: seal.release,
    epoch: seal.epoch,
    sealDigest,
    built: seal.notBefore,
    toolVersion: textIn(manifest?.tool, 'version'),
    inputs,
    members: bundle.members.map(({ name, bytes }) => ({
      name,
      size: bytes.length,
      ...hashesOf(bytes),
    })),
    files: files.toSorted((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0)),
  });
}

/** A finished initramfs is an input that is all of it. */
const gives = ({ name, files }: ToldInput, path: string): boolean =>
  name === 'initramfs' ||
  files.some((one) => (one.endsWith('/') ? path.startsWith(one) : path === one));

function textIn(value: unknown, key: string): string | undefined {
  const found =
    typeof value === 'object' && value !== null
      ? (value as Inspection['manifest'])?.[key]
      : undefined;
  return typeof found === 'string' ? found : undefined;
}
