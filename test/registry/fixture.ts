/** Bundles of the form that fleets have: a base initramfs that is alike, and a profile's own rest. */
import { manifestOfSeal, renderManifest } from '../../pipeline/seal/manifest.ts';
import { encodeSeal, type Seal } from '../../pipeline/seal/seal-codec.ts';
import { signDetached } from '../../pipeline/sign/sign.ts';
import { alignUp } from '../../pipeline/units/units.ts';
import { pattern, sealedDigests } from '../fixtures/bytes.ts';
import { type TestKeys, testKeys } from '../fixtures/keys.ts';
import { now } from '../fixtures/now.ts';
import { packSealed } from '../fixtures/pack-sealed.ts';
import { must } from '../fixtures/results.ts';
import { sampleParts } from '../fixtures/sample-bundle.ts';

export type FleetBundle = {
  readonly profile: string;
  /** Bytes of the initramfs, and what they are made from. */
  readonly base?: number;
  readonly seed?: number;
  /** Another value makes another bundle of the same profile. */
  readonly epoch?: bigint;
  /** As real ones have it: purgatory has digests of its own. Else it is alike in all that have the same base. */
  readonly ownTail?: boolean;
};

let made: Promise<TestKeys> | undefined;
/** Of every bundle here. */
export const fleetKeys = (): Promise<TestKeys> => {
  made ??= testKeys();
  return made;
};

export async function fleetBundle({
  profile,
  base = 200_000,
  seed = 7,
  epoch = 1n,
  ownTail = false,
}: FleetBundle): Promise<Uint8Array> {
  const { signer } = await fleetKeys();
  const { seal: sample, members } = sampleParts({
    initramfs: Buffer.alloc(base, pattern(65_521, seed)),
    ...(ownTail
      ? { purgatory: (image: Uint8Array) => image.set(Buffer.from(profile), image.length - 64) }
      : {}),
  });
  const memsz = alignUp(BigInt(base), 0x1000n);
  const draft: Seal = {
    ...sample,
    profile,
    epoch,
    crashSize: alignUp(memsz, 0x10_0000n) + 0x10_0000n,
    members: sample.members.slice(1),
    segments: sample.segments.map((segment, index) => ({
      ...segment,
      member: segment.member - 1,
      memsz: index === 1 ? memsz : segment.memsz,
      place: index > 1 ? segment.place + memsz : segment.place,
    })),
  };
  const manifest = renderManifest(manifestOfSeal(draft));
  const bytes = encodeSeal({
    ...draft,
    members: [
      { name: 'manifest.json', size: BigInt(manifest.length), ...sealedDigests(manifest) },
      ...draft.members,
    ],
    segments: draft.segments.map((segment) => ({ ...segment, member: segment.member + 1 })),
  });
  const signature = must(await signDetached(bytes, signer, now));
  return packSealed(
    bytes,
    [signature],
    [{ name: 'manifest.json', bytes: manifest }, ...members.slice(1)],
  );
}
