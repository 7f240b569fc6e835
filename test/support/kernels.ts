/**
 * Real Debian kernels for tests, unmodified: fetched once with apt into the downloads cache, the newest
 * that the meta package of each series names, so that no name here goes stale.
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import type { GuestArch } from '../../pipeline/guest/machines/machines.ts';
import type { Host } from '../../pipeline/host/host.ts';
import { realHost } from '../../pipeline/host/real-host.ts';
import { type Apt, type AptPackage, privateApt } from '../../pipeline/inputs/apt.ts';
import { must } from '../fixtures/results.ts';
import { testSystems } from './systems/systems.ts';

export type TestKernelName = '6.1' | '6.12' | '6.12-16k';

/** `package` is the meta package, whose `image` {@link testKernelDeb} takes. */
export type KernelPackage = {
  readonly package: string;
  readonly image: RegExp;
  /** The Debian it is of, where it is another than that of the system's programs. */
  readonly suite?: string;
  /** makedumpfile does not read its dumps. */
  readonly withoutMakedumpfile?: true;
};

/** Those of the default architecture. */
export const testKernels = Object.entries(testSystems.x86_64.kernels).map(([name, kernel]) => ({
  name: name as TestKernelName,
  ...kernel,
}));

/** Downloads are kept here, outside the checkout. */
export const testCache = (): string =>
  process.env.CRASHSEAL_CACHE ??
  join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'crashseal');

/** Where this machine gets Debian from: its sources name no other release than its own, but the others are there too. */
let archive: string | undefined;
function debianArchive(): string {
  const wanted = ['Created-By: Packages', 'Label: Debian'];
  archive ??= execFileSync('apt-get', ['indextargets', '--format', '$(REPO_URI)', ...wanted], {
    encoding: 'utf8',
  }).split(/\/?\n/)[0];
  if (!archive) throw new Error('apt knows no archive of Debian here: run apt-get update');
  return archive;
}
const archiveKey = '/usr/share/keyrings/debian-archive-keyring.gpg';

const suiteCache = (suite: string): string => join(testCache(), suite);

/** A file of apt sources for another Debian than this machine's. */
export function suiteSources(suite: string): string {
  const cache = suiteCache(suite);
  const sources = join(cache, 'sources.list');
  mkdirSync(cache, { recursive: true });
  writeFileSync(sources, `deb [signed-by=${archiveKey}] ${debianArchive()} ${suite} main\n`);
  return sources;
}

/** What makes apt, and `crashseal build` with it, take packages from another Debian than this machine's. */
export function suiteEnvironment(suite: string | undefined): Readonly<Record<string, string>> {
  if (suite === undefined) return {};
  const cache = suiteCache(suite);
  const settings = join(cache, 'apt.conf');
  writeFileSync(
    settings,
    `Dir::Etc::sourcelist "${suiteSources(suite)}";\nDir::Etc::sourceparts "-";\n`,
  );
  return { APT_CONFIG: settings, CRASHSEAL_CACHE: cache };
}

export function testApt(
  architecture = 'amd64',
  host: Host = realHost(),
  suite: string | undefined = undefined,
): Apt {
  const env = suiteEnvironment(suite);
  const other: Host = { ...host, env: (name) => env[name] ?? host.env(name) };
  return privateApt(other, { cache: env.CRASHSEAL_CACHE ?? testCache(), architecture });
}

export type TestDeb = { readonly path: string; readonly package: AptPackage };

export async function testPackageDeb(name: string, apt: Apt = testApt()): Promise<TestDeb> {
  const found = must(await apt.find({ package: name, version: undefined, at: undefined }));
  return { path: must(await apt.fetch(found, undefined)).path, package: found };
}

/** The `.deb` of a kernel image, with the release that `uname -r` gives. */
export async function testKernelDeb(
  name: TestKernelName,
  arch: GuestArch = 'x86_64',
): Promise<TestDeb & { readonly release: string }> {
  const system = testSystems[arch];
  const kernel = system.kernels[name];
  if (kernel === undefined) throw new Error(`no test kernel ${name} for ${arch}`);
  const apt = testApt(system.debian, realHost(), kernel.suite ?? system.suite);
  const meta = must(await apt.find({ package: kernel.package, version: undefined, at: undefined }));
  const image = [kernel.package, ...meta.depends].find((one) => kernel.image.test(one));
  if (image === undefined)
    throw new Error(`${kernel.package} names no image: ${meta.depends.join(', ')}`);
  const deb = await testPackageDeb(image, apt);
  return { ...deb, release: image.replace(/^linux-image-/, '') };
}
