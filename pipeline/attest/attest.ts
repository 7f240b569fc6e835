/** A statement, signed by a tester: the bytes of a file that loaders read. */
import { ok, type Result } from '../problem/result.ts';
import { type Signer, signDetached } from '../sign/sign.ts';
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
