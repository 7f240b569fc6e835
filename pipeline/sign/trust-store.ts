/**
 * Who may sign for a machine, and on what terms: settings, then certificates in PEM.
 * docs/format.md, "The trust store". The loader reads the same file (loader/trust.c).
 */
import type { Problem } from '../problem/problem.ts';
import { fail, ok, type Result, unlessProblems } from '../problem/result.ts';
import type { Certificate } from './certificate.ts';
import { type NamedFile, readCertificates } from './certificate-file.ts';

export type TrustSettings = {
  /** How many different keys must have signed. */
  readonly threshold: number;
  /** Whether keys that were made for trying things out may sign. */
  readonly development: boolean;
  /** Whether there must be a revocation list. */
  readonly revocationRequired: boolean;
};

export type TrustStore = TrustSettings & { readonly anchors: readonly Certificate[] };

export const defaultSettings: TrustSettings = {
  threshold: 1,
  development: false,
  revocationRequired: false,
};

/** What a loader has room for. */
export const mostAnchors = 16;

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
};

export function readTrustStore(file: NamedFile): Result<TrustStore> {
  const { path, bytes } = file;
  const text = Buffer.from(bytes).toString('latin1');
  const begin = /^-----BEGIN /m.exec(text);
  const read = readSettings(path, text.slice(0, begin?.index ?? 0));
  if (!read.ok) return read;
  const anchors = readCertificates([file]);
  if (!anchors.ok) return anchors;
  if (anchors.value.length > mostAnchors)
    return fail({ area: 'sign', kind: 'trust-too-many', path, most: mostAnchors });
  return ok({ ...read.value, anchors: anchors.value });
}

/** What stands before the first certificate. Later text belongs to the certificates, and says nothing. */
function readSettings(path: string, text: string): Result<TrustSettings> {
  const problems: Problem[] = [];
  const seen = new Set<string>();
  let found = defaultSettings;
  for (const [index, whole] of text.split('\n').entries()) {
    const content = whole.replace(/\r$/, '');
    if (content === '' || content.startsWith('#')) continue;
    const [, name = '', value = ''] = /^([a-z]+): ([a-z0-9]+)$/.exec(content) ?? [];
    const setting = Object.hasOwn(settings, name) ? settings[name] : undefined;
    const set = setting !== undefined && Object.hasOwn(setting, value) ? setting[value] : undefined;
    const line = index + 1;
    if (set === undefined) {
      const shown = content.replace(/[^\x20-\x7e]/gu, '?').slice(0, 80);
      problems.push({ area: 'sign', kind: 'trust-setting', path, line, text: shown });
    } else if (seen.has(name))
      problems.push({ area: 'sign', kind: 'trust-setting-twice', path, line, name });
    seen.add(name);
    found = { ...found, ...set };
  }
  return unlessProblems(problems, () => found);
}

/** Several stores as one: what any of them trusts, on the strictest of their terms. */
export const mergeTrustStores = (stores: readonly TrustStore[]): TrustStore => ({
  anchors: stores.flatMap(({ anchors }) => anchors),
  threshold: Math.max(...stores.map(({ threshold }) => threshold)),
  development: stores.every(({ development }) => development),
  revocationRequired: stores.some(({ revocationRequired }) => revocationRequired),
});

/** A trust store of these certificates in PEM; it says only what differs from the defaults. */
export const renderTrustStore = (
  { threshold, development, revocationRequired }: TrustSettings,
  certificates: readonly string[],
): string =>
  [
    '# Who may sign for these machines. docs/signing.md\n',
    ...(threshold === defaultSettings.threshold ? [] : [`threshold: ${threshold}\n`]),
    ...(development ? ['development: accept\n'] : []),
    ...(revocationRequired ? ['revocation: required\n'] : []),
    ...certificates,
  ].join('');
