/** A bundle from an installed system against an initramfs alone, with the same kernel and the same drivers. */
import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import type { KernelTree } from '../pipeline/guest/kernel-tree.ts';
import { words } from '../pipeline/units/words.ts';
import { buildBundle, developmentKeys } from '../test/support/crashseal.ts';
import { testKernelTree } from '../test/support/kernel-tree.ts';
import type { Figure } from './figure.ts';
import { benchFolder, type Form, forms } from './rig.ts';

const rounds = 3;
const folder = join(benchFolder, 'build');

function quickest(work: () => void): number {
  let best = Number.POSITIVE_INFINITY;
  for (let round = 0; round < rounds; round += 1) {
    const start = performance.now();
    work();
    best = Math.min(best, performance.now() - start);
  }
  return best / 1000;
}

/** Runs a program as if the kernel of `tree` were installed here, in a mount namespace of its own. */
function asInstalled(tree: KernelTree, words: readonly string[]): void {
  const script = `mount -t overlay overlay -o "lowerdir=$1/lib:/usr/lib" /usr/lib
mount -t overlay overlay -o "lowerdir=$1/boot:/boot" /boot
shift; exec "$@"`;
  const ran = spawnSync('unshare', ['-rm', 'sh', '-euc', script, 'sh', tree.root, ...words], {
    encoding: 'utf8',
  });
  if (ran.status !== 0) throw new Error(`${words[0]}: exit code ${ran.status}\n${ran.stderr}`);
}

/** Names of the modules in a bundle: what the peers are to pack as well. */
function modulesIn(bundle: string): readonly string[] {
  const listing = execFileSync(
    'bash',
    [
      '-euo',
      'pipefail',
      '-c',
      'tar -xOf "$1" initramfs.base | zstd -dcq | cpio -t --quiet',
      'list',
      bundle,
    ],
    { encoding: 'utf8', maxBuffer: 2 ** 26 },
  );
  return listing
    .split('\n')
    .filter((path) => path.endsWith('.ko'))
    .map((path) => basename(path, '.ko'));
}

function measureShape(
  tree: KernelTree,
  shape: string,
  drivers: readonly string[],
  kernelForm: Form,
): readonly Figure[] {
  const keys = developmentKeys(benchFolder);
  const profile = {
    name: 'installed',
    kernel: { from: 'installed', release: tree.release, root: tree.root },
    kernelForm,
    tools: { from: 'installed' },
    initramfs: { from: 'composed', compression: 'zstd', drivers },
    crashkernel: '512M',
    limits: { cpus: 8, memoryRanges: 32 },
    target: { kind: 'raw', device: '/dev/vda' },
  };
  const at = join(folder, `${shape.replaceAll(' ', '-')}-${kernelForm}`);
  let bundle = '';
  const cold = quickest(() => {
    rmSync(at, { recursive: true, force: true });
    bundle = buildBundle(at, profile, keys);
  });
  const warm = quickest(() => {
    bundle = buildBundle(at, profile, keys);
  });

  const modules = modulesIn(bundle);
  const config = resolve(at, 'initramfs-tools');
  cpSync('/etc/initramfs-tools', config, { recursive: true });
  writeFileSync(join(config, 'modules'), modules.map((name) => `${name}\n`).join(''));
  mkdirSync(join(config, 'conf.d'), { recursive: true });
  writeFileSync(join(config, 'conf.d', 'bench'), 'MODULES=list\nCOMPRESS=zstd\n');
  const image = resolve(at, 'peer.img');
  const mkinitramfs = quickest(() =>
    asInstalled(tree, ['mkinitramfs', '-d', config, '-o', image, tree.release]),
  );
  const dracut = quickest(() =>
    asInstalled(
      tree,
      words`
      dracut --force --quiet --kver ${tree.release} --zstd
      --no-hostonly --no-hostonly-cmdline --modules ${'base kernel-modules'}
      --drivers ${modules.join(' ')} ${image}
    `,
    ),
  );
  const what = `${shape} (${modules.length} modules), ${kernelForm}`;
  return [
    {
      group: 'build, cold',
      what: `${what}, mkinitramfs`,
      unit: 's',
      ours: cold,
      peer: mkinitramfs,
      aim: 'a third',
    },
    { group: 'build, cold', what: `${what}, dracut`, unit: 's', ours: cold, peer: dracut },
    { group: 'build, warm', what, unit: 's', ours: warm, aim: '0.3' },
  ];
}

export async function buildTime(): Promise<readonly Figure[]> {
  const tree = await testKernelTree('6.1');
  // The peers leave the kernel as it is, as the compressed form does; the direct form unpacks it as well.
  return forms.flatMap((form) => [
    ...measureShape(tree, 'virtio disk', ['virtio_pci', 'virtio_blk'], form),
    ...measureShape(tree, 'all storage', ['storage'], form),
  ]);
}
