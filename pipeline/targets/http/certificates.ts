/** Certificates that a server is known by: text -> PEM, one after the other, and nothing else of the text. */
import { X509Certificate } from 'node:crypto';
import type { ServerMistake } from '../../problem/server-mistake.ts';
import { isSecretText } from '../secret-text.ts';

const blocks = /-----BEGIN CERTIFICATE-----[\s\S]*?-----END CERTIFICATE-----/g;

export function readServerCertificates(
  text: string,
): { readonly pem: string } | { readonly mistake: ServerMistake } {
  if (isSecretText(text)) return { mistake: { kind: 'private-key', usual: undefined } };
  const found = text.match(blocks) ?? [];
  if (found.length === 0) return { mistake: { kind: 'certificate-form' } };
  const damaged = found.findIndex((pem) => !isCertificate(pem));
  if (damaged >= 0) return { mistake: { kind: 'certificate-damaged', number: damaged + 1 } };
  return { pem: found.map((pem) => `${pem.replace(/[ \t\r]+$/gm, '')}\n`).join('') };
}

function isCertificate(pem: string): boolean {
  try {
    return new X509Certificate(pem).raw.length > 0;
  } catch {
    return false;
  }
}
