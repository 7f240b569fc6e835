/** A bundle from an installed system against an initramfs alone, with the same kernel and the same drivers. */
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import type { KernelTree } from '../pipeline/guest/kernel-tree.ts';
import { words } from '../pipeline/units/words.ts';
import { buildBundle, developmentKeys } from '../test/support/crashseal.ts';
import { testKernelTree } from '../test/support/kernel-tree.ts';
import { costOfRun, tool } from './cpu-time.ts';
import type { Figure } from './figure.ts';
import { benchFolder, type Form, forms } from './rig.ts';

const rounds = 3;
const folder = join(benchFolder, 'build');

type Costs = { readonly time: readonly number[]; readonly cpu: readonly number[] };

function costsOf(command: readonly string[], before: () => void = () => undefined): Costs {
  const costs = Array.from({ length: rounds }, () => {
    before();
    return costOfRun(command);
  });
  return { time: costs.map(({ time }) => time), cpu: costs.map(({ cpu }) => cpu) };
}

/** Time and CPU time of one thing. */
const figures = (
  about: Pick<Figure, 'group' | 'what'>,
  ours: Costs,
  { peer, aim }: { readonly peer?: Costs; readonly aim?: string } = {},
): readonly Figure[] => [
  {
    ...about,
    unit: 's',
    ours: ours.time,
    ...(peer === undefined ? {} : { peer: peer.time }),
    ...(aim === undefined ? {} : { aim }),
  },
  {
    ...about,
    what: `${about.what}, CPU`,
    unit: 's',
    ours: ours.cpu,
    ...(peer === undefined ? {} : { peer: peer.cpu }),
  },
];

