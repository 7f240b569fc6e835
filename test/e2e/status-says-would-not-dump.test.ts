/**
 * Armed is not enough. On a real kernel `--status` says of each thing that keeps a dump away what it is, with an exit
 * code of its own: no disk, twins, a disk that is too small or holds a file system, a network card or a volume that is
 * missing, a bundle that has ended or is another by now, an image of somebody else's, and a crash region that is
 * too small. Before, such a machine was green until it died.
 */
import { execFileSync } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type LoaderStatus, misfitOfStatus } from '../../pipeline/format/loader-report.ts';
import { loaderStatuses } from '../../pipeline/format/loader-status.ts';
import { blankDisk, makeFileSystem } from '../../pipeline/guest/file-systems.ts';
import { SystemGuest } from '../../pipeline/guest/system-guest.ts';
import { systemInitramfs, virtioDisk } from '../../pipeline/guest/system-initramfs.ts';
import type { Seal, SealedProbe } from '../../pipeline/seal/seal-codec.ts';
import { kebabCase } from '../../pipeline/units/kebab-case.ts';
import { words } from '../../pipeline/units/words.ts';
import { bundlesFolder, testProfile } from '../support/capture.ts';
import { buildBundle, developmentKeys, loaderProgram } from '../support/crashseal.ts';
import { testKernelTree } from '../support/kernel-tree.ts';
import { sealHeads } from '../support/resealed.ts';
import { arrayUuid, luksUuid, makeArray, makeVolume, stackMaker } from '../support/stacks.ts';
import { freshWorkFolder } from '../support/work-folder.ts';

const name = 'would-not-dump';
const folder = freshWorkFolder(name);
const macs = ['52:54:00:aa:00:01', '52:54:00:aa:00:02'] as const;

const probe = (
  target: number,
  by: SealedProbe['by'],
  value: string,
  more: Partial<SealedProbe> = {},
): SealedProbe => ({
  kind: 'device',
  target,
  by,
  value,
  flags: [],
  minimum: 0n,
  type: '',
  ...more,
});
const raw = (target: number, by: SealedProbe['by'], value: string): SealedProbe =>
  probe(target, by, value, { flags: ['overwritten'], minimum: 4n << 20n });
const card = (value: string, flags: SealedProbe['flags'] = []): SealedProbe =>
  probe(1, 'mac', value, { kind: 'interface', flags });

const looksFor = (...probes: readonly SealedProbe[]): Partial<Seal> => ({
  probes,
  targetCount: Math.max(...probes.map(({ target }) => target)),
});
/** Bundles that differ in what their seal says. */
const variants: Readonly<Record<string, Partial<Seal>>> = {
  newer: { epoch: 2n },
  ends: { notAfter: Math.floor(Date.now() / 1000) + 7200 },
  small: looksFor(raw(1, 'serial', 'small')),
  files: looksFor(raw(1, 'serial', 'files')),
  'wrong-type': looksFor(
    probe(1, 'fsLabel', 'crashfs', { type: 'xfs' }),
    probe(2, 'fsLabel', 'crashfs', { type: 'ext4' }),
  ),
  'no-card': looksFor(card('52:54:00:aa:00:03')),
  bond: looksFor(...macs.map((mac) => card(mac, ['oneOf']))),
  stack: looksFor(
    raw(1, 'mapper', 'v--g0-lv--crash'),
    probe(2, 'array', arrayUuid),
    probe(3, 'fsUuid', luksUuid, { type: 'crypto_LUKS' }),
  ),
};

