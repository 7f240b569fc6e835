/** Armed is not enough: what the loader says of the targets of a bundle, on machines that have them or do not. */
import { execFileSync } from 'node:child_process';
import { beforeAll, describe, expect, test } from 'vitest';
import { readReports } from '../../pipeline/fleet/read-report.ts';
import { loaderMetrics, metricPrefix } from '../../pipeline/format/loader-metrics.ts';
import { misfitOfStatus } from '../../pipeline/format/loader-report.ts';
import { loaderStatuses } from '../../pipeline/format/loader-status.ts';
import { encodeSeal, type Seal, type SealedProbe } from '../../pipeline/seal/seal-codec.ts';
import { sampleSeal, signedBundle } from '../fixtures/x86-64-bundle.ts';
import { changed, type MachineFiles, sampleMachine } from '../fixtures/x86-64-machine.ts';
import { bench, run } from './running.ts';

let here: Awaited<ReturnType<typeof bench>>;
beforeAll(async () => {
  here = await bench('would-it-dump');
}, 120_000);

const device = (
  target: number,
  by: SealedProbe['by'],
  value: string,
  more: Partial<SealedProbe> = {},
): SealedProbe => ({
  kind: 'device',
  target,
  by,
  flags: ['overwritten'],
  minimum: 4n << 20n,
  value,
  type: '',
  ...more,
});
const interfaceProbe = (target: number, by: SealedProbe['by'], value: string): SealedProbe => ({
  ...device(target, by, value),
  kind: 'interface',
  flags: [],
  minimum: 0n,
});

const sealed = (...probes: readonly SealedProbe[]): Seal => ({
  ...sampleSeal,
  notAfter: undefined,
  targetCount: Math.max(...probes.map(({ target }) => target)),
  probes,
});

/** A block device as sysfs shows it. `record`: what udev has found on it. */
function disk(
  name: string,
  sectors: number,
  more: Readonly<Record<string, string>> = {},
  record?: string,
): Readonly<Record<string, string>> {
  const folder = `sys/class/block/${name}`;
  const minor = [...name].reduce((sum, letter) => sum * 31 + letter.charCodeAt(0), 7) % 100_000;
  return {
    [`${folder}/uevent`]: `MAJOR=254\nMINOR=${minor}\nDEVNAME=${name}\n${more.uevent ?? ''}`,
    [`${folder}/size`]: `${sectors}\n`,
    ...Object.fromEntries(
      Object.entries(more)
        .filter(([file]) => file !== 'uevent')
        .map(([file, text]) => [`${folder}/${file}`, text]),
    ),
    ...(record === undefined ? {} : { [`run/udev/data/b254:${minor}`]: record }),
  };
}

const partition = (name: string, label: string, record?: string, sectors = 1 << 20) =>
  disk(name, sectors, { uevent: `PARTN=1\nPARTNAME=${label}\n`, partition: '1\n' }, record);

/** A machine on which a bundle with this seal was armed. */
const armed = (seal: Seal, files: MachineFiles): MachineFiles =>
  changed({
    'sys/kernel/kexec_crash_loaded': '1\n',
    'sys/kernel/kexec_crash_size': '268435456\n',
    'run/crashseal/armed': 'armed: profile sample\n',
    'run/crashseal/armed.from':
      'at 1700000000\nuntil 1900000000\nfile /etc/crashseal/bundle\ninstalled /etc/crashseal/bundle\nsigner Some Signer\n',
    'run/crashseal/armed.seal': encodeSeal(seal),
    ...files,
  });

function status(seal: Seal, files: MachineFiles) {
  const root = here.machine(armed(seal, files));
  const { code, stdout } = run(here.program, '--status', '--json', '--root', root);
  const told = JSON.parse(stdout);
  expect(misfitOfStatus(told)).toBeUndefined();
  const text = run(here.program, '--status', '--now', '1800000000', '--root', root);
  expect(text.code).toBe(code);
  return { code, told, text: text.stdout };
}

const answers = ({ told }: ReturnType<typeof status>): readonly string[] =>
  told.targets.map(({ answer }: { answer: string }) => answer);