/** A program as if the kernel of `tree` were installed here, in a mount namespace of its own. */
function asInstalled(tree: KernelTree, words: readonly string[]): readonly string[] {
  const script = `mount -t overlay overlay -o "lowerdir=$1/lib:/usr/lib" /usr/lib
mount -t overlay overlay -o "lowerdir=$1/boot:/boot" /boot
shift; exec "$@"`;
  return ['unshare', '-rm', 'sh', '-euc', script, 'sh', tree.root, ...words];
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

const keys = () => developmentKeys(benchFolder);

/** Words that build these profiles in a folder. */
function buildWords(at: string, profiles: readonly string[]): readonly string[] {
  const { key, certificates } = keys();
  const lock = join(at, 'crashseal.lock');
  return [
    ...words`build --json --out ${at} --lock ${lock} --key ${key} --cert ${certificates}`,
    ...profiles,
  ];
}

type Shape = {
  readonly tree: KernelTree;
  readonly shape: string;
  readonly drivers: readonly string[];
  readonly kernelForm: Form;
  /** What a cold build is to take. */
  readonly aim: string;
};

const folderOf = ({ shape, kernelForm }: Shape): string =>
  join(folder, `${shape.replaceAll(' ', '-')}-${kernelForm}`);

const profileOf = ({ tree, drivers, kernelForm }: Shape, name: string) => ({
  name,
  kernel: { from: 'installed', release: tree.release, root: tree.root },
  kernelForm,
  tools: { from: 'installed' },
  initramfs: { from: 'composed', compression: 'zstd', drivers },
  crashkernel: '512M',
  limits: { cpus: 8, memoryRanges: 32 },
  target: { kind: 'raw', device: '/dev/vda' },
});

type Peers = Readonly<Record<'mkinitramfs' | 'dracut', Costs>>;

/** With the same modules. They leave the kernel as it is, as the compressed form does; the direct form unpacks it as well. */
function peersOf(tree: KernelTree, at: string, modules: readonly string[]): Peers {
  const config = resolve(at, 'initramfs-tools');
  cpSync('/etc/initramfs-tools', config, { recursive: true });
  writeFileSync(join(config, 'modules'), modules.map((name) => `${name}\n`).join(''));
  mkdirSync(join(config, 'conf.d'), { recursive: true });
  writeFileSync(join(config, 'conf.d', 'bench'), 'MODULES=list\nCOMPRESS=zstd\n');
  const image = resolve(at, 'peer.img');
  const mkinitramfs = costsOf(
    asInstalled(tree, ['mkinitramfs', '-d', config, '-o', image, tree.release]),
  );
  const dracut = costsOf(
    asInstalled(
      tree,
      words`
      dracut --force --quiet --kver ${tree.release} --zstd
      --no-hostonly --no-hostonly-cmdline --modules ${'base kernel-modules'}
      --drivers ${modules.join(' ')} ${image}
    `,
    ),
  );
  return { mkinitramfs, dracut };
}

/** `known`: of the same drivers with another form of the kernel. */
function measureShape(
  one: Shape,
  known?: Peers,
): { readonly found: readonly Figure[]; readonly peers: Peers } {
  const { tree, shape, kernelForm, aim } = one;
  const at = folderOf(one);
  const bundle = buildBundle(at, profileOf(one, 'installed'), keys());
  const profile = `${at}.yaml`;
  cpSync(join(at, 'installed.yaml'), profile);
  const build = tool(...buildWords(at, [profile]));
  const cold = costsOf(build, () => rmSync(at, { recursive: true }));
  const warm = costsOf(build);

  const modules = modulesIn(bundle);
  const peers = known ?? peersOf(tree, at, modules);
  const what = `${shape} (${modules.length} modules), ${kernelForm}`;
  const group = 'build, cold';
  const found = [
    ...figures({ group, what: `${what}, mkinitramfs` }, cold, { peer: peers.mkinitramfs, aim }),
    ...figures({ group, what: `${what}, dracut` }, cold, { peer: peers.dracut, aim }),
    ...figures({ group: 'build, warm', what }, warm, { aim: '0.25' }),
  ];
  return { found, peers };
}

const count = 12;

/** Profiles that differ in what a machine may have, and what reads a bundle. */
function measureTwelve(one: Shape): readonly Figure[] {
  const at = folderOf(one);
  const profiles = Array.from({ length: count }, (_, number) => {
    const name = `fleet-${number}`;
    const limits = { cpus: 8, memoryRanges: 32 + number };
    const path = join(at, `${name}.yaml`);
    writeFileSync(path, JSON.stringify({ ...profileOf(one, name), limits }));
    return path;
  });
  const out = join(at, 'fleet');
  const build = tool(...buildWords(out, profiles));
  const cold = costsOf(build, () => rmSync(out, { recursive: true, force: true }));
  const warm = costsOf(build);
  const bundle = join(out, 'fleet-0.crashseal');
  const group = 'read a bundle';
  return [
    ...figures({ group: 'build, cold', what: `${count} profiles, ${one.kernelForm}` }, cold),
    ...figures({ group: 'build, warm', what: `${count} profiles, ${one.kernelForm}` }, warm, {
      aim: '2',
    }),
    ...figures({ group, what: 'inspect' }, costsOf(tool('inspect', bundle))),
    ...figures({ group, what: 'verify' }, costsOf(tool('verify', '--trust', keys().trust, bundle))),
  ];
}

export async function buildTime(): Promise<readonly Figure[]> {
  const tree = await testKernelTree('6.1');
  const virtio = { tree, shape: 'virtio disk', drivers: ['virtio_pci', 'virtio_blk'], aim: '0.3' };
  const storage = { tree, shape: 'all storage', drivers: ['storage'], aim: '0.6' };
  const found: Figure[] = [];
  for (const shape of [virtio, storage]) {
    let peers: Peers | undefined;
    for (const kernelForm of forms) {
      const measured = measureShape({ ...shape, kernelForm }, peers);
      found.push(...measured.found);
      peers = measured.peers;
    }
  }
  return [...found, ...measureTwelve({ ...virtio, kernelForm: 'direct' })];
}
