/**
 * The tests of the Debian source package as Debian runs them: by autopkgtest, with the command of docs/packaging.md, in a
 * clean Debian that has no network. The packages are those of `make deb`: debian-source-package.test.ts compares them
 * with those that the source package gives, whose build takes long.
 */
import { execFileSync } from 'node:child_process';
import { copyFileSync, cpSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { commandsTo } from '../package/distributor-commands.ts';
import { described, unpacked } from '../package/packages.ts';
import { cleanDebian, isolated, ownTests } from '../support/clean-debian.ts';
import { mountedRoot } from '../support/servers/debian-server.ts';
import { freshWorkFolder } from '../support/work-folder.ts';

const folder = freshWorkFolder('autopkgtest');
/** Where the page's command looks, from where it runs. */
const place = 'out/debian';
const good = join(folder, 'good');

const run = (program: string, words: readonly string[], cwd = '.'): string =>
  execFileSync(program, words, { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] });

let root: string;
beforeAll(() => {
  root = cleanDebian();
  mkdirSync(join(folder, 'files'));
  mkdirSync(join(good, place), { recursive: true });
  run('make', ['-s', 'deb']);
  run('setup/debian-source.sh', [join(good, place)]);
  for (const name of readdirSync('out/deb'))
    if (/_(amd64|all)\.deb$/.test(name))
      copyFileSync(join('out/deb', name), join(good, place, name));
});

/** What autopkgtest's summary says of each test, with the packages there. */
function tested(where: string) {
  const done = isolated(
    `${mountedRoot(root, resolve(folder, 'files'))}\n${commandsTo('test')}`,
    where,
  );
  const summary = done.text.split(/@@@ summary\n/)[1] ?? '';
  const verdicts = [...summary.matchAll(/^(\S+) +(PASS|FAIL|SKIP|FLAKY)\b/gm)];
  return {
    ...done,
    verdicts: Object.fromEntries(verdicts.map(([, name, verdict]) => [name, verdict])),
  };
}

const verdicts = (failing: readonly string[]) =>
  Object.fromEntries(ownTests().map((name) => [name, failing.includes(name) ? 'FAIL' : 'PASS']));

test('all tests of the source package pass', () => {
  const done = tested(good);
  expect(done.verdicts, done.text).toEqual(verdicts([]));
  expect(done.exitCode, done.text).toBe(0);
});

type Spoiled = {
  readonly what: string;
  /** A shell script for each package, in its tree. */
  readonly packages: Readonly<Record<string, string>>;
  readonly failing: readonly string[];
};
test.each<Spoiled>([
  {
    what: 'without the tool, and with a unit of a key that systemd does not know',
    packages: {
      crashseal: 'rm usr/bin/crashseal',
      'crashseal-load': 'sed -i s/^PrivateIPC=/PrivateCPI=/ lib/systemd/system/crashseal.service',
    },
    failing: ['tool', 'bundle', 'units'],
  },
  {
    what: 'with a loader that accepts every file, and a crashseal-pull that never fails',
    packages: {
      'crashseal-load': `cd usr/sbin
mv crashseal-load ../lib/crashseal/real-load
cat >crashseal-load <<'END'
#!/bin/bash
[[ $1 == --check && -e \${!#} ]] || exec /usr/lib/crashseal/real-load "$@"
END
chmod +x crashseal-load`,
      'crashseal-pull': `sed -i 's/^"$what"$/"$what" || true/' usr/sbin/crashseal-pull`,
    },
    failing: ['bundle', 'machine'],
  },
])('tests fail with packages $what', ({ packages, failing }) => {
  const spoiled = join(folder, 'spoiled');
  rmSync(spoiled, { recursive: true, force: true });
  cpSync(good, spoiled, { recursive: true });
  for (const [name, script] of Object.entries(packages)) {
    const [file = ''] = readdirSync(join(good, place)).filter(
      (one) => one.startsWith(`${name}_0`) && one.endsWith('.deb'),
    );
    const tree = unpacked(join(good, place, file));
    const before = described(tree);
    run('bash', ['-euc', script], tree);
    expect(described(tree)).not.toBe(before);
    run('dpkg-deb', ['--root-owner-group', '--build', tree, join(spoiled, place, file)]);
  }
  const done = tested(spoiled);
  expect(done.verdicts, done.text).toEqual(verdicts(failing));
  // By its manual: at least one test failed.
  expect(done.exitCode, done.text).toBe(4);
});
