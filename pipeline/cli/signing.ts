/** How a verb is told to sign: the options, and the signer that they mean. */

import type { Host } from '../host/host.ts';
import { fail, ok, type Result } from '../problem/result.ts';
import type { NamedFile } from '../sign/certificate-file.ts';
import type { Signer } from '../sign/sign.ts';
import { joinBytes } from '../units/bytes.ts';
import { isPrivateKeyDer } from '../units/private-key.ts';
import type { OptionSpec, ValuesOf } from './option.ts';

/** For keys in files; a token's PIN goes the same way. */
export const passphraseOptions = {
  file: {
    name: 'passphrase-file',
    excludes: ['passphrase-env'],
    value: 'FILE',
    takes: { kind: 'path' },
    help: 'File whose first line is the passphrase of the key, or the PIN of the token',
  },
  env: {
    name: 'passphrase-env',
    value: 'NAME',
    takes: { kind: 'text' },
    help: 'Environment variable with the passphrase or PIN',
  },
} as const satisfies Readonly<Record<string, OptionSpec>>;

export const signingOptions = [
  {
    name: 'key',
    value: 'KEY',
    takes: { kind: 'text' },
    needs: [['cert']],
    excludes: ['signer-command'],
    help: 'Private key to sign with: a PEM file, or what openssl finds in a token (`pkcs11:token=fleet;object=signer`)',
  },
  {
    name: 'cert',
    needs: [['key', 'signer-command']],
    value: 'FILE',
    takes: { kind: 'path' },
    repeat: true,
    help: "The signer's certificate (PEM), then intermediate ones, without the root; may be given more than once",
  },
  {
    name: 'engine',
    needs: [['key']],
    excludes: ['provider'],
    value: 'NAME',
    takes: { kind: 'text' },
    help: 'Have `openssl` look KEY up in this engine [pkcs11 for a KEY that begins with `pkcs11:`]',
  },
  {
    name: 'provider',
    needs: [['key']],
    value: 'NAME',
    takes: { kind: 'text' },
    help: 'Have `openssl` look KEY up with this provider',
  },
  {
    name: 'signer-command',
    value: 'COMMAND',
    takes: { kind: 'text' },
    needs: [['cert']],
    help: 'Shell command that signs instead of a key: SHA-256 digest (32 bytes) on standard input, raw RSA signature on standard output',
  },
  { ...passphraseOptions.file, needs: [['key']] },
  { ...passphraseOptions.env, needs: [['key']] },
  {
    name: 'signer-timeout',
    value: 'SECONDS',
    takes: { kind: 'seconds', max: 86_400 },
    default: '120',
    help: 'How long openssl or the signer command may take',
  },
] as const satisfies readonly OptionSpec[];

export type Signing = {
  readonly key:
    | { readonly kind: 'file'; readonly path: string }
    | {
        readonly kind: 'openssl';
        readonly uri: string;
        readonly through: {
          readonly kind: 'engine' | 'provider';
          readonly name: string;
        };
      }
    | { readonly kind: 'command'; readonly command: string };
  readonly certificates: readonly string[];
  readonly passphrase: Passphrase | undefined;
  readonly timeoutMs: number;
};

type Passphrase =
  | { readonly kind: 'file'; readonly path: string }
  | { readonly kind: 'env'; readonly name: string };

type PassphraseOptions = ValuesOf<
  readonly [typeof passphraseOptions.file, typeof passphraseOptions.env]
>;

/** Undefined: none was given. */
export function passphraseFrom(options: PassphraseOptions): Passphrase | undefined {
  const { 'passphrase-file': path, 'passphrase-env': name } = options;
  if (path !== undefined) return { kind: 'file', path };
  return name === undefined ? undefined : { kind: 'env', name };
}

type SigningOptions = ValuesOf<typeof signingOptions>;

