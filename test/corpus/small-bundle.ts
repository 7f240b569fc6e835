/** The good bundle that every case of the corpus is a change of: some 18 KiB, the same in every run. */
import { type BundleMember, packBundle } from '../../pipeline/seal/archive.ts';
import { encodeSeal } from '../../pipeline/seal/seal-codec.ts';
import { authority, certificate, keyOf, signature } from '../loader-trust/bundles.ts';
import { type Changes, sampleParts } from '../seal/sample-bundle.ts';

export type Parts = {
  readonly seal: Uint8Array;
  readonly p7s: Uint8Array;
  readonly members: readonly BundleMember[];
};

/** Root, authority and signer; keys are called as their owners are. */
export const root = authority('root', 'root');
export const middle = authority('middle', 'root', { authorityOver: 0 });
export const leaf = certificate('signer', 'middle');
export const signerKey = keyOf('signer');

export const sign = (seal: Uint8Array): Uint8Array => signature([leaf, middle], signerKey, seal);

/** A bundle's parts, sealed and signed after the change. */
export function smallParts(changes: Changes = {}): Parts {
  const { seal, members } = sampleParts(changes);
  const bytes = encodeSeal(seal);
  return { seal: bytes, p7s: sign(bytes), members };
}

/** The archive of these parts, with some of them exchanged. */
export const packParts = (parts: Parts, change: Partial<Parts> = {}): Promise<Uint8Array> => {
  const { seal, p7s, members } = { ...parts, ...change };
  return packBundle([
    { name: 'seal.bin', bytes: seal },
    { name: 'seal.p7s', bytes: p7s },
    ...members,
  ]);
};

/** seal.bin and seal.p7s of an archive, wherever its first headers say that they end. */
export function signedOf(archive: Uint8Array): readonly [Uint8Array, Uint8Array] {
  const take = (at: number): Uint8Array => {
    const digits = Buffer.from(archive.subarray(at + 124, at + 135)).toString('latin1');
    return archive.subarray(at + 512, at + 512 + (Number.parseInt(digits, 8) || 0));
  };
  const seal = take(0);
  return [seal, take(512 + Math.ceil(seal.length / 512) * 512)];
}