let system: SystemGuest;
beforeAll(async () => {
  const kernel = await testKernelTree('6.12');
  const keys = developmentKeys(join('out', 'e2e'));
  const profile = {
    ...testProfile({ name, kernel: '6.12' }, kernel),
    // Armed often: fewer bytes take less time.
    initramfs: { from: 'composed', compression: 'zstd', drivers: virtioDisk },
  };
  const bundle = buildBundle(folder, profile, keys, bundlesFolder);
  const heads = await sealHeads(bundle, keys);
  const headFiles = await Promise.all(
    Object.entries(variants).map(async ([variant, change]) => {
      const path = join(folder, `${variant}.head`);
      writeFileSync(path, await heads.with(() => change));
      return { path: `heads/${variant}`, content: { from: path } };
    }),
  );
  const luks = blankDisk(join(folder, 'luks'), 32);
  execFileSync(
    'cryptsetup',
    words`luksFormat -q --type luks2 --pbkdf pbkdf2 --pbkdf-force-iterations 1000 --uuid ${luksUuid} ${luks} -`,
    { input: 'passphrase' },
  );
  const disks = [
    { path: blankDisk(join(folder, 'small'), 2), serial: 'small' },
    { path: makeFileSystem(join(folder, 'files'), 'ext4', 'crashfs', 32), serial: 'files' },
    { path: blankDisk(join(folder, 'one'), 64) },
    { path: blankDisk(join(folder, 'other'), 64) },
    { path: luks },
  ];
  for (const twin of ['crashdump', 'twin']) {
    const path = blankDisk(join(folder, twin), 64);
    writeFileSync(path, 'bytes of no program that is known', { flag: 'r+' });
  }
  const stack = stackMaker('/usr/bin/udevadm', '/usr/sbin/kexec');
  const initrd = join(folder, 'system.cpio');
  writeFileSync(
    initrd,
    systemInitramfs({
      kernel,
      drivers: [...stack.drivers, 'virtio_net', 'bonding'],
      files: [
        { path: 'sbin/crashseal-load', mode: 0o755, content: { from: loaderProgram } },
        { path: 'etc/crashseal/trust.pem', content: { from: keys.trust } },
        { path: 'bundle', content: { from: bundle } },
        { path: 'vmlinuz', content: { from: kernel.vmlinuz } },
        {
          path: 'etc/passwd',
          content: { text: 'root:x:0:0::/:/bin/sh\nnobody:x:65534:65534::/:/bin/sh\n' },
        },
        ...stack.files,
        ...['60-block.rules', '60-persistent-storage.rules'].map((rules) => ({
          path: `usr/lib/udev/rules.d/${rules}`,
          content: { from: `/usr/lib/udev/rules.d/${rules}` },
        })),
        ...headFiles,
        {
          path: 'bin/install-variant',
          mode: 0o755,
          content: {
            text: `#!/bin/sh\ncat "/heads/$1" >/etc/crashseal/bundle && tail -c +${heads.size + 1} /bundle >>/etc/crashseal/bundle\n`,
          },
        },
      ],
    }),
  );
  system = await SystemGuest.start({
    name,
    kernel: kernel.vmlinuz,
    initrd,
    memory: '1024M',
    cpus: 1,
    append: 'console=ttyS0 crashkernel=256M',
    disks,
    extraArgs: [
      ...macs.flatMap(
        (mac, i) => words`-netdev user,id=net${i} -device virtio-net-pci,netdev=net${i},mac=${mac}`,
      ),
      ...['crashdump', 'twin'].flatMap(
        (port, i) =>
          words`-device pcie-root-port,id=${port}-port,chassis=${i + 1},slot=${i + 1} -drive if=none,id=${port},format=raw,file=${join(folder, port)}`,
      ),
    ],
  });
  // udev, as every system has it: it tells what is on a disk.
  await system.mustRun(
    'ln -s /usr/bin/udevadm /sbin/systemd-udevd && systemd-udevd --daemon && udevadm trigger && udevadm settle',
  );
}, 300_000);

afterAll(async () => {
  await system.stop();
  rmSync(folder, { recursive: true });
});

const told = async (line: string): Promise<string> => (await system.mustRun(line)).trim();
const arm = async (variant?: string): Promise<void> => {
  await system.mustRun(
    `${variant === undefined ? 'cp /bundle /etc/crashseal/bundle' : `install-variant ${variant}`} && crashseal-load /etc/crashseal/bundle`,
  );
};

const codeOf = (status: LoaderStatus): number | undefined =>
  Object.entries(loaderStatuses).find(([name]) => kebabCase(name) === status)?.[1].code;

const asNobody = (line: string): string => `su -s /bin/sh nobody -c '${line}'`;

/** What `--status` says, to root and to anybody, in all its forms: each ends with the same exit code. */
async function status(wanted: LoaderStatus, forNobody: LoaderStatus = wanted) {
  const code = codeOf(wanted);
  // One line to the guest: each takes its time.
  const { output } = await system.run(
    `crashseal-load --status; echo "@$?"; ${asNobody('crashseal-load --status')}; echo "@$?"; crashseal-load --status --json; echo "@$?"; crashseal-load --prometheus -; echo "@$?"`,
  );
  const [text = '', nobody = '', object = '', metrics = ''] = output.split(/@\d+\n?/);
  const codes = [...output.matchAll(/@(\d+)/g)].map(([, digits]) => Number(digits));
  expect([wanted, ...codes], output).toEqual([wanted, code, codeOf(forNobody), code, code]);
  const json = JSON.parse(object);
  expect(misfitOfStatus(json)).toBeUndefined();
  expect(json).toMatchObject({ status: wanted, exitCode: code });
  expect(metrics).toContain(`crashseal_status ${code}\n`);
  return { text, nobody, json, metrics };
}