/** Undefined: neither a key nor a command was given. */
export function signingFrom(options: SigningOptions): Signing | undefined {
  const key = keyOf(options);
  return key === undefined
    ? undefined
    : {
        key,
        certificates: options.cert,
        passphrase: passphraseFrom(options),
        timeoutMs: Math.ceil(options['signer-timeout'] * 1000),
      };
}

function keyOf(options: SigningOptions): Signing['key'] | undefined {
  const { key, engine, provider, 'signer-command': command } = options;
  if (command !== undefined) return { kind: 'command', command };
  if (key === undefined) return undefined;
  if (provider !== undefined)
    return { kind: 'openssl', uri: key, through: { kind: 'provider', name: provider } };
  if (engine !== undefined || key.startsWith('pkcs11:'))
    return { kind: 'openssl', uri: key, through: { kind: 'engine', name: engine ?? 'pkcs11' } };
  return { kind: 'file', path: key };
}

/** Who signs, as far as certificates tell: for this no key is read, and no token asked. */
export async function signerCertificates(
  host: Host,
  { certificates }: Pick<Signing, 'certificates'>,
): Promise<Result<Pick<Signer, 'certificates'>>> {
  const file = await readCertificateFiles(host, certificates);
  if (!file.ok) return file;
  // Only here: forge comes with it, which other verbs do without.
  const { readSignerCertificates } = await import('../sign/sign.ts');
  const read = readSignerCertificates(file.value);
  return read.ok ? ok({ certificates: read.value }) : read;
}

export async function signerOf(host: Host, signing: Signing): Promise<Result<Signer>> {
  const passphrase = await passphraseOf(host, signing.passphrase);
  if (!passphrase.ok) return passphrase;
  const { key, timeoutMs } = signing;
  if (key.kind === 'file') {
    const certificate = await readCertificateFiles(host, signing.certificates);
    if (!certificate.ok) return certificate;
    const { readSigner } = await import('../sign/sign.ts');
    const file = await readNamed(host, key.path, 'key');
    if (!file.ok) return file;
    return readSigner(file.value, certificate.value, passphrase.value);
  }
  const certificates = await signerCertificates(host, signing);
  if (!certificates.ok) return certificates;
  const external = { ...certificates.value, timeoutMs };
  const { commandSigner, opensslSigner } = await import('../sign/external-signer.ts');
  return ok(
    key.kind === 'command'
      ? commandSigner(host, key.command, external)
      : opensslSigner(host, { ...key, passphrase: passphrase.value }, external),
  );
}

/** All of them as one file: who names several means one list. */
export async function readCertificateFiles(
  host: Host,
  paths: readonly string[],
): Promise<Result<NamedFile>> {
  const parts: Uint8Array[] = [];
  for (const path of paths) {
    const certificate = await readNamed(host, path, 'certificate');
    if (!certificate.ok) return certificate;
    // Told here, where the file still has its own name.
    if (isPrivateKeyDer(certificate.value.bytes))
      return fail({ area: 'sign', kind: 'private-key-given', path, wanted: 'a certificate' });
    parts.push(certificate.value.bytes, new TextEncoder().encode('\n'));
  }
  return ok({ path: paths.join(', '), bytes: joinBytes(parts) });
}

export async function passphraseOf(
  host: Host,
  from: Passphrase | undefined,
): Promise<Result<string | undefined>> {
  if (from === undefined) return ok(undefined);
  if (from.kind === 'env') {
    const value = host.env(from.name);
    return value === undefined
      ? fail({ area: 'cli', kind: 'no-variable', name: from.name })
      : ok(value);
  }
  const file = await readNamed(host, from.path, 'passphrase');
  if (!file.ok) return file;
  return ok(/^[^\r\n]*/.exec(new TextDecoder().decode(file.value.bytes))?.[0] ?? '');
}

export async function readNamed(
  host: Host,
  path: string,
  what: string,
): Promise<Result<NamedFile>> {
  const bytes = await host.readFile(path);
  return bytes === undefined
    ? fail({ area: 'cli', kind: 'no-file', file: path, what })
    : ok({ path, bytes });
}
