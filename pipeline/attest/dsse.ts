/**
 * The same statement in a DSSE envelope (secure-systems-lab/dsse), for tools that want one. Its signature is over
 * the pre-authentication encoding, so it is another than that of the CMS.
 */
import { ok, type Result } from '../problem/result.ts';
import { leafOf, type Signer, signatureBy } from '../sign/sign.ts';
import { joinBytes } from '../units/bytes.ts';
import { sha256 } from '../units/sha256.ts';

const payloadType = 'application/vnd.in-toto+json';

/** "DSSEv1", then type and body, each after its length. */
export const preAuthEncoding = (body: Uint8Array): Uint8Array =>
  joinBytes([
    new TextEncoder().encode(`DSSEv1 ${payloadType.length} ${payloadType} ${body.length} `),
    body,
  ]);

/** JSON in one line. `keyid` is SHA-256 of the key's SubjectPublicKeyInfo, as in a revocation list. */
export async function dsseEnvelope(
  statement: Uint8Array,
  signer: Signer,
  now: number,
): Promise<Result<Uint8Array>> {
  const signature = await signatureBy(preAuthEncoding(statement), signer, now, 'tester');
  if (!signature.ok) return signature;
  const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64');
  const envelope = {
    payload: base64(statement),
    payloadType,
    signatures: [{ keyid: sha256(leafOf(signer).spki), sig: base64(signature.value) }],
  };
  return ok(new TextEncoder().encode(`${JSON.stringify(envelope)}\n`));
}
