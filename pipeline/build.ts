/** The whole flow on one page: profile -> inputs -> components -> plan -> seal -> signature -> bundle. */

import type { ArchName } from './arch/arch.ts';
import { architectureOf } from './arch/arch.ts';
import { buildComponents } from './components/build-components.ts';
import type { Host } from './host/host.ts';
import type { Progress } from './host/progress.ts';
import type { SharedWork } from './host/shared-work.ts';
import { folderStore } from './host/store.ts';
import type { AptOf } from './inputs/apt.ts';
import { type InputsAndPins, type MissingFirmware, resolveInputs } from './inputs/inputs.ts';
import type { LockedProfile } from './inputs/lock.ts';
import { type Plan, planSegments } from './plan/plan.ts';
import { fail, ok, type Result } from './problem/result.ts';
import type { Profile } from './profile/keys/keys.ts';
import { type BundleMember, packBundleChunks } from './seal/archive.ts';
import { type SealedBundle, seal } from './seal/seal.ts';
import { type Signer, signDetached } from './sign/sign.ts';

export type BundleRequest = {
  /** Folder for what is expensive to make; safe to delete. */
  readonly store: string;
  /** Where packages come from. */
  readonly apt: AptOf;
  /** What the lock has for this profile; undefined: pin what is found. */
  readonly locked: LockedProfile | undefined;
  /** What other profiles have in common with this one. */
  readonly shared: SharedWork;
  /** Without one the bundle is not signed. */
  readonly signer: Signer | undefined;
  /** Seconds since 1970 that the bundle states as its build date; undefined states none. */
  readonly buildDate: number | undefined;
  /** Undefined for an architecture that the tool was not built for. */
  readonly purgatoryOf: (arch: ArchName) => Promise<Uint8Array | undefined>;
  readonly toolVersion: string;
  readonly progress: Progress;
  /** Asked once the inputs are read: whether their bundle is there, so that none has to be made. */
  readonly isThere: (resolved: InputsAndPins) => Promise<boolean>;
};

export type FinishedBundle = {
  readonly plan: Plan;
  readonly sealed: SealedBundle;
  readonly signed: boolean;
  /** The bytes of the file, in pieces. */
  readonly archive: readonly Uint8Array[];
  readonly members: readonly BundleMember[];
  /** What is to be pinned for this profile, or was already. */
  readonly pinned: LockedProfile;
  /** Firmware that drivers ask for and the initramfs does not hold. */
  readonly missingFirmware: readonly MissingFirmware[];
};

/** The bundle of one profile, in memory; undefined: it is there. */
export async function buildBundle(
  host: Host,
  profile: Profile,
  request: BundleRequest,
): Promise<Result<FinishedBundle | undefined>> {
  const { progress, shared } = request;
  const arch = architectureOf(profile.arch);
  const purgatory = await request.purgatoryOf(profile.arch);
  if (purgatory === undefined)
    return fail({ area: 'component', kind: 'no-purgatory', arch: profile.arch });
  const store = folderStore(host, request.store);

  const resolved = await resolveInputs(host, profile, request);
  if (!resolved.ok) return resolved;
  if (await request.isThere(resolved.value)) return ok(undefined);
  const { inputs, missingFirmware, pinned } = resolved.value;

  const components = await buildComponents(host, inputs, purgatory, progress, store, shared);
  if (!components.ok) return components;
  const plan = planSegments(components.value, arch.placement);
  if (!plan.ok) return plan;
  const sealed = seal(plan.value, {
    notBefore: request.buildDate,
    toolVersion: request.toolVersion,
  });
  if (!sealed.ok) return sealed;

  const signature =
    request.signer === undefined
      ? ok(undefined)
      : await signDetached(sealed.value.sealBytes, request.signer, host.now());
  if (!signature.ok) return signature;
  const members: readonly BundleMember[] = [
    { name: 'seal.bin', bytes: sealed.value.sealBytes },
    ...(signature.value === undefined
      ? []
      : [{ name: 'seal.p7s' as const, bytes: signature.value }]),
    ...sealed.value.members,
  ];
  const archive = await packBundleChunks(members);
  return ok({
    plan: plan.value,
    sealed: sealed.value,
    signed: signature.value !== undefined,
    archive,
    members,
    pinned,
    missingFirmware,
  });
}
