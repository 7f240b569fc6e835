/**
 * A machine under Secure Boot whose keys are ours to use: Debian's OVMF has a variable store with the
 * "snakeoil" certificate in PK, KEK and db, and its key beside it. The kernel puts what is in db into its
 * `.platform` keyring, and Debian's kernels lock themselves down.
 */
import { execFileSync } from 'node:child_process';
import { chmodSync, copyFileSync, existsSync } from 'node:fs';
import { join } from 'node:path';
import type { GuestOptions } from '../../pipeline/guest/guest.ts';
import { words } from '../../pipeline/units/words.ts';

const code = '/usr/share/OVMF/OVMF_CODE_4M.secboot.fd';
const variables = '/usr/share/OVMF/OVMF_VARS_4M.snakeoil.fd';
const certificate = '/usr/share/ovmf/PkKek-1-snakeoil.pem';
const key = '/usr/share/ovmf/PkKek-1-snakeoil.key';

const run = (program: string, args: readonly string[]): void => {
  execFileSync(program, args, { stdio: 'pipe' });
};

/** What is missing for these tests; undefined when nothing is. */
export function secureBootMissing(): string | undefined {
  if (![code, variables, certificate, key].every((path) => existsSync(path))) return 'ovmf';
  try {
    run('sbsign', ['--version']);
    return undefined;
  } catch {
    return 'sbsigntool';
  }
}

/** The kernel with the machine's owner as its only signer: Linux looks at one signature. */
export function signedByOwner(folder: string, vmlinuz: string): string {
  const plain = join(folder, 'vmlinuz');
  const signed = join(folder, 'vmlinuz.signed');
  const ownKey = join(folder, 'owner.key');
  copyFileSync(vmlinuz, plain);
  chmodSync(plain, 0o600);
  run('sbattach', ['--remove', plain]);
  run('openssl', ['rsa', '-in', key, '-passin', 'pass:snakeoil', '-out', ownKey]);
  run('sbsign', ['--key', ownKey, '--cert', certificate, '--output', signed, plain]);
  return signed;
}

/** The firmware with Secure Boot on, and this kernel. */
export function secureBoot(folder: string, kernel: string): Partial<GuestOptions> {
  const store = join(folder, 'variables.fd');
  copyFileSync(variables, store);
  return {
    kernel,
    machine: 'q35,smm=on',
    cpusTakeTurns: true,
    extraArgs: words`
      -global driver=cfi.pflash01,property=secure,value=on
      -drive if=pflash,format=raw,readonly=on,file=${code}
      -drive if=pflash,format=raw,file=${store}
    `,
  };
}
