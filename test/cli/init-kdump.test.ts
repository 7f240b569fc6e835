/** kdump's own configuration becomes a sound profile, whatever is in it, and lists what has no counterpart. */
import { expect, test } from 'vitest';
import { memoryHost } from '../../pipeline/host/memory-host.ts';
import { parseProfileText } from '../fixtures/profile-text.ts';
import { runCli } from './memory-world.ts';

const redHat = `raw /dev/vg/lv_kdump
path /crash
core_collector makedumpfile -l --message-level 7 -d 31
failure_action shell
final_action reboot
extra_modules nvme
`;
const debian = `USE_KDUMP=1
KDUMP_COREDIR="/var/crash"
MAKEDUMP_ARGS="-c -d 31"
KDUMP_CMDLINE_APPEND="reset_devices systemd.unit=kdump-tools-dump.service nr_cpus=1 irqpoll usbcore.nousb noresume"
`;
const sysconfig = `KDUMP_COMMANDLINE=""
KDUMP_COMMANDLINE_REMOVE="hugepages hugepagesz slub_debug quiet log_buf_len swiotlb"
KDUMP_COMMANDLINE_APPEND="irqpoll nr_cpus=1 reset_devices cgroup_disable=memory mce=off numa=off udev.children-max=2 panic=10"
KEXEC_ARGS="-s"
KDUMP_IMG="vmlinuz"
`;
const suse = `KDUMP_KERNELVER=""
KDUMP_CPUS=""
KDUMP_SAVEDIR="nfs://nas.example.org/dumps file:///var/crash"
KDUMP_KEEP_OLD_DUMPS="5"
KDUMP_FREE_DISK_SIZE="64"
KDUMP_DUMPLEVEL="31"
KDUMP_DUMPFORMAT="compressed"
KDUMP_IMMEDIATE_REBOOT="yes"
KDUMP_SMTP_PASSWORD="hunter2"
`;
const every = `ext4 UUID=03138356-5e61-4ab3-b58e-27507ac41937
path /
core_collector scp
kdump_post /var/crash/scripts/kdump-post.sh
extra_bins /usr/bin/lftp
dracut_args --omit-drivers "cfg80211 snd" --add-drivers "ext2 ext3"
fence_kdump_args -p 7410 -f auto -c 0 -i 10
auto_reset_crashkernel yes
ssh user@my.server.com
sshkey /root/.ssh/kdump_id_rsa
`;

/** Files of another machine: nothing of this one is known. */
const profileFrom = async (...texts: readonly string[]) => {
  const files = Object.fromEntries(texts.map((text, index) => [`/w/${index}`, text]));
  const from = texts.flatMap((_, index) => ['--from', `${index}`]);
  const host = memoryHost(files, { cwd: '/w' });
  const { status, out, talk } = await runCli(
    ['init', '--class', 'server', '--stdout', ...from],
    host,
  );
  expect([status, talk]).toEqual([0, '']);
  const profile = parseProfileText('profile.yaml', out);
  return { out, profile: profile.ok ? profile.value : profile.problems };
};

test.each([
  ['kdump.conf of Red Hat', [redHat]],
  ['kdump-tools of Debian', [debian]],
  ['sysconfig of Red Hat', [sysconfig]],
  ['both of Red Hat', [redHat, sysconfig]],
  ['sysconfig of SUSE', [suse]],
  ['one with all kinds of settings', [every]],
  ['an empty file', ['']],
])('%s becomes a sound profile', async (name, texts) => {
  const { out, profile } = await profileFrom(...texts);
  expect(profile).toMatchObject({ name: 'server' });
  expect(out).not.toContain('hunter2');
  await expect(out).toMatchFileSnapshot(
    `../golden/cli/init-from-${name.toLowerCase().replaceAll(/\W+/g, '-')}.yaml`,
  );
});

test('what kdump did, the capture kernel does', async () => {
  expect((await profileFrom(redHat, sysconfig)).profile).toMatchObject({
    targets: [{ kind: 'raw', device: { value: 'vg-lv_kdump' }, stack: ['lvm'] }],
    dump: { level: 31, compression: 'lzo' },
    finalAction: 'reboot',
    failureAction: 'shell',
    commandLine: { append: expect.arrayContaining(['mce=off', 'udev.children-max=2']) },
  });
});

