/** What the manifest of a bundle says of the machine that it is for. Pure. */
import { fail, ok, type Result } from '../problem/result.ts';

export type SealedTarget = {
  readonly kind: string;
  readonly description: string;
  /** Whether all of the dump goes there, or the log alone. */
  readonly what: 'vmcore' | 'dmesg';
  readonly device: { readonly by: string; readonly value: string } | undefined;
  readonly stack: readonly string[];
  readonly slots: number;
  /** Kinds of file system. */
  readonly types: readonly string[];
  readonly directory: string;
};

export type SealedInput = {
  readonly name: string;
  readonly origin: string;
  readonly sha256: string;
  readonly size: number;
};

export type Sealed = {
  readonly arch: string;
  readonly profile: string;
  readonly kernelRelease: string;
  readonly kernelBuildId: string;
  /** The device that purgatory and the capture kernel write to; undefined: none. */
  readonly console: string | undefined;
  readonly crashkernel: readonly string[];
  readonly smallest: bigint;
  readonly format: string;
  readonly finalAction: string;
  readonly encrypted: boolean;
  readonly overlay: boolean;
  readonly backend: string;
  readonly policy: readonly string[];
  readonly targets: readonly SealedTarget[];
  readonly inputs: readonly SealedInput[];
};

type Json = Readonly<Record<string, unknown>>;

const isMap = (value: unknown): value is Json => typeof value === 'object' && value !== null;
const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');
const mapsIn = (value: unknown): readonly Json[] =>
  Array.isArray(value) ? value.filter(isMap) : [];
const textsIn = (value: unknown): readonly string[] =>
  Array.isArray(value) ? value.filter((one) => typeof one === 'string') : [];

/** The manifest is signed, but may come from another version of the tool. */
export function readSealed(manifest: Json): Result<Sealed> {
  const reservation = isMap(manifest.reservation) ? manifest.reservation : {};
  const { arch, profile, kernelRelease, kernelBuildId } = manifest;
  const needed = { arch, profile, kernelRelease, 'reservation.smallest': reservation.smallest };
  for (const [key, value] of Object.entries(needed))
    if (typeof value !== 'string') return fail({ area: 'prove', kind: 'manifest-lacks', key });
  for (const key of ['targets', 'inputs', 'onCorruption'])
    if (!Array.isArray(manifest[key])) return fail({ area: 'prove', kind: 'manifest-lacks', key });
  const console = isMap(manifest.console) ? textOf(manifest.console.device) : '';
  return ok({
    arch: textOf(arch),
    profile: textOf(profile),
    kernelRelease: textOf(kernelRelease),
    kernelBuildId: textOf(kernelBuildId),
    console: console === '' ? undefined : console,
    crashkernel: textsIn(reservation.options),
    smallest: BigInt(textOf(reservation.smallest)),
    format: isMap(manifest.dump) ? textOf(manifest.dump.format) : '',
    finalAction: textOf(manifest.finalAction),
    encrypted: Array.isArray(manifest.recipient) && manifest.recipient.length > 0,
    overlay: isMap(manifest.localOverlay),
    backend: textOf(manifest.backend),
    policy: mapsIn(manifest.onCorruption).map(({ kind }) => textOf(kind)),
    targets: mapsIn(manifest.targets).map(targetOf),
    inputs: mapsIn(manifest.inputs).map(({ name, origin, sha256, size }) => ({
      name: textOf(name),
      origin: textOf(origin),
      sha256: textOf(sha256),
      size: Number(size),
    })),
  });
}

const targetOf = (target: Json): SealedTarget => ({
  kind: textOf(target.kind),
  description: textOf(target.description),
  what: target.what === 'vmcore' ? 'vmcore' : 'dmesg',
  device: isMap(target.device)
    ? { by: textOf(target.device.by), value: textOf(target.device.value) }
    : undefined,
  stack: textsIn(target.stack),
  slots: typeof target.slots === 'number' ? target.slots : 1,
  types: textsIn(target.types),
  directory: textOf(target.directory) || '/',
});