/** A port of a bond. */
const port = (value: string): SealedProbe => ({
  ...interfaceProbe(1, 'mac', value),
  flags: ['oneOf'],
});

/** A network card as sysfs shows it. */
const nic = (
  name: string,
  address: string,
  more: Readonly<Record<string, string>> = {},
): Readonly<Record<string, string>> => ({
  [`sys/class/net/${name}/address`]: `${address}\n`,
  [`sys/class/net/${name}/device/uevent`]: 'DRIVER=virtio_net\n',
  ...Object.fromEntries(
    Object.entries(more).map(([file, text]) => [`sys/class/net/${name}/${file}`, text]),
  ),
});

const array = '0e9bf3e1:6f1b3d37:d1cbd9b3:2c0a9f1e';

const label = device(1, 'partlabel', 'crashdump');
const mark = Buffer.from(
  `crashseal-dump 1\nstate=complete\nuuid=aaaaaaaa-0000-4000-8000-000000000001\n`,
);
/** The device's own bytes: blank, but for our marker in the last 4096. */
const marked = (size: number): Buffer => {
  const bytes = Buffer.alloc(size);
  mark.copy(bytes, size - 4096);
  return bytes;
};
const other = (size: number): Buffer => Buffer.alloc(size, 0x5a);
const small = 8 << 20;

