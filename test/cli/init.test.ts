import { describe, expect, test } from 'vitest';
import { machineClasses } from '../../pipeline/cli/machine-classes.ts';
import { memoryHost } from '../../pipeline/host/memory-host.ts';
import { renderProfileSchema } from '../../pipeline/profile/editor-schema.ts';
import { parseProfileText } from '../fixtures/profile-text.ts';
import { runCli } from './memory-world.ts';

const server = {
  '/proc/sys/kernel/osrelease': '6.1.0-56-amd64\n',
  '/boot/vmlinuz-6.1.0-56-amd64': 'MZ',
  '/proc/meminfo': 'MemTotal:       1583370240 kB\n',
  '/sys/devices/system/cpu/possible': '0-5119\n',
  '/sys/class/dmi/id/sys_vendor': 'Example\n',
  '/sys/class/dmi/id/product_name': 'Big: Box #9\n',
  '/sys/devices/system/node/node0/cpulist': '0\n',
  '/sys/devices/system/node/node1/cpulist': '1\n',
  '/proc/cpuinfo': 'flags\t\t: fpu sse\n',
  '/proc/self/mounts': '/dev/sda1 / ext4 rw 0 0\nproc /proc proc rw 0 0\n',
  '/proc/swaps': 'Filename\tType\n/dev/sda2 partition 1 0 -2\n',
  '/sys/class/block/sda/size': '1000215216\n',
  '/sys/class/block/sda/uevent': 'DEVNAME=sda\n',
  '/sys/class/block/sda/sda1/size': '1\n',
  '/sys/class/block/sda1/size': '900215216\n',
  '/sys/class/block/sda1/uevent': 'DEVNAME=sda1\nPARTN=1\n',
  '/sys/class/block/sda2/size': '90000000\n',
  '/sys/class/block/sda3/size': '10000000\n',
  '/sys/class/block/sda3/uevent': 'PARTNAME=crash here\nPARTUUID=12-34\n',
  '/sys/class/block/sda4/size': '8\n',
  '/sys/class/block/loop0/size': '1000000\n',
};

