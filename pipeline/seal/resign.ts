/** Other signatures for a bundle: its seal and everything sealed stay as they are, byte by byte. */
import type { Host } from '../host/host.ts';
import { fail, ok, type Result } from '../problem/result.ts';
import type { Certificate } from '../sign/certificate.ts';
import { type Signer, signDetached } from '../sign/sign.ts';
import { readSignature, sameKey } from '../sign/verify-signature.ts';
import { sha256 } from '../units/sha256.ts';
import type { Digest } from '../units/units.ts';
import { type BundleMember, packBundleChunks, signatureNames } from './archive.ts';
import { type Bundle, holdAll, openBundle, sealOf } from './bundle.ts';
import { checkMembers, contentProblems } from './verify.ts';

export type Resigning =
  /** In place of every signature that is there. */
  | { readonly kind: 'replace'; readonly signer: Signer }
  /** After those that are there. */
  | { readonly kind: 'add'; readonly signer: Signer }
  /** Takes one away; `number` counts from 1. */
  | { readonly kind: 'drop'; readonly number: number };

export type ResignReport = {
  readonly path: string;
  readonly profile: string;
  /** Of seal.bin, which is what it was. */
  readonly sealDigest: Digest;
  /** As they are now, in their order. Times in seconds since 1970. */
  readonly signatures: readonly {
    readonly signer: string;
    readonly development: boolean;
    readonly notAfter: number;
  }[];
};

/** Reads the bundle at `from` and writes it to `to`, which may be the same file. */
export async function resignBundle(
  host: Host,
  from: string,
  to: string,
  resigning: Resigning,
): Promise<Result<ResignReport>> {
  const opened = await openBundle(host, from);
  if (!opened.ok) return opened;
  const bundle = await holdAll(host, opened.value);
  if (!bundle.ok) return bundle;
  // A signature vouches for the seal, and this one was not made by the build before our eyes.
  const seal = sealOf(bundle.value);
  if (!seal.ok) return seal;
  const { problems: changed } = checkMembers(bundle.value, seal.value);
  const [wrong, ...more] = changed.length > 0 ? changed : contentProblems(bundle.value, seal.value);
  if (wrong !== undefined) return fail(wrong, ...more);

  const signatures = await newSignatures(bundle.value, resigning, host.now());
  if (!signatures.ok) return signatures;
  const signers: Certificate[] = [];
  for (const p7s of signatures.value) {
    const read = readSignature(p7s);
    if (!read.ok) return read;
    signers.push(read.value.certificates[0]);
  }
  await host.writeFile(
    to,
    await packBundleChunks([
      { name: 'seal.bin', bytes: bundle.value.sealBytes },
      ...signatures.value.map(
        (bytes, index): BundleMember => ({ name: signatureNames[index] ?? 'seal.p7s', bytes }),
      ),
      ...bundle.value.members,
    ]),
  );
  return ok({
    path: to,
    profile: seal.value.profile,
    sealDigest: sha256(bundle.value.sealBytes),
    signatures: signers.map(({ subjectText, development, notAfter }) => ({
      signer: subjectText,
      development,
      notAfter,
    })),
  });
}

async function newSignatures(
  bundle: Bundle,
  resigning: Resigning,
  now: number,
): Promise<Result<readonly Uint8Array[]>> {
  const { signatures, sealBytes, path } = bundle;
  if (resigning.kind === 'drop') {
    const { number } = resigning;
    const count = signatures.length;
    if (number < 1 || number > count)
      return fail({ area: 'sign', kind: 'resign-no-such', number, count });
    if (count === 1) return fail({ area: 'sign', kind: 'resign-last' });
    return ok(signatures.filter((_, index) => index !== number - 1));
  }
  const { signer, kind } = resigning;
  const kept = kind === 'add' ? signatures : [];
  if (kept.length === signatureNames.length)
    return fail({ area: 'sign', kind: 'resign-too-many', most: signatureNames.length });
  for (const p7s of kept) {
    const read = readSignature(p7s);
    if (!read.ok) return read;
    const [before] = read.value.certificates;
    const [mine] = signer.certificates;
    if (mine !== undefined && sameKey(before, mine))
      return fail({
        area: 'sign',
        kind: 'resign-same-key',
        name: path,
        subject: before.subjectText,
      });
  }
  const signed = await signDetached(sealBytes, signer, now);
  return signed.ok ? ok([...kept, signed.value]) : signed;
}
