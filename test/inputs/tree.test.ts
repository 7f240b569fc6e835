/** A root is a root: what lies below it never means anything of the machine that builds. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { beforeAll, describe, expect, test } from 'vitest';
import type { Host } from '../../pipeline/host/host.ts';
import { realHost } from '../../pipeline/host/real-host.ts';
import { nothingShared } from '../../pipeline/host/shared-work.ts';
import { sharedApt } from '../../pipeline/inputs/apt.ts';
import { type InputsAndPins, resolveInputs } from '../../pipeline/inputs/inputs.ts';
import { treeBelow } from '../../pipeline/inputs/tree.ts';
import { explain } from '../../pipeline/problem/problem.ts';
import type { Result } from '../../pipeline/problem/result.ts';
import type { KernelSource } from '../../pipeline/profile/keys/kernel.ts';
import { must } from '../fixtures/results.ts';
import { silentProgress } from '../fixtures/silent-progress.ts';
import { testKernelTree } from '../support/kernel-tree.ts';
import { testCache } from '../support/kernels.ts';
import { composedWith, inputProfile } from './input-profile.ts';

const MiB = 2 ** 20;
const host = realHost();
const resolve = (
  kernel: KernelSource,
  store: string,
  world: Host = host,
): Promise<Result<InputsAndPins>> =>
  resolveInputs(
    world,
    inputProfile({
      kernel,
      initramfs: composedWith('virtio_blk'),
      // Of this machine: packages of tools would take longer than all the rest.
      tools: { kind: 'installed', root: '/' },
    }),
    {
      store,
      apt: sharedApt(world, { cache: testCache() }),
      shared: nothingShared,
      locked: undefined,
      progress: silentProgress,
    },
  );
const said = (result: Result<unknown>): readonly string[] =>
  result.ok ? [] : result.problems.map((problem) => explain(problem).message);

test('links mean places below the root, however they are written', async () => {
  await host.withTempFolder(async (temp) => {
    const root = `${temp}/root`;
    mkdirSync(`${root}/usr/lib`, { recursive: true });
    writeFileSync(`${root}/usr/lib/x`, 'inside');
    writeFileSync(`${temp}/secret`, 'outside');
    symlinkSync('usr/lib', `${root}/lib`);
    symlinkSync('/usr/lib/x', `${root}/absolute`);
    symlinkSync('../../../../usr/lib/x', `${root}/above`);
    symlinkSync(`${temp}/secret`, `${root}/out`);
    symlinkSync('../secret', `${root}/up`);
    symlinkSync(temp, `${root}/folder`);
    symlinkSync('round', `${root}/round`);
    execFileSync('mkfifo', [`${root}/fifo`]);
    const tree = treeBelow(host, root);
    const read = async (path: string): Promise<string | undefined> => {
      const bytes = await tree.read(path, 100);
      return bytes instanceof Uint8Array ? new TextDecoder().decode(bytes) : bytes;
    };
    for (const path of ['lib/x', 'absolute', 'above', 'lib/../lib/./x', '../../lib/x'])
      expect([path, await read(path)]).toEqual([path, 'inside']);
    for (const path of ['out', 'up', 'folder/secret', 'round', '../secret', 'lib/none'])
      expect([path, await read(path)]).toEqual([path, undefined]);
    expect(await read('fifo')).toBe('not-a-file');
    expect(await read('lib')).toBe('not-a-file');
    expect(await tree.read('lib/x', 5)).toBe('too-large');
    expect(await tree.list('folder')).toBeUndefined();
    expect(await tree.list('lib')).toEqual(['x']);
    expect(await tree.linkAt('out')).toBe(`${temp}/secret`);
  });
});

describe('with the kernel of Debian below a root', () => {
  let real: Awaited<ReturnType<typeof testKernelTree>>;
  beforeAll(async () => {
    real = await testKernelTree('6.1');
  }, 600_000);
  /** Few, and without indexes. */
  const someModules = () =>
    ['kernel/drivers/block', 'kernel/drivers/virtio', 'modules.builtin', 'modules.order'].map(
      (name) => `${modules()}/${name}`,
    );
  /** A root with parts of the kernel in it. */
  const rootWith = (temp: string, ...parts: readonly string[]): string => {
    const root = `${temp}/root`;
    mkdirSync(`${root}/boot`, { recursive: true });
    mkdirSync(`${root}/lib/modules`, { recursive: true });
    for (const part of parts.flatMap((one) => (one === modules() ? someModules() : [one]))) {
      mkdirSync(`${root}/${part}`.replace(/\/[^/]*$/, ''), { recursive: true });
      execFileSync('cp', ['-r', `${real.root}/${part}`, `${root}/${part}`]);
    }
    return root;
  };
  const installed = (root: string): KernelSource => ({
    kind: 'installed',
    root,
    release: real.release,
  });
  const image = () => `boot/vmlinuz-${real.release}`;
  const modules = () => `lib/modules/${real.release}`;

  test('an image that is a link to one of the build machine is refused, and the link named', async () => {
    await host.withTempFolder(async (temp) => {
      const root = rootWith(temp, modules());
      symlinkSync(`${real.root}/${image()}`, `${root}/${image()}`);
      const result = await resolve(installed(root), `${temp}/store`);
      expect(said(result)).toEqual([`kernel image ${root}/${image()} does not exist`]);
    });
  }, 300_000);

  test('a module that is a link to one of the build machine is refused', async () => {
    await host.withTempFolder(async (temp) => {
      const root = rootWith(temp, image(), modules());
      const path = `${root}/${modules()}/kernel/drivers/block/virtio_blk.ko`;
      execFileSync('rm', [path]);
      symlinkSync(path.replace(root, real.root), path);
      expect(said(await resolve(installed(root), `${temp}/store`))).toEqual([
        `kernel ${real.release} has no module "virtio_blk"`,
      ]);
    });
  }, 300_000);

  test('modules that are a link to a folder of the build machine are not there', async () => {
    await host.withTempFolder(async (temp) => {
      const root = rootWith(temp, image());
      symlinkSync(`${real.root}/${modules()}`, `${root}/${modules()}`);
      expect(said(await resolve(installed(root), `${temp}/store`))).toEqual([
        `there are no modules for kernel ${real.release}`,
      ]);
    });
  }, 300_000);

  test('a FIFO for an image or a module is refused at once', async () => {
    await host.withTempFolder(async (temp) => {
      const root = rootWith(temp, modules());
      execFileSync('mkfifo', [`${root}/${image()}`]);
      expect(said(await resolve(installed(root), `${temp}/store`))).toEqual([
        `kernel image ${root}/${image()} is not a plain file`,
      ]);
    });
  }, 300_000);

  test('a package whose usr or modules are links moves nothing and writes nowhere else', async () => {
    await host.withTempFolder(async (temp) => {
      const theirs = `${temp}/theirs`;
      mkdirSync(`${theirs}/lib/modules/9.9/kernel`, { recursive: true });
      const before = execFileSync('find', [theirs]).toString();
      const build = (name: string, links: readonly (readonly [string, string])[]): string => {
        const from = `${temp}/${name}`;
        mkdirSync(`${from}/DEBIAN`, { recursive: true });
        mkdirSync(`${from}/boot`);
        writeFileSync(`${from}/boot/vmlinuz-9.9`, 'image');
        writeFileSync(
          `${from}/DEBIAN/control`,
          `Package: ${name}\nVersion: 1\nArchitecture: amd64\nMaintainer: x <x@example.org>\nDescription: x\n`,
        );
        for (const [path, target] of links) {
          mkdirSync(`${from}/${path}`.replace(/\/[^/]*$/, ''), { recursive: true });
          symlinkSync(target, `${from}/${path}`);
        }
        execFileSync('dpkg-deb', ['--root-owner-group', '-b', from, `${from}.deb`]);
        return `${from}.deb`;
      };
      for (const deb of [
        build('usr-link', [['usr', theirs]]),
        build('lib-link', [['lib', `${theirs}/lib`]]),
        build('modules-link', [['lib/modules/9.9', `${theirs}/lib/modules/9.9`]]),
      ]) {
        const result = await resolve({ kind: 'packages', paths: [deb] }, `${temp}/store`);
        expect(said(result)).toContain('there are no modules for kernel 9.9');
        expect(execFileSync('find', [theirs]).toString()).toBe(before);
      }
    });
  }, 300_000);

  // The bound is two gigabytes; what is beyond a smaller one shows the same in a second.
  test('a package that unpacks to gigabytes stops at a bound and leaves nothing', async () => {
    await host.withTempFolder(async (temp) => {
      const from = `${temp}/bomb`;
      mkdirSync(`${from}/DEBIAN`, { recursive: true });
      writeFileSync(
        `${from}/DEBIAN/control`,
        'Package: bomb\nVersion: 1\nArchitecture: amd64\nMaintainer: x <x@example.org>\nDescription: x\n',
      );
      execFileSync('truncate', ['-s', '20M', `${from}/zeros`]);
      execFileSync('dpkg-deb', ['-Zzstd', '-z1', '--root-owner-group', '-b', from, `${from}.deb`]);
      const bounds: (number | undefined)[] = [];
      const tight: Host = {
        ...host,
        run: (command, args, options) => {
          if (options?.outputFile?.endsWith('package.deb.tar') !== true)
            return host.run(command, args, options);
          bounds.push(options.outputMax);
          return host.run(command, args, { ...options, outputMax: 16 * MiB });
        },
      };
      const kernel: KernelSource = { kind: 'packages', paths: [`${from}.deb`] };
      const result = await resolve(kernel, `${temp}/store`, tight);
      expect(bounds).toEqual([2048 * MiB]);
      expect(said(result)).toEqual(['dpkg-deb wrote more than 16.0 MiB and was stopped']);
      expect(readdirSync(`${temp}/store`)).toEqual([]);
    });
  }, 300_000);

  test('weak-updates that lead to another release of the same root stay usable', async () => {
    await host.withTempFolder(async (temp) => {
      const root = rootWith(temp, image(), modules());
      mkdirSync(`${root}/lib/modules/old/extra`, { recursive: true });
      mkdirSync(`${root}/${modules()}/weak-updates`);
      const moved = `${root}/lib/modules/old/extra/virtio_blk.ko`;
      execFileSync('mv', [`${root}/${modules()}/kernel/drivers/block/virtio_blk.ko`, moved]);
      symlinkSync(
        '../../old/extra/virtio_blk.ko',
        `${root}/${modules()}/weak-updates/virtio_blk.ko`,
      );
      const { inputs } = must(await resolve(installed(root), `${temp}/store`));
      expect(inputs.modules?.files.map(({ path }) => path)).toContain('weak-updates/virtio_blk.ko');
    });
  }, 300_000);
});
