/** A machine in a folder: crashseal-pull as it ships, and the loader that ships to judge what it fetches. */
import { spawn } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { now } from '../fixtures/now.ts';
import { fleetKeys } from '../registry/fixture.ts';

const program = resolve('loader/pull/crashseal-pull');
const loader = resolve('out/native/x86_64/crashseal-load');

export type Machine = {
  readonly put: (path: string, content: Uint8Array | string, mode?: number) => void;
  /** The loader, and a trust store with the signer of fleet bundles. */
  readonly install: () => Promise<void>;
  readonly bundle: () => Uint8Array | undefined;
  readonly attestation: () => Uint8Array | undefined;
  readonly pull: (...words: readonly string[]) => Promise<{ status: number | null; said: string }>;
};

/** `root`: its folder, which may be another one for each test. */
export function machineIn(root: () => string): Machine {
  const put: Machine['put'] = (path, content, mode = 0o644) => {
    mkdirSync(dirname(join(root(), path)), { recursive: true });
    writeFileSync(join(root(), path), content);
    chmodSync(join(root(), path), mode);
  };
  const read = (path: string): Uint8Array | undefined =>
    existsSync(join(root(), path)) ? readFileSync(join(root(), path)) : undefined;
  return {
    put,
    install: async () => {
      put('etc/crashseal/trust.pem', (await fleetKeys()).file('trust.pem').bytes);
      // This machine has no crash region to arm anything in.
      put(
        'usr/sbin/crashseal-load',
        `#!/bin/sh
for last; do :; done
exec ${loader} --root ${root()} --now ${now} --check --trust ${root()}/etc/crashseal/trust.pem "$last"
`,
        0o755,
      );
    },
    bundle: () => read('etc/crashseal/bundle'),
    attestation: () => read('etc/crashseal/bundle.test-crash'),
    pull: (...words) =>
      new Promise((ended) => {
        const child = spawn('dash', [program, ...words], {
          env: { PATH: process.env.PATH, CRASHSEAL_ROOT: root() },
        });
        let said = '';
        child.stdout.on('data', (text) => {
          said += text;
        });
        child.stderr.on('data', (text) => {
          said += text;
        });
        child.on('close', (status) => ended({ status, said }));
      }),
  };
}
