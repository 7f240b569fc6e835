/** The whole stage over a world of values: what it finds, and what it says when it does not. */
import { describe, expect, test } from 'vitest';
import { baseEntries } from '../../pipeline/components/initramfs.ts';
import {
  elf64Header,
  elf64ProgramHeader,
  elfMachine,
  elfType,
  segmentType,
} from '../../pipeline/format/elf.ts';
import type { ByteOrder } from '../../pipeline/format/layout.ts';
import { type MemoryFile, type MemoryWorld, memoryHost } from '../../pipeline/host/memory-host.ts';
import { nothingShared } from '../../pipeline/host/shared-work.ts';
import { sharedApt } from '../../pipeline/inputs/apt.ts';
import { bootPartitionImages } from '../../pipeline/inputs/boot-partition.ts';
import { type InputsAndPins, resolveInputs } from '../../pipeline/inputs/inputs.ts';
import type { LockedProfile } from '../../pipeline/inputs/lock.ts';
import { treeBelow } from '../../pipeline/inputs/tree.ts';
import type { Problem } from '../../pipeline/problem/problem.ts';
import { explain } from '../../pipeline/problem/problem.ts';
import type { Result } from '../../pipeline/problem/result.ts';
import type { Profile } from '../../pipeline/profile/keys/keys.ts';
import { sha256 } from '../../pipeline/units/sha256.ts';
import { elfHeader, programHeader, sectionHeader } from '../fixtures/elf.ts';
import { peFile } from '../fixtures/pe-file.ts';
import { nfsTarget, profile } from '../fixtures/profile-and-inputs.ts';
import { must } from '../fixtures/results.ts';
import { silentProgress } from '../fixtures/silent-progress.ts';
import { makeBzImage } from '../fixtures/x86-64-image.ts';
import { composedWith, inputProfile, type ProfileInputs } from './input-profile.ts';
import { debOf } from './small-deb.ts';

type ElfShape = {
  readonly machine?: number;
  readonly order?: ByteOrder;
  readonly interpreter?: string;
  readonly needed?: readonly string[];
  readonly runpath?: string;
  readonly modinfo?: readonly string[];
};

/** One file that is all of it: a PT_LOAD at address 0, PT_INTERP, PT_DYNAMIC, .modinfo. */
function elf(shape: ElfShape = {}): Uint8Array<ArrayBuffer> {
  const order = shape.order ?? 'little';
  const strings = ['', ...(shape.needed ?? []), shape.runpath ?? ''];
  const offsets: number[] = [];
  let table = '';
  for (const one of strings) {
    offsets.push(table.length);
    table += `${one}\0`;
  }
  const interp = Buffer.from(`${shape.interpreter ?? ''}\0`);
  const text = Buffer.from(table);
  const info = Buffer.from((shape.modinfo ?? []).map((one) => `${one}\0`).join(''));
  const names = Buffer.from('\0.modinfo\0.shstrtab\0');
  const dynamicEntries = [
    ...(shape.needed ?? []).map((_, at): [number, number] => [1, offsets[at + 1] ?? 0]),
    ...(shape.runpath === undefined ? [] : [[29, offsets.at(-1) ?? 0] as [number, number]]),
  ];
  const interpAt = elf64Header.size + 3 * elf64ProgramHeader.size;
  const textAt = interpAt + interp.length;
  const dynamicAt = textAt + text.length;
  const dynamic = Buffer.alloc(16 * (dynamicEntries.length + 3));
  const all: [number, number][] = [...dynamicEntries, [5, textAt], [10, text.length], [0, 0]];
  const view = new DataView(dynamic.buffer, dynamic.byteOffset);
  for (const [at, [tag, value]] of all.entries()) {
    view.setBigUint64(16 * at, BigInt(tag), order === 'little');
    view.setBigUint64(16 * at + 8, BigInt(value), order === 'little');
  }
  const infoAt = dynamicAt + dynamic.length;
  const namesAt = infoAt + info.length;
  const sectionsAt = namesAt + names.length;
  const segment = (type: number, offset: number, size: number) =>
    programHeader(
      { type, flags: 4, offset: BigInt(offset), vaddr: BigInt(offset), filesz: BigInt(size) },
      order,
    );
  const header = elfHeader(
    {
      type: elfType.dyn,
      machine: shape.machine ?? elfMachine.x86_64,
      phnum: 3,
      shoff: BigInt(sectionsAt),
      shnum: 3,
      shstrndx: 2,
    },
    order,
  );
  const isDynamic = shape.needed !== undefined;
  return Uint8Array.from(
    Buffer.concat([
      header,
      segment(segmentType.load, 0, sectionsAt),
      segment(
        shape.interpreter === undefined ? segmentType.null : segmentType.interp,
        interpAt,
        interp.length,
      ),
      segment(isDynamic ? segmentType.dynamic : segmentType.null, dynamicAt, dynamic.length),
      interp,
      text,
      dynamic,
      info,
      names,
      sectionHeader(0, 0, 0, 0, order),
      sectionHeader(1, 1, infoAt, info.length, order),
      sectionHeader(10, 3, namesAt, names.length, order),
    ]),
  );
}