test('on the machine itself its own file system is found', async () => {
  const host = memoryHost({
    '/etc/default/kdump-tools': debian,
    '/proc/cpuinfo': 'flags\t\t: fpu sse\n',
    '/proc/self/mounts': '/dev/mapper/vg-root / ext4 rw 0 0\n/dev/sda2 /var xfs rw 0 0\n',
    '/dev/disk/by-uuid/03138356-5e61-4ab3-b58e-27507ac41937': { link: '../../sda2' },
    '/dev/disk/by-uuid/6f2a1c9e-7d51-4f0a-9b43-1d0c2e8f7a55': { link: '../../dm-0' },
    '/dev/mapper/vg-root': { link: '../dm-0' },
  });
  const asked = ['init', '--stdout', '--from', '/etc/default/kdump-tools'];
  const { out } = await runCli(asked, host);
  expect(parseProfileText('profile.yaml', out)).toMatchObject({
    value: {
      targets: [
        {
          kind: 'filesystem',
          device: { value: '03138356-5e61-4ab3-b58e-27507ac41937' },
          directory: '/crash',
        },
      ],
    },
  });
});

const hostKey = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGZuzoynuNhlrNNsqOoh4xpvBhVqoJ8PVvjHTZu3lqPY';

test('on the machine itself the key of the SSH server is the one that root knows', async () => {
  const host = memoryHost({
    '/etc/kdump.conf': 'ssh kdump@dumps.example.org\nsshkey /root/.ssh/kdump_id_rsa\n',
    '/proc/cpuinfo': 'flags\t\t: fpu sse\n',
    '/root/.ssh/known_hosts': `other.example.org ${hostKey.replace('AAIG', 'AAIH')}\ndumps.example.org ${hostKey}\n`,
  });
  const { out } = await runCli(['init', '--stdout', '--from', '/etc/kdump.conf'], host);
  expect(parseProfileText('profile.yaml', out)).toMatchObject({
    value: { targets: [{ kind: 'ssh', host: 'dumps.example.org', user: 'kdump', hostKey }] },
  });
  expect(out).toContain('kdump used /root/.ssh/kdump_id_rsa');
  expect(out).not.toContain('STILL MISSING');
});

test('the key of an SSH server that is not known here is named as missing, with what to write', async () => {
  const { out } = await profileFrom('ssh kdump@dumps.example.org\n');
  expect(out).toContain('# STILL MISSING: hostKey, the public key of dumps.example.org.');
  const target = /^# (target: .*)$/m.exec(out)?.[1]?.replace('ssh-ed25519 …', hostKey);
  const finished = out.replace(/^target:\n(?: {2}.*\n)+/m, `${target}\n`);
  expect(parseProfileText('profile.yaml', finished)).toMatchObject({
    value: { targets: [{ kind: 'ssh', host: 'dumps.example.org', user: 'kdump', hostKey }] },
  });
});

test('a machine may read the list of what is left', async () => {
  const host = memoryHost({ '/w/kdump.conf': every }, { cwd: '/w' });
  const { out } = await runCli(
    ['init', '--class', 'server', '--stdout', '--json', '--from', 'kdump.conf'],
    host,
  );
  const { left, withoutHostKey } = JSON.parse(out);
  expect(left.map(({ text }: { readonly text: string }) => text.split(' ')[0])).toEqual([
    'kdump_post',
    'extra_bins',
    'dracut_args',
    'fence_kdump_args',
    'auto_reset_crashkernel',
  ]);
  expect(withoutHostKey).toEqual([{ kind: 'ssh', host: 'my.server.com', user: 'user' }]);
});

test('a file that is not there is a problem', async () => {
  const { status, talk } = await runCli(['init', '--stdout', '--from', '/etc/kdump.conf']);
  expect(status).toBe(1);
  expect(talk).toContain('/etc/kdump.conf');
});
