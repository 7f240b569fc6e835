/**
 * The Debian source package: made, and built without a network, by the commands of docs/packaging.md; looked at by
 * lintian; and what it gives installed, used, removed and purged in a clean Debian.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { commandsTo, purposes } from '../package/distributor-commands.ts';
import { described, unpacked } from '../package/packages.ts';
import { cleanDebian, isolated, ownTests } from '../support/clean-debian.ts';
import { rootScript } from '../support/servers/debian-server.ts';
import { freshWorkFolder } from '../support/work-folder.ts';

const folder = freshWorkFolder('debian-source-package');
/** Where the commands of the page put it all. */
const built = 'out/debian';

const run = (program: string, words: readonly string[], cwd = '.'): string =>
  execFileSync(program, words, {
    cwd,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
    maxBuffer: 2 ** 26,
  });

const named = (where: string, form: RegExp): readonly string[] =>
  readdirSync(where)
    .filter((name) => form.test(name))
    .sort();

let ran: { readonly exitCode: number; readonly text: string };
beforeAll(() => {
  run('bash', ['-euc', commandsTo('make')]);
  // No network, and no home with a cache: all that it needs is in the source package or installed.
  const build = spawnSync(
    'unshare',
    [
      ...['--net', 'env', 'HOME=/nonexistent', '--unset=CRASHSEAL_CACHE'],
      ...['bash', '-euc', commandsTo('build')],
    ],
    { encoding: 'utf8', maxBuffer: 2 ** 26 },
  );
  ran = { exitCode: build.status ?? -1, text: `${build.stdout}${build.stderr}` };
  // All programs of six architectures are compiled: half an hour on a machine with much else to do.
}, 90 * 60_000);

test('every block of the page for distributors is run', () => {
  expect(purposes).toEqual(['make', 'build', 'test']);
});

test('builds the three packages without a network', () => {
  expect(ran.exitCode, ran.text.slice(-4000)).toBe(0);
  expect(named(built, /\.deb$/).map((name) => name.replace(/_.*_/, '_'))).toEqual([
    'crashseal-load_amd64.deb',
    'crashseal-pull_all.deb',
    'crashseal_all.deb',
  ]);
});

test('lintian has no complaint about source and packages', () => {
  const files = [
    ...named(built, /\.dsc$/).map((name) => join(built, name)),
    ...named(built, /\.changes$/).map((name) => join(built, name)),
  ];
  expect(files.length).toBe(2);
  const checked = spawnSync('lintian', ['--allow-root', '--fail-on', 'error,warning', ...files], {
    encoding: 'utf8',
  });
  expect([checked.error, checked.status, checked.stdout]).toEqual([undefined, 0, '']);
});

test('the same checkout gives the same source package', () => {
  const again = join(folder, 'again');
  run('setup/debian-source.sh', [again]);
  // Upstream's archive, three components, what Debian adds, and the list of them.
  expect(named(again, /./).length).toBe(6);
  for (const name of named(again, /./))
    expect([name, readFileSync(join(again, name)).equals(readFileSync(join(built, name)))]).toEqual(
      [name, true],
    );
});

test('the packages are those of `make deb`, file by file', () => {
  run('make', ['-s', 'deb']);
  for (const name of named(built, /\.deb$/))
    expect(described(unpacked(join(built, name)))).toBe(described(unpacked(join('out/deb', name))));
});

describe('in a clean Debian', () => {
  const files =
    'find / -xdev -not -path "/var/lib/dpkg/*" -not -path "/var/log/*" -not -path "/proc/*" -not -path "/tmp/*" -not -path "/packages/*" | sort';
  const steps = `set -e
${files} >/tmp/before
dpkg --install /packages/*.deb
echo INSTALLED
for name in ${ownTests().join(' ')}; do
	export AUTOPKGTEST_TMP=/tmp/$name
	mkdir /tmp/$name
	"/tests/$name"
done
echo USED
mkdir -p /etc/crashseal
echo mine >/etc/crashseal/pull.conf
dpkg --remove crashseal crashseal-pull crashseal-load
! command -v crashseal crashseal-load crashseal-pull
cat /etc/crashseal/pull.conf
echo REMOVED
dpkg --purge crashseal crashseal-pull crashseal-load
rm -r /etc/crashseal
${files} >/tmp/after
diff /tmp/before /tmp/after
echo NOTHING LEFT`;

  let said: string;
  beforeAll(() => {
    mkdirSync(join(folder, 'files'));
    mkdirSync(join(folder, 'packages'));
    for (const name of named(built, /\.deb$/))
      run('cp', [join(built, name), join(folder, 'packages')]);
    const script = rootScript(cleanDebian(), resolve(folder, 'files'), {
      run: ['true'],
      before: steps,
      folders: { '/packages': resolve(folder, 'packages'), '/tests': resolve('debian/tests') },
    });
    said = isolated(script).text;
  });

  test('they install', () => expect(said).toContain('\nINSTALLED\n'));

  test("the packages' own tests pass without autopkgtest, too", () => {
    expect(said).toContain('\nUSED\n');
  });

  test('removed, they leave what the administrator wrote', () => {
    expect(said).toContain('\nmine\nREMOVED\n');
  });

  test('purged, they leave nothing', () => {
    expect(said).toContain('\nNOTHING LEFT\n');
  });
});
