/** kdump's configuration as it is in the field: what comes over, and what is said of the rest. */
import { describe, expect, test } from 'vitest';
import { importKdump, type MountedAt } from '../../pipeline/profile/kdump-import.ts';

const nowhere = (): undefined => undefined;
const imported = (text: string, mounted: (path: string) => MountedAt | undefined = nowhere) =>
  importKdump([{ path: 'file', text }], { mounted, hostKey: nowhere });
const reasons = (text: string) => imported(text).left.map(({ text: line }) => line);

describe('a target of kdump.conf', () => {
  test.each<[string, unknown]>([
    ['raw /dev/sdb1', { kind: 'raw', device: '/dev/sdb1' }],
    ['raw /dev/vg/lv_kdump', { kind: 'raw', device: '/dev/vg/lv_kdump', stack: ['lvm'] }],
    [
      'raw /dev/disk/by-partuuid/6f2a1c9e-7d51-4f0a-9b43-1d0c2e8f7a55',
      { kind: 'raw', device: '/dev/disk/by-partuuid/6f2a1c9e-7d51-4f0a-9b43-1d0c2e8f7a55' },
    ],
    [
      'ext4 LABEL=/boot\npath /crash',
      { kind: 'filesystem', device: 'LABEL=/boot', type: 'ext4', directory: '/crash' },
    ],
    [
      'path crash\next3 /dev/mapper/vg-lv # old',
      {
        kind: 'filesystem',
        device: '/dev/mapper/vg-lv',
        stack: ['lvm'],
        type: 'ext4',
        directory: '/crash',
      },
    ],
    [
      'xfs UUID="03138356-5e61-4ab3-b58e-27507ac41937"',
      {
        kind: 'filesystem',
        device: 'UUID=03138356-5e61-4ab3-b58e-27507ac41937',
        type: 'xfs',
        directory: '/var/crash',
      },
    ],
    [
      'nfs my.server.com:/export/tmp',
      { kind: 'nfs', server: 'my.server.com', export: '/export/tmp', directory: '/var/crash' },
    ],
    [
      'nfs [2001:db8::1:2:3:4]:/export/tmp',
      { kind: 'nfs', server: '2001:db8::1:2:3:4', export: '/export/tmp', directory: '/var/crash' },
    ],
  ])('%s', (text, target) => {
    const { targets, left } = imported(text);
    expect(targets).toEqual([target]);
    expect(left).toEqual([]);
  });

  test('without one is where the path is on the machine', () => {
    const at = (directory: string) => ({ device: 'UUID=1', stack: ['lvm'], directory });
    expect(imported('path /crash\n', at).targets).toEqual([
      { kind: 'filesystem', device: 'UUID=1', stack: ['lvm'], directory: '/crash' },
    ]);
    const elsewhere = imported('path /crash\n');
    expect(elsewhere.targets).toEqual([]);
    expect(elsewhere.left[0]?.because).toContain('findmnt -no UUID,TARGET -T /crash');
  });

  test('with dump_to_rootfs is tried before the machine itself', () => {
    const at = (directory: string) => ({ device: 'UUID=1', stack: [], directory });
    expect(
      imported('nfs a:/b\nfailure_action dump_to_rootfs\n', at).targets.map(({ kind }) => kind),
    ).toEqual(['nfs', 'filesystem']);
  });

  test('by SSH has the key of the server where the machine knows it', () => {
    const text = 'ssh user@my.server.com\nsshkey /root/.ssh/kdump_id_rsa\n';
    const server = { kind: 'ssh', host: 'my.server.com', user: 'user' };
    expect(imported(text)).toMatchObject({
      targets: [],
      withoutHostKey: [server],
      identity: '/root/.ssh/kdump_id_rsa',
      left: [],
    });
    const hostKey = (host: string) => (host === 'my.server.com' ? 'its key' : undefined);
    expect(importKdump([{ path: 'file', text }], { mounted: nowhere, hostKey })).toMatchObject({
      targets: [{ ...server, hostKey: 'its key' }],
      withoutHostKey: [],
    });
    expect(imported('ssh us$er@my.server.com\n')).toMatchObject({
      withoutHostKey: [],
      left: [{ text: 'ssh us$er@my.server.com' }],
    });
    expect(imported('SSH="u@192.0.2.7"\nSSH_KEY=/root/key\n')).toMatchObject({
      withoutHostKey: [{ host: '192.0.2.7', user: 'u' }],
      identity: '/root/key',
    });
  });
});

