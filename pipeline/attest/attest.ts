/** A statement, signed by a tester: the bytes of a file that loaders read. */
import { ok, type Result } from '../problem/result.ts';
import { type Signer, signDetached } from '../sign/sign.ts';
import { type Trust, verifySignature } from '../sign/verify-signature.ts';
import { joinBytes } from '../units/bytes.ts';

/** The statement, then the signature over it. Same statement, same key, same bytes. */
export async function attest(
  statement: Uint8Array,
  signer: Signer,
  now: number,
): Promise<Result<Uint8Array>> {
  const p7s = await signDetached(statement, signer, now, 'tester');
  return p7s.ok ? ok(joinBytes([statement, p7s.value])) : p7s;
}

/** Neither a statement nor anything else that counts. */
const question = new TextEncoder().encode('crashseal asks whether this tester is known\n');

/** Whether attestations of this signer would count for who has that trust, before there is anything to attest. */
export async function isKnownTester(
  signer: Signer,
  { anchors, development, revocations }: Trust,
  now: number,
): Promise<Result<void>> {
  const p7s = await signDetached(question, signer, now, 'tester');
  if (!p7s.ok) return p7s;
  const terms = { development, revocations, role: 'tester' } as const;
  const verified = verifySignature(question, p7s.value, anchors, now, terms);
  return verified.ok ? ok(undefined) : verified;
}
