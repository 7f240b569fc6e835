/** Files with secret keys: those of age-keygen, and OpenSSH's. */
import type { Identity } from 'age-encryption';
import type { Host } from '../host/host.ts';
import { fail, ok, type Result } from '../problem/result.ts';
import { looksLikeSshKey, readSshKey } from './ssh-identity.ts';

/** As the age package takes it. */
export type AnyIdentity = string | Identity;

const largest = 1 << 20;
const ageKey = /^AGE-SECRET-KEY-(PQ-)?1[0-9A-Z]+$/;

export async function readIdentities(
  host: Host,
  paths: readonly string[],
): Promise<Result<readonly AnyIdentity[]>> {
  const identities: AnyIdentity[] = [];
  for (const path of paths) {
    const bytes = await host.readSmallFile(path, largest);
    if (bytes === undefined)
      return fail({ area: 'cli', kind: 'no-file', file: path, what: 'identity file' });
    const found: Found =
      typeof bytes === 'string'
        ? 'unreadable'
        : await identitiesIn(Buffer.from(bytes).toString('latin1'));
    if (typeof found === 'string')
      return fail({ area: 'savecore', kind: 'identity-useless', path, why: found });
    identities.push(...found);
  }
  return ok(identities);
}

type Found = readonly AnyIdentity[] | 'unreadable' | 'passphrase' | 'other-type';

async function identitiesIn(text: string): Promise<Found> {
  if (looksLikeSshKey(text)) {
    const key = readSshKey(text);
    if (key.kind === 'key') return [key.identity];
    return key.kind === 'not-ed25519' ? 'other-type' : key.kind;
  }
  if (/^(-----BEGIN AGE ENCRYPTED FILE|age-encryption\.org)/.test(text)) return 'passphrase';
  const lines = text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'));
  if (lines.length === 0 || !lines.every((line) => ageKey.test(line))) return 'unreadable';
  const { Decrypter } = await import('age-encryption');
  try {
    for (const line of lines) new Decrypter().addIdentity(line);
  } catch {
    // A digit that is wrong: the checksum tells.
    return 'unreadable';
  }
  return lines;
}