const answersOf = ({ json }: { readonly json: { targets: readonly { answer: string }[] } }) =>
  json.targets.map(({ answer }) => answer);

async function plug(id: string): Promise<void> {
  await system.guest.qmp.execute('device_add', {
    driver: 'virtio-blk-pci',
    id: `${id}-disk`,
    drive: id,
    bus: `${id}-port`,
    serial: 'crashdump',
  });
}

test('not armed', async () => {
  const { text } = await status('not-armed');
  expect(text).toBe('not armed\n');
  await system.mustRun('cp /bundle /etc/crashseal/bundle');
  const { json, metrics } = await status('not-armed');
  expect(json).toMatchObject({
    reserved: 256 << 20,
    needed: expect.any(Number),
    nextRefused: false,
  });
  expect(metrics).toContain(`crashseal_crash_region_needed_bytes ${json.needed}\n`);
});

describe('the disk', () => {
  test('is missing, comes, and has a twin', async () => {
    await arm();
    const missing = await status('would-not-dump');
    expect(missing.text).toContain('no device has SERIAL crashdump\nno dump would arrive\n');
    await plug('crashdump');
    await system.mustRun(
      'until grep -q crashdump /sys/class/block/*/serial; do sleep 0.1; done; udevadm settle',
    );
    const good = await status('ok');
    expect(good.text).toMatch(/^target 1: vd\w$/m);
    expect(good.text).toContain('a dump would go to target 1\n');
    expect(good.metrics).toContain('crashseal_target_usable{target="1"} 1\n');
    await plug('twin');
    await system.mustRun(
      'until [ "$(grep -l crashdump /sys/class/block/*/serial | wc -l)" = 2 ]; do sleep 0.1; done; udevadm settle',
    );
    // Only root can see that neither of them is blank, or holds a dump of ours.
    const twins = await status('would-not-dump', 'ok');
    expect(answersOf(twins)).toEqual(['device-twice']);
    expect(twins.text).toMatch(/2 devices have SERIAL crashdump: \/dev\/vd\w, \/dev\/vd\w/);
    expect(twins.nobody).toContain('as far as this can be seen');
    await system.guest.qmp.execute('device_del', { id: 'twin-disk' });
    await system.mustRun(
      'until [ "$(grep -l crashdump /sys/class/block/*/serial | wc -l)" = 1 ]; do sleep 0.1; done',
    );
    await status('ok');
  });

  test('is too small', async () => {
    await arm('small');
    expect((await status('would-not-dump')).text).toContain('/dev/vda has 2 MiB, and needs 4 MiB');
  });

  test('holds a file system', async () => {
    await arm('files');
    const { text } = await status('would-not-dump');
    expect(text).toContain('/dev/vdb holds ext4 and is left alone');
  });

  test('holds another file system than the profile says, and the next target is good', async () => {
    await arm('wrong-type');
    const found = await status('target-unusable');
    expect(answersOf(found)).toEqual(['wrong-type', 'good']);
    expect(found.text).toContain('/dev/vdb holds ext4, not xfs');
    expect(found.text).toContain('a dump would go to target 2');
  });

  test('is a volume, an array, or encrypted', async () => {
    await system.mustRun(`${makeArray('/dev/vdc', '/dev/vdd')} && ${makeVolume('/dev/md0')}`);
    await arm('stack');
    expect(answersOf(await status('ok'))).toEqual(['good', 'good', 'good']);
    await system.mustRun(
      "lvm vgchange --config 'activation{udev_sync=0 udev_rules=0}' -an v-g0 2>&1 && mdadm --stop /dev/md0 2>&1",
    );
    const gone = await status('target-unusable');
    expect(answersOf(gone)).toEqual(['device-missing', 'device-missing', 'good']);
    expect(gone.text).toContain('no device has the name v--g0-lv--crash');
    expect(gone.text).toContain(`no device has UUID ${arrayUuid}`);
  });
});