const release = '6.1.0-1-test';
const loader = '/lib64/ld-linux-x86-64.so.2';
const libc = elf({ needed: ['ld-linux-x86-64.so.2'] });
const module = (...more: readonly string[]): Uint8Array =>
  elf({ modinfo: [`vermagic=${release} SMP`, ...more] });

/** Says its release itself, whatever its file is called. */
const imageOf = (stated: string, payload = ''): Uint8Array =>
  makeBzImage(new TextEncoder().encode(payload), {}, 0, stated);

const tree = `/usr/lib/modules/${release}`;
const kernelFiles: Readonly<Record<string, MemoryFile>> = {
  [`/boot/vmlinuz-${release}`]: imageOf(release),
  [`/boot/config-${release}`]:
    'CONFIG_CRASH_DUMP=y\nCONFIG_PROC_VMCORE=y\nCONFIG_RELOCATABLE=y\n# CONFIG_X is not set\n',
  [`${tree}/modules.dep`]: [
    'kernel/drivers/virtio/virtio.ko:',
    'kernel/drivers/block/virtio_blk.ko: kernel/drivers/virtio/virtio.ko',
    'kernel/drivers/scsi/qla2xxx.ko:',
    'kernel/drivers/block/loop.ko:',
    'kernel/fs/ext4.ko:',
    'kernel/fs/nfsv4.ko:',
    'kernel/drivers/net/igb.ko:',
    'kernel/crypto/crc-fast.ko:',
    '',
  ].join('\n'),
  [`${tree}/modules.alias`]:
    '# Aliases\nalias virtio:d00000002v* virtio_blk\nalias crypto-crc crc_fast\nalias fs-ext4 ext4\n',
  [`${tree}/modules.softdep`]: 'softdep ext4 pre: crypto-crc gone\n',
  [`${tree}/modules.builtin`]: 'kernel/drivers/virtio/virtio_pci.ko\n',
  [`${tree}/kernel/drivers/virtio/virtio.ko`]: module(),
  [`${tree}/kernel/drivers/block/virtio_blk.ko`]: module(),
  [`${tree}/kernel/drivers/block/loop.ko`]: module(),
  [`${tree}/kernel/drivers/scsi/qla2xxx.ko`]: module('firmware=ql.bin'),
  [`${tree}/kernel/fs/ext4.ko`]: module(),
  [`${tree}/kernel/fs/nfsv4.ko`]: module(),
  [`${tree}/kernel/drivers/net/igb.ko`]: module(),
  [`${tree}/kernel/crypto/crc-fast.ko`]: module(),
};
const toolFiles: Readonly<Record<string, MemoryFile>> = {
  '/usr/bin/busybox': elf(),
  '/usr/sbin/makedumpfile': elf({ interpreter: loader, needed: ['libz.so.1', 'libc.so.6'] }),
  '/lib64': { link: 'usr/lib64' },
  '/lib': { link: 'usr/lib' },
  '/usr/lib64/ld-linux-x86-64.so.2': { link: '/lib/x86_64-linux-gnu/ld-2.36.so' },
  '/usr/lib/x86_64-linux-gnu/ld-2.36.so': elf({ modinfo: ['ld'] }),
  '/usr/lib/x86_64-linux-gnu/libc.so.6': libc,
  '/usr/lib/x86_64-linux-gnu/libz.so.1': { link: 'libz.so.1.2' },
  '/usr/lib/x86_64-linux-gnu/libz.so.1.2': elf({ needed: ['libc.so.6'] }),
};
const installed: ProfileInputs = {
  kernel: { kind: 'installed', root: '/', release },
  tools: { kind: 'installed', root: '/' },
};

