/** New keys and certificates: a root to trust, an authority between if wished, and a signer. */
import { generateKeyPair, type KeyObject, randomBytes } from 'node:crypto';
import { promisify } from 'node:util';
import type { Host } from '../host/host.ts';
import { fail, ok, type Result } from '../problem/result.ts';
import { developmentUnit, writePem } from './certificate.ts';
import { rsaBits } from './chain.ts';
import { issueCertificate, type Name } from './forge.ts';

export type KeygenOptions = {
  /** Folder for the files. */
  readonly out: string;
  /** `development` marks every certificate as such, in a place that loader and tool report. */
  readonly kind: 'development' | 'release';
  readonly commonName: string;
  readonly bits: number;
  /** How long the signer's certificate is valid. */
  readonly days: number;
  /** With an authority between root and signer, so that the root's key can stay in a safe. */
  readonly chain: boolean;
};

export type GeneratedKeys = {
  /** Certificate to trust, for machines and for `crashseal verify --trust`. */
  readonly trust: string;
  /** Certificates of the signer, without the root. */
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

export async function keygen(host: Host, options: KeygenOptions): Promise<Result<GeneratedKeys>> {
  const { out, kind, commonName, bits, days } = options;
  if (!Number.isInteger(bits) || bits < rsaBits.least || bits > rsaBits.most || bits % 8 !== 0)
    return fail({ area: 'seal', kind: 'keygen-bits', bits, ...rsaBits });
  const roles = options.chain
    ? (['root', 'intermediate', 'signer'] as const)
    : (['root', 'signer'] as const);
  const files = roles.flatMap((role) => [`${out}/${role}.key`, `${out}/${role}.pem`]);
  for (const path of files)
    if ((await host.stat(path)) !== undefined)
      return fail({ area: 'seal', kind: 'keygen-exists', path });

  const now = host.now();
  const end = (role: (typeof roles)[number]): number =>
    now + days * secondsPerDay * (role === 'signer' ? 1 : authorityLifetimes[kind]);
  const unit = kind === 'development' ? { organizationalUnit: developmentUnit } : {};
  const nameOf = (role: (typeof roles)[number]): Name => ({
    commonName: role === 'signer' ? commonName : `${commonName} ${role}`,
    ...unit,
  });

  await host.makeFolder(out);
  let issuer: { readonly name: Name; readonly key: KeyObject } | undefined;
  /** Newest first, as they stand in the signer's file. */
  let below: readonly string[] = [];
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
      }),
    );
    if (role !== 'root') below = [certificate, ...below];
    const text = role === 'signer' ? below.join('') : certificate;
    const pem = key.export({ type: 'pkcs8', format: 'pem' }).toString();
    await host.writeFile(`${out}/${role}.key`, new TextEncoder().encode(pem), 0o600);
    await host.writeFile(`${out}/${role}.pem`, new TextEncoder().encode(text), 0o644);
    issuer = { name, key };
  }
  return ok({
    trust: `${out}/root.pem`,
    certificate: `${out}/signer.pem`,
    key: `${out}/signer.key`,
    files,
    notAfter: end('signer'),
  });
}

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
