/** Revocation lists: making one, extending one, looking at one. docs/signing.md, "Revocation". */

import { revocationEntriesMax } from '../format/revocation-layout.ts';
import type { Host } from '../host/host.ts';
import { fail, ok, type Result } from '../problem/result.ts';
import { readCertificates } from '../sign/certificate-file.ts';
import {
  decodeRevocationList,
  encodeRevocationList,
  type RevocationList,
  type Revoked,
  sortRevoked,
  splitRevocationFile,
} from '../sign/revocation.ts';
import { type Signer, signDetached } from '../sign/sign.ts';
import { readTrustStores } from '../sign/trust.ts';
import { verifyRevocations } from '../sign/verify-signature.ts';
import { joinBytes } from '../units/bytes.ts';
import { sha256 } from '../units/sha256.ts';
import { openBundle, sealOf } from './bundle.ts';

export type RevokeRequest = {
  /** The list, with its signature after it. */
  readonly path: string;
  /** Bundles, and certificates in PEM, of which the first counts. */
  readonly revoke: readonly string[];
  /** Trust stores that the list must be good for. */
  readonly trust: readonly string[];
  /** One more than the last when left out. */
  readonly number: bigint | undefined;
  /** Of a certificate only itself; else its key, under every certificate. */
  readonly certificateOnly?: boolean;
  readonly signer: Signer;
};

export type RevocationReport = RevocationList & {
  readonly path: string;
  /** Whether its signature leads to a trust store that was given. */
  readonly verified: boolean;
  /** Entries that are new, and what they are of. */
  readonly added: readonly (Revoked & { readonly what: string })[];
};

/** What a list says. Without a trust store nothing is verified. */
export async function showRevocations(
  host: Host,
  path: string,
  trust: readonly string[],
): Promise<Result<RevocationReport>> {
  const bytes = await host.readFile(path);
  if (bytes === undefined) return fail({ area: 'sign', kind: 'revocation-missing', paths: [path] });
  const list =
    trust.length === 0 ? readUnverified(path, bytes) : await readVerified(host, path, trust);
  if (!list.ok) return list;
  return ok({ ...list.value, path, verified: trust.length > 0, added: [] });
}

export async function revoke(
  host: Host,
  request: RevokeRequest,
): Promise<Result<RevocationReport>> {
  const { path, trust, signer } = request;
  const last = await lastList(host, path, trust);
  if (!last.ok) return last;
  const now = host.now();
  const { number: lastNumber = 0n, date: lastDate = 0, entries = [] } = last.value ?? {};
  const number = request.number ?? lastNumber + 1n;
  if (number <= lastNumber)
    return fail({ area: 'sign', kind: 'revocation-number', given: number, last: lastNumber });
  if (now < lastDate) return fail({ area: 'sign', kind: 'revocation-date', now, last: lastDate });

  const named: (Revoked & { readonly what: string })[] = [];
  for (const file of request.revoke) {
    const revoked = await readRevoked(host, file, request.certificateOnly ?? false);
    if (!revoked.ok) return revoked;
    named.push(revoked.value);
  }
  const isNew = (one: Revoked): boolean =>
    !entries.some(({ kind, digest }) => kind === one.kind && digest === one.digest);
  const added = named.filter(isNew);
  const list = {
    number,
    date: now,
    entries: sortRevoked([...entries, ...added.map(({ kind, digest }) => ({ kind, digest }))]),
  };
  if (list.entries.length > revocationEntriesMax)
    return fail({
      area: 'sign',
      kind: 'revocation-too-many',
      count: list.entries.length,
      most: revocationEntriesMax,
    });
  const content = encodeRevocationList(list);
  const p7s = await signDetached(content, signer, now);
  if (!p7s.ok) return p7s;
  const bytes = joinBytes([content, p7s.value]);
  if (trust.length > 0) {
    const store = await readTrustStores(host, trust);
    if (!store.ok) return store;
    const good = verifyRevocations({ path, bytes }, store.value, now);
    if (!good.ok) return good;
  }
  await host.writeFile(path, bytes);
  return ok({ ...list, path, verified: trust.length > 0, added });
}

/** What is there already, verified: else who can write there could take a revocation back. */
async function lastList(
  host: Host,
  path: string,
  trust: readonly string[],
): Promise<Result<RevocationList | undefined>> {
  if ((await host.stat(path)) === undefined) return ok(undefined);
  return trust.length === 0
    ? fail({ area: 'sign', kind: 'revocation-untrusted', path })
    : readVerified(host, path, trust);
}

async function readVerified(
  host: Host,
  path: string,
  trust: readonly string[],
): Promise<Result<RevocationList>> {
  const store = await readTrustStores(host, trust);
  if (!store.ok) return store;
  const bytes = (await host.readFile(path)) ?? new Uint8Array();
  return verifyRevocations({ path, bytes }, store.value, host.now());
}

function readUnverified(path: string, bytes: Uint8Array): Result<RevocationList> {
  const split = splitRevocationFile({ path, bytes });
  return split.ok ? decodeRevocationList(split.value.list) : split;
}

/** A bundle begins with the name of its first member. */
const isArchive = (bytes: Uint8Array): boolean =>
  Buffer.from(bytes.subarray(0, 9)).toString('latin1') === 'seal.bin\0';

async function readRevoked(
  host: Host,
  file: string,
  certificateOnly: boolean,
): Promise<Result<Revoked & { readonly what: string }>> {
  const bytes = await host.readFile(file);
  if (bytes === undefined) return fail({ area: 'sign', kind: 'revoke-missing', path: file });
  if (!isArchive(bytes)) {
    const certificates = readCertificates([{ path: file, bytes }]);
    if (!certificates.ok) return certificates;
    const [certificate] = certificates.value;
    if (certificate === undefined)
      return fail({ area: 'seal', kind: 'certificates-missing', paths: [file] });
    const { der, spki, subjectText: what } = certificate;
    return ok(
      certificateOnly
        ? { kind: 'certificate', digest: sha256(der), what }
        : { kind: 'key', digest: sha256(spki), what },
    );
  }
  const bundle = await openBundle(host, file);
  if (!bundle.ok) return bundle;
  const seal = sealOf(bundle.value);
  if (!seal.ok) return seal;
  const { profile, epoch } = seal.value;
  return ok({
    kind: 'seal',
    digest: sha256(bundle.value.sealBytes),
    what: `profile ${profile}, epoch ${epoch}`,
  });
}
