/** Certificates as they come in PEM files. */
import { fail, ok, type Result } from '../problem/result.ts';
import { holdsPrivateKey } from '../units/private-key.ts';
import { type Certificate, parseCertificate, readPem } from './certificate.ts';

/** A file's bytes and its name for messages. */
export type NamedFile = { readonly path: string; readonly bytes: Uint8Array };

/** Every certificate in PEM files, in order. */
export function readCertificates(files: readonly NamedFile[]): Result<readonly Certificate[]> {
  const found: Certificate[] = [];
  for (const { path, bytes } of files) {
    const ders = readPem(bytes);
    if ((ders === undefined || ders.length === 0) && holdsPrivateKey(bytes))
      return fail({ area: 'sign', kind: 'private-key-given', path, wanted: 'a certificate' });
    if (ders === undefined || ders.length === 0)
      return fail({ area: 'seal', kind: 'certificates-missing', paths: [path] });
    for (const der of ders) {
      const certificate = parseCertificate(der, path);
      if (!certificate.ok) return certificate;
      found.push(certificate.value);
    }
  }
  return ok(found);
}
