/**
 * Real Debian kernels for tests, unmodified and signed: fetched once with apt into the downloads
 * cache, the newest that the meta package of each series names, so that no name here goes stale.
 */
import { homedir } from 'node:os';
import { join } from 'node:path';
import type { Host } from '../../pipeline/host/host.ts';
import { realHost } from '../../pipeline/host/real-host.ts';
import { type Apt, type AptPackage, privateApt } from '../../pipeline/inputs/apt.ts';
import { must } from '../fixtures/results.ts';

export type TestKernelName = '6.1' | '6.12';

/** `package` is the meta package; {@link testKernelDeb} follows it to the image. */
export const testKernels: readonly {
  readonly name: TestKernelName;
  readonly package: string;
  readonly image: RegExp;
}[] = [
  { name: '6.1', package: 'linux-image-amd64', image: /^linux-image-6\.1\.[0-9.+-]+amd64$/ },
  {
    name: '6.12',
    package: 'linux-image-6.12-amd64',
    image: /^linux-image-6\.12\.[0-9]+\+deb12-amd64$/,
  },
];

/** Downloads are kept here, outside the checkout. */
export const testCache = (): string =>
  process.env.CRASHSEAL_CACHE ??
  join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'crashseal');

export const testApt = (architecture = 'amd64', host: Host = realHost()): Apt =>
  privateApt(host, { cache: testCache(), architecture });

export type TestDeb = { readonly path: string; readonly package: AptPackage };

export async function testPackageDeb(name: string, apt: Apt = testApt()): Promise<TestDeb> {
  const found = must(await apt.find({ package: name, version: undefined, at: undefined }));
  return { path: must(await apt.fetch(found, undefined)).path, package: found };
}

/** The `.deb` of a kernel image, with the release that `uname -r` gives. */
export async function testKernelDeb(
  name: TestKernelName,
): Promise<TestDeb & { readonly release: string }> {
  const kernel = testKernels.find((candidate) => candidate.name === name);
  if (kernel === undefined) throw new Error(`no test kernel ${name}`);
  const apt = testApt();
  const meta = must(await apt.find({ package: kernel.package, version: undefined, at: undefined }));
  const image = meta.depends.find((dependency) => kernel.image.test(dependency));
  if (image === undefined)
    throw new Error(`${kernel.package} names no image: ${meta.depends.join(', ')}`);
  const deb = await testPackageDeb(image, apt);
  return { ...deb, release: image.replace(/^linux-image-/, '') };
}
