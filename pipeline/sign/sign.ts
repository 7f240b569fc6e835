/** Signing a seal, a revocation list or an attestation. Reads no file: keys and certificates come as bytes. */
import { createPrivateKey, createPublicKey, type KeyObject, sign, verify } from 'node:crypto';
import { fail, ok, type Result } from '../problem/result.ts';
import type { Certificate } from './certificate.ts';
import { type NamedFile, readCertificates } from './certificate-file.ts';
import { type Role, rsaSize, signerProblems } from './chain.ts';
import { sameBytes } from './der.ts';

export type Signer = {
  /** The signer's certificate, then each the issuer of the one before; without the root. */
  readonly certificates: readonly Certificate[];
  /** What holds the key, for messages. */
  readonly name: string;
  /** The PKCS#1 v1.5 signature of SHA-256 over `message`: the only thing the key is asked for. */
  readonly sign: (message: Uint8Array) => Promise<Result<Uint8Array>>;
};

/** A private key in PEM with the certificates that are its own. */
export type KeyPair = {
  readonly key: KeyObject;
  readonly certificates: readonly [Certificate, ...Certificate[]];
};

export function readKeyPair(
  keyFile: NamedFile,
  certificateFile: NamedFile,
  passphrase?: string,
): Result<KeyPair> {
  const key = readKey(keyFile, passphrase);
  if (!key.ok) return key;
  const certificates = readSignerCertificates(certificateFile);
  if (!certificates.ok) return certificates;
  const [leaf] = certificates.value;
  const spki = createPublicKey(key.value).export({ type: 'spki', format: 'der' });
  if (!sameBytes(spki, leaf.spki))
    return fail({
      area: 'sign',
      kind: 'key-not-of-certificate',
      path: keyFile.path,
      subject: leaf.subjectText,
    });
  return ok({ key: key.value, certificates: certificates.value });
}

/** A signer whose key is in a file. */
export function readSigner(
  keyFile: NamedFile,
  certificateFile: NamedFile,
  passphrase?: string,
): Result<Signer> {
  const pair = readKeyPair(keyFile, certificateFile, passphrase);
  if (!pair.ok) return pair;
  const { key, certificates } = pair.value;
  return ok({
    certificates,
    name: keyFile.path,
    sign: async (message) => ok(sign('sha256', message, key)),
  });
}

function readKey({ path, bytes }: NamedFile, passphrase: string | undefined): Result<KeyObject> {
  try {
    const more = passphrase === undefined ? {} : { passphrase };
    return ok(createPrivateKey({ key: Buffer.from(bytes), format: 'pem', ...more }));
  } catch {
    const encrypted = Buffer.from(bytes).toString('latin1').includes('ENCRYPTED');
    const closed = passphrase === undefined ? 'key-needs-passphrase' : 'key-wrong-passphrase';
    return fail({ area: 'sign', kind: encrypted ? closed : 'key-unreadable', path });
  }
}

/** Of one that signs: at least one certificate, its own first. */
export function readSignerCertificates(
  file: NamedFile,
): Result<readonly [Certificate, ...Certificate[]]> {
  const certificates = readCertificates([file]);
  if (!certificates.ok) return certificates;
  const [first, ...more] = certificates.value;
  if (first === undefined)
    return fail({ area: 'seal', kind: 'certificates-missing', paths: [file.path] });
  return ok([first, ...more]);
}

/** Is signed to see whether the signer can; it is neither a seal nor a revocation list. */
const trial = new TextEncoder().encode('crashseal asks whether this key signs\n');

/** Whether a signer would be taken by some loader, and its key answers, before there is anything to sign. */
export async function trySigner(
  signer: Signer,
  now: number,
  role: Role = 'sealer',
): Promise<Result<void>> {
  const signature = await signatureBy(trial, signer, now, role);
  return signature.ok ? ok(undefined) : signature;
}

/**
 * The bytes of seal.p7s, or of what stands after a revocation list. Same content, same key, same bytes.
 * Whatever holds the key, its answer is verified here before anything is made of it.
 */
export async function signDetached(
  content: Uint8Array,
  signer: Signer,
  now: number,
  role: Role = 'sealer',
): Promise<Result<Uint8Array>> {
  const signature = await signatureBy(content, signer, now, role);
  if (!signature.ok) return signature;
  const leaf = leafOf(signer);
  // A large library, for those who sign.
  const { renderCms } = await import('./forge.ts');
  return ok(
    renderCms({
      certificates: signer.certificates.map(({ der }) => der),
      issuer: leaf.issuer,
      serial: leaf.serial,
      signature: signature.value,
    }),
  );
}

export function leafOf({ certificates: [leaf] }: Signer): Certificate {
  if (leaf === undefined) throw new Error('a signer has a certificate');
  return leaf;
}

/** The plain signature, as it stands in a CMS structure; verified. */
export async function signatureBy(
  content: Uint8Array,
  signer: Signer,
  now: number,
  role: Role,
): Promise<Result<Uint8Array>> {
  const leaf = leafOf(signer);
  const [bad, ...more] = signerProblems([leaf, ...signer.certificates.slice(1)], now, role);
  if (bad !== undefined) return fail(bad, ...more);
  const signature = await signer.sign(content);
  if (!signature.ok) return signature;
  if (leaf.key === undefined || !verify('sha256', content, leaf.key, signature.value))
    return fail({
      area: 'sign',
      kind: 'signer-wrong',
      signer: signer.name,
      subject: leaf.subjectText,
      size: signature.value.length,
      expected: Math.ceil((rsaSize(leaf) ?? 0) / 8),
    });
  return signature;
}
