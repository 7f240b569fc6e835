/** A key to try things out with, made where there is none. */
import { dirname, join } from 'node:path';
import type { Host } from '../host/host.ts';
import { ok, type Result } from '../problem/result.ts';
import { keygen } from '../sign/keygen.ts';

/** Long enough to try things out, short enough not to be forgotten in production. */
const developmentKeyDays = 365;

/**
 * Makes `folder` with root and signer, all at once: of two builds that both find none, one wins, and
 * an interrupted one leaves no key without its certificate.
 */
export async function makeDevelopmentKey(host: Host, folder: string): Promise<Result<void>> {
  return host.withTempFolder(async (temp) => {
    const made = await keygen(host, {
      out: join(temp, 'keys'),
      kind: 'development',
      commonName: 'development',
      bits: 2048,
      days: developmentKeyDays,
      chain: false,
    });
    if (!made.ok) return made;
    try {
      await host.rename(join(temp, 'keys'), folder);
    } catch (error) {
      // Another build was faster; its key is as good as ours.
      if ((await host.stat(join(folder, 'signer.key'))) === undefined) throw error;
    }
    return ok(undefined);
  }, dirname(folder));
}
