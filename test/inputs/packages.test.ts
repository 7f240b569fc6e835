/** Real Debian packages through the whole stage: apt, dpkg-deb, depmod and xz as they are. */
import { describe, expect, test } from 'vitest';
import { architectures } from '../../pipeline/arch/arch.ts';
import { elfKind, elfMachine } from '../../pipeline/format/elf.ts';
import type { Host } from '../../pipeline/host/host.ts';
import { realHost } from '../../pipeline/host/real-host.ts';
import { nothingShared } from '../../pipeline/host/shared-work.ts';
import { folderStore } from '../../pipeline/host/store.ts';
import { privateApt, sharedApt } from '../../pipeline/inputs/apt.ts';
import { type InputsAndPins, resolveInputs } from '../../pipeline/inputs/inputs.ts';
import type { LockedProfile } from '../../pipeline/inputs/lock.ts';
import type { InputContext } from '../../pipeline/inputs/part.ts';
import { resolveTools } from '../../pipeline/inputs/tool-source.ts';
import type { Result } from '../../pipeline/problem/result.ts';
import type { Profile } from '../../pipeline/profile/keys/keys.ts';
import { sha256 } from '../../pipeline/units/sha256.ts';
import { must } from '../fixtures/results.ts';
import { silentProgress } from '../fixtures/silent-progress.ts';
import { testKernelTree } from '../support/kernel-tree.ts';
import { testCache, testKernelDeb, testKernels } from '../support/kernels.ts';
import { composedWith, inputProfile } from './input-profile.ts';

/** Below out/, because everything built is; shared by test runs. */
const testStore = 'out/test/store';

const host = realHost();
const drivers = composedWith('virtio_pci', 'virtio_blk', 'sd_mod', 'nvme');

const resolve = (
  profile: Profile,
  locked: LockedProfile | undefined,
  world: Host = host,
  store = testStore,
): Promise<Result<InputsAndPins>> =>
  resolveInputs(world, profile, {
    store,
    apt: sharedApt(world, { cache: testCache() }),
    shared: nothingShared,
    locked,
    progress: silentProgress,
  });

/** Every file with its digest: megabytes are too much for a readable difference. */
const contentOf = ({ inputs }: InputsAndPins): readonly string[] => [
  ...(inputs.modules?.files ?? []).map(({ path, bytes }) => `${path} ${sha256(bytes)}`),
  ...(inputs.modules?.indexes ?? []).map(({ name, bytes }) => `${name} ${sha256(bytes)}`),
  ...inputs.tools.map(({ path, mode, content }) =>
    content.kind === 'file' ? `${path} ${mode} ${sha256(content.bytes)}` : path,
  ),
  ...inputs.sources.map((source) => JSON.stringify(source)),
];

/** A machine without apt: whatever asks for the network fails. */
const offline: Host = {
  ...host,
  run: (command, args, options) => host.run(command.replace(/^apt-/, 'no-apt-'), args, options),
};

describe.each(testKernels)('Debian $name', ({ name, package: metapackage }) => {
  test('by the name of its metapackage, then by the lock, offline, with the same bytes', async () => {
    const { release } = await testKernelDeb(name);
    const profile = inputProfile({
      kernel: { kind: 'apt', package: metapackage, version: undefined },
      initramfs: drivers,
    });
    const online = must(await resolve(profile, undefined));
    const { inputs } = online;
    expect(inputs.kernel.release).toBe(release);
    expect(inputs.kernel.config?.get('PROC_VMCORE')).toBe('y');
    expect(inputs.modules?.files.length).toBeGreaterThan(4);
    for (const { path, bytes } of inputs.modules?.files ?? []) {
      expect(path).toMatch(/\.ko$/);
      expect(elfKind(bytes)).toMatchObject({ ok: true, value: { machine: elfMachine.x86_64 } });
    }
    const places = inputs.tools.map(({ path }) => path);
    expect(places).toContain('bin/busybox');
    expect(places).toContain('usr/bin/makedumpfile');
    expect(places).toContain('lib64/ld-linux-x86-64.so.2');
    // What stands in for libdw is made here; neither it nor what it loads is fetched.
    const standIn = inputs.tools.find(({ path }) => path === 'lib/x86_64-linux-gnu/libdw.so.1');
    expect(standIn).toBeDefined();
    expect(standIn?.from).toBeUndefined();
    expect(places.filter((path) => /lzma|bz2/.test(path))).toEqual([]);
    const sources = inputs.sources.map(({ name: source }) => source);
    for (const absent of ['tools/perl', 'tools/libdw1', 'tools/liblzma5', 'tools/libbz2-1.0'])
      expect(sources).not.toContain(absent);

    expect(contentOf(must(await resolve(profile, online.pinned, offline)))).toEqual(
      contentOf(online),
    );
  }, 600_000);

  test('as a file gives what it gives by name', async () => {
    const { path, release } = await testKernelDeb(name);
    const given = { initramfs: drivers, tools: { kind: 'apt' } } as const;
    const byFile = must(
      await resolve(
        inputProfile({ ...given, kernel: { kind: 'packages', paths: [path] } }),
        undefined,
      ),
    );
    const byName = must(
      await resolve(
        inputProfile({
          ...given,
          kernel: { kind: 'apt', package: `linux-image-${release}`, version: undefined },
        }),
        undefined,
      ),
    );
    expect(contentOf(byFile)).toEqual(contentOf(byName));
  }, 600_000);
});

