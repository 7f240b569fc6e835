/** RSA keys out of a name: the same in every run, so that what is made with them has the same bytes. */
import { checkPrimeSync, createHash, createPrivateKey, type KeyObject } from 'node:crypto';

const keys = new Map<string, KeyObject>();

/** For tests only: whoever knows the name has the key. */
export function seededKey(name: string, bits = 2048): KeyObject {
  const seed = `${name} ${bits}`;
  const key = keys.get(seed) ?? make(seed, bits);
  keys.set(seed, key);
  return key;
}

const publicExponent = 65537n;

function make(seed: string, bits: number): KeyObject {
  const p = prime(`${seed} p`, bits / 2);
  const q = prime(`${seed} q`, bits / 2);
  const d = inverse(publicExponent, (p - 1n) * (q - 1n));
  const part = (value: bigint): string => Buffer.from(bytesOf(value)).toString('base64url');
  return createPrivateKey({
    format: 'jwk',
    key: {
      kty: 'RSA',
      n: part(p * q),
      e: part(publicExponent),
      d: part(d),
      p: part(p),
      q: part(q),
      dp: part(d % (p - 1n)),
      dq: part(d % (q - 1n)),
      qi: part(inverse(q, p)),
    },
  });
}

/** The first prime from a number of SHA-256; its two highest bits are set, so that products have their size. */
function prime(seed: string, bits: number): bigint {
  const digests = Array.from({ length: Math.ceil(bits / 256) }, (_, index) =>
    createHash('sha256').update(`${seed} ${index}`).digest('hex'),
  );
  const start = BigInt(`0x${digests.join('')}`) >> BigInt(digests.length * 256 - bits);
  const least = 3n << BigInt(bits - 2);
  for (let candidate = start | least | 1n; ; candidate += 2n)
    if (candidate % publicExponent !== 1n && checkPrimeSync(candidate)) return candidate;
}

function inverse(value: bigint, modulus: bigint): bigint {
  let [a, b] = [value % modulus, modulus];
  let [x, y] = [1n, 0n];
  while (b !== 0n) {
    const times = a / b;
    [a, b] = [b, a - times * b];
    [x, y] = [y, x - times * y];
  }
  return ((x % modulus) + modulus) % modulus;
}

function bytesOf(value: bigint): Uint8Array {
  const hex = value.toString(16);
  return Uint8Array.from(Buffer.from(hex.padStart(hex.length + (hex.length % 2), '0'), 'hex'));
}