type Change = {
  readonly files?: Readonly<Record<string, MemoryFile | undefined>>;
  readonly profile?: Partial<ProfileInputs>;
  readonly drivers?: readonly string[];
  readonly locked?: LockedProfile;
  readonly world?: MemoryWorld;
};

function resolve(change: Change = {}): Promise<Result<InputsAndPins>> {
  const given = { ...kernelFiles, ...toolFiles, ...change.files };
  const files = Object.fromEntries(
    Object.entries(given).flatMap(([path, file]) => (file === undefined ? [] : [[path, file]])),
  );
  const profile = inputProfile({
    ...installed,
    initramfs: composedWith(...(change.drivers ?? ['virtio_pci', 'virtio_blk'])),
    ...change.profile,
  });
  const host = memoryHost(files, change.world);
  return resolveInputs(host, profile, {
    store: '/out/store',
    apt: sharedApt(host, { cache: '/cache' }),
    shared: nothingShared,
    locked: change.locked,
    progress: silentProgress,
  });
}
async function problemsOf(change: Change): Promise<readonly Problem[]> {
  const resolved = await resolve(change);
  if (resolved.ok) return [];
  // Whatever is found must have its words.
  for (const problem of resolved.problems) expect(explain(problem).hint).not.toBe('');
  return resolved.problems;
}
const kindsOf = async (change: Change): Promise<readonly string[]> =>
  (await problemsOf(change)).map(({ kind }) => kind);

