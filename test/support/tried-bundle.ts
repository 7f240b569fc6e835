/** Bundles that are tried by `crashseal test-crash`, as a user has it. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { packTar } from '../../pipeline/format/tar.ts';
import { defaultGuest } from '../../pipeline/guest/machines/machines.ts';
import type { Finding } from '../../pipeline/prove/finding.ts';
import type { Proof } from '../../pipeline/prove/proof.ts';
import { bundlesFolder, type Scenario, testProfile } from './capture.ts';
import { buildBundle, crashseal, developmentKeys, type ProfileText } from './crashseal.ts';
import { testKernelTree } from './kernel-tree.ts';
import { suiteEnvironment } from './kernels.ts';
import { testSystems } from './systems/systems.ts';

/** Packages of another Debian come from there. */
export const environmentOf = ({ arch }: Scenario): Readonly<Record<string, string>> =>
  suiteEnvironment(testSystems[arch ?? defaultGuest].suite);

const keysFolder = join('out', 'e2e');

/** The bundle, and the words that name it, its trust store and the folder with what its build unpacked. */
export async function bundleWords(folder: string, scenario: Scenario): Promise<readonly string[]> {
  const kernel = await testKernelTree(scenario.kernel, scenario.arch);
  const keys = developmentKeys(keysFolder);
  // What is installed is pinned by no package, and the system that panics needs its busybox.
  const pinned = scenario.ownInitramfs === undefined ? { tools: { from: 'apt' } } : {};
  const profile = { ...testProfile(scenario, kernel), ...pinned };
  const bundle = buildBundle(folder, profile, keys, bundlesFolder, environmentOf(scenario));
  return ['--trust', keys.trust, '--out', bundlesFolder, bundle];
}

/** Words of a machine that is booted with this command line, of which nothing else is known. */
export async function bootedWith(folder: string, commandLine: string): Promise<readonly string[]> {
  const facts = join(folder, 'facts.tar');
  const bytes = new TextEncoder().encode(`${commandLine}\n`);
  writeFileSync(facts, Buffer.concat(await packTar([{ name: 'proc/cmdline', bytes }])));
  return ['--facts', facts];
}

export type Tried = {
  readonly exitCode: number;
  readonly proof: Proof;
  /** What did not pass, in one line each. */
  readonly wrong: readonly string[];
};

export async function tryBundle(
  folder: string,
  scenario: Scenario,
  words: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<Tried> {
  return tryNamed([...words, ...(await bundleWords(folder, scenario))], {
    ...environmentOf(scenario),
    ...env,
  });
}

/** A profile as it is, for a kernel that no scenario has. */
export function tryProfile(folder: string, profile: ProfileText, words: readonly string[]): Tried {
  const keys = developmentKeys(keysFolder);
  const bundle = buildBundle(folder, profile, keys, bundlesFolder);
  return tryNamed([...words, '--trust', keys.trust, '--out', bundlesFolder, bundle]);
}

function tryNamed(words: readonly string[], env: Readonly<Record<string, string>> = {}): Tried {
  const logs = ['--logs', join('out', 'test-logs')];
  const ran = crashseal(['test-crash', '--json', ...logs, ...words], env);
  const told = ran.stdout === '' ? {} : JSON.parse(ran.stdout);
  const [proof] = (told as { readonly bundles?: readonly Proof[] }).bundles ?? [];
  if (proof === undefined)
    throw new Error(`not tried, exit status ${ran.exitCode}: ${ran.stdout}${ran.stderr}`);
  const wrong = proof.findings
    .filter(({ outcome }) => outcome !== 'passed')
    .map(({ run, check, outcome, detail }: Finding) => `${run}: ${check}: ${outcome}: ${detail}`);
  return { exitCode: ran.exitCode, proof, wrong };
}
