/** Whose devices stand in a starter profile: those of the machine that it is for, or nobody's. */
import { describe, expect, test } from 'vitest';
import { memoryHost } from '../../pipeline/host/memory-host.ts';
import { parseProfileText } from '../fixtures/profile-text.ts';
import { runCli } from './memory-world.ts';

const dumpconf = 'ON_PANIC=dump\nDUMP_TYPE=ccw\nDEVICE=0.0.4711\n';

/** An x86 server with a disk that is labelled for dumps, and a file of a Z machine. */
const server = {
  '/proc/cpuinfo': 'flags\t\t: fpu sse\n',
  '/proc/sys/kernel/osrelease': '6.1.0-56-amd64\n',
  '/boot/vmlinuz-6.1.0-56-amd64': 'MZ',
  '/proc/meminfo': 'MemTotal:       1583370240 kB\n',
  '/sys/devices/system/cpu/possible': '0-5119\n',
  '/sys/class/dmi/id/product_name': 'Box\n',
  '/sys/class/block/sda1/size': '900215216\n',
  '/sys/class/block/sda1/uevent': 'PARTNAME=crashdump of the server\n',
  '/w/dumpconf': dumpconf,
  '/etc/sysconfig/dumpconf': dumpconf,
};

const dasd = (name: string, busId: string, parts: readonly string[]) => {
  const at = `/sys/devices/css0/0.0.0001/${busId}/block/${name}`;
  const files: [string, string | { readonly link: string }][] = [
    [`${at}/size`, '14424480\n'],
    [`${at}/uevent`, `DEVNAME=${name}\n`],
    [`/sys/class/block/${name}`, { link: at }],
  ];
  for (const part of parts)
    files.push(
      [`${at}/${part}/size`, '14424288\n'],
      // No kernel says this of a DASD; if one did, no name could be found by it.
      [`${at}/${part}/uevent`, `DEVNAME=${part}\nPARTNAME=crash\n`],
      [`/sys/class/block/${part}`, { link: `${at}/${part}` }],
    );
  return Object.fromEntries(files);
};

const z = {
  '/proc/cpuinfo': 'vendor_id       : IBM/S390\n',
  '/proc/meminfo': 'MemTotal:       8388608 kB\n',
  '/sys/devices/system/cpu/possible': '0-3\n',
  '/proc/self/mounts': '/dev/dasda1 / ext4 rw 0 0\n',
  '/etc/sysconfig/dumpconf': dumpconf,
  '/w/dumpconf': dumpconf,
  ...dasd('dasda', '0.0.0150', ['dasda1']),
  ...dasd('dasdb', '0.0.0201', ['dasdb1']),
};

async function written(
  files: Parameters<typeof memoryHost>[0],
  ...words: readonly string[]
): Promise<string> {
  const { status, out, talk } = await runCli(
    ['init', '--stdout', ...words],
    memoryHost(files, { cwd: '/w' }),
  );
  expect(talk).toBe('');
  expect(status).toBe(0);
  const profile = parseProfileText('profile.yaml', out);
  expect(profile.ok ? [] : profile.problems).toEqual([]);
  return out;
}

/** Of the machine that crashseal runs on. */
const ownWords = /This machine|Devices of this machine|installed here|\bsda1|6\.1\.0-56|Box|5120/;

describe('the machine that runs crashseal is described', () => {
  test('in a profile for it', async () => {
    expect(await written(server)).toMatch(ownWords);
    expect(await written(z)).toMatch(/This machine has 8 GiB/);
    expect(await written(z, '--dumpconf', '/etc/sysconfig/dumpconf')).toMatch(/dasdb1/);
    expect(await written(z, '--dumpconf', '../etc/sysconfig/dumpconf')).toMatch(/dasdb1/);
  });

  test.each([
    ["of another architecture's class", server, ['--class', 's390x']],
    ["taken over from another architecture's machine", server, ['--dumpconf', 'dumpconf']],
    ['the same, where that lies', server, ['--dumpconf', '/etc/sysconfig/dumpconf']],
    ['taken over from another Z machine', z, ['--dumpconf', 'dumpconf']],
    ['of another architecture, on a Z machine', z, ['--class', 'server']],
  ])('not in a profile %s', async (_, files, words) => {
    const text = await written(files, ...words);
    expect(text).not.toMatch(ownWords);
    expect(text).not.toMatch(/dasdb|0\.0\.0150/);
    expect(text).toContain('It is for another machine than the one it was written on');
  });
});

describe('a DASD', () => {
  test('is proposed by its bus id, never by a partition label', async () => {
    const text = await written(z);
    expect(text).toContain('#   /dev/dasdb1 on 0.0.0201, 6 GiB');
    expect(text).toContain('#   /dev/dasda1 on 0.0.0150, 6 GiB, IN USE: mounted at /');
    expect(parseProfileText('profile.yaml', text)).toMatchObject({
      value: {
        targets: [{ device: { by: 'path', value: '/dev/dasda1' }, online: ['0.0.0201'] }],
      },
    });
    expect(text).not.toMatch(/^\s*device: PARTLABEL/m);
    expect(text).not.toMatch(/PARTLABEL=crash\b/);
  });

  test('is what a Z machine has that nothing is known of', async () => {
    const text = await written(server, '--class', 's390x');
    expect(text).toMatch(/^ {2}device: \/dev\/dasda1\n {2}online: \[0\.0\.0201\]$/m);
  });

  test('stands behind a disk that is labelled for dumps', async () => {
    const scsi = { '/sys/class/block/sda1/size': '900215216\n' };
    const labelled = { ...scsi, '/sys/class/block/sda1/uevent': 'PARTNAME=crashdump\n' };
    expect(await written({ ...z, ...labelled })).toMatch(/^ {2}device: PARTLABEL=crashdump$/m);
    const { '/proc/cpuinfo': cpuinfo } = z;
    expect(await written({ '/proc/cpuinfo': cpuinfo, ...scsi })).toMatch(
      /^ {2}device: PARTLABEL=crashdump$/m,
    );
  });
});