describe('an installed system', () => {
  test('gives kernel, modules and tools, without a path of the build machine', async () => {
    const { inputs } = must(await resolve());
    expect(inputs.kernel.release).toBe(release);
    expect(inputs.kernel.config?.get('CRASH_DUMP')).toBe('y');
    expect(inputs.modules?.wanted).toEqual(['virtio_blk']);
    expect(inputs.modules?.files.map(({ path }) => path)).toEqual([
      'kernel/drivers/block/virtio_blk.ko',
      'kernel/drivers/virtio/virtio.ko',
    ]);
    expect(inputs.sources.map(({ name, origin }) => `${name}: ${origin}`)).toEqual([
      `kernel: vmlinuz-${release}`,
      `kernel/config: config-${release}`,
      `modules: modules of ${release}`,
      'tools/bin/busybox: busybox',
      'tools/lib/x86_64-linux-gnu/libc.so.6: libc.so.6',
      'tools/lib/x86_64-linux-gnu/libz.so.1: libz.so.1',
      'tools/lib64/ld-linux-x86-64.so.2: ld-linux-x86-64.so.2',
      'tools/usr/bin/makedumpfile: makedumpfile',
    ]);
  });

  test('with /lib beside /usr/lib gives the same tools at the same places', async () => {
    const split = {
      '/lib64': undefined,
      '/lib': undefined,
      '/lib/modules': { link: '/usr/lib/modules' },
      '/usr/lib64/ld-linux-x86-64.so.2': undefined,
      '/lib64/ld-linux-x86-64.so.2': elf({ modinfo: ['ld'] }),
      '/usr/lib/x86_64-linux-gnu/libc.so.6': undefined,
      '/lib/x86_64-linux-gnu/libc.so.6': libc,
    };
    const merged = must(await resolve());
    const apart = must(await resolve({ files: split }));
    expect(apart.inputs.tools).toEqual(merged.inputs.tools);
  });

  test('soft dependencies come along by their aliases; those that are not there do not', async () => {
    const { inputs } = must(await resolve({ drivers: ['fs-ext4'] }));
    expect(inputs.modules?.wanted).toEqual(['ext4']);
    expect(inputs.modules?.files.map(({ path }) => path)).toEqual([
      'kernel/crypto/crc-fast.ko',
      'kernel/fs/ext4.ko',
    ]);
  });

  test('the word storage brings every disk driver, and none that only pretends', async () => {
    const { inputs } = must(await resolve({ drivers: ['storage'] }));
    expect(inputs.modules?.wanted).toEqual([]);
    expect(inputs.modules?.files.map(({ path }) => path)).toEqual([
      'kernel/drivers/block/virtio_blk.ko',
      'kernel/drivers/scsi/qla2xxx.ko',
      'kernel/drivers/virtio/virtio.ko',
    ]);
  });

  test('drivers of the network come along for a target on another machine; usual ones wait until they are asked for', async () => {
    const wanted = (network: Profile['network'], targets: Profile['targets']) =>
      resolve({ profile: { network, targets } }).then((result) => must(result).inputs.modules);
    const network = { ...profile.network, drivers: ['ext4'], onDemand: ['igb?', 'tg3?'] };
    const away = await wanted(network, [nfsTarget]);
    expect(away?.wanted).toEqual(['virtio_blk', 'nfsv4', 'ext4']);
    expect(away?.files.map(({ path }) => path)).toContain('kernel/drivers/net/igb.ko');
    const unknown = { ...network, drivers: ['igbe'] };
    expect(await problemsOf({ profile: { network: unknown, targets: [nfsTarget] } })).toMatchObject(
      [{ kind: 'module-not-found', module: 'igbe', near: ['igb'] }],
    );
    const here = await wanted(network, profile.targets);
    expect(here?.wanted).toEqual(['virtio_blk']);
    expect(here?.files.map(({ path }) => path)).not.toContain('kernel/drivers/net/igb.ko');
  });

  test('what tells which memory of virtio-mem is there comes with every list of drivers', async () => {
    const { inputs } = must(
      await resolve({
        drivers: ['qla2xxx'],
        files: {
          [`${tree}/modules.dep`]: [
            'kernel/drivers/scsi/qla2xxx.ko:',
            'kernel/drivers/virtio/virtio.ko:',
            'kernel/drivers/virtio/virtio_mem.ko: kernel/drivers/virtio/virtio.ko',
            '',
          ].join('\n'),
          [`${tree}/kernel/drivers/virtio/virtio_mem.ko`]: module(),
        },
      }),
    );
    expect(inputs.modules?.wanted).toEqual(['qla2xxx', 'virtio_mem']);
    expect(inputs.modules?.files.map(({ path }) => path)).toContain(
      'kernel/drivers/virtio/virtio_mem.ko',
    );
  });

  test('a driver with a question mark is left out where there is none', async () => {
    const { inputs } = must(await resolve({ drivers: ['ahci?', 'virtio_blk?'] }));
    expect(inputs.modules?.wanted).toEqual(['virtio_blk']);
  });

  test('a kernel without modules serves a profile that needs none', async () => {
    const { inputs } = must(
      await resolve({
        drivers: ['ahci?'],
        profile: { kernel: { kind: 'files', image: '/k', config: undefined, modules: undefined } },
        files: { '/k': imageOf('6.9') },
      }),
    );
    expect(inputs.modules).toEqual({ release: '6.9', wanted: [], files: [], indexes: [] });
  });

  test('a module that another one needs, and that no index knows, is missing', async () => {
    const modules = (depends: string) => ({
      drivers: ['loop'],
      files: { [`${tree}/kernel/drivers/block/loop.ko`]: module(`depends=${depends}`) },
    });
    expect(await resolve(modules('gone,virtio-pci'))).toMatchObject({
      ok: false,
      problems: [
        {
          kind: 'module-dependency-missing',
          path: 'kernel/drivers/block/loop.ko',
          needs: 'gone',
        },
      ],
    });
    // Built into the kernel, or nothing at all.
    must(await resolve(modules('virtio-pci')));
    must(await resolve(modules('')));
  });

  test('firmware that a wanted driver asks for is reported', async () => {
    const { inputs, missingFirmware } = must(await resolve({ drivers: ['qla2xxx'] }));
    expect(missingFirmware).toEqual([
      { module: 'kernel/drivers/scsi/qla2xxx.ko', files: ['ql.bin'] },
    ]);
    expect(inputs.firmware).toEqual([]);
  });

  test('firmware that a module needed by a wanted driver asks for is reported too', async () => {
    const files = { [`${tree}/kernel/drivers/virtio/virtio.ko`]: module('firmware=v/a.bin') };
    expect(must(await resolve({ files })).missingFirmware).toEqual([
      { module: 'kernel/drivers/virtio/virtio.ko', files: ['v/a.bin'] },
    ]);
  });

  test('firmware that lies beside the kernel is packed, and only what is asked for', async () => {
    const { inputs, missingFirmware } = must(
      await resolve({
        drivers: ['qla2xxx'],
        files: { '/usr/lib/firmware/ql.bin': 'blob', '/usr/lib/firmware/other.bin': 'x' },
      }),
    );
    expect(missingFirmware).toEqual([]);
    const bytes = new TextEncoder().encode('blob');
    expect(inputs.firmware).toEqual([{ path: 'ql.bin', bytes, from: sha256(bytes) }]);
    expect(inputs.sources.find(({ name }) => name === 'firmware/ql.bin')?.files).toEqual([
      'lib/firmware/ql.bin',
    ]);
    expect(inputs.sources.map(({ name }) => name)).toContain('firmware/ql.bin');
    const paths = must(baseEntries(inputs.tools, inputs.modules, inputs.firmware)).map(
      ({ path }) => path,
    );
    expect(paths).toContain('lib/firmware/ql.bin');
  });

  test('of several the kernel would take the one for its release, and that is packed', async () => {
    const { inputs } = must(
      await resolve({
        drivers: ['qla2xxx'],
        files: {
          '/usr/lib/firmware/ql.bin': 'plain',
          [`/usr/lib/firmware/updates/${release}/ql.bin`]: 'updated',
        },
      }),
    );
    expect(inputs.firmware.map(({ bytes }) => new TextDecoder().decode(bytes))).toEqual([
      'updated',
    ]);
  });

  test('a name with * stands for all that there is', async () => {
    const files = {
      [`${tree}/kernel/drivers/scsi/qla2xxx.ko`]: module('firmware=ql/*.fw', 'firmware=no/*.fw'),
      '/usr/lib/firmware/ql/1.fw': 'a',
      '/usr/lib/firmware/ql/2.fw': 'b',
      '/usr/lib/firmware/ql/2.txt': 'c',
    };
    const { inputs, missingFirmware } = must(await resolve({ drivers: ['qla2xxx'], files }));
    expect(inputs.firmware.map(({ path }) => path)).toEqual(['ql/1.fw', 'ql/2.fw']);
    expect(missingFirmware).toMatchObject([{ files: ['no/*.fw'] }]);
  });

  test.each([
    ['a unified kernel image', `/boot/efi/EFI/Linux/token-${release}+3-1.efi`],
    ['one on a partition that is mounted at /efi', '/efi/EFI/LINUX/any.EFI'],
    ['an image of the Boot Loader Specification', `/boot/efi/0123abcd/${release}/linux`],
    ['one on a boot partition', `/boot/debian/${release}/vmlinuz`],
  ])('%s is found below the boot partition', async (_what, path) => {
    const image = imageOf(release);
    const file = /\.efi$/i.test(path)
      ? peFile({ '.linux': image, '.uname': `${release}\n` })
      : image;
    const { inputs } = must(
      await resolve({ files: { [`/boot/vmlinuz-${release}`]: undefined, [path]: file } }),
    );
    expect(Buffer.compare(inputs.kernel.image, image)).toBe(0);
    expect(inputs.kernel.release).toBe(release);
    expect(inputs.kernel.config?.get('CRASH_DUMP')).toBe('y');
  });

  test('an image below the boot partition that is of another release is named as installed', async () => {
    const files = {
      [`/boot/vmlinuz-${release}`]: undefined,
      '/boot/efi/EFI/Linux/a.efi': peFile({ '.linux': 'x', '.uname': '6.9.9' }),
      '/boot/efi/EFI/Linux/addon.efi': peFile({ '.cmdline': 'x', '.uname': '6.9.8' }),
    };
    expect(await problemsOf({ files })).toMatchObject([
      { kind: 'kernel-not-installed', installed: ['6.9.9'] },
    ]);
  });

  test('a boot partition that this user may not look into is named where no kernel is found', async () => {
    const host = memoryHost({ '/boot/efi/x': 'y' });
    const closed = {
      ...treeBelow(host, '/'),
      list: async (path: string) => {
        if (path !== 'boot/efi') return treeBelow(host, '/').list(path);
        throw Object.assign(new Error('EACCES'), { code: 'EACCES' });
      },
    };
    expect(await bootPartitionImages(closed, release)).toEqual({
      images: [],
      unread: ['/boot/efi'],
    });
  });

  test('the running release is taken when none is named', async () => {
    const { inputs } = must(
      await resolve({
        files: { '/proc/sys/kernel/osrelease': `${release}\n` },
        profile: { kernel: { kind: 'installed', root: '/', release: undefined } },
      }),
    );
    expect(inputs.kernel.release).toBe(release);
  });

  test('a finished initramfs needs neither modules nor tools', async () => {
    const { inputs } = must(
      await resolve({
        files: { '/usr/bin/busybox': undefined, '/boot/own.img': 'cpio' },
        profile: { initramfs: { kind: 'file', path: '/boot/own.img' } },
      }),
    );
    expect(inputs.modules).toBeUndefined();
    expect(inputs.tools).toEqual([]);
    expect(Buffer.from(inputs.ownInitramfs ?? []).toString()).toBe('cpio');
    expect(inputs.sources.map(({ name }) => name)).toEqual([
      'initramfs',
      'kernel',
      'kernel/config',
    ]);
  });
});

