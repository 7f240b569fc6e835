/** The same RSA modulus with another exponent: who has the factors has a key for each. */
import { createPrivateKey, type KeyObject } from 'node:crypto';

const fromBase64 = (text = ''): bigint =>
  BigInt(`0x${Buffer.from(text, 'base64url').toString('hex') || '0'}`);
const toBase64 = (value: bigint): string => {
  const digits = value.toString(16);
  return Buffer.from(digits.length % 2 === 0 ? digits : `0${digits}`, 'hex').toString('base64url');
};

/** The first exponent from `least` on that has an inverse. */
export function withExponent(key: KeyObject, least: bigint): KeyObject {
  const jwk = key.export({ format: 'jwk' });
  const [p, q] = [fromBase64(jwk.p), fromBase64(jwk.q)];
  const order = (p - 1n) * (q - 1n);
  for (let e = least; ; e += 2n) {
    const d = inverse(e, order);
    if (d === undefined) continue;
    return createPrivateKey({
      format: 'jwk',
      key: {
        ...jwk,
        e: toBase64(e),
        d: toBase64(d),
        dp: toBase64(d % (p - 1n)),
        dq: toBase64(d % (q - 1n)),
      },
    });
  }
}

/** By Euclid's algorithm; undefined where they have a common factor. */
function inverse(value: bigint, modulus: bigint): bigint | undefined {
  let [rest, next, factor, nextFactor] = [modulus, value, 0n, 1n];
  while (next !== 0n) {
    const times = rest / next;
    [rest, next] = [next, rest - times * next];
    [factor, nextFactor] = [nextFactor, factor - times * nextFactor];
  }
  return rest === 1n ? ((factor % modulus) + modulus) % modulus : undefined;
}
