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
import { type Issue, renderCms } from '../../pipeline/sign/forge.ts';
import { issued, keyOf } from '../fixtures/certificates.ts';
import { day, now } from '../fixtures/now.ts';
import { must } from '../fixtures/results.ts';
import { runDriver } from '../support/loader-host.ts';

export { day, issued as certificate, keyOf, now };

/** Of a bundle with one signature. */
export const memberNames = everyName.filter(
  (name) => name === 'seal.p7s' || !isSignatureName(name),
);

export const authority = (name: string, issuer: string, change: Partial<Issue> = {}): Uint8Array =>
  issued(name, issuer, { authorityOver: 1, ...change });

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
  readonly detail: string;
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
    const [end = '', message = '', hint = '', ...found] = this.run(...args).split('\n');
    const [status = '', detail = ''] = end.split(' ');
    return { status, detail, message, hint, found: found.filter((line) => line !== '') };
  }

  open(bytes: Uint8Array): Verdict {
    return this.verdict('open', this.file('bundle', bytes));
  }

  /** Verifies a bundle signed so, against these anchors; several signatures stand in their order. */
  async verify(
    p7s: Uint8Array | readonly Uint8Array[],
    anchors: readonly Uint8Array[] | string,
    at = now,
  ): Promise<Verdict> {
    const pem = typeof anchors === 'string' ? anchors : anchors.map(writePem).join('');
    const [first, ...more] = p7s instanceof Uint8Array ? [p7s] : p7s;
    const bundle = await bundleWith(first === undefined ? {} : { 'seal.p7s': first });
    return this.verdict(
      'verify',
      this.file('bundle', withSignatures(bundle, more)),
      this.file('anchors.pem', pem),
      String(at),
    );
  }
}

/** A member as tar has it: header, bytes and padding. */
export function member(name: string, bytes: Uint8Array): Uint8Array {
  const header = Buffer.alloc(512);
  header.write(name);
  for (const at of [100, 108, 116, 329, 337]) header.write(at === 100 ? '000644 ' : '000000 ', at);
  header.write(`${bytes.length.toString(8).padStart(11, '0')} 00000000000         0`, 124);
  header.write('ustar\0' + '00', 257);
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, '0')} \0`, 148);
  const padding = Buffer.alloc((512 - (bytes.length % 512)) % 512);
  return Uint8Array.from(Buffer.concat([header, bytes, padding]));
}

/** `bundle` with more signatures after its first: seal.2.p7s and so on, or with names as given. */
export function withSignatures(
  bundle: Uint8Array,
  more: readonly Uint8Array[],
  names = more.map((_, index) => `seal.${index + 2}.p7s`),
): Uint8Array {
  const manifest = Buffer.from(bundle).indexOf('manifest.json\0');
  const extra = more.map((bytes, index) => member(names[index] ?? '', bytes));
  return Uint8Array.from(
    Buffer.concat([bundle.subarray(0, manifest), ...extra, bundle.subarray(manifest)]),
  );
}
