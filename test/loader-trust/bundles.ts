/** Small bundles, good and bad, as files for the loader's test driver. */
import { type KeyObject, sign } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  type BundleMember,
  memberNames as everyName,
  isSignatureName,
  packBundle,
} from '../../pipeline/seal/archive.ts';
import { parseCertificate, writePem } from '../../pipeline/sign/certificate.ts';
import { type Issue, issueCertificate, renderCms } from '../../pipeline/sign/forge.ts';
import { must } from '../sign/fixtures.ts';
import { runDriver } from '../support/loader-host.ts';
import { seededKey } from '../support/seeded-key.ts';

export const now = 1_800_000_000;
export const day = 86_400;

/** What another size than 2048 bits is wanted of. */
const bitsOf: Readonly<Record<string, number>> = { small: 1024, medium: 3072, large: 4096 };
export const keyOf = (name: string, bits = bitsOf[name]): KeyObject => seededKey(name, bits);

/** Of a bundle with one signature. */
export const memberNames = everyName.filter(
  (name) => name === 'seal.p7s' || !isSignatureName(name),
);

let serials = 0x10;

/** A certificate for `name` by `issuer`; what a test does not say is good. */
export function certificate(name: string, issuer: string, change: Partial<Issue> = {}): Uint8Array {
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
export const authority = (name: string, issuer: string, change: Partial<Issue> = {}): Uint8Array =>
  certificate(name, issuer, { authorityOver: 1, ...change });

export const sealBytes = new TextEncoder().encode('not a seal, but signed');

/** seal.p7s over `seal`: certificates as given, signed with `key`. */
export function signature(
  certificates: readonly Uint8Array[],
  key: KeyObject,
  seal: Uint8Array = sealBytes,
): Uint8Array {
  const [leaf] = certificates;
  if (leaf === undefined) throw new Error('no certificate');
  const { issuer, serial } = must(parseCertificate(leaf, 'test'));
  return renderCms({ certificates, issuer, serial, signature: sign('sha256', seal, key) });
}

/** A bundle with these members first, and every other member as its own name. */
export function bundleWith(
  given: Partial<Record<BundleMember['name'], Uint8Array>> = {},
): Promise<Uint8Array> {
  return packBundle(
    memberNames.map((name) => ({
      name,
      bytes: given[name] ?? (name === 'seal.bin' ? sealBytes : new TextEncoder().encode(name)),
    })),
  );
}

export type Verdict = {
  readonly status: string;
  readonly message: string;
  readonly hint: string;
  readonly found: readonly string[];
};

/** Runs the driver on files that are written below out/. */
export class Bench {
  readonly #driver: string;
  readonly #folder: string;

  constructor(driver: string, folder: string) {
    this.#driver = driver;
    this.#folder = folder;
    mkdirSync(folder, { recursive: true });
  }

  file(name: string, bytes: Uint8Array | string): string {
    const path = join(this.#folder, name);
    writeFileSync(path, bytes);
    return path;
  }

  run(...args: readonly string[]): string {
    return runDriver(this.#driver, ...args);
  }

  verdict(...args: readonly string[]): Verdict {
    const [status = '', message = '', hint = '', ...found] = this.run(...args).split('\n');
    return { status, message, hint, found: found.filter((line) => line !== '') };
  }

  open(bytes: Uint8Array): Verdict {
    return this.verdict('open', this.file('bundle', bytes));
  }

  /** Verifies a bundle signed so, against these anchors. */
  async verify(
    p7s: Uint8Array,
    anchors: readonly Uint8Array[] | string,
    at = now,
  ): Promise<Verdict> {
    const pem = typeof anchors === 'string' ? anchors : anchors.map(writePem).join('');
    return this.verdict(
      'verify',
      this.file('bundle', await bundleWith({ 'seal.p7s': p7s })),
      this.file('anchors.pem', pem),
      String(at),
    );
  }
}
