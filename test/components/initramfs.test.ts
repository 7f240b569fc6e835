import { execFileSync } from 'node:child_process';
import { describe, expect, test } from 'vitest';
import {
  baseEntries,
  configPath,
  initramfsBase,
  initramfsOverlay,
} from '../../pipeline/components/initramfs.ts';
import { readCpio } from '../../pipeline/format/cpio.ts';
import { memoryHost } from '../../pipeline/host/memory-host.ts';
import { realHost } from '../../pipeline/host/real-host.ts';
import { folderStore } from '../../pipeline/host/store.ts';
import type { ToolFile } from '../../pipeline/inputs/resolved-inputs.ts';
import type { InitramfsSource } from '../../pipeline/profile/keys/initramfs.ts';
import type { Profile } from '../../pipeline/profile/keys/keys.ts';
import { text } from '../fixtures/bytes.ts';
import { inputs, kindsOf, nfsTarget, profile } from '../fixtures/profile-and-inputs.ts';
import { must } from '../fixtures/results.ts';

const given = inputs(new Uint8Array());

const withProfile = (changes: Partial<Profile>) => ({
  ...given,
  profile: { ...profile, ...changes },
});
const composed = (compression: 'none' | 'zstd' | 'xz' | 'gzip'): InitramfsSource => ({
  kind: 'composed',
  compression,
  drivers: [],
  firmware: [],
});

describe('base', () => {
  test('holds programs, modules, init and the nodes that PID 1 needs at once', () => {
    const entries = must(baseEntries(given.tools, given.modules));
    const archive = entries.map((entry) =>
      entry.kind === 'symlink' ? `${entry.path} -> ${entry.target}` : `${entry.path} ${entry.kind}`,
    );
    expect(archive.toSorted()).toEqual([
      'bin/busybox -> /usr/bin/busybox',
      'dev directory',
      'dev/console device',
      'dev/null device',
      'etc/crashseal/udhcpc file',
      'init file',
      'lib/modules/6.1.0-test-amd64/kernel/drivers/block/virtio_blk.ko file',
      'lib/modules/6.1.0-test-amd64/modules.dep file',
      'proc directory',
      'root directory',
      'run directory',
      'sbin/modprobe -> /usr/bin/busybox',
      'sys directory',
      'tmp directory',
      'usr/bin/busybox file',
      'usr/bin/makedumpfile file',
    ]);
  });

  test('leaves busybox where it is, and merged folders alone', () => {
    const [, makedumpfile] = given.tools;
    if (makedumpfile === undefined) throw new Error('no makedumpfile');
    const merged: readonly ToolFile[] = [
      { path: 'bin', mode: 0o777, content: { kind: 'symlink', target: 'usr/bin' } },
      ...given.tools,
    ];
    const paths = (tools: readonly ToolFile[]) =>
      must(baseEntries(tools, undefined)).map(({ path }) => path);
    expect(paths(merged)).not.toContain('bin/busybox');
    const plain = { path: 'bin/busybox', mode: 0o755, content: { kind: 'file', bytes: text('b') } };
    expect(
      paths([plain as ToolFile, makedumpfile]).filter((path) => path === 'bin/busybox'),
    ).toEqual(['bin/busybox']);
  });

  test('misses no tool in silence, and takes no path from two inputs', () => {
    expect(kindsOf(baseEntries([], undefined))).toBe(
      'initramfs-tool-missing,initramfs-tool-missing',
    );
    const other: ToolFile = {
      path: 'usr/bin/busybox',
      mode: 0o755,
      content: { kind: 'file', bytes: text('another') },
    };
    expect(kindsOf(baseEntries([...given.tools, other], undefined))).toBe('initramfs-path-twice');
    expect(kindsOf(baseEntries([...given.tools, ...given.tools], undefined))).toBe('');
  });

  test.each([
    ['zstd', ['zstd', '-dc']],
    ['xz', ['xz', '-dc']],
    ['gzip', ['gzip', '-dc']],
  ] as const)(
    '%s gives the archive back, the same bytes each time',
    async (compression, [command, ...args]) => {
      const build = async () =>
        must(await initramfsBase(realHost(), withProfile({ initramfs: composed(compression) })));
      const packed = await build();
      expect(Buffer.compare(packed, await build())).toBe(0);
      const plain = must(
        await initramfsBase(realHost(), withProfile({ initramfs: composed('none') })),
      );
      expect(Buffer.compare(execFileSync(command, args, { input: packed }), plain)).toBe(0);
    },
  );

  test('what another version of the program has packed is not taken from the store', async () => {
    const store = folderStore(memoryHost({}), '/store');
    const packed = async (version: string): Promise<string> => {
      const host = memoryHost(
        {},
        {
          commands: {
            zstd: ([first]) => ({
              stdout: text(first === '--version' ? version : `packed by ${version}`),
            }),
          },
        },
      );
      const from = withProfile({ initramfs: composed('zstd') });
      return new TextDecoder().decode(must(await initramfsBase(host, from, store)));
    };
    expect(await packed('1.5.4')).toBe('packed by 1.5.4');
    expect(await packed('1.5.7')).toBe('packed by 1.5.7');
  });

  test('the kernel must be able to unpack it', async () => {
    const config = new Map([
      ['RD_XZ', 'y'],
      ['RD_GZIP', 'y'],
    ]);
    const kernel = { ...given.kernel, config };
    const changed = { ...withProfile({ initramfs: composed('zstd') }), kernel };
    const built = await initramfsBase(realHost(), changed);
    expect(built).toMatchObject({
      problems: [
        {
          kind: 'initramfs-compression-unsupported',
          option: 'CONFIG_RD_ZSTD',
          supported: ['xz', 'gzip'],
        },
      ],
    });
  });

  test('a finished initramfs is taken as it is, without an overlay', async () => {
    const own = withProfile({ initramfs: { kind: 'file', path: 'initrd' } });
    const bytes = text('070701');
    expect(must(await initramfsBase(realHost(), { ...own, ownInitramfs: bytes }))).toBe(bytes);
    expect(initramfsOverlay(own, '')).toBeUndefined();
    expect(kindsOf(await initramfsBase(realHost(), own))).toBe('initramfs-own-empty');
  });
});

