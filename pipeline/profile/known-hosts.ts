/** OpenSSH's record of servers -> the key that one of them has (sshd(8), "SSH_KNOWN_HOSTS FILE FORMAT"). Pure. */
import { createHmac } from 'node:crypto';
import { readHostKey } from '../targets/ssh/host-key.ts';

/** The one that is trusted most comes first. */
const kinds = ['ssh-ed25519', 'ecdsa-sha2-nistp256', 'ecdsa-sha2-nistp384', 'ecdsa-sha2-nistp521'];

/** Undefined for a server that is not known there, or only by keys that a profile does not take. */
export function knownHostKey(text: string, host: string): string | undefined {
  const lines = text.split('\n').map((line) => line.trim().split(/\s+/));
  // A line that begins with a mark is of an authority, or of a key that was withdrawn.
  const revoked = new Set(
    lines.flatMap(([mark, , , encoded]) => (mark === '@revoked' && encoded ? [encoded] : [])),
  );
  const keys = lines.flatMap(([names = '', kind = '', encoded = '']) => {
    if (!isNamed(names, host) || revoked.has(encoded)) return [];
    const read = readHostKey(`${kind} ${encoded}`);
    return 'hostKey' in read ? [{ kind, hostKey: read.hostKey }] : [];
  });
  const best = kinds.flatMap((kind) => keys.filter((key) => key.kind === kind));
  return (best[0] ?? keys[0])?.hostKey;
}

function isNamed(names: string, host: string): boolean {
  const [, salt, digest] = /^\|1\|([A-Za-z0-9+/=]+)\|([A-Za-z0-9+/=]+)$/.exec(names) ?? [];
  if (salt !== undefined)
    return createHmac('sha1', Buffer.from(salt, 'base64')).update(host).digest('base64') === digest;
  // Patterns are of whole networks: none of them says that this server was seen.
  return names.split(',').includes(host);
}
