/** A Debian kernel package, unpacked once per machine: its image, and its modules in the order they load. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { basename, join } from 'node:path';

export type KernelTree = {
  /** The package itself. */
  readonly deb: string;
  readonly release: string;
  readonly vmlinuz: string;
  /** Holds `boot` and `lib/modules`. */
  readonly root: string;
};

/** Unpacks a package below `parent`, once: the file name of a package holds its version. */
export function kernelTree(deb: string, parent: string): KernelTree {
  const root = join(parent, basename(deb, '.deb'));
  if (!existsSync(root)) {
    mkdirSync(parent, { recursive: true });
    const fresh = mkdtempSync(join(parent, '.new-'));
    // Since Debian 13, modules are below usr/lib.
    const unpack =
      'dpkg-deb --fsys-tarfile "$1" | tar -x -C "$2" --exclude=./usr/share && cd "$2" && { [ -d lib ] || ln -s usr/lib lib; }';
    // A socket on standard input would make bash read the user's start-up files.
    execFileSync('bash', ['-euo', 'pipefail', '-c', unpack, 'unpack', deb, fresh], {
      stdio: ['ignore', 'inherit', 'inherit'],
    });
    const [release = ''] = readdirSync(join(fresh, 'lib/modules'));
    execFileSync('/sbin/depmod', ['-b', fresh, release]);
    try {
      renameSync(fresh, root);
    } catch {
      // Another run was faster.
      rmSync(fresh, { recursive: true });
    }
  }
  const [release] = readdirSync(join(root, 'lib/modules'));
  if (release === undefined) throw new Error(`${deb} holds no modules`);
  // Where the image is not compressed, it may be called `vmlinux`.
  const vmlinuz = ['vmlinuz', 'vmlinux']
    .map((name) => join(root, 'boot', `${name}-${release}`))
    .find((path) => existsSync(path));
  if (vmlinuz === undefined) throw new Error(`${deb} holds no kernel image`);
  return { deb, release, root, vmlinuz };
}

/** Paths of these modules and of what they need, in loading order; built-ins need none. */
export function moduleFiles(tree: KernelTree, names: readonly string[]): string[] {
  // This machine's own options and aliases are none of the guest's.
  const own = ['-C', '/dev/null'];
  const args = [...own, '-d', tree.root, '-S', tree.release, '--show-depends', '-a', ...names];
  const shown = execFileSync('/sbin/modprobe', args, { encoding: 'utf8' });
  const paths = shown
    .split('\n')
    .filter((line) => line.startsWith('insmod '))
    .map((line) => line.slice('insmod '.length).trim());
  return [...new Set(paths)];
}
