/** New keys and certificates: a root to trust, an authority between if wished, and a signer. */
import { generateKeyPair, type KeyObject, randomBytes } from 'node:crypto';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { rsaBits } from '../format/limits.ts';
import type { Host } from '../host/host.ts';
import type { Problem } from '../problem/problem.ts';
import { fail, ok, type Result } from '../problem/result.ts';
import { type Certificate, developmentUnit, writePem } from './certificate.ts';
import { certificateProblems } from './chain.ts';
import { sameBytes } from './der.ts';
import { issueCertificate, type Name } from './forge.ts';
import { defaultSettings, renderTrustStore } from './trust-store.ts';

export type KeygenOptions = {
  /** Folder for the files; it is made, and must not hold anything yet. */
  readonly out: string;
  /** `development` marks every certificate as such, in a place that loader and tool report. */
  readonly kind: 'development' | 'release';
  readonly commonName: string;
  readonly bits: number;
  /** How long the signer's certificate is valid. */
  readonly days: number;
  /** The same for root and intermediate. */
  readonly authorityDays?: number;
  /** For a tester, who attests that bundles were tried; a new root is then for testers alone. */
  readonly tester?: boolean;
  /** With an authority between root and signer, so that the root's key can stay in a safe. */
  readonly chain: boolean;
  /** The keys are encrypted with it; when left out they are not. */
  readonly passphrase?: string;
  /** Of an earlier run, to issue another signer; a root is made when left out. */
  readonly issuer?: Issuer;
};

/** An authority that exists. */
export type Issuer = {
  /** Its own, then each the issuer of the one before. */
  readonly certificates: readonly [Certificate, ...Certificate[]];
  readonly key: KeyObject;
};

export type GeneratedKeys = {
  /** Trust store, for machines and for `crashseal verify --trust`; of a new root alone. */
  readonly trust: string | undefined;
  /** Certificates of the signer, or the tester, without the root. */
  readonly certificate: string;
  readonly key: string;
  readonly files: readonly string[];
  /** Seconds since 1970: end of the signer's certificate. */
  readonly notAfter: number;
};

/** An authority of a release outlives the signers that it is to issue. */
const authorityLifetimes = { development: 1, release: 4 } as const;
/** Clocks of build machine and target differ. */
const clockTolerance = 3600;
const secondsPerDay = 86_400;

/**
 * All files at once: they are made in a folder of their own, which then gets its name. Of two runs
 * for one folder the second finds it taken, and no key ever lies beside a certificate of another run.
 */
export async function keygen(host: Host, options: KeygenOptions): Promise<Result<GeneratedKeys>> {
  const { out, bits } = options;
  if (!Number.isInteger(bits) || bits < rsaBits.least || bits > rsaBits.most || bits % 8 !== 0)
    return fail({ area: 'seal', kind: 'keygen-bits', bits, ...rsaBits });
  const taken = async (): Promise<boolean> =>
    (await host.stat(out)) !== undefined && (await host.list(out))?.length !== 0;
  const exists = fail({ area: 'seal', kind: 'keygen-exists', path: out });
  if (await taken()) return exists;
  const [bad, ...more] = issuerProblems(host.now(), options);
  if (bad !== undefined) return fail(bad, ...more);

  const { files, notAfter } = await makeKeys(host.now(), options);
  return host.withTempFolder(async (temp): Promise<Result<GeneratedKeys>> => {
    const made = join(temp, 'keys');
    await host.makeFolder(made, 0o700);
    for (const { name, text, secret } of files)
      await host.writeFile(
        join(made, name),
        new TextEncoder().encode(text),
        secret ? 0o600 : 0o644,
      );
    try {
      // On a folder that holds something, rename(2) fails.
      await host.rename(made, out);
    } catch (error) {
      if (await taken()) return exists;
      throw error;
    }
    return ok({
      trust: options.issuer === undefined ? `${out}/trust.pem` : undefined,
      certificate: `${out}/${fileOf('signer', options)}.pem`,
      key: `${out}/${fileOf('signer', options)}.key`,
      files: files.map(({ name }) => `${out}/${name}`),
      notAfter,
    });
  }, dirname(out));
}

type KeyFile = { readonly name: string; readonly text: string; readonly secret: boolean };

