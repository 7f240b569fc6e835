/** How a verb is told to sign: the options, and the signer that they mean. */

import type { Host } from '../host/host.ts';
import { fail, ok, type Result } from '../problem/result.ts';
import type { NamedFile } from '../sign/certificate-file.ts';
import type { Signer } from '../sign/sign.ts';
import { joinBytes } from '../units/bytes.ts';
import type { Misuse, OptionSpec, Options } from './verb.ts';

/** For keys in files; a token's PIN goes the same way. */
export const passphraseOptions = {
  file: {
    name: 'passphrase-file',
    value: 'FILE',
    help: 'File whose first line is the passphrase of the key, or the PIN of the token',
  },
  env: {
    name: 'passphrase-env',
    value: 'NAME',
    help: 'Environment variable with the passphrase or PIN',
  },
} as const satisfies Readonly<Record<string, OptionSpec>>;

export const signingOptions = [
  {
    name: 'key',
    value: 'KEY',
    help: 'Private key to sign with: a PEM file, or what openssl finds in a token (`pkcs11:token=fleet;object=signer`); needs --cert',
  },
  {
    name: 'cert',
    value: 'FILE',
    repeat: true,
    help: "The signer's certificate (PEM), then intermediate ones, without the root; may be given more than once",
  },
  {
    name: 'engine',
    value: 'NAME',
    help: 'Have `openssl` look KEY up in this engine [pkcs11 for a KEY that begins with `pkcs11:`]',
  },
  { name: 'provider', value: 'NAME', help: 'Have `openssl` look KEY up with this provider' },
  {
    name: 'signer-command',
    value: 'COMMAND',
    help: 'Shell command that signs instead of a key: SHA-256 digest (32 bytes) on standard input, raw RSA signature on standard output; needs --cert',
  },
  passphraseOptions.file,
  passphraseOptions.env,
  {
    name: 'signer-timeout',
    value: 'SECONDS',
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

/** Undefined: none was given. */
export function readPassphrase(options: Options): Passphrase | undefined | Misuse {
  const file = options.text('passphrase-file');
  const env = options.text('passphrase-env');
  if (file !== undefined && env !== undefined)
    return { misuse: 'one of --passphrase-file, --passphrase-env' };
  if (file !== undefined) return { kind: 'file', path: file };
  return env === undefined ? undefined : { kind: 'env', name: env };
}

/** Undefined: nothing was said of signing. */
export function readSigning(options: Options): Signing | undefined | Misuse {
  const key = keyOf(options);
  if (key !== undefined && 'misuse' in key) return key;
  const certificates = options.texts('cert');
  const passphrase = readPassphrase(options);
  if (passphrase !== undefined && 'misuse' in passphrase) return passphrase;
  if (key === undefined) {
    const needless = ['engine', 'provider', 'passphrase-file', 'passphrase-env'].find(
      (name) => options.text(name) !== undefined,
    );
    if (certificates.length > 0 || needless !== undefined)
      return { misuse: `--${needless ?? 'cert'} needs --key with the key that belongs to it` };
    return undefined;
  }
  if (certificates.length === 0)
    return {
      misuse: `--${key.kind === 'command' ? 'signer-command' : 'key'} needs --cert with the signer's certificate`,
    };
  if (key.kind === 'command' && passphrase !== undefined)
    return { misuse: '--signer-command has no use for a passphrase' };
  const seconds = Number(options.text('signer-timeout'));
  if (!(seconds > 0 && seconds <= 86_400))
    return { misuse: '--signer-timeout takes seconds, up to 86400' };
  return {
    key,
    certificates,
    passphrase,
    timeoutMs: Math.ceil(seconds * 1000),
  };
}

function keyOf(options: Options): Signing['key'] | undefined | Misuse {
  const key = options.text('key');
  const command = options.text('signer-command');
  const engine = options.text('engine');
  const provider = options.text('provider');
  if (command !== undefined)
    return key === undefined && engine === undefined && provider === undefined
      ? { kind: 'command', command }
      : { misuse: 'one of --key, --signer-command' };
  if (key === undefined) return undefined;
  if (engine !== undefined && provider !== undefined)
    return { misuse: 'one of --engine, --provider' };
  if (provider !== undefined)
    return { kind: 'openssl', uri: key, through: { kind: 'provider', name: provider } };
  if (engine !== undefined || key.startsWith('pkcs11:'))
    return { kind: 'openssl', uri: key, through: { kind: 'engine', name: engine ?? 'pkcs11' } };
  return { kind: 'file', path: key };
}

export async function signerOf(host: Host, signing: Signing): Promise<Result<Signer>> {
  const passphrase = await passphraseOf(host, signing.passphrase);
  if (!passphrase.ok) return passphrase;
  const certificate = await readCertificateFiles(host, signing.certificates);
  if (!certificate.ok) return certificate;
  // Only here: forge comes with it, which other verbs do without.
  const { readSigner, readSignerCertificates } = await import('../sign/sign.ts');
  const { key, timeoutMs } = signing;
  if (key.kind === 'file') {
    const file = await readNamed(host, key.path, 'key');
    if (!file.ok) return file;
    return readSigner(file.value, certificate.value, passphrase.value);
  }
  const certificates = readSignerCertificates(certificate.value);
  if (!certificates.ok) return certificates;
  const external = { certificates: certificates.value, timeoutMs };
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