describe('overlay', () => {
  test('holds the settings, those of each target in a file of its own, and nothing else', () => {
    const archive = initramfsOverlay(given, 'abcd');
    const read = readCpio(archive ?? new Uint8Array());
    if (!read.ok) throw new Error(read.why.fault);
    const textOf = (path: string): string => {
      const file = read.entries.find((entry) => entry.path === path);
      return file?.kind === 'file' ? new TextDecoder().decode(file.bytes) : '';
    };
    expect(read.entries.map(({ path }) => path)).toEqual([
      'etc',
      'etc/crashseal',
      configPath,
      'etc/crashseal/targets',
      'etc/crashseal/targets/1',
    ]);
    expect(textOf(configPath)).toMatchInlineSnapshot(`
      "budget='1800'
      bundle='abcd'
      dump_compression='-c'
      dump_format='kdump'
      dump_level='31'
      failure_action='halt'
      final_action='reboot'
      modules='virtio_blk ahci'
      profile='test'
      targets='1'
      "
    `);
    expect(textOf('etc/crashseal/targets/1')).toMatchInlineSnapshot(`
      "target_by='path'
      target_kind='raw'
      target_shown='/dev/vdb'
      target_slots='1'
      target_timeout='600'
      target_uncollected='keep'
      target_value='/dev/vdb'
      target_wait='30'
      target_what='vmcore'
      "
    `);
  });

  test('holds the settings of the network where a target is on another machine', () => {
    const network: Profile['network'] = {
      ...given.profile.network,
      interfaces: [
        { by: 'mac', value: '52:54:00:00:00:0a' },
        { by: 'driver', value: 'igb' },
      ],
      bond: '802.3ad',
      vlan: 42,
      dhcp: false,
      addresses: [{ family: 'IPv4', address: '192.0.2.7', prefix: 24 }],
      gateways: [{ family: 'IPv4', address: '192.0.2.1' }],
    };
    const targets = [...given.profile.targets, nfsTarget];
    const archive = initramfsOverlay(withProfile({ targets, network }), 'abcd');
    const read = readCpio(archive ?? new Uint8Array());
    if (!read.ok) throw new Error(read.why.fault);
    const file = read.entries.find(({ path }) => path === 'etc/crashseal/network');
    expect(
      file?.kind === 'file' ? new TextDecoder().decode(file.bytes) : '',
    ).toMatchInlineSnapshot(`
      "network_addresses='192.0.2.7/24'
      network_bond='802.3ad'
      network_dhcp='no'
      network_dns=''
      network_gateways='192.0.2.1'
      network_interfaces='mac=52:54:00:00:00:0a driver=igb'
      network_slaac='no'
      network_vlan='42'
      network_wait='60'
      "
    `);
  });
});
