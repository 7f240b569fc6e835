/** Signers, authorities and trust stores over a few keys. */
import { sign } from 'node:crypto';
import { ok } from '../../pipeline/problem/result.ts';
import {
  type Certificate,
  developmentUnit,
  parseCertificate,
} from '../../pipeline/sign/certificate.ts';
import type { Issue } from '../../pipeline/sign/forge.ts';
import type { RevocationList } from '../../pipeline/sign/revocation.ts';
import type { Signer } from '../../pipeline/sign/sign.ts';
import { defaultSettings, type TrustSettings } from '../../pipeline/sign/trust-store.ts';
import type { Trust } from '../../pipeline/sign/verify-signature.ts';
import { issued, keyOf } from '../fixtures/certificates.ts';
import { must } from '../fixtures/results.ts';

export { keyOf };

export const certificateOf = (
  name: string,
  issuer: string,
  change: Partial<Issue> = {},
): Certificate => must(parseCertificate(issued(name, issuer, change), name));

/** With other bytes of the same length in it, given in hex, and signed again by `issuer`. */
export function changed(
  { der, signed }: Certificate,
  issuer: string,
  from: string,
  to: string,
): Certificate {
  const body = Buffer.from(signed).toString('hex');
  if (body.split(from).length !== 2 || from.length !== to.length) throw new Error(from);
  const again = Buffer.from(body.replace(from, to), 'hex');
  const at = Buffer.from(der).indexOf(signed);
  const whole = Uint8Array.from(der);
  whole.set(again, at);
  // RSA-2048: the signature is the last 256 bytes.
  whole.set(sign('sha256', again, keyOf(issuer)), whole.length - 256);
  return must(parseCertificate(whole, 'changed'));
}

export const authorityOf = (
  name: string,
  issuer: string,
  change: Partial<Issue> = {},
): Certificate => certificateOf(name, issuer, { authorityOver: 1, ...change });

/** Signs with the key `name`, whatever its certificates say. */
export const signerOf = (name: string, ...certificates: readonly Certificate[]): Signer => ({
  name,
  certificates,
  sign: async (message) => ok(sign('sha256', message, keyOf(name))),
});

export const developmentName = (commonName: string) => ({
  commonName,
  organizationalUnit: developmentUnit,
});

export const trustOf = (
  anchors: readonly Certificate[],
  settings: Partial<TrustSettings> = {},
  revocations?: RevocationList,
): Trust => ({ ...defaultSettings, ...settings, anchors, revocations });