describe('what is wrong is named', () => {
  const foreign = elf({ machine: elfMachine.s390, order: 'big' });
  const cases: readonly [string, Change, readonly string[]][] = [
    [
      'a release that is not installed',
      { profile: { kernel: { kind: 'installed', root: '/', release: '5.0' } } },
      ['kernel-not-installed'],
    ],
    [
      'options that a capture kernel needs',
      { files: { [`/boot/config-${release}`]: 'CONFIG_CRASH_DUMP=m\nCONFIG_RELOCATABLE=y\n' } },
      ['kernel-option-missing', 'kernel-option-missing'],
    ],
    [
      'an image of another release',
      { files: { [`/boot/vmlinuz-${release}`]: imageOf('6.9') } },
      ['modules-for-another-kernel'],
    ],
    [
      'modules of another release',
      {
        files: {
          [`${tree}/kernel/drivers/block/virtio_blk.ko`]: elf({
            modinfo: ['vermagic=6.9 SMP'],
          }),
        },
      },
      ['modules-for-another-kernel'],
    ],
    [
      'two unknown modules',
      { drivers: ['virtio_blc', 'virtio_blk', 'nothing'] },
      ['module-not-found', 'module-not-found'],
    ],
    [
      'a module file that is gone',
      { files: { [`${tree}/kernel/drivers/virtio/virtio.ko`]: undefined } },
      ['module-file-missing'],
    ],
    [
      'a module that is no ELF file',
      { files: { [`${tree}/kernel/drivers/virtio/virtio.ko`]: 'text' } },
      ['module-damaged'],
    ],
    [
      'a module for another machine',
      { files: { [`${tree}/kernel/drivers/virtio/virtio.ko`]: foreign } },
      ['module-wrong-architecture'],
    ],
    [
      'no modules at all',
      {
        profile: { kernel: { kind: 'files', image: '/k', config: undefined, modules: '/m' } },
        files: { '/k': imageOf('6.9') },
      },
      ['modules-missing'],
    ],
    [
      'a missing image and a missing config at once',
      { profile: { kernel: { kind: 'files', image: '/k', config: '/c', modules: undefined } } },
      ['file-missing', 'file-missing'],
    ],
    [
      'an empty image',
      {
        profile: { kernel: { kind: 'files', image: '/k', config: undefined, modules: undefined } },
        files: { '/k': '' },
      },
      ['file-empty'],
    ],
    ['a tool', { files: { '/usr/sbin/makedumpfile': undefined } }, ['tool-missing']],
    [
      'a library',
      { files: { '/usr/lib/x86_64-linux-gnu/libz.so.1.2': undefined } },
      ['library-missing'],
    ],
    [
      'the dynamic loader',
      { files: { '/usr/lib/x86_64-linux-gnu/ld-2.36.so': undefined } },
      ['library-missing'],
    ],
    [
      'a tool for another machine',
      { files: { '/usr/bin/busybox': foreign } },
      ['tool-wrong-architecture'],
    ],
    ['a tool that is a script', { files: { '/usr/bin/busybox': '#!/bin/sh\n' } }, ['tool-not-elf']],
    [
      'a kernel and a tool, both at once',
      { drivers: ['nothing'], files: { '/usr/bin/busybox': undefined } },
      ['module-not-found', 'tool-missing'],
    ],
    [
      'a package that is none',
      { profile: { kernel: { kind: 'packages', paths: ['/k.deb'] } }, files: { '/k.deb': 'text' } },
      ['deb-not-a-package'],
    ],
    [
      'a package cut short',
      {
        profile: { kernel: { kind: 'packages', paths: ['/k.deb'] } },
        files: {
          '/k.deb': debOf({
            'debian-binary': '2.0\n',
            'control.tar': 'c',
            'data.tar': 'long',
          }).subarray(0, -3),
        },
      },
      ['deb-truncated'],
    ],
    [
      'no dpkg-deb',
      {
        profile: { kernel: { kind: 'packages', paths: ['/k.deb'] } },
        files: {
          '/k.deb': debOf({ 'debian-binary': '2.0\n', 'control.tar': 'c', 'data.tar': 'd' }),
        },
      },
      ['command-missing'],
    ],
    [
      'no apt',
      { profile: { kernel: { kind: 'apt', package: 'linux-image-amd64', version: undefined } } },
      ['command-missing'],
    ],
  ];
  test.each(cases)('%s', async (_name, change, kinds) =>
    expect(await kindsOf(change)).toEqual(kinds),
  );

  const other = (how: string) => elf({ modinfo: [`vermagic=6.0 ${how}`] });
  const qla = `${tree}/kernel/drivers/scsi/qla2xxx.ko`;
  test.each([[['qla2xxx', 'virtio_blk']], [['virtio_blk', 'qla2xxx']], [['qla2xxx']]])(
    'a module of another release among %j is refused in any order',
    async (drivers) => {
      expect(await kindsOf({ drivers, files: { [qla]: other('SMP') } })).toEqual([
        'modules-for-another-kernel',
      ]);
    },
  );

  test.each([[['qla2xxx', 'virtio_blk']], [['virtio_blk', 'qla2xxx']], [['qla2xxx']]])(
    'a vendor module of the same kABI among %j is taken by a kernel with symbol versions',
    async (drivers) => {
      const config = `/boot/config-${release}`;
      const files = {
        [config]: `${kernelFiles[config]}CONFIG_MODVERSIONS=y\n`,
        [qla]: other('SMP modversions'),
        [`${tree}/kernel/drivers/block/virtio_blk.ko`]: elf({
          modinfo: [`vermagic=${release} SMP modversions`],
        }),
        [`${tree}/kernel/drivers/virtio/virtio.ko`]: elf({
          modinfo: [`vermagic=${release} SMP modversions`],
        }),
      };
      must(await resolve({ drivers, files }));
      // Built in another way, it would not be.
      if (drivers.length > 1)
        expect(
          await kindsOf({ drivers, files: { ...files, [qla]: other('SMP preempt modversions') } }),
        ).toEqual(['modules-for-another-kernel']);
    },
  );

  test('a config beside the modules is checked as one in /boot is, without /lib too', async () => {
    const files = {
      '/lib': undefined,
      [`/boot/config-${release}`]: undefined,
      [`${tree}/config`]: 'CONFIG_CRASH_DUMP=y\n',
    };
    expect(await kindsOf({ files })).toEqual(expect.arrayContaining(['kernel-option-missing']));
  });

  test('a mistyped module, with its likely name', async () => {
    const [problem] = await problemsOf({ drivers: ['virtoi_blk'] });
    expect(problem).toMatchObject({ kind: 'module-not-found', near: ['virtio_blk'] });
  });
});

