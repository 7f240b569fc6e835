/** The tool and the loader as they ship, run the way a user runs them. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import type { GuestArch } from '../../pipeline/guest/machines/machines.ts';
import { words } from '../../pipeline/units/words.ts';

export const loaderOf = (arch: GuestArch): string => `out/native/${arch}/crashseal-load`;
/** Knows every architecture's machines. */
export const rehearseOf = (arch: GuestArch): string => `out/native/${arch}/crashseal-rehearse`;
export const loaderProgram = loaderOf('x86_64');

export type Ran = { readonly exitCode: number; readonly stdout: string; readonly stderr: string };

/** Runs `crashseal` with these words. */
export function crashseal(
  words: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Ran {
  const ran = spawnSync(process.execPath, [resolve('out/crashseal.mjs'), ...words], {
    encoding: 'utf8',
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    maxBuffer: 2 ** 26,
  });
  return { exitCode: ran.status ?? -1, stdout: ran.stdout, stderr: ran.stderr };
}

function mustRun(words: readonly string[], env: Readonly<Record<string, string>> = {}): string {
  const ran = crashseal(words, env);
  if (ran.exitCode !== 0)
    throw new Error(
      `crashseal ${words.join(' ')}: exit code ${ran.exitCode}\n${ran.stderr}${ran.stdout}`,
    );
  return ran.stdout;
}

export type Keys = {
  readonly key: string;
  readonly certificates: string;
  /** What the loader trusts. */
  readonly trust: string;
};

/** Development keys, made once below `folder`. */
export function developmentKeys(folder: string): Keys {
  const keys = join(folder, 'keys');
  const trust = join(keys, 'trust.pem');
  if (!existsSync(trust)) {
    rmSync(keys, { recursive: true, force: true });
    mustRun(['keygen', '--dev', '--out', keys]);
  }
  return {
    key: join(keys, 'signer.key'),
    certificates: join(keys, 'signer.pem'),
    trust,
  };
}

/** Keys of a tester in `folder`, by the authority of these development keys; they end before the authority does. */
export function testerKeys(folder: string, { key }: Keys): Omit<Keys, 'trust'> {
  const keys = join(folder, 'tester');
  const root = join(dirname(key), 'root');
  mustRun([
    ...['keygen', '--dev', '--tester', '--days', '100', '--out', keys],
    ...['--issuer-key', `${root}.key`, '--issuer-cert', `${root}.pem`],
  ]);
  return { key: join(keys, 'tester.key'), certificates: join(keys, 'tester.pem') };
}

/** Keys of a profile; JSON is YAML. */
export type ProfileText = Readonly<Record<string, unknown>>;

/** Builds and signs a bundle from a profile; in `out`, what is expensive to make is kept for others. */
export function buildBundle(
  folder: string,
  profile: ProfileText,
  keys: Keys,
  out: string = folder,
  env: Readonly<Record<string, string>> = {},
): string {
  mkdirSync(folder, { recursive: true });
  const name = String(profile.name);
  const path = join(folder, `${name}.yaml`);
  writeFileSync(path, `${JSON.stringify(profile, null, 2)}\n`);
  const told = mustRun(
    words`
      build --json ${path} --out ${out} --lock ${join(folder, 'crashseal.lock')}
      --key ${keys.key} --cert ${keys.certificates}
    `,
    env,
  );
  const { bundles } = JSON.parse(told) as { bundles: readonly { readonly path: string }[] };
  const [built] = bundles;
  if (built === undefined) throw new Error(`no bundle was built from ${path}`);
  return built.path;
}