const cases: readonly (readonly [string, number, readonly string[], Seal, MachineFiles])[] = [
  ['one partition with the label', 0, ['good'], sealed(label), partition('vda1', 'crashdump')],
  ['none', 4, ['device-missing'], sealed(label), partition('vda1', 'crash')],
  [
    'no disks at all',
    4,
    ['device-missing'],
    sealed(label),
    { 'sys/class/block/loop0/size': '0\n' },
  ],
  [
    'twins that cannot be looked at',
    0,
    ['unknown'],
    sealed(label),
    { ...partition('vda1', 'crashdump'), ...partition('vdb1', 'crashdump') },
  ],
  [
    'twins, both with foreign bytes',
    4,
    ['device-twice'],
    sealed(label),
    {
      ...partition('vda1', 'crashdump', 'E:X=1\n', small / 512),
      ...partition('vdb1', 'crashdump', 'E:X=1\n', small / 512),
      'dev/vda1': other(small),
      'dev/vdb1': other(small),
    },
  ],
  [
    'twins, one of them with a dump of ours',
    0,
    ['good'],
    sealed(label),
    {
      ...partition('vda1', 'crashdump', 'E:X=1\n', small / 512),
      ...partition('vdb1', 'crashdump', 'E:X=1\n', small / 512),
      'dev/vda1': other(small),
      'dev/vdb1': marked(small),
    },
  ],
  [
    'twins, one of them blank',
    0,
    ['good'],
    sealed(label),
    {
      ...partition('vda1', 'crashdump', 'E:X=1\n', small / 512),
      ...partition('vdb1', 'crashdump', 'E:X=1\n', small / 512),
      'dev/vda1': Buffer.alloc(small),
      'dev/vdb1': other(small),
    },
  ],
  [
    'triplets',
    4,
    ['device-twice'],
    sealed(label),
    {
      ...partition('vda1', 'crashdump'),
      ...partition('vdb1', 'crashdump'),
      ...partition('vdc1', 'crashdump'),
    },
  ],
  [
    'one that is too small',
    4,
    ['device-small'],
    sealed(label),
    partition('vda1', 'crashdump', undefined, 8191),
  ],
  [
    'one with a file system on it',
    4,
    ['device-in-use'],
    sealed(label),
    partition('vda1', 'crashdump', 'I:123\nE:ID_FS_TYPE=ext4\n'),
  ],
  [
    'a read-only one',
    4,
    ['device-unusable'],
    sealed(label),
    { ...partition('vda1', 'crashdump'), 'sys/class/block/vda1/ro': '1\n' },
  ],
  [
    'one on a removable disk',
    4,
    ['device-unusable'],
    sealed(label),
    { ...partition('sda1', 'crashdump'), ...disk('sda', 1 << 21, { removable: '1\n' }) },
  ],
  [
    'one on a removable disk, which is allowed',
    0,
    ['good'],
    sealed(device(1, 'partlabel', 'crashdump', { flags: ['removable', 'overwritten'] })),
    { ...partition('sda1', 'crashdump'), ...disk('sda', 1 << 21, { removable: '1\n' }) },
  ],
  [
    'one behind USB, as udev says',
    4,
    ['device-unusable'],
    sealed(label),
    partition('sda1', 'crashdump', 'E:ID_BUS=usb\n'),
  ],
  [
    'two paths of one disk',
    0,
    ['good'],
    sealed(device(1, 'serial', 'S1')),
    {
      ...disk('sda', 1 << 20, { 'device/serial': 'S1\n', 'device/wwid': 'naa.5000c500\n' }),
      ...disk('sdb', 1 << 20, { 'device/serial': 'S1\n', 'device/wwid': 'naa.5000c500\n' }),
    },
  ],
  [
    'a hidden path beside the disk',
    0,
    ['good'],
    sealed(device(1, 'serial', 'S1')),
    {
      ...disk('nvme0c0n1', 1 << 20, { 'device/serial': 'S1\n', hidden: '1\n' }),
      ...disk('nvme0n1', 1 << 20, { 'device/serial': 'S1\n', hidden: '0\n' }),
    },
  ],
  [
    'a serial number that the bus cuts',
    0,
    ['good'],
    sealed(device(1, 'serial', 'abcdefghijklmnopqrstuvwxyz')),
    disk('vda', 1 << 20, { serial: 'abcdefghijklmnopqrst' }),
  ],
  [
    'a volume of Amazon',
    0,
    ['good'],
    sealed(device(1, 'serial', 'vol-0123456789abcdef0')),
    disk('nvme1n1', 1 << 20, { 'device/serial': 'vol0123456789abcdef0\n' }),
  ],
  [
    'a PARTUUID by the kernel',
    0,
    ['good'],
    sealed(device(1, 'partuuid', '0123abcd-02')),
    disk('vda2', 1 << 20, { uevent: 'PARTUUID=0123ABCD-02\n', partition: '2\n' }),
  ],
  [
    'a PARTUUID by udev',
    0,
    ['good'],
    sealed(device(1, 'partuuid', '0123abcd-02')),
    disk('vda2', 1 << 20, { partition: '2\n' }, 'E:ID_PART_ENTRY_UUID=0123abcd-02\n'),
  ],
  [
    'a PARTUUID before udev has looked',
    0,
    ['unknown'],
    sealed(device(1, 'partuuid', '0123abcd-02')),
    disk('vda2', 1 << 20, { partition: '2\n' }),
  ],
  [
    'the UUID in our marker',
    0,
    ['good'],
    sealed(device(1, 'uuid', 'AAAAAAAA-0000-4000-8000-000000000001')),
    { ...disk('vda', small / 512, {}, 'E:X=1\n'), 'dev/vda': marked(small) },
  ],
  [
    'swap space by its own UUID',
    0,
    ['good'],
    sealed(device(1, 'uuid', 'aaaaaaaa-0000-4000-8000-000000000002')),
    disk(
      'vda',
      1 << 20,
      {},
      'E:ID_FS_TYPE=swap\nE:ID_FS_UUID=aaaaaaaa-0000-4000-8000-000000000002\n',
    ),
  ],
  [
    'a file system',
    0,
    ['good'],
    sealed(device(1, 'fsUuid', 'aaaaaaaa-0000-4000-8000-000000000003', { flags: [], type: 'xfs' })),
    disk(
      'vda',
      1 << 20,
      {},
      'E:ID_FS_TYPE=xfs\nE:ID_FS_UUID=aaaaaaaa-0000-4000-8000-000000000003\n',
    ),
  ],
  [
    'a label in other letters than the profile says',
    4,
    ['device-missing'],
    sealed(device(1, 'fsLabel', 'my data', { flags: [], type: 'xfs' })),
    disk('vda', 1 << 20, {}, 'E:ID_FS_TYPE=xfs\nE:ID_FS_LABEL_ENC=My\\x20Data\n'),
  ],
  [
    'another file system than the profile says',
    4,
    ['wrong-type'],
    sealed(device(1, 'fsLabel', 'my data', { flags: [], type: 'xfs' })),
    disk('vda', 1 << 20, {}, 'E:ID_FS_TYPE=ext4\nE:ID_FS_LABEL_ENC=my\\x20data\n'),
  ],
  [
    'the second target alone',
    5,
    ['device-missing', 'good'],
    sealed(label, device(2, 'path', '/dev/vdb')),
    disk('vdb', 1 << 20),
  ],
  [
    'the first target alone',
    0,
    ['good', 'device-missing'],
    sealed(label, device(2, 'path', '/dev/vdc')),
    partition('vda1', 'crashdump'),
  ],
  [
    'an interface by its address',
    0,
    ['good'],
    sealed(interfaceProbe(1, 'mac', '52:54:00:AA:00:01')),
    {
      'sys/class/net/eth0/address': '52:54:00:aa:00:01\n',
      'sys/class/net/eth0/device/uevent': 'DRIVER=virtio_net\n',
      // A bridge takes the address of a member.
      'sys/class/net/br0/address': '52:54:00:aa:00:01\n',
    },
  ],
  [
    'no interface with the address',
    4,
    ['interface-missing'],
    sealed(interfaceProbe(1, 'mac', '52:54:00:aa:00:02')),
    {
      'sys/class/net/eth0/address': '52:54:00:aa:00:01\n',
      'sys/class/net/eth0/device/uevent': 'DRIVER=virtio_net\n',
    },
  ],
  [
    'an interface by its driver',
    0,
    ['good'],
    sealed(interfaceProbe(1, 'driver', 'virtio_net')),
    { 'sys/class/net/eth0/device/uevent': 'DRIVER=virtio_net\nMODALIAS=x\n' },
  ],
  [
    "an interface by the kernel's name",
    0,
    ['good'],
    sealed(interfaceProbe(1, 'interface', 'eth0')),
    nic('eth0', '52:54:00:aa:00:01'),
  ],
  [
    'no interface of the name',
    4,
    ['interface-missing'],
    sealed(interfaceProbe(1, 'interface', 'eth1')),
    nic('eth0', '52:54:00:aa:00:01', { name_assign_type: '3\n' }),
  ],
  [
    'no interface of the name, where udev has given another one',
    0,
    ['unknown'],
    sealed(interfaceProbe(1, 'interface', 'eth0')),
    nic('enp1s0', '52:54:00:aa:00:01', { name_assign_type: '4\n' }),
  ],
  [
    'a bond with all its ports, which show one address',
    0,
    ['good'],
    sealed(port('52:54:00:aa:00:01'), port('52:54:00:aa:00:02')),
    {
      ...nic('eth0', '52:54:00:aa:00:01', {
        'bonding_slave/perm_hwaddr': '52:54:00:aa:00:01\n',
      }),
      ...nic('eth1', '52:54:00:aa:00:01', {
        'bonding_slave/perm_hwaddr': '52:54:00:aa:00:02\n',
      }),
      'sys/class/net/bond0/address': '52:54:00:aa:00:01\n',
    },
  ],
  [
    'a bond without one of its ports',
    0,
    ['good'],
    sealed(port('52:54:00:aa:00:01'), port('52:54:00:aa:00:02')),
    nic('eth1', '52:54:00:aa:00:02'),
  ],
  [
    'a bond without any of its ports',
    4,
    ['interface-missing'],
    sealed(port('52:54:00:aa:00:01'), port('52:54:00:aa:00:02')),
    nic('eth2', '52:54:00:aa:00:03'),
  ],
  [
    'a logical volume',
    0,
    ['good'],
    sealed(device(1, 'mapper', 'v--g0-lv--crash')),
    disk('dm-0', 1 << 20, { 'dm/name': 'v--g0-lv--crash\n' }, 'E:X=1\n'),
  ],
  [
    'no logical volume of the name',
    4,
    ['device-missing'],
    sealed(device(1, 'mapper', 'v--g0-lv--crash')),
    disk('dm-0', 1 << 20, { 'dm/name': 'v--g0-root\n' }),
  ],
  [
    'a logical volume with a file system that a dump must not overwrite',
    4,
    ['device-in-use'],
    sealed(device(1, 'mapper', 'v--g0-lv--crash')),
    disk('dm-0', 1 << 20, { 'dm/name': 'v--g0-lv--crash\n' }, 'E:ID_FS_TYPE=xfs\n'),
  ],
  [
    'an array',
    0,
    ['good'],
    sealed(device(1, 'array', array)),
    disk('md127', 1 << 20, { 'md/uuid': '0e9bf3e1-6f1b-3d37-d1cb-d9b32c0a9f1e\n' }),
  ],
  [
    'an array of another UUID',
    4,
    ['device-missing'],
    sealed(device(1, 'array', array)),
    {
      ...disk('md0', 1 << 20, { 'md/uuid': '0e9bf3e1-6f1b-3d37-d1cb-d9b32c0a9f1f\n' }),
      ...disk('md1', 1 << 20, { 'md/uuid': '0e9bf3e1-6f1b\n' }),
      ...disk('md2', 1 << 20, { 'md/uuid': '\n' }),
      ...disk('md3', 1 << 20, { 'md/uuid': '0e9bf3e1-6f1b-3d37-d1cb-d9b32c0a9f1e-00\n' }),
    },
  ],
];