describe('with a lock', () => {
  test('the same inputs pass and the lock stays as it is', async () => {
    const { pinned } = must(await resolve());
    expect(must(await resolve({ locked: pinned })).pinned).toEqual(pinned);
  });

  test('another image is refused with both digests; to pin what is found is to accept it', async () => {
    const { pinned: locked } = must(await resolve());
    const files = { [`/boot/vmlinuz-${release}`]: imageOf(release, 'rebuilt') };
    expect(await problemsOf({ locked, files })).toMatchObject([
      { kind: 'digest-wrong', input: 'kernel', pinnedBy: 'lock' },
    ]);
    const { pinned: updated } = must(await resolve({ files }));
    expect(updated).not.toEqual(locked);
    expect(must(await resolve({ locked: updated, files })).pinned).toEqual(updated);
  });

  test('other firmware is refused', async () => {
    const change = (content: string): Change => ({
      drivers: ['qla2xxx'],
      files: { '/usr/lib/firmware/ql.bin': content },
    });
    const { pinned: locked } = must(await resolve(change('one')));
    expect(must(await resolve({ ...change('one'), locked })).pinned).toEqual(locked);
    expect(await kindsOf({ ...change('two'), locked })).toEqual(['digest-wrong']);
  });

  test('another module, another library and another wish are refused', async () => {
    const { pinned: locked } = must(await resolve());
    const virtio = `${tree}/kernel/drivers/virtio/virtio.ko`;
    expect(await kindsOf({ locked, files: { [virtio]: module('more=1') } })).toEqual([
      'digest-wrong',
    ]);
    expect(
      await kindsOf({
        locked,
        files: { '/usr/lib/x86_64-linux-gnu/libc.so.6': elf({ needed: [], modinfo: ['x'] }) },
      }),
    ).toEqual(['digest-wrong']);
    expect(await kindsOf({ locked, drivers: ['ext4'] })).toEqual(['lock-differs']);
  });
});
