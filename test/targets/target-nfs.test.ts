/** An NFS target's part of init: how it mounts, and the reasons for which it does not. */
import { describe, expect, test } from 'vitest';
import { inFolder, shell } from '../components/init/shell.ts';

/** What becomes of an attempt; the commands that it runs are told. */
const open = (
  settings: Readonly<Record<string, string>> = {},
  changes = '',
  body = '(nfs_open) && echo open',
): string =>
  shell(
    `network_up() { network_address=192.0.2.7; }
resolve() { echo 192.0.2.9; }
reach() { echo "reach $*"; }
own_address_to() { echo 192.0.2.7; }
modprobe() { echo "modprobe $*"; }
timeout() { shift 3; echo "$*" >&2; }
open_files() { echo "files in $1, $2"; }
${changes}
${body}`,
    {
      run: inFolder('run'),
      target_number: '1',
      target_server: 'nfs.example.org',
      target_export: '/srv/crash',
      target_version: '4.1',
      target_port: '',
      target_mount_port: '',
      target_options: '',
      ...settings,
    },
  ).replaceAll(inFolder('run'), '/run');

test('the server is reached, the export mounted by address, and the dump goes below it', () => {
  expect(open()).toBe(
    `reach 192.0.2.9 2049
modprobe -q nfsv4
files in /run/nfs.1, nfs.example.org:/srv/crash
open`,
  );
  const said = open(
    {},
    'timeout() { shift 3; echo "$*" >/dev/tty1 2>/dev/null; echo "$*"; return 1; }',
  );
  expect(said).toContain(
    'mount -t nfs4 -o hard,timeo=50,retrans=2,proto=tcp,addr=192.0.2.9,vers=4.1,clientaddr=192.0.2.7 192.0.2.9:/srv/crash /run/nfs.1',
  );
});

/** The words of the mount. */
const mounted = (settings: Readonly<Record<string, string>>, changes = ''): string =>
  open(settings, `timeout() { shift 3; echo "$*"; return 1; }\n${changes}`);

test('with version 3 the mount service is asked too, by its port where that is known', () => {
  const plain = mounted({ target_version: '3' });
  expect(plain).toContain('reach 192.0.2.9 111\nmodprobe -q nfsv3');
  expect(plain).toContain(
    'mount -t nfs -o hard,timeo=50,retrans=2,proto=tcp,addr=192.0.2.9,vers=3,nolock,mountproto=tcp,mountaddr=192.0.2.9 192.0.2.9:/srv/crash',
  );
  const ports = { target_version: '3', target_port: '2050', target_mount_port: '20048' };
  expect(mounted(ports)).toContain(
    'mountaddr=192.0.2.9,mountport=20048,port=2050 192.0.2.9:/srv/crash',
  );
});

test('over IPv6 the address is in brackets', () => {
  const said = mounted(
    { target_options: 'wsize=65536' },
    'resolve() { echo 2001:db8::9; }\nown_address_to() { echo 2001:db8::7; }',
  );
  expect(said).toContain(
    'proto=tcp6,addr=2001:db8::9,vers=4.1,clientaddr=2001:db8::7,wsize=65536 [2001:db8::9]:/srv/crash',
  );
});

test('a mount that fails is told with its reason', () => {
  expect(
    open(
      {},
      'timeout() { echo "mount: mounting 192.0.2.9:/srv/crash on /run/nfs.1 failed: Permission denied"; return 255; }',
    ),
  ).toContain('nfs.example.org:/srv/crash cannot be mounted with NFS 4.1: Permission denied');
  expect(open({}, 'timeout() { return 143; }')).toContain(
    'cannot be mounted with NFS 4.1: the server does not answer within 60 s',
  );
});

describe('the end of a mount', () => {
  const close = (umount: string): string =>
    open(
      {},
      `grep() { [ ! -e "$run/gone" ]; }
timeout() { shift 3; umount -f; }
umount() { ${umount}; }
sleep() { :; }
mkdir -p "$run"`,
      'nfs_close; echo "status $?"',
    );

  test('is tried again while somebody waits for the server', () => {
    expect(
      close(
        'echo "$*"; [ -e "$run/once" ] && { : >"$run/gone"; return; }; : >"$run/once"; return 1',
      ),
    ).toBe('-f\n-f\nstatus 0');
  });

  test('is left to itself when nothing helps', () => {
    expect(close('echo "$*"; [ "$1" != -f ]').split('\n').slice(-2)).toEqual([
      '-l /run/nfs.1',
      'status 0',
    ]);
  });

  test('is none where nothing is mounted', () => {
    expect(close('echo "$*"').split('\n')).toEqual(['-f', 'status 0']);
    expect(open({}, 'grep() { return 1; }\numount() { echo no; }', 'nfs_close; echo fine')).toBe(
      'fine',
    );
  });
});
