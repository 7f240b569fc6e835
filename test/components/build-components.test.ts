import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { buildComponents } from '../../pipeline/components/build-components.ts';
import { writeCpio } from '../../pipeline/format/cpio.ts';
import { realHost } from '../../pipeline/host/real-host.ts';
import type { ResolvedInputs } from '../../pipeline/inputs/resolved-inputs.ts';
import type { Profile } from '../../pipeline/profile/keys/keys.ts';
import { inputs, kindsOf, profile, purgatoryStandIn } from '../fixtures/profile-and-inputs.ts';
import { must } from '../fixtures/results.ts';
import { silentProgress } from '../fixtures/silent-progress.ts';
import { makeBzImage, makeVmlinux } from '../fixtures/x86-64-image.ts';

const vmlinux = makeVmlinux([
  { paddr: 0x1000000n, bytes: new Uint8Array(5000).fill(7), memsz: 9000n },
]);
const given = inputs(makeBzImage(gzipSync(vmlinux)));

const purgatory = purgatoryStandIn(62, 0x3000);

const build = (changes: Partial<Profile> = {}, other: Partial<ResolvedInputs> = {}) =>
  buildComponents(
    realHost(),
    { ...given, ...other, profile: { ...profile, ...changes } },
    purgatory,
    silentProgress,
  );

test('the parts come in archive order, with the facts of the kernel', async () => {
  const components = must(await build());
  expect(
    components.parts.map(({ name, bytes, memorySize }) => [name, bytes.length, memorySize]),
  ).toEqual([
    ['kernel', 5000, 0x3000n],
    ['initramfs.base', expect.any(Number), expect.any(BigInt)],
    ['initramfs.overlay', 1536, 4096n],
    ['elfcorehdr', 64 + 56 * 42, 4096n],
    ['purgatory', 0x1100, 0x3000n],
    ['boot_params', 6144, 8192n],
  ]);
  expect(components.kernelFacts).toMatchObject({
    release: '6.1.0-test-amd64',
    entryOffset: 0n,
    needs: 0x3000n,
  });
  expect(components.purgatoryEntry).toBe(0x1000n);
  expect(components.commandLine).toContain('nokaslr');
});

test('boot_params tells the size of both initramfs parts, and the pages between', async () => {
  const { parts } = must(await build());
  const named = (name: string) => {
    const part = parts.find((one) => one.name === name);
    if (part === undefined) throw new Error(name);
    return part;
  };
  const params = named('boot_params').bytes;
  const size = new DataView(params.buffer, params.byteOffset).getUint32(0x21c, true);
  expect(BigInt(size)).toBe(
    named('initramfs.base').memorySize + BigInt(named('initramfs.overlay').bytes.length),
  );
});

test('every component that is loaded is checked by purgatory', async () => {
  const { parts } = must(await build());
  const purgatoryPart = parts.find(({ name }) => name === 'purgatory');
  const starts = purgatoryPart?.live.filter((live) => live.offset >= 0x340n && live.width === 8);
  expect(starts?.map(({ about }) => about)).toEqual([
    'purgatory',
    'kernel',
    'initramfs.base',
    'initramfs.overlay',
    'boot_params',
    'elfcorehdr',
  ]);
});

test('the same inputs give the same bytes, another profile another overlay only', async () => {
  const bytes = async (changes: Partial<Profile> = {}) =>
    new Map(
      must(await build(changes)).parts.map((part) => [
        part.name,
        Buffer.from(part.bytes).toString('base64'),
      ]),
    );
  const first = await bytes();
  expect(await bytes()).toEqual(first);
  const other = await bytes({ dump: { level: 1, format: 'kdump', compression: 'zstd' } });
  const changed = [...first.keys()].filter((name) => first.get(name) !== other.get(name));
  // Purgatory's page holds the overlay's digest.
  expect(changed).toEqual(['initramfs.overlay', 'purgatory']);
});

test('what the marker on the dump target calls the bundle is told by the build too', async () => {
  const { parts, markerName } = must(await build());
  const overlay = parts.find(({ name }) => name === 'initramfs.overlay');
  expect(markerName).toMatch(/^[0-9a-f]{32}$/);
  expect(Buffer.from(overlay?.bytes ?? []).toString('latin1')).toContain(`bundle='${markerName}'`);
});

test('a finished initramfs comes without an overlay', async () => {
  const own = new Uint8Array(5000);
  own.set(new TextEncoder().encode('070701'));
  const { parts, markerName } = must(
    await build({ initramfs: { kind: 'file', path: 'initrd' } }, { ownInitramfs: own }),
  );
  expect(markerName).toBeUndefined();
  expect(parts.map(({ name }) => name)).not.toContain('initramfs.overlay');
});