test('the network card is missing, and so are ports of a bond', async () => {
  await arm('no-card');
  const { text } = await status('would-not-dump');
  expect(text).toContain('no network interface has the address 52:54:00:aa:00:03');
  await system.mustRun(
    'ip link set bond0 up && for card in eth0 eth1; do ip link set $card down; echo +$card >/sys/class/net/bond0/bonding/slaves; done',
  );
  // All ports show the first one's address.
  expect(await told('cat /sys/class/net/eth1/address')).toBe(
    await told('cat /sys/class/net/eth0/address'),
  );
  await arm('bond');
  expect((await status('ok')).json.targets).toEqual([
    expect.objectContaining({ answer: 'good', words: '' }),
  ]);
  const unbind = (nic: string) =>
    system.mustRun(
      `basename $(readlink -f /sys/class/net/${nic}/device) >/sys/bus/virtio/drivers/virtio_net/unbind`,
    );
  const [first, second] =
    (await told('cat /sys/class/net/eth0/bonding_slave/perm_hwaddr')) === macs[0]
      ? ['eth0', 'eth1']
      : ['eth1', 'eth0'];
  await unbind(first ?? '');
  expect((await status('ok')).text).toContain(
    `target 1: no network interface has the address ${macs[0]}\na dump would go to target 1\n`,
  );
  await unbind(second ?? '');
  expect(answersOf(await status('would-not-dump'))).toEqual(['interface-missing']);
});

describe('the bundle', () => {
  test('is another by now, or gone', async () => {
    await arm();
    await status('ok');
    await system.mustRun('install-variant newer');
    const { text, json } = await status('outdated');
    expect(text).toContain('the file is gone, or another bundle by now: load it\n');
    expect(json).toMatchObject({ outdated: true, nextRefused: false });
    await system.mustRun('rm /etc/crashseal/bundle');
    await status('outdated');
  });

  test('has ended, and so has a certificate: the next boot would not arm it', async () => {
    await arm('ends');
    const now = Number(await told('date +%s'));
    expect((await status('ok')).text).toMatch(/^the bundle ends on \S+, in 0 days$/m);
    await system.mustRun(`date -s @${now + 3 * 3600}`);
    const ended = await status('next-refused');
    expect(ended.text).toMatch(/^the bundle ended on /m);
    expect(ended.text).toMatch(/^the installed bundle would be refused now: /m);
    expect(ended.json).toMatchObject({ nextRefused: true, wouldDump: true });
    expect(ended.metrics).toContain('crashseal_next_load_refused 1\n');
    await system.mustRun('date -s @4100000000');
    expect((await status('next-refused')).text).toMatch(
      /^a certificate that it is trusted by ended on /m,
    );
    await system.mustRun(`date -s @${now}`);
    await status('ok');
  });

  test('was refused, and only the fallback is armed', async () => {
    await system.mustRun('crashseal-load --unload && head -c 5000 /bundle >/etc/crashseal/bundle');
    await system.run(
      'crashseal-load --fallback /var/lib/crashseal/last-good /etc/crashseal/bundle',
    );
    const { text, json, metrics } = await status('fallback-armed');
    expect(text).toMatch(
      /^armed, but only the fallback: the last load was refused because .*\narmed: profile /,
    );
    expect(json).toMatchObject({ fallback: true, file: '/var/lib/crashseal/last-good' });
    expect(metrics).toContain('crashseal_fallback_armed 1\n');
  });
});

test('the image is of another program', async () => {
  await system.mustRun('crashseal-load --unload && kexec -p /vmlinuz --append=x 2>&1');
  const { text } = await status('foreign-image');
  expect(text).toContain('armed, but not by this program since boot\n');
  await system.mustRun('kexec -p -u');
});

test('the crash region is too small, or missing', async () => {
  await system.mustRun(
    'cp /bundle /etc/crashseal/bundle && echo 41943040 >/sys/kernel/kexec_crash_size',
  );
  const words = 'the crash region has 40 MiB, the installed bundle needs at least ';
  const { text, json } = await status('not-armed');
  expect(text).toContain(words);
  expect(json).toMatchObject({ reserved: 40 << 20 });
  await system.mustRun('echo 0 >/sys/kernel/kexec_crash_size');
  const { text: none } = await status('not-armed');
  expect(none).toContain('not armed: no memory is reserved, boot with crashkernel=\n');
  expect(none).toContain('boot with crashkernel=');
});

test('node_exporter gets a file of it, as a whole', async () => {
  await system.mustRun('crashseal-load --prometheus /tmp/crashseal.prom');
  expect(await told('cat /tmp/crashseal.prom')).toBe(
    await told('crashseal-load --prometheus - || true'),
  );
});
