/** The attestations beside a bundle as plain data, for who looks at it. Nothing is verified here. */
import type { TestResult } from '../format/attestation-form.ts';
import type { Host } from '../host/host.ts';
import { readSignature } from '../sign/verify-signature.ts';
import type { Digest } from '../units/units.ts';
import { readHead, readStatement, type TestStatement } from './statement.ts';
import { attestationBeside, readAttestationFile, splitAttestations } from './verify-attestation.ts';

export type AttestationView =
  | { readonly kind: 'malformed' }
  | {
      readonly kind: 'present';
      /** Subject of the certificate that signed it. */
      readonly tester: string;
      readonly development: boolean;
      readonly result: TestResult;
      /** Whether it is about this bundle. */
      readonly ofThis: boolean;
      /** Undefined where it is not in the form that crashseal writes. */
      readonly statement: TestStatement | undefined;
    };

/** In the file's order; none where there is no file. */
export async function viewAttestations(
  host: Host,
  bundle: string,
  sealDigest: Digest,
): Promise<readonly AttestationView[]> {
  const file = await readAttestationFile(host, attestationBeside(bundle));
  if (!file.ok)
    return file.problems[0].kind === 'attestation-missing' ? [] : [{ kind: 'malformed' }];
  const split = splitAttestations(file.value);
  if (!split.ok) return [{ kind: 'malformed' }];
  return split.value.map(({ statement, p7s }): AttestationView => {
    const read = readHead(statement);
    const signature = readSignature(p7s);
    if (read.kind !== 'head' || !signature.ok) return { kind: 'malformed' };
    const { certificates } = signature.value;
    return {
      kind: 'present',
      tester: certificates[0].subjectText,
      development: certificates.some(({ development }) => development),
      result: read.head.result,
      ofThis: read.head.sealDigest === sealDigest,
      statement: readStatement(statement, read.head),
    };
  });
}