async function makeKeys(
  now: number,
  options: KeygenOptions,
): Promise<{ readonly files: readonly KeyFile[]; readonly notAfter: number }> {
  const { kind, commonName, bits, days } = options;
  const roles = rolesOf(options);
  const authorityDays = options.authorityDays ?? days * authorityLifetimes[kind];
  const end = (role: Role): number =>
    Math.min(
      now + (role === 'signer' ? days : authorityDays) * secondsPerDay,
      options.issuer?.certificates[0].notAfter ?? Number.POSITIVE_INFINITY,
    );
  const unit = kind === 'development' ? { organizationalUnit: developmentUnit } : {};
  const nameOf = (role: Role): Name => ({
    commonName: role === 'signer' ? commonName : `${commonName} ${role}`,
    ...unit,
  });

  const files: KeyFile[] = [];
  const above = options.issuer?.certificates ?? [];
  let issuer: { readonly name: Name | Uint8Array; readonly key: KeyObject } | undefined =
    options.issuer && { name: options.issuer.certificates[0].subject, key: options.issuer.key };
  /** Newest first, as they stand in the signer's file; a root is left out. */
  let below: readonly string[] = above
    .filter((one) => !sameBytes(one.subject, one.issuer))
    .map(({ der }) => writePem(der));
  for (const [index, role] of roles.entries()) {
    const key = await newKey(bits);
    const name = nameOf(role);
    const certificate = writePem(
      issueCertificate({
        subject: name,
        issuer: issuer?.name ?? name,
        subjectKey: key,
        issuerKey: issuer?.key ?? key,
        serial: newSerial(),
        notBefore: now - clockTolerance,
        notAfter: end(role),
        authorityOver: role === 'signer' ? undefined : roles.length - index - 2,
        ...(options.tester === true ? { tester: true } : {}),
      }),
    );
    if (role === 'root')
      files.push({
        name: 'trust.pem',
        text: renderTrustStore({ ...defaultSettings, development: kind === 'development' }, [
          certificate,
        ]),
        secret: false,
      });
    else below = [certificate, ...below];
    files.push(
      {
        name: `${fileOf(role, options)}.key`,
        text: keyText(key, options.passphrase),
        secret: true,
      },
      {
        name: `${fileOf(role, options)}.pem`,
        text: role === 'signer' ? below.join('') : certificate,
        secret: false,
      },
    );
    issuer = { name, key };
  }
  return { files, notAfter: end('signer') };
}

type Role = 'root' | 'intermediate' | 'signer';

const fileOf = (role: Role, { tester }: KeygenOptions): string =>
  role === 'signer' && tester === true ? 'tester' : role;

const rolesOf = ({ chain, issuer }: KeygenOptions): readonly Role[] => [
  ...(issuer === undefined ? (['root'] as const) : []),
  ...(chain ? (['intermediate'] as const) : []),
  'signer',
];

/** Why no machine would take what this issuer issues. */
function issuerProblems(now: number, options: KeygenOptions): readonly Problem[] {
  const [issuer] = options.issuer?.certificates ?? [];
  if (issuer === undefined) return [];
  const subject = issuer.subjectText;
  if (!issuer.ca) return [{ area: 'seal', kind: 'chain-not-authority', subject }];
  const limit = issuer.pathLength;
  if (limit !== undefined && limit < rolesOf(options).length - 1)
    return [{ area: 'seal', kind: 'chain-too-long', subject, limit }];
  return certificateProblems(
    issuer,
    'keyCertSign',
    now,
    options.tester === true ? 'tester' : 'sealer',
  );
}

const keyText = (key: KeyObject, passphrase: string | undefined): string =>
  key
    .export({
      type: 'pkcs8',
      format: 'pem',
      ...(passphrase === undefined ? {} : { cipher: 'aes-256-cbc', passphrase }),
    })
    .toString();

async function newKey(bits: number): Promise<KeyObject> {
  const pair = await promisify(generateKeyPair)('rsa', { modulusLength: bits });
  return pair.privateKey;
}

/** 16 random bytes that are a positive INTEGER of exactly that length. */
function newSerial(): Uint8Array {
  const serial = Uint8Array.from(randomBytes(16));
  serial[0] = ((serial[0] ?? 0) & 0x3f) | 0x40;
  return serial;
}
