/**
 * Keys that never come to us: `openssl` with an engine or a provider (PKCS#11, TPM), or a command.
 * Both get the SHA-256 digest, 32 bytes, and return the raw PKCS#1 v1.5 signature. docs/signing.md.
 */
import { join } from 'node:path';
import type { CommandOptions, CommandOutput, Host } from '../host/host.ts';
import { fail, ok, type Result } from '../problem/result.ts';
import { sha256Bytes } from '../units/sha256.ts';
import { words } from '../units/words.ts';
import type { Signer } from './sign.ts';

/** Where `openssl` is to find a key. */
export type OpensslKey = {
  /** As `openssl pkeyutl -inkey` takes it. */
  readonly uri: string;
  readonly through:
    | { readonly kind: 'engine'; readonly name: string }
    | { readonly kind: 'provider'; readonly name: string };
  /** A PIN or passphrase, if one is asked for. */
  readonly passphrase: string | undefined;
};

type External = Pick<Signer, 'certificates'> & { readonly timeoutMs: number };

/** The passphrase goes by the environment: arguments can be read by everyone on the machine. */
const passphraseVariable = 'CRASHSEAL_PASSPHRASE';

export function opensslSigner(host: Host, key: OpensslKey, external: External): Signer {
  const { uri, through, passphrase } = key;
  const name = `openssl with ${through.kind} ${through.name}`;
  const place =
    through.kind === 'engine'
      ? ['-engine', through.name, '-keyform', 'engine']
      : // The other one still has to make digests.
        ['-provider', through.name, '-provider', 'default'];
  const args = [
    ...words`pkeyutl -sign`,
    ...place,
    ...words`-inkey ${uri}`,
    ...(passphrase === undefined ? [] : ['-passin', `env:${passphraseVariable}`]),
    ...words`-pkeyopt rsa_padding_mode:pkcs1 -pkeyopt digest:sha256`,
  ];
  return {
    certificates: external.certificates,
    name,
    // In a file: from standard input, openssl would take the digest for a PIN that it lacks.
    sign: (message) =>
      host.withTempFolder(async (folder) => {
        const digest = join(folder, 'digest');
        await host.writeFile(digest, sha256Bytes(message));
        return ask(host, name, 'openssl', [...args, '-in', digest], {
          timeoutMs: external.timeoutMs,
          env: passphrase === undefined ? {} : { [passphraseVariable]: passphrase },
        });
      }),
  };
}

/** `command` is the shell's to read. It gets the digest as bytes, and returns the signature as bytes. */
export function commandSigner(host: Host, command: string, external: External): Signer {
  return {
    certificates: external.certificates,
    name: 'the signer command',
    sign: (message) =>
      ask(host, 'the signer command', 'sh', ['-c', command], {
        timeoutMs: external.timeoutMs,
        input: sha256Bytes(message),
      }),
  };
}

async function ask(
  host: Host,
  signer: string,
  command: string,
  args: readonly string[],
  options: CommandOptions & { readonly timeoutMs: number },
): Promise<Result<Uint8Array>> {
  const ran = await host.run(command, args, { ...options, callersEnvironment: true });
  if (!ran.ok) {
    const late = ran.problems[0].kind === 'command-timed-out';
    const seconds = options.timeoutMs / 1000;
    return late ? fail({ area: 'sign', kind: 'signer-timed-out', signer, seconds }) : ran;
  }
  const { exitCode, stdout } = ran.value;
  if (exitCode === 0) return ok(stdout);
  return fail({
    area: 'sign',
    kind: 'signer-failed',
    signer,
    exitCode,
    said: lastWords(ran.value),
  });
}

/** What a program says goes to a terminal, and a page of it helps nobody. */
const lastWords = ({ stderr }: CommandOutput): string =>
  stderr
    .trim()
    .split('\n')
    .slice(-6)
    .map((line) => line.replace(/[^\x20-\x7e]/gu, '?').slice(0, 200))
    .join('\n');