describe('init', () => {
  test.each(machineClasses)('for class %s a sound profile is written', async (name) => {
    const { status, out } = await runCli(['init', '--class', name, '--stdout']);
    expect(status).toBe(0);
    const result = parseProfileText('profile.yaml', out);
    expect(result.ok ? result.value.name : result.problems).toBe(name);
    await expect(out).toMatchFileSnapshot(`../golden/cli/init-${name}.yaml`);
  });

  test('what the machine shows is in it', async () => {
    const { out } = await runCli(['init', '--stdout'], memoryHost(server));
    const result = parseProfileText('profile.yaml', out);
    expect(result).toMatchObject({
      ok: true,
      value: {
        name: 'server',
        kernel: { kind: 'installed', release: '6.1.0-56-amd64' },
        limits: { cpus: 5120 },
        targets: [{ device: { by: 'partlabel', value: 'crash here' } }],
      },
    });
    await expect(out).toMatchFileSnapshot('../golden/cli/init-with-facts.yaml');
  });

  test('no device is proposed that init would pass over', async () => {
    const odd = ['hidden', 'ro', 'removable'].flatMap((flag) => [
      [`/sys/class/block/nvme-${flag}/size`, '10000000\n'],
      [`/sys/class/block/nvme-${flag}/uevent`, 'PARTNAME=crash odd\n'],
      [`/sys/class/block/nvme-${flag}/${flag}`, '1\n'],
    ]);
    const { out } = await runCli(
      ['init', '--stdout'],
      memoryHost({ ...server, ...Object.fromEntries(odd) }),
    );
    expect(out).toContain('crash here');
    expect(out).not.toContain('nvme-');
    expect(out).not.toContain('crash odd');
  });

  test.each([
    [{ '/sys/class/dmi/id/sys_vendor': 'QEMU\n' }, 'qemu'],
    [{ '/proc/cpuinfo': 'flags : fpu hypervisor sse\n' }, 'cloud'],
    [{ '/sys/firmware/efi/fw_platform_size': '64\n' }, 'efi'],
    [{ '/proc/cpuinfo': 'vendor_id       : IBM/S390\n' }, 's390x'],
    [{}, 'server'],
  ])('%j looks like class %s', async (files, expected) => {
    const { out } = await runCli(['init', '--stdout', '--json'], memoryHost(files));
    expect(JSON.parse(out)).toMatchObject({ class: expected });
  });

  test('dumpconf is taken over, and the profile is sound', async () => {
    const dumpconf =
      'ON_PANIC=dump_reipl\nDUMP_TYPE=fcp\nDEVICE=0.0.1900\nWWPN=0x500507630300c562\n' +
      'LUN=0x4010401100000000\nBR_LBA=2048\nSCP_DATA="dump_mem=4G"\nDELAY_MINUTES=5\n';
    const host = memoryHost({ '/etc/sysconfig/dumpconf': dumpconf });
    const asked = ['init', '--dumpconf', '/etc/sysconfig/dumpconf', '--stdout'];
    const { status, out } = await runCli(asked, host);
    expect(status).toBe(0);
    expect(parseProfileText('profile.yaml', out)).toMatchObject({
      ok: true,
      value: {
        arch: 's390x',
        onCorruption: [
          { kind: 'message' },
          { kind: 'return' },
          { kind: 'ipl', delaySeconds: 300, device: { kind: 'fcp', brLba: 2048n } },
        ],
      },
    });
    await expect(out).toMatchFileSnapshot('../golden/cli/init-dumpconf.yaml');
    const stays = memoryHost({
      '/etc/sysconfig/dumpconf': dumpconf.replace('dump_reipl', 'dump'),
    });
    const { out: without } = await runCli(asked, stays);
    expect(without).toMatch(/delay: 5m, reipl: false \}/);
    expect(parseProfileText('profile.yaml', without).ok).toBe(true);
    expect((await runCli([...asked, '--class', 'efi'], host)).status).toBe(2);
    expect((await runCli(asked)).talk).toContain('dumpconf');
  });

  test.each([
    [['fleet/web-1.yaml'], 'web-1'],
    [['db.yml'], 'db'],
    [['--name', 'asked', 'db.yaml'], 'asked'],
    [['A strange name.yaml'], 'qemu'],
    [[], 'qemu'],
  ])('%j: the profile, and so its bundle, is called %s', async (words, name) => {
    const host = memoryHost({}, { cwd: '/w' });
    const { out } = await runCli(['init', '--class', 'qemu', '--json', ...words], host);
    const { path } = JSON.parse(out) as { path: string };
    const text = new TextDecoder().decode((await host.readFile(path)) ?? new Uint8Array());
    expect(text).toContain(`\nname: ${name}\n`);
  });

  test('a file is written once and never over another', async () => {
    const host = memoryHost({}, { cwd: '/w' });
    const first = await runCli(['init', '--class', 'qemu', 'fleet/vm.yaml'], host);
    expect(first).toEqual({
      status: 0,
      out: 'fleet/vm.yaml\nfleet/profile.schema.json\n',
      talk: '',
    });
    const written = await host.readFile('fleet/vm.yaml');
    const second = await runCli(['init', '--class', 'cloud', 'fleet/vm.yaml'], host);
    expect(second.status).toBe(1);
    expect(second.talk).toContain('error: fleet/vm.yaml exists');
    expect(await host.readFile('fleet/vm.yaml')).toEqual(written);
  });

  test('editors find the schema by the first line, which lies beside the profile', async () => {
    const host = memoryHost(
      { '/w/own/profile.schema.json': '{"title": "of another"}' },
      { cwd: '/w' },
    );
    const text = async (path: string) =>
      new TextDecoder().decode((await host.readFile(path)) ?? new Uint8Array());
    await runCli(['init', '--class', 'qemu', 'fleet/vm.yaml'], host);
    const [line] = (await text('fleet/vm.yaml')).split('\n');
    expect(line).toBe('# yaml-language-server: $schema=profile.schema.json');
    expect(await text('fleet/profile.schema.json')).toBe(renderProfileSchema());
    // A schema of an older version is brought up to date, another's is left alone.
    await host.writeFile(
      'fleet/profile.schema.json',
      new TextEncoder().encode('{"title": "crashseal profile"}'),
    );
    await runCli(['init', '--class', 'qemu', 'fleet/other.yaml'], host);
    expect(await text('fleet/profile.schema.json')).toBe(renderProfileSchema());
    const { out } = await runCli(['init', '--class', 'qemu', 'own/vm.yaml'], host);
    expect(out).toBe('own/vm.yaml\n');
    expect(await text('own/profile.schema.json')).toBe('{"title": "of another"}');
  });

  test('a dumpconf configuration that has no end, or is no file, is refused', async () => {
    const host = memoryHost({ '/etc/large': new Uint8Array(1 << 17), '/etc/folder/x': '' });
    for (const path of ['/etc/large', '/etc/folder']) {
      const ran = await runCli(['init', '--dumpconf', path, '--stdout'], host);
      expect(ran.status).toBe(1);
      expect(ran.talk).toContain(path);
    }
  });
});