test('modules in a folder of any name, without indexes, named by a relative path', async () => {
  const { root, release, vmlinuz } = await testKernelTree('6.1');
  await host.withTempFolder(async (temp) => {
    const modules = `${temp}/some-modules`;
    await host.makeFolder(`${modules}/kernel/drivers`);
    for (const part of ['drivers/block', 'drivers/virtio'])
      must(
        await host.run('cp', [
          '-r',
          `${root}/lib/modules/${release}/kernel/${part}`,
          `${modules}/kernel/${part}`,
        ]),
      );
    const profile = inputProfile({
      kernel: { kind: 'files', image: vmlinuz, config: undefined, modules },
      initramfs: composedWith('virtio_blk'),
    });
    const { inputs } = must(await resolve(profile, undefined));
    expect(inputs.modules).toMatchObject({
      release,
      wanted: ['virtio_blk', 'virtio_pci', 'virtio_mem'],
    });
    expect(inputs.modules?.files.map(({ path }) => path)).toContain(
      'kernel/drivers/virtio/virtio_ring.ko',
    );
  }, 'out/test');
}, 600_000);

test('with a lock and the downloads cache alone, an empty store is filled offline', async () => {
  const profile = inputProfile({
    kernel: { kind: 'apt', package: 'linux-image-amd64', version: undefined },
    initramfs: drivers,
  });
  const online = must(await resolve(profile, undefined));
  await host.withTempFolder(async (store) => {
    const again = must(await resolve(profile, online.pinned, offline, store));
    expect(contentOf(again)).toEqual(contentOf(online));
  }, 'out/test');
}, 600_000);

test('what apt does not know is said with what it offers', async () => {
  const wanting = (version: string | undefined, name: string) =>
    resolve(
      inputProfile({ kernel: { kind: 'apt', package: name, version }, initramfs: drivers }),
      undefined,
    );
  const wrongVersion = await wanting('1.0', 'linux-image-amd64');
  expect(wrongVersion).toMatchObject({ ok: false, problems: [{ kind: 'package-not-found' }] });
  const [problem] = wrongVersion.ok ? [] : wrongVersion.problems;
  expect(problem?.kind === 'package-not-found' && problem.offered.length).toBeGreaterThan(0);
  expect(await wanting(undefined, 'linux-image-none')).toMatchObject({
    ok: false,
    problems: [{ kind: 'package-not-found', offered: [] }],
  });
}, 600_000);

test('a kernel package for another architecture is refused, with both names', async () => {
  const { path } = await testKernelDeb('6.1');
  const profile = inputProfile({ kernel: { kind: 'packages', paths: [path] } });
  const refused = await resolve({ ...profile, arch: 's390x' }, undefined);
  expect(refused.ok ? [] : refused.problems).toContainEqual(
    expect.objectContaining({
      kind: 'deb-wrong-architecture',
      found: 'amd64',
      expected: 's390x',
    }),
  );
}, 600_000);

test('tools for a big-endian machine come without one', async () => {
  const machine = architectures.s390x;
  const context: InputContext = {
    host,
    profile: inputProfile({ kernel: { kind: 'apt', package: 'none', version: undefined } }),
    machine,
    apt: privateApt(host, { cache: testCache(), architecture: machine.debian.architecture }),
    storeFolder: testStore,
    shared: nothingShared,
    store: folderStore(host, testStore),
    locked: undefined,
    say: () => undefined,
  };
  const tools = must(await resolveTools(context)).value;
  const places = tools.map(({ path }) => path);
  expect(places).toContain('lib/ld64.so.1');
  expect(places).toContain('lib/s390x-linux-gnu/libdw.so.1');
  for (const { content } of tools)
    expect(content.kind === 'file' && elfKind(content.bytes)).toMatchObject({
      ok: true,
      value: { machine: elfMachine.s390, order: 'big' },
    });
}, 600_000);

test('the tools run from their places alone', async () => {
  const { inputs } = must(
    await resolve(
      inputProfile({
        kernel: { kind: 'apt', package: 'linux-image-amd64', version: undefined },
        initramfs: drivers,
      }),
      undefined,
    ),
  );
  await host.withTempFolder(async (root) => {
    for (const { path, mode, content } of inputs.tools) {
      await host.makeFolder(`${root}/${path.slice(0, path.lastIndexOf('/'))}`);
      if (content.kind === 'file') await host.writeFile(`${root}/${path}`, content.bytes, mode);
    }
    // The loader of that root, told to look nowhere else: what it cannot find it prints.
    const listed = must(
      await host.run(`${root}/lib64/ld-linux-x86-64.so.2`, [
        '--library-path',
        `${root}/lib/x86_64-linux-gnu`,
        '--list',
        `${root}/usr/bin/makedumpfile`,
      ]),
    );
    const lines = Buffer.from(listed.stdout).toString().trim().split('\n');
    const elsewhere = lines.filter((line) => !line.includes(root) && !line.includes('vdso'));
    expect(elsewhere).toEqual([]);
    expect(lines.length).toBeGreaterThan(5);
    expect(lines.filter((line) => line.includes('not found'))).toEqual([]);
  });
}, 600_000);
