/** Programs for s390x from Debian's packages, unpacked beside each other; nothing is installed. */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Makedumpfile } from '../../../pipeline/guest/makedumpfile.ts';
import type { InitramfsFile } from '../../../pipeline/guest/system-initramfs.ts';
import { testApt, testCache, testPackageDeb } from '../kernels.ts';

const apt = testApt('s390x');

/** The package and all libraries that it needs. */
async function withLibraries(name: string): Promise<readonly string[]> {
  const debs = new Map<string, string>();
  for (const wanted = [name]; wanted.length > 0; ) {
    const next = wanted.pop() ?? '';
    if (debs.has(next)) continue;
    const deb = await testPackageDeb(next, apt);
    debs.set(next, deb.path);
    wanted.push(...deb.package.depends.filter((one) => /^(lib|zlib1g)/.test(one)));
  }
  return [...debs.values()];
}

/** A folder with the package and its libraries, as below `/`. */
export async function s390xTree(name: string): Promise<string> {
  const debs = await withLibraries(name);
  const key = createHash('sha256').update(debs.join('\n')).digest('hex').slice(0, 16);
  const root = join(testCache(), 'unpacked', `s390x-${name}-${key}`);
  if (existsSync(root)) return root;
  mkdirSync(join(root, '..'), { recursive: true });
  const fresh = mkdtempSync(join(root, '../.new-'));
  for (const deb of debs) execFileSync('dpkg-deb', ['--extract', deb, fresh]);
  try {
    renameSync(fresh, root);
  } catch {
    // Another run was faster.
    rmSync(fresh, { recursive: true });
  }
  return root;
}

/** Programs, each of a package, with every library that came along, for a guest. */
export async function s390xPrograms(
  programs: Readonly<Record<string, string>>,
): Promise<readonly InitramfsFile[]> {
  const files = new Map<string, InitramfsFile>();
  for (const [packageName, program] of Object.entries(programs)) {
    const root = await s390xTree(packageName);
    const libraries = ['lib/s390x-linux-gnu', 'usr/lib/s390x-linux-gnu']
      .filter((folder) => existsSync(join(root, folder)))
      .flatMap((folder) => readdirSync(join(root, folder)).map((name) => `${folder}/${name}`))
      .filter((name) => /\.so\.[0-9.]+$/.test(name));
    for (const path of [program, 'lib/ld64.so.1', ...libraries])
      files.set(path, { path, mode: 0o755, content: { from: join(root, path) } });
  }
  return [...files.values()];
}

export const s390xBusybox = async (): Promise<string> =>
  join(await s390xTree('busybox-static'), 'bin/busybox');

/** makedumpfile reads dumps of its own architecture only. */
export async function s390xMakedumpfile(): Promise<Makedumpfile> {
  const root = await s390xTree('makedumpfile');
  return ['qemu-s390x-static', '-L', root, join(root, 'usr/bin/makedumpfile')];
}
