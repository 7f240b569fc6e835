/** Programs for other architectures from Debian's packages, unpacked beside each other; nothing is installed. */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readlinkSync,
  renameSync,
  rmSync,
  symlinkSync,
} from 'node:fs';
import { dirname, isAbsolute, join, relative } from 'node:path';
import type { GuestArch } from '../../pipeline/guest/machines/machines.ts';
import type { Makedumpfile } from '../../pipeline/guest/makedumpfile.ts';
import type { InitramfsFile } from '../../pipeline/guest/system-initramfs.ts';
import { realHost } from '../../pipeline/host/real-host.ts';
import { testApt, testCache, testPackageDeb } from './kernels.ts';
import { testSystems } from './systems/systems.ts';

/** The package and all libraries that it needs. */
async function withLibraries(
  arch: GuestArch,
  name: string,
  suite: string | undefined,
): Promise<readonly string[]> {
  const apt = testApt(testSystems[arch].debian, realHost(), suite);
  const debs = new Map<string, string>();
  for (const wanted = [name]; wanted.length > 0; ) {
    const next = wanted.pop() ?? '';
    if (debs.has(next)) continue;
    const deb = await testPackageDeb(next, apt);
    debs.set(next, deb.path);
    wanted.push(...deb.package.depends.filter((one) => /^(lib|zlib1g|node-)/.test(one)));
  }
  return [...debs.values()];
}

/** Newer packages have everything below `usr`, and programs look for their dynamic loader without it. */
function mergeUsr(root: string): void {
  for (const name of ['bin', 'lib', 'lib64', 'sbin'])
    if (existsSync(join(root, 'usr', name)) && !existsSync(join(root, name)))
      symlinkSync(join('usr', name), join(root, name));
}

/** The dynamic loader's name may be a link from `/`, which leads out of the folder. */
function ownInterpreter(root: string, interpreter: string): void {
  const path = join(root, interpreter);
  const target = lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink()
    ? readlinkSync(path)
    : '';
  if (!isAbsolute(target)) return;
  rmSync(path);
  symlinkSync(relative(dirname(path), join(root, target)), path);
}

/** A folder with the package and its libraries, as below `/`; of another Debian than the architecture's tests have. */
export async function packageTree(
  arch: GuestArch,
  name: string,
  suite: string | undefined = testSystems[arch].suite,
): Promise<string> {
  const debs = await withLibraries(arch, name, suite);
  const key = createHash('sha256').update(debs.join('\n')).digest('hex').slice(0, 16);
  const root = join(testCache(), 'unpacked', `${arch}-${name}-${key}`);
  if (existsSync(root)) return root;
  mkdirSync(join(root, '..'), { recursive: true });
  const fresh = mkdtempSync(join(root, '../.new-'));
  for (const deb of debs) execFileSync('dpkg-deb', ['--extract', deb, fresh]);
  mergeUsr(fresh);
  ownInterpreter(fresh, testSystems[arch].interpreter);
  try {
    renameSync(fresh, root);
  } catch {
    // Another run was faster.
    rmSync(fresh, { recursive: true });
  }
  return root;
}

/** Programs of packages, with every library that came along, for a guest. */
export async function packagePrograms(
  arch: GuestArch,
  programs: Readonly<Record<string, string | readonly string[]>>,
  suite = testSystems[arch].suite,
): Promise<readonly InitramfsFile[]> {
  const { multiarch, interpreter } = testSystems[arch];
  const files = new Map<string, InitramfsFile>();
  for (const [packageName, program] of Object.entries(programs)) {
    const root = await packageTree(arch, packageName, suite);
    const libraries = [`lib/${multiarch}`, `usr/lib/${multiarch}`]
      .filter((folder) => existsSync(join(root, folder)))
      .flatMap((folder) => readdirSync(join(root, folder)).map((name) => `${folder}/${name}`))
      .filter((name) => /\.so\.[0-9.]+$/.test(name));
    for (const path of [program, interpreter, ...libraries].flat())
      files.set(path, { path, mode: 0o755, content: { from: join(root, path) } });
  }
  return [...files.values()];
}

/** A static one; on this machine's own architecture the installed one. */
export async function busyboxOf(arch: GuestArch): Promise<string> {
  if (testSystems[arch].emulator === undefined) return '/bin/busybox';
  const root = await packageTree(arch, 'busybox-static');
  const found = ['bin/busybox', 'usr/bin/busybox'].find((path) => existsSync(join(root, path)));
  if (found === undefined) throw new Error(`${root} has no busybox`);
  return join(root, found);
}

/** makedumpfile reads dumps of its own architecture only. */
export async function makedumpfileOf(arch: GuestArch): Promise<Makedumpfile> {
  const { emulator } = testSystems[arch];
  if (emulator === undefined) return ['makedumpfile'];
  const root = await packageTree(arch, 'makedumpfile');
  return [emulator, '-L', root, join(root, 'usr/bin/makedumpfile')];
}

/** The first Debian with a Node that is new enough for the tool. */
const suiteOfNode = 'trixie';

/** What runs Node as a build machine of that architecture has it. */
export async function nodeOf(arch: GuestArch): Promise<readonly string[]> {
  const { emulator, multiarch } = testSystems[arch];
  if (emulator === undefined) return [process.execPath];
  const root = await packageTree(arch, 'nodejs', suiteOfNode);
  // Else libraries of that architecture which this machine has installed come first.
  const libraries = `LD_LIBRARY_PATH=${join(root, 'usr/lib', multiarch)}`;
  return [emulator, '-L', root, '-E', libraries, join(root, 'usr/bin/node')];
}
