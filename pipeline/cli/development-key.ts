/** A key to try things out with, made where there is none. */
import type { Host } from '../host/host.ts';
import { ok, type Result } from '../problem/result.ts';
import { keygen } from '../sign/keygen.ts';

/** Long enough to try things out, short enough not to be forgotten in production. */
const developmentKeyDays = 365;

/** Makes `folder` with root and signer. Of two builds that both find none, one makes it for both. */
export async function makeDevelopmentKey(host: Host, folder: string): Promise<Result<void>> {
  const made = await keygen(host, {
    out: folder,
    kind: 'development',
    commonName: 'development',
    bits: 2048,
    days: developmentKeyDays,
    chain: false,
  });
  const lost = !made.ok && made.problems[0].kind === 'keygen-exists';
  return made.ok || lost ? ok(undefined) : made;
}
