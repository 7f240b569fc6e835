/** The Debian packages of `make deb`: what is in it, how it is made, what its scripts are. */
import { execFileSync, spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { buildDeb, makeParts, unpacked } from './packages.ts';

const golden = '../golden/package';

let deb: string;
let root: string;
beforeAll(() => {
  makeParts();
  execFileSync('make', ['-s', 'build-tool'], { stdio: ['ignore', 'inherit', 'inherit'] });
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

/** Modes, owners and paths; sizes and times are not what this is about. */
const contents = (path: string): string =>
  execFileSync('dpkg-deb', ['--contents', path], { encoding: 'utf8' })
    .trimEnd()
    .split('\n')
    // Parts of the tool are named after their content.
    .filter((line) => !/crashseal\/crashseal\/\S+-[0-9A-Z]{8}\.mjs$/.test(line))
    .map((line) => `${line.replace(/ +\d+ \S+ \S+ \.\//, ' /')}\n`)
    .join('');

test('that of the loader holds loader, units, udev rule and manual pages, all of root, and nothing else', async () => {
  await expect(contents(deb)).toMatchFileSnapshot(`${golden}/deb-contents.txt`);
});

test.each(['crashseal', 'crashseal-pull'] as const)(
  '%s holds what is its, all of root, and no file of another package',
  async (name) => {
    const other = buildDeb('x86_64', { package: name });
    await expect(contents(other)).toMatchFileSnapshot(`${golden}/deb-contents-${name}.txt`);
    const files = (text: string): readonly string[] => text.match(/^[^d]\S* \S+ .*$/gm) ?? [];
    expect(files(contents(other)).length).toBeGreaterThan(5);
    expect(files(contents(other)).filter((file) => files(contents(deb)).includes(file))).toEqual(
      [],
    );
  },
);

test('another umask, time zone and folder make the same bytes', () => {
  const again = buildDeb('x86_64', { umask: '077', timeZone: 'Asia/Kathmandu' });
  expect(basename(again)).toBe(basename(deb));
  expect(readFileSync(again).equals(readFileSync(deb))).toBe(true);
});

test("has the tool's version and Debian's name of the architecture", () => {
  const { version } = JSON.parse(readFileSync('package.json', 'utf8'));
  expect(control(deb)).toMatchObject({ Version: `${version}-1`, Architecture: 'amd64' });
  const other = buildDeb('s390x');
  expect(control(other)).toMatchObject({ Version: `${version}-1`, Architecture: 's390x' });
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

const scripts = readdirSync('debian').filter((name) => /\.(postinst|prerm|postrm)$/.test(name));
test.each(scripts)('%s is what dash takes, and nothing that shellcheck warns of', (name) => {
  const path = join('debian', name);
  execFileSync('dash', ['-n', path]);
  const checked = spawnSync('shellcheck', [path], { encoding: 'utf8' });
  expect([checked.error, checked.stdout]).toEqual([undefined, '']);
});

test('the scripts of debian/ are those of the packages, byte for byte', () => {
  expect(scripts.length).toBe(6);
  for (const name of ['postinst', 'prerm', 'postrm'])
    expect(readFileSync(join(root, 'DEBIAN', name), 'utf8')).toBe(
      readFileSync(`debian/crashseal-load.${name}`, 'utf8'),
    );
});

test('every module that the tool contains is named in debian/copyright', () => {
  const { inputs } = JSON.parse(readFileSync('out/crashseal.meta.json', 'utf8')) as {
    inputs: Readonly<Record<string, unknown>>;
  };
  const folders = new Set(
    Object.keys(inputs).flatMap(
      (path) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(path)?.[0] ?? [],
    ),
  );
  const named = readFileSync('debian/copyright', 'utf8').match(
    /modules\/node_modules\/\S+(?=\/\*)/g,
  );
  expect(named?.filter((path) => !path.includes('esbuild')).sort()).toEqual(
    [...folders].map((path) => `modules/${path}`).sort(),
  );
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