describe('status-says-would-not-dump', () => {
  test.each(cases)('%s: %i, %j', (_name, code, expected, seal, files) => {
    const found = status(seal, files);
    expect([found.code, answers(found)]).toEqual([code, expected]);
    expect(found.told.wouldDump).toBe(
      code === 4
        ? false
        : found.told.targets.some(({ answer }: { answer: string }) => answer === 'unknown')
          ? null
          : true,
    );
    expect(found.text).toContain(code === 4 ? 'no dump would arrive' : 'a dump would go to target');
  });

  test('is said with what is armed, since when, and until when', () => {
    const { text, told } = status(
      { ...sealed(label), notAfter: 1_950_000_000 },
      partition('vda1', 'crashdump'),
    );
    expect(text).toMatchInlineSnapshot(`
      "armed: profile sample
      seal 10b4fb3671ca2a843110bdfd45773286659e5a5239297c7cc9a56ae5a426fa73, from /etc/crashseal/bundle, since 2023-11-14T22:13:20Z, signed by Some Signer
      target 1: vda1
      a dump would go to target 1
      the bundle ends on 2031-10-17T10:40:00Z, in 1736 days
      a certificate that it is trusted by ends on 2030-03-17T17:46:40Z, in 1157 days
      "
    `);
    expect(told).toMatchObject({
      armedAt: '2023-11-14T22:13:20Z',
      certificatesUntil: '2030-03-17T17:46:40Z',
      file: '/etc/crashseal/bundle',
      signer: 'Some Signer',
      reserved: 268435456,
      outdated: null,
    });
  });

  test('tells of a port that a bond lacks', () => {
    const { told, text } = status(
      sealed(port('52:54:00:aa:00:01'), port('52:54:00:aa:00:02')),
      nic('eth1', '52:54:00:aa:00:02'),
    );
    const words = 'no network interface has the address 52:54:00:aa:00:01';
    expect(told).toMatchObject({ wouldDump: true, targets: [{ answer: 'good', words }] });
    expect(text).toContain(`target 1: ${words}\na dump would go to target 1\n`);
  });

  test.each([
    ['', 'armed, but only the fallback\narmed: profile sample\n'],
    [
      'the bundle cannot be read\n',
      'armed, but only the fallback: the last load was refused because the bundle cannot be read\narmed: profile sample\n',
    ],
  ])('what is armed stands in for another, which was refused: %j', (refused, words) => {
    const from =
      'at 1700000000\nuntil 1900000000\nstands in\nfile /var/lib/crashseal/last-good\ninstalled /etc/crashseal/bundle\nsigner Some Signer\n';
    const { code, told, text } = status(sealed(label), {
      ...partition('vda1', 'crashdump'),
      'run/crashseal/armed.from': from,
      ...(refused === '' ? {} : { 'run/crashseal/refused': refused }),
    });
    expect(code).toBe(loaderStatuses.fallbackArmed.code);
    expect(told).toMatchObject({ status: 'fallback-armed', fallback: true, wouldDump: true });
    expect(text.startsWith(words), text).toBe(true);
    expect(text).not.toContain('the last load was refused: ');
  });

  test('is a metric for each fact', () => {
    const root = here.machine(
      armed(sealed(label, device(2, 'path', '/dev/vdb')), disk('vdb', 1 << 20)),
    );
    const { code, stdout } = run(here.program, '--prometheus', '-', '--root', root);
    expect(code).toBe(5);
    expect(stdout).toMatchInlineSnapshot(`
      "# HELP crashseal_status Exit status of --status, 0 if a dump would arrive.
      # TYPE crashseal_status gauge
      crashseal_status 5
      # HELP crashseal_armed 1 if a capture kernel is armed.
      # TYPE crashseal_armed gauge
      crashseal_armed 1
      # HELP crashseal_crash_region_bytes Memory reserved for it.
      # TYPE crashseal_crash_region_bytes gauge
      crashseal_crash_region_bytes 268435456
      # HELP crashseal_last_load_refused 1 if a load was refused since it was armed.
      # TYPE crashseal_last_load_refused gauge
      crashseal_last_load_refused 0
      # HELP crashseal_armed_time_seconds When it was armed.
      # TYPE crashseal_armed_time_seconds gauge
      crashseal_armed_time_seconds 1700000000
      # HELP crashseal_certificate_end_time_seconds When the first of its certificates ends.
      # TYPE crashseal_certificate_end_time_seconds gauge
      crashseal_certificate_end_time_seconds 1900000000
      # HELP crashseal_fallback_armed 1 if what is armed stands in for a refused bundle.
      # TYPE crashseal_fallback_armed gauge
      crashseal_fallback_armed 0
      # HELP crashseal_bundle_info What is armed.
      # TYPE crashseal_bundle_info gauge
      crashseal_bundle_info{profile="sample",release="6.12.0-capture",signer="Some Signer",seal="adb4e8e93cd261537d847d3039aca352d9dc9f90ad90f9a47e4b6ae5c4b81492"} 1
      # HELP crashseal_target_usable 0 if something speaks against the dump target.
      # TYPE crashseal_target_usable gauge
      crashseal_target_usable{target="1"} 0
      crashseal_target_usable{target="2"} 1
      "
    `);
  });

  test('is what Prometheus reads, whatever a name is', () => {
    const signer = 'So"me \\n Jörg}, # 1';
    const from = `at 1700000000\nuntil 1900000000\nfile /b\ninstalled /b\nsigner ${signer}\n`;
    const root = here.machine({
      ...armed(sealed(label), partition('vda1', 'crashdump')),
      'run/crashseal/armed.from': from,
    });
    const { stdout } = run(here.program, '--prometheus', '-', '--root', root);
    // A backslash comes before one, a quotation mark or an n, and nothing else: one mistake, and no metric is read.
    const labels = String.raw`\{(\w+="([^"\\]|\\[\\"n])*"(,(?!\}))?)+\}`;
    for (const line of stdout.trimEnd().split('\n'))
      expect(line).toMatch(new RegExp(`^(#.*|[a-z_]+(${labels})? \\d+)$`));
    expect(stdout).toContain(String.raw`,signer="So\"me \\x5cn J\\xc3\\xb6rg}, # 1",`);

    // As Prometheus' own client reads it; Debian's own Python has Debian's modules.
    const client = `import json, sys
from prometheus_client.parser import text_string_to_metric_families
print(json.dumps([[f.name, f.type, f.documentation, len(f.samples)]
  for f in text_string_to_metric_families(sys.stdin.read())]))`;
    const families = JSON.parse(
      execFileSync('/usr/bin/python3', ['-c', client], { input: stdout, encoding: 'utf8' }),
    ) as [string, string, string, number][];
    expect(families.length).toBeGreaterThan(8);
    const meaning: Readonly<Record<string, string>> = loaderMetrics;
    for (const [name, ...rest] of families)
      expect([name, ...rest]).toEqual([name, 'gauge', meaning[name.slice(metricPrefix.length)], 1]);
  });

  test('is what `crashseal fleet` reads, in both forms alike', () => {
    const machines = [
      armed(sealed(label), partition('vda1', 'crashdump')),
      armed(sealed(label), {}),
      armed(sealed(label), partition('vda1', 'other')),
      armed(sealed(label, device(2, 'path', '/dev/vdb')), disk('vdb', 1 << 20)),
      {},
    ];
    const said = machines.map((files) => {
      const root = here.machine({ ...sampleMachine, ...files });
      return (['--json', '--prometheus'] as const).map((form) => {
        const words = form === '--json' ? [form, '--status'] : [form, '-'];
        const { stdout } = run(here.program, ...words, '--root', root);
        const bytes = new TextEncoder().encode(stdout);
        const { reports, unused } = readReports({ path: 'web1', at: 0, bytes });
        expect(unused).toEqual([]);
        return reports[0]?.said;
      });
    });
    for (const [json, metrics] of said) {
      const { profile: _p, release: _r, why: _w, dump: _d, ...same } = { ...metrics };
      const { profile: _q, release: _s, why: _v, dump: _e, ...other } = { ...json };
      expect(same).toEqual(other);
    }
    // A metric does not tell what cannot be seen from what is right.
    expect(said.map((both) => both.map((one) => `${one?.status}: ${one?.dump}`))).toEqual([
      ['ok: yes', 'ok: yes'],
      ['ok: unsure', 'ok: yes'],
      ['would-not-dump: no', 'would-not-dump: no'],
      ['target-unusable: yes', 'target-unusable: yes'],
      ['not-armed: no', 'not-armed: no'],
    ]);
    expect(said.map(([, metrics]) => metrics?.profile)).toEqual([
      'sample',
      'sample',
      'sample',
      'sample',
      undefined,
    ]);
  });

  test('is said when a bundle is tried on the facts of a machine', async () => {
    const bundle = await signedBundle(here.keys, { ...sampleSeal, ...sealed(label) });
    const { targets, wouldDump, firstTarget } = here.report(
      bundle,
      changed({ 'sys/class/block/vda1/size': '8\n' }),
    );
    expect({ targets, wouldDump, firstTarget }).toMatchInlineSnapshot(`
      {
        "firstTarget": 0,
        "targets": [
          {
            "answer": "device-missing",
            "device": "",
            "words": "no device has PARTLABEL crashdump",
          },
        ],
        "wouldDump": false,
      }
    `);
  });

  test.each([
    ['no record', {}, 6],
    ['a record of an older loader', { 'run/crashseal/armed': 'armed: x\n' }, 0],
    [
      'a damaged record',
      { 'run/crashseal/armed': 'armed: x\n', 'run/crashseal/armed.from': 'at x\n' },
      0,
    ],
    [
      'a damaged seal',
      {
        'run/crashseal/armed': 'armed: x\n',
        'run/crashseal/armed.from': 'at 1\nuntil 0\nfile /x\ninstalled /x\nsigner \n',
        'run/crashseal/armed.seal': 'CRSHSEAL',
      },
      0,
    ],
  ] as const)('of an image with %s nothing more is claimed', (_name, files, code) => {
    const root = here.machine(changed({ 'sys/kernel/kexec_crash_loaded': '1\n', ...files }));
    const found = run(here.program, '--status', '--json', '--root', root);
    expect(found.code).toBe(code);
    expect(JSON.parse(found.stdout)).not.toHaveProperty('wouldDump');
  });

  test('a machine without crashkernel= is told so', () => {
    const root = here.machine(changed({ 'sys/kernel/kexec_crash_size': '0\n' }));
    expect(run(here.program, '--status', '--root', root)).toMatchObject({
      code: 3,
      stdout: 'not armed: no memory is reserved, boot with crashkernel=\n',
    });
  });
});
