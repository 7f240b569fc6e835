/** The Debian package: what is in it, how it is made, what its scripts are. */
import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { buildDeb, makeParts, unpacked } from './packages.ts';

const golden = '../golden/package';

let deb: string;
let root: string;
beforeAll(() => {
  makeParts();
  deb = buildDeb('x86_64');
  root = unpacked(deb);
});

const control = (path: string): Record<string, string> =>
  Object.fromEntries(
    execFileSync('dpkg-deb', ['--field', path], { encoding: 'utf8' })
      .split('\n')
      .filter((line) => /^\S/.test(line))
      .map((line) => line.split(/: (.*)/s).slice(0, 2)),
  );

test('holds loader, units, udev rule and manual page, all of root, and nothing else', async () => {
  const listed = execFileSync('dpkg-deb', ['--contents', deb], { encoding: 'utf8' });
  // Sizes and times are not what this is about.
  const lines = listed
    .trimEnd()
    .split('\n')
    .map((line) => line.replace(/ +\d+ \S+ \S+ \.\//, ' /'));
  await expect(`${lines.join('\n')}\n`).toMatchFileSnapshot(`${golden}/deb-contents.txt`);
});

test('another umask, time zone and folder make the same bytes', () => {
  const again = buildDeb('x86_64', { umask: '077', timeZone: 'Asia/Kathmandu' });
  expect(basename(again)).toBe(basename(deb));
  expect(readFileSync(again).equals(readFileSync(deb))).toBe(true);
});

test("has the tool's version and Debian's name of the architecture", () => {
  const { version } = JSON.parse(readFileSync('package.json', 'utf8'));
  expect(control(deb)).toMatchObject({ Version: version, Architecture: 'amd64' });
  const other = buildDeb('s390x');
  expect(control(other)).toMatchObject({ Version: version, Architecture: 's390x' });
  const program = readFileSync(join(unpacked(other), 'usr/sbin/crashseal-load'));
  expect(program.equals(readFileSync('out/native/s390x/crashseal-load'))).toBe(true);
});

test('needs no other package', () => {
  const fields = control(deb);
  expect(fields.Depends).toBeUndefined();
  expect(fields['Pre-Depends']).toBeUndefined();
});

test('lists the digest of every file', () => {
  execFileSync('md5sum', ['--check', '--strict', '--quiet', 'DEBIAN/md5sums'], { cwd: root });
  const listed = readFileSync(join(root, 'DEBIAN/md5sums'), 'utf8').trimEnd().split('\n');
  const files = execFileSync('find', ['usr', 'lib', 'etc', '-type', 'f'], {
    cwd: root,
    encoding: 'utf8',
  });
  expect(listed.map((line) => line.slice(34))).toEqual(files.trimEnd().split('\n').sort());
});

test('its scripts are what dash takes, and nothing that shellcheck warns of', () => {
  for (const name of ['postinst', 'prerm', 'postrm']) {
    const path = join(root, 'DEBIAN', name);
    execFileSync('dash', ['-n', path]);
    const checked = spawnSync('shellcheck', [path], { encoding: 'utf8' });
    expect([checked.error, checked.stdout]).toEqual([undefined, '']);
  }
});

test('what its scripts do not know they leave alone', () => {
  // As dpkg calls them in the middle of an upgrade: nothing is disarmed, nothing removed.
  for (const [name, action] of [
    ['prerm', 'upgrade'],
    ['prerm', 'failed-upgrade'],
    ['postrm', 'upgrade'],
    ['postrm', 'abort-install'],
    ['postinst', 'triggered'],
  ]) {
    const ran = spawnSync('/bin/sh', ['-x', join(root, 'DEBIAN', name ?? ''), action ?? ''], {
      encoding: 'utf8',
      env: { PATH: '/nonexistent' },
    });
    expect([name, action, ran.status]).toEqual([name, action, 0]);
  }
});