describe('modules that tell which memory is there', () => {
  const config = new Map([
    ['BLK_DEV_INITRD', 'y'],
    ['VIRTIO_PCI', 'y'],
    ['VIRTIO_MEM', 'm'],
  ]);
  const withConfig = (changed: ReadonlyMap<string, string> | undefined) => ({
    kernel: { ...given.kernel, config: changed },
  });
  const folder = 'usr/lib/modules/6.1/kernel/drivers/virtio';
  const own = (...paths: readonly string[]) => ({
    ...withConfig(config),
    ownInitramfs: writeCpio(
      ['init', ...paths].map((path) => ({
        kind: 'file',
        path,
        mode: 0o755,
        bytes: Uint8Array.of(1),
      })),
    ),
  });
  const initramfs = { kind: 'file', path: 'initrd' } as const;
  const missing = async (changes: Partial<Profile>, other: Partial<ResolvedInputs>) =>
    must(await build(changes, other)).missingMemoryDrivers;

  test.each([
    ['has none of them', [], ['virtio_mem']],
    ['has another file of that name', ['etc/virtio_mem'], ['virtio_mem']],
    ['has one', [`${folder}/virtio_mem.ko`], []],
    ['has a packed one', [`${folder}/virtio-mem.ko.xz`], []],
  ] as const)('are missing where a finished initramfs %s', async (_, paths, expected) => {
    expect(await missing({ initramfs }, own(...paths))).toEqual(expected);
  });

  test('are missing where the packages of the kernel do not have them', async () => {
    const module = (path: string) => ({
      modules: {
        release: '6.1',
        wanted: [],
        files: [{ path, bytes: Uint8Array.of(1) }],
        indexes: [],
      },
    });
    const without = { ...withConfig(config), ...module('kernel/drivers/virtio/virtio.ko') };
    expect(await missing({}, without)).toEqual(['virtio_mem']);
    const complete = { ...withConfig(config), ...module('kernel/drivers/virtio/virtio_mem.ko') };
    expect(await missing({}, complete)).toEqual([]);
  });

  test('are not missed where the kernel has none, has them built in, or nothing says', async () => {
    for (const said of [new Map(), new Map([['VIRTIO_MEM', 'y']]), undefined])
      expect(await missing({ initramfs }, { ...own(), ...withConfig(said) })).toEqual([]);
    const closed = { ...own(), ownInitramfs: Uint8Array.from([0x02, 0x21, 0x4c, 0x18]) };
    expect(await missing({ initramfs }, closed)).toEqual([]);
  });
});

test('for kexec_file_load the member is the image as it was packaged, and the segment a part of it', async () => {
  const { image } = given.kernel;
  const { parts } = must(await build({ backend: 'auto', kernelForm: 'compressed' }));
  const [kernel] = parts;
  const offset = kernel?.member?.offset ?? 0;
  expect(kernel?.member?.bytes).toBe(image);
  expect(offset).toBe(((image[0x1f1] ?? 0) + 1) * 512);
  expect(kernel?.bytes).toEqual(image.subarray(offset, offset + (kernel?.bytes.length ?? 0)));
  const alone = must(await build({ kernelForm: 'compressed' })).parts[0];
  expect(alone?.member).toBeUndefined();
});

test('room for a local overlay is the last part of the initramfs, and checked as the loader leaves it', async () => {
  const { parts } = must(await build({ localOverlay: 8192n }));
  const local = parts.find(({ name }) => name === 'initramfs.local');
  expect(local?.bytes).toEqual(new Uint8Array(8192));
  expect(local?.live.map(({ source, size }) => [source, size])).toEqual([['localOverlay', 8192n]]);
  expect(parts.filter(({ kind }) => kind === 'initramfs').at(-1)).toBe(local);
  const digested = parts
    .find(({ kind }) => kind === 'purgatory')
    ?.live.filter(({ source }) => source === 'digest')
    .map(({ about }) => about);
  expect(digested).toContain('initramfs.local');
});

test('a header that the kernel may rewrite has a byte by which purgatory leaves it out', async () => {
  const bytes = async (hotplug: Profile['hotplug']) =>
    must(await build({ hotplug })).parts.flatMap(({ live }) =>
      live.filter(({ source }) => source === 'hotplug'),
    );
  expect(await bytes('rearm')).toEqual([]);
  expect(await bytes('kernel')).toMatchObject([{ about: 'elfcorehdr', width: 1 }]);
});

describe('problems of any part end the build', () => {
  test.each<[string, Partial<Profile>, Partial<ResolvedInputs>, string]>([
    ['kernel', {}, { kernel: { ...given.kernel, image: new Uint8Array(9) } }, 'kernel-not-image'],
    ['tools', {}, { tools: [] }, 'initramfs-tool-missing,initramfs-tool-missing'],
    [
      'command line',
      { commandLine: { ...profile.commandLine, append: ['x'.repeat(2048)] } },
      {},
      'command-line-too-long',
    ],
    ['limits', { limits: { cpus: 65535, memoryRanges: 1 } }, {}, 'elfcorehdr-too-many-slots'],
  ])('%s', async (_what, changes, other, kind) => {
    expect(kindsOf(await build(changes, other))).toBe(kind);
  });
});