describe('options of makedumpfile', () => {
  test.each<[string, unknown]>([
    ['core_collector makedumpfile -l --message-level 7 -d 31', { compression: 'lzo', level: 31 }],
    [
      'core_collector makedumpfile -c --message-level=1 -d17 -F',
      { compression: 'zlib', level: 17 },
    ],
    ['core_collector /sbin/makedumpfile -z -d 31,16 -F', { compression: 'zstd', level: 31 }],
    ['core_collector scp', { format: 'elf' }],
    ['MAKEDUMP_ARGS="-c -d 31"', { compression: 'zlib', level: 31 }],
    ['KDUMP_DUMPLEVEL="24"\nKDUMP_DUMPFORMAT="lzo"', { level: 24, compression: 'lzo' }],
    ['KDUMP_DUMPFORMAT="ELF"', { format: 'elf' }],
  ])('%s', (text, dump) => {
    expect(imported(text).dump).toEqual(dump);
  });

  test('that a profile has not are named', () => {
    expect(imported('core_collector makedumpfile -l -d 31 --split').left).toContainEqual({
      text: 'core_collector makedumpfile -l -d 31 --split',
      because: 'of this `dump` has no --split',
    });
    expect(reasons('core_collector makedumpfile -d 99')).toContain(
      'core_collector makedumpfile -d 99',
    );
  });
});

describe('actions, drivers and words', () => {
  test('come over by their names', () => {
    const conf = 'final_action poweroff\nfailure_action shell\nextra_modules nvme megaraid_sas\n';
    expect(imported(conf)).toMatchObject({
      finalAction: 'poweroff',
      failureAction: 'shell',
      drivers: ['nvme', 'megaraid_sas'],
    });
    expect(imported('default halt')).toMatchObject({ failureAction: 'halt' });
  });

  test('words for another initramfs do not', () => {
    const { append, left } = imported(
      'KDUMP_CMDLINE_APPEND="reset_devices systemd.unit=kdump-tools-dump.service nr_cpus=1 irqpoll"',
    );
    expect(append).toEqual(['reset_devices', 'nr_cpus=1', 'irqpoll']);
    expect(left[0]?.because).toContain('systemd.unit=kdump-tools-dump.service');
  });

  test('a word that is removed goes with any value', () => {
    expect(imported('KDUMP_COMMANDLINE_REMOVE="quiet hugepages="').remove).toEqual([
      'quiet',
      'quiet=',
      'hugepages=',
    ]);
  });
});

describe("Debian's and SUSE's files", () => {
  test('name a directory, servers and how much is kept', () => {
    const debian =
      'USE_KDUMP=1\nKDUMP_COREDIR="/srv/crash"\nNFS="nas:/dumps"\nKDUMP_NUM_DUMPS=5\nHOSTTAG="ip"\n';
    expect(imported(debian).targets).toEqual([
      { kind: 'nfs', server: 'nas', export: '/dumps', directory: '/', keep: 5 },
    ]);
    expect(reasons(debian)).toEqual(['HOSTTAG="ip"']);
    const suse =
      'KDUMP_SAVEDIR="nfs://nas/dumps file:///var/crash"\nKDUMP_FREE_DISK_SIZE="64"\nKDUMP_IMMEDIATE_REBOOT="no"\n';
    const at = (directory: string) => ({ device: 'UUID=1', stack: [], directory });
    expect(imported(suse, at)).toMatchObject({
      targets: [
        { kind: 'nfs', server: 'nas', export: '/dumps', directory: '/', keepFree: '64M' },
        { kind: 'filesystem', device: 'UUID=1', directory: '/var/crash', keepFree: '64M' },
      ],
      finalAction: 'shell',
    });
  });

  test('may be for a shell alone, or switched off', () => {
    expect(reasons('USE_KDUMP=0\nMAKEDUMP_ARGS="$LEVEL"\n')).toEqual([
      'MAKEDUMP_ARGS="$LEVEL"',
      'USE_KDUMP=0',
      '/var/crash',
    ]);
  });
});

test('no password gets into the list', () => {
  const text =
    'KDUMP_SAVEDIR="ftp://me:hunter2@host/dir"\nKDUMP_SMTP_PASSWORD="hunter3"\nFTP_PASSWORD=hunter4\n';
  const { left } = imported(text);
  expect(left).toHaveLength(3);
  expect(JSON.stringify(left)).not.toContain('hunter');
});

test('nothing in a file is an error, whatever it is', () => {
  for (const text of ['', '\0\x1b[2J', 'raw', 'nfs nowhere', 'path', '=', 'A=`reboot`', '\\\n\\'])
    expect(() => imported(text)).not.toThrow();
  expect(imported('fence_nodes \x1b[2J').left[0]?.text).toBe('fence_nodes ?[2J');
});
