/**
 * Who may sign for a machine, and on what terms: settings, then certificates in PEM.
 * docs/format.md, "The trust store". The loader reads the same file (loader/trust/store.c).
 */
import { limits, rsaBits } from '../format/limits.ts';
import type { Problem } from '../problem/problem.ts';
import { collect, fail, ok, type Result, unlessProblems } from '../problem/result.ts';
import { isPrivateKeyDer, privateKeyLine } from '../units/private-key.ts';
import { type Certificate, parseCertificate, pemLines } from './certificate.ts';
import type { NamedFile } from './certificate-file.ts';
import { exponentAllowed, rsaSize } from './chain.ts';
import { tags } from './der.ts';

export type TrustSettings = {
  /** How many different keys must have signed. */
  readonly threshold: number;
  /** Whether keys that were made for trying things out may sign. */
  readonly development: boolean;
  /** Whether there must be a revocation list. */
  readonly revocationRequired: boolean;
  /** Whether a tester must vouch that a bundle was tried, and whether nothing failed is enough. */
  readonly attested: 'not required' | 'passed' | 'warned';
};

export type TrustStore = TrustSettings & { readonly anchors: readonly Certificate[] };

export const defaultSettings: TrustSettings = {
  threshold: 1,
  development: false,
  revocationRequired: false,
  attested: 'not required',
};

/** What must be attested, as a setting and `--require` say it. */
export const attestedBy = { 'test-crash': 'passed', 'test-crash-warned': 'warned' } as const;

/** As they stand in the file, each with what it sets. */
const settings: Readonly<Record<string, Readonly<Record<string, Partial<TrustSettings>>>>> = {
  threshold: {
    '1': { threshold: 1 },
    '2': { threshold: 2 },
    '3': { threshold: 3 },
    '4': { threshold: 4 },
  },
  development: { accept: { development: true } },
  revocation: { required: { revocationRequired: true } },
  require: {
    'test-crash': { attested: attestedBy['test-crash'] },
    'test-crash-warned': { attested: attestedBy['test-crash-warned'] },
  },
};

export function readTrustStore({ path, bytes }: NamedFile): Result<TrustStore> {
  const largest = limits.trustFileMax.value;
  if (bytes.length > largest)
    return fail({ area: 'sign', kind: 'trust-too-large', path, size: bytes.length, largest });
  if (isPrivateKeyDer(bytes)) return fail(keyGiven(path));
  // One certificate in DER is a store as well; text begins with other letters.
  const parts =
    bytes[0] === tags.sequence ? ok({ ders: [bytes], found: {} }) : readText(path, bytes);
  if (!parts.ok) return parts;
  const { ders, found } = parts.value;
  if (ders.length === 0) return fail({ area: 'seal', kind: 'certificates-missing', paths: [path] });
  const most = limits.trustAnchorsMax.value;
  if (ders.length > most) return fail({ area: 'sign', kind: 'trust-too-many', path, most });
  const anchors = collect(ders.map((der) => parseCertificate(der, path)));
  if (!anchors.ok) return anchors;
  const weak = anchors.value.find((anchor) => {
    const bits = rsaSize(anchor) ?? 0;
    return bits < rsaBits.least || bits > rsaBits.most || !exponentAllowed(anchor);
  });
  if (weak !== undefined)
    return fail({ area: 'sign', kind: 'trust-key', path, subject: weak.subjectText, ...rsaBits });
  return ok({ ...defaultSettings, ...found, anchors: anchors.value });
}

const keyGiven = (path: string) =>
  ({ area: 'sign', kind: 'private-key-given', path, wanted: 'a trust store' }) as const;

/** Line by line, as the loader reads it: what is no certificate is a setting in its place, or refused. */
function readText(
  path: string,
  bytes: Uint8Array,
): Result<{ readonly ders: readonly Uint8Array[]; readonly found: Partial<TrustSettings> }> {
  const lines = Buffer.from(bytes)
    .toString('latin1')
    .split('\n')
    .map((line) => line.replace(/\r$/, ''));
  const problems: Problem[] = [];
  const seen = new Set<string>();
  const ders: Uint8Array[] = [];
  let found: Partial<TrustSettings> = {};
  for (let at = 0; at < lines.length; at++) {
    const content = lines[at] ?? '';
    const line = at + 1;
    if (content === '' || content.startsWith('#')) continue;
    if (privateKeyLine.test(content)) return fail(keyGiven(path));
    if (content === pemLines.begin) {
      const stop = lines.indexOf(pemLines.end, at);
      const der = stop < 0 ? undefined : readBase64(lines.slice(at + 1, stop).join(''));
      if (der === undefined) return fail({ area: 'sign', kind: 'trust-certificate', path, line });
      ders.push(der);
      at = stop;
      continue;
    }
    const [, name = '', value = ''] = /^([a-z]+): ([a-z0-9-]+)$/.exec(content) ?? [];
    const setting = Object.hasOwn(settings, name) ? settings[name] : undefined;
    const set = setting !== undefined && Object.hasOwn(setting, value) ? setting[value] : undefined;
    // What stands there is not quoted: nobody knows what this file is.
    if (set === undefined || ders.length > 0)
      problems.push({ area: 'sign', kind: 'trust-setting', path, line });
    else if (seen.has(name))
      problems.push({ area: 'sign', kind: 'trust-setting-twice', path, line, name });
    seen.add(name);
    found = { ...found, ...set };
  }
  return unlessProblems(problems, () => ({ ders, found }));
}

/** In its one form: nothing in between, nothing left over. */
function readBase64(text: string): Uint8Array | undefined {
  const der = Buffer.from(text, 'base64');
  return der.length > 0 && der.toString('base64') === text ? Uint8Array.from(der) : undefined;
}

/** Several stores as one: what any of them trusts, on the strictest of their terms. */
export const mergeTrustStores = (stores: readonly TrustStore[]): TrustStore => ({
  anchors: stores.flatMap(({ anchors }) => anchors),
  threshold: Math.max(...stores.map(({ threshold }) => threshold)),
  development: stores.every(({ development }) => development),
  revocationRequired: stores.some(({ revocationRequired }) => revocationRequired),
  attested: strictest(stores.map(({ attested }) => attested)),
});

export const strictest = (
  wanted: readonly TrustSettings['attested'][],
): TrustSettings['attested'] =>
  (['passed', 'warned'] as const).find((one) => wanted.includes(one)) ?? 'not required';

/** A trust store of these certificates in PEM; it says only what differs from the defaults. */
export const renderTrustStore = (
  { threshold, development, revocationRequired, attested }: TrustSettings,
  certificates: readonly string[],
): string =>
  [
    '# Who may sign for these machines. docs/signing.md\n',
    ...(threshold === defaultSettings.threshold ? [] : [`threshold: ${threshold}\n`]),
    ...(development ? ['development: accept\n'] : []),
    ...(revocationRequired ? ['revocation: required\n'] : []),
    ...(attested === 'passed' ? ['require: test-crash\n'] : []),
    ...(attested === 'warned' ? ['require: test-crash-warned\n'] : []),
    ...certificates,
  ].join('');
