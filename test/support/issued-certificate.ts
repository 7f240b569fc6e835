/** Certificates of any kind, by keys that a name gives: what tests of signatures are made of. */
import type { KeyObject } from 'node:crypto';
import { type Issue, issueCertificate } from '../../pipeline/sign/forge.ts';
import { seededKey } from './seeded-key.ts';

export const now = 1_800_000_000;
export const day = 86_400;

/** What another size than 2048 bits is wanted of. */
const bitsOf: Readonly<Record<string, number>> = { small: 1024, medium: 3072, large: 4096 };
export const keyOf = (name: string, bits = bitsOf[name]): KeyObject => seededKey(name, bits);

let serials = 0x10;

/** A certificate for `name` by `issuer`; what a test does not say is good. */
export function issued(name: string, issuer: string, change: Partial<Issue> = {}): Uint8Array {
  const serial = new Uint8Array(16).fill(1);
  serial[15] = serials++;
  return issueCertificate({
    subject: { commonName: name },
    issuer: { commonName: issuer },
    subjectKey: keyOf(name),
    issuerKey: keyOf(issuer),
    serial,
    notBefore: now - day,
    notAfter: now + day,
    authorityOver: undefined,
    ...change,
  });
}
