/**
 * The revocation list (`revoked`): what was signed, or may sign, and counts no longer.
 * One file: header, entries, sorted by kind and digest, none twice, and the signature over these.
 * Little-endian, on every architecture. docs/format.md is generated from here.
 */
import { codeTable } from './code-table.ts';
import { bytes, layout, u32, u64 } from './layout.ts';

export const revocationMagic = new TextEncoder().encode('CRSHREVK');
export const revocationVersion = 1;

export const revocationList = layout('revocation_list', 0x20, 'Start of a revocation list', {
  magic: bytes(0x00, 8, '"CRSHREVK"'),
  version: u32(0x08, 'format version, 1; a loader refuses any other'),
  count: u32(
    0x0c,
    'entries of revocation_entry that follow, at most 1024; the signature is after them',
  ),
  number: u64(0x10, 'which list this is; a later list has a higher number'),
  date: u64(0x18, 'seconds since 1970 when it was made'),
});

export const revocationEntry = layout('revocation_entry', 0x28, 'What is revoked', {
  kind: u32(0x00, 'table "revocation kinds"'),
  digest: bytes(0x08, 32, 'SHA-256, of what its kind says'),
});

export const revocationEntriesMax = 1024;

export const revocationKinds = codeTable({
  certificate: { code: 1, doc: 'a certificate, in DER: a signer, or an authority above one' },
  seal: { code: 2, doc: 'a seal.bin, and so one bundle, whoever signed it' },
  key: {
    code: 3,
    doc: 'a public key, as the SubjectPublicKeyInfo in DER: whatever certificate it has, of a signer or of an authority',
  },
});
