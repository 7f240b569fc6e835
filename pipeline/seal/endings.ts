/** What of a bundle and its signatures ends soon: told while it is still good. docs/signing.md. */
import { expiresSoon, type expiring } from '../format/expiring.ts';
import type { Certificate } from '../sign/certificate.ts';
import type { Seal } from './seal-codec.ts';

export type Ending = {
  readonly what: keyof typeof expiring;
  /** Name of the profile, or subject of the certificate. */
  readonly of: string;
  /** Seconds since 1970: its last. */
  readonly notAfter: number;
};

type Chains = {
  /** Each from a signer's certificate as far as it is known. */
  readonly signers: readonly (readonly Certificate[])[];
  readonly list?: readonly Certificate[] | undefined;
  /** Of the attestation that counts, where one must. */
  readonly tester?: readonly Certificate[] | undefined;
};

/** Of each chain the first to end. */
export function endingsSoon(
  { profile, notAfter }: Pick<Seal, 'profile' | 'notAfter'>,
  { signers, list = [], tester = [] }: Chains,
  now: number,
): readonly Ending[] {
  const of = (what: Ending['what'], chain: readonly Certificate[]): readonly Ending[] =>
    chain
      .map((certificate) => ({ what, of: certificate.subjectText, notAfter: certificate.notAfter }))
      .toSorted((a, b) => a.notAfter - b.notAfter)
      .slice(0, 1);
  return [
    ...(notAfter === undefined ? [] : [{ what: 'bundle', of: profile, notAfter } as const]),
    ...signers.flatMap((chain) => of('certificate', chain)),
    ...of('revocationList', list),
    ...of('tester', tester),
  ].filter((ending) => ending.notAfter - now <= expiresSoon);
}
