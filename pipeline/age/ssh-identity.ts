/**
 * An OpenSSH private key (ed25519) as an identity of age: the stanza that `age -R id_ed25519.pub` writes
 * (filippo.io/age/agessh). The age package knows age's own keys only.
 */
import {
  createDecipheriv,
  createHash,
  createPrivateKey,
  createPublicKey,
  diffieHellman,
  hkdfSync,
  type KeyObject,
} from 'node:crypto';
import type { Identity } from 'age-encryption';

export type SshKey =
  | { readonly kind: 'key'; readonly identity: Identity }
  | { readonly kind: 'passphrase' }
  | { readonly kind: 'not-ed25519'; readonly type: string }
  | { readonly kind: 'unreadable' };

const begin = '-----BEGIN OPENSSH PRIVATE KEY-----';
const end = '-----END OPENSSH PRIVATE KEY-----';

export const looksLikeSshKey = (text: string): boolean => text.trimStart().startsWith(begin);

/** PROTOCOL.key of OpenSSH. */
export function readSshKey(text: string): SshKey {
  const body = text.trim();
  if (!body.startsWith(begin) || !body.endsWith(end)) return { kind: 'unreadable' };
  const bytes = Buffer.from(body.slice(begin.length, -end.length), 'base64');
  const magic = 'openssh-key-v1\0';
  if (bytes.toString('latin1', 0, magic.length) !== magic) return { kind: 'unreadable' };
  const outer = fieldsOf(bytes.subarray(magic.length));
  const cipher = outer.text();
  outer.text();
  outer.bytes();
  const count = outer.number();
  outer.bytes();
  const inner = fieldsOf(outer.bytes());
  if (outer.failed() || count !== 1) return { kind: 'unreadable' };
  if (cipher !== 'none') return { kind: 'passphrase' };
  const [check, again] = [inner.number(), inner.number()];
  const type = inner.text();
  if (inner.failed() || check !== again) return { kind: 'unreadable' };
  if (type !== 'ssh-ed25519') return { kind: 'not-ed25519', type };
  const publicKey = inner.bytes();
  const secret = inner.bytes();
  if (inner.failed() || publicKey.length !== 32 || secret.length !== 64)
    return { kind: 'unreadable' };
  return { kind: 'key', identity: identityOf(secret.subarray(0, 32), publicKey) };
}

const label = 'age-encryption.org/v1/ssh-ed25519';

function identityOf(seed: Uint8Array, publicKey: Uint8Array): Identity {
  const type = Buffer.from('ssh-ed25519');
  const wire = Buffer.concat([counted(type), counted(publicKey)]);
  const tag = unpadded(createHash('sha256').update(wire).digest().subarray(0, 4));
  // RFC 8032, 5.1.5: the scalar is half of the seed's digest; X25519 clamps it by itself.
  const own = privateX25519(createHash('sha512').update(seed).digest().subarray(0, 32));
  const ownPublic = rawPublic(createPublicKey(own));
  return {
    unwrapFileKey: (stanzas) => {
      for (const { args, body } of stanzas) {
        const [kind, forWhom, share = ''] = args;
        if (kind !== 'ssh-ed25519' || forWhom !== tag || args.length !== 3) continue;
        const ephemeral = Buffer.from(share, 'base64');
        if (ephemeral.length !== 32 || body.length !== 32) throw new Error('invalid stanza');
        const tweak = privateX25519(derive(new Uint8Array(), wire));
        const shared = product(tweak, product(own, ephemeral));
        const key = derive(shared, Buffer.concat([ephemeral, ownPublic]));
        return opened(key, body);
      }
      return null;
    },
  };
}

const derive = (secret: Uint8Array, salt: Uint8Array): Uint8Array =>
  new Uint8Array(hkdfSync('sha256', secret, salt, label, 32));

/** ChaCha20-Poly1305 with a nonce of zeros: the key is used once. */
function opened(key: Uint8Array, body: Uint8Array): Uint8Array {
  const cipher = createDecipheriv('chacha20-poly1305', key, new Uint8Array(12), {
    authTagLength: 16,
  });
  cipher.setAuthTag(body.subarray(-16));
  const text = cipher.update(body.subarray(0, -16));
  cipher.final();
  return new Uint8Array(text);
}

const product = (secret: KeyObject, point: Uint8Array): Uint8Array =>
  diffieHellman({ privateKey: secret, publicKey: publicX25519(point) });

/** RFC 8410: what stands before the 32 bytes of a key. */
const privatePrefix = Buffer.from('302e020100300506032b656e04220420', 'hex');
const publicPrefix = Buffer.from('302a300506032b656e032100', 'hex');
const privateX25519 = (bytes: Uint8Array): KeyObject =>
  createPrivateKey({ key: Buffer.concat([privatePrefix, bytes]), format: 'der', type: 'pkcs8' });
const publicX25519 = (bytes: Uint8Array): KeyObject =>
  createPublicKey({ key: Buffer.concat([publicPrefix, bytes]), format: 'der', type: 'spki' });
const rawPublic = (key: KeyObject): Uint8Array =>
  key.export({ format: 'der', type: 'spki' }).subarray(publicPrefix.length);

const unpadded = (bytes: Uint8Array): string =>
  Buffer.from(bytes).toString('base64').replace(/=+$/, '');

function counted(bytes: Uint8Array): Uint8Array {
  const size = Buffer.alloc(4);
  size.writeUInt32BE(bytes.length);
  return Buffer.concat([size, bytes]);
}

/** Counted fields, one after the other; what is not there is empty, and `failed` says so. */
function fieldsOf(bytes: Buffer) {
  let at = 0;
  let failed = false;
  const number = (): number => {
    if (bytes.length - at < 4) {
      failed = true;
      return 0;
    }
    at += 4;
    return bytes.readUInt32BE(at - 4);
  };
  const take = (): Buffer => {
    const size = number();
    if (size > bytes.length - at) {
      failed = true;
      return Buffer.alloc(0);
    }
    at += size;
    return bytes.subarray(at - size, at);
  };
  return {
    number,
    bytes: take,
    text: () => take().toString('latin1'),
    failed: () => failed,
  };
}
