/** The systemd units: as systemd reads them, and tight, but no tighter than the loader can bear. */
import { execFileSync, spawnSync } from 'node:child_process';
import { copyFileSync, cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { buildDeb, makeParts, unpacked } from './packages.ts';

let root: string;
beforeAll(() => {
  makeParts();
  root = unpacked(buildDeb('x86_64'));
  const pull = buildDeb('x86_64', { package: 'crashseal-pull' });
  execFileSync('dpkg-deb', ['--extract', pull, root]);
  // What the units start must be there.
  mkdirSync(join(root, 'usr/bin'), { recursive: true });
  copyFileSync('/bin/true', join(root, 'usr/bin/systemctl'));
  for (const target of ['sysinit', 'basic', 'shutdown', 'multi-user', 'timers', 'network-online'])
    writeFileSync(
      join(root, `lib/systemd/system/${target}.target`),
      `[Unit]\nDescription=${target}\n`,
    );
});

const units = [
  'crashseal.service',
  'crashseal-rearm.service',
  'crashseal-rearm.timer',
  'crashseal-pull.service',
  'crashseal-pull.timer',
  'crashseal-savecore.service',
  'crashseal-status.service',
  'crashseal-status.timer',
];
const unit = readFileSync('loader/systemd/crashseal.service', 'utf8');
const settings = (key: string): string[] =>
  [...unit.matchAll(new RegExp(`^${key}=(.*)$`, 'gm'))].flatMap(([, value = '']) =>
    value.split(' '),
  );

const analyze = (folder: string, ...words: readonly string[]) =>
  spawnSync('systemd-analyze', [`--root=${folder}`, '--man=no', '--no-pager', ...words], {
    encoding: 'utf8',
  });

const tell = /(no such file|ENOENT)/i;
const available = spawnSync('systemd-analyze', ['--version']).error === undefined;
if (!available) console.warn('systemd-analyze is not installed: skipped');

test.skipIf(!available)('systemd has nothing to say about them', () => {
  const verified = analyze(root, 'verify', ...units);
  expect(verified.stderr + verified.stdout).toBe('');
  expect(verified.status).toBe(0);
});

test.skipIf(!available)(
  'it would, of a key that it does not know and of a program that is missing',
  () => {
    const worse = `${root}-worse`;
    cpSync(root, worse, { recursive: true });
    const path = join(worse, 'lib/systemd/system/crashseal.service');
    writeFileSync(
      path,
      unit.replace('PrivateIPC=', 'PrivateCPI=').replace('/usr/sbin/', '/usr/nbis/'),
    );
    const { stderr } = analyze(worse, 'verify', 'crashseal.service');
    expect(stderr).toContain('PrivateCPI');
    expect(stderr).toMatch(tell);
  },
);

test.skipIf(!available)('the exposure that systemd computes stays below 2.5', ({ annotate }) => {
  const judged = analyze(root, 'security', '--offline=yes', '--threshold=24', 'crashseal.service');
  expect(judged.status, judged.stdout).toBe(0);
  return annotate(judged.stdout.trimEnd().split('\n').at(-1) ?? '');
});

test.skipIf(!available)('every system call of the loader is let through', () => {
  const groups = new Map<string, readonly string[]>();
  const listed = execFileSync('systemd-analyze', ['syscall-filter', '--no-pager'], {
    encoding: 'utf8',
  });
  for (const part of listed.split(/\n(?=@)/)) {
    const [name = '', ...calls] = part.split('\n').map((line) => line.trim());
    groups.set(name, calls);
  }
  const allowed = (name: string): readonly string[] =>
    name.startsWith('@') ? (groups.get(name) ?? []).flatMap(allowed) : [name];
  const passed = new Set(['@default', ...settings('SystemCallFilter')].flatMap(allowed));
  for (const arch of ['x86_64', 's390x']) {
    const header = readFileSync(`loader/arch/${arch}/syscall.h`, 'utf8');
    const calls = [...header.matchAll(/ARCH_NR_(\w+) =/g)].map(([, name = '']) =>
      name.toLowerCase(),
    );
    expect(calls.length).toBeGreaterThan(20);
    expect(calls.filter((call) => !passed.has(call))).toEqual([]);
  }
});

// Since systemd 254 it brings a /sys without the machine's network cards, and every target on a server is missing.
test.each(['crashseal.service', 'crashseal-status.service'])(
  '%s sees the network cards that a dump would go over',
  (name) => {
    const text = readFileSync(join('loader/systemd', name), 'utf8');
    expect(text).not.toMatch(/^(PrivateNetwork|NetworkNamespacePath|JoinsNamespaceOf)=/m);
    expect(text).toMatch(/^RestrictAddressFamilies=none$/m);
  },
);

test('it is started before anything may forbid loading', () => {
  expect(settings('Before')).toEqual(
    expect.arrayContaining(['systemd-sysctl.service', 'sysinit.target']),
  );
});

test('a machine without crashkernel= or without a bundle fails it: nothing but a capture kernel or a container skips it', () => {
  const conditions = [...unit.matchAll(/^((?:Condition|Assert)\w+)=(.*)$/gm)];
  expect(conditions.map(([line]) => line)).toEqual([
    'ConditionPathExists=!/proc/vmcore',
    'ConditionVirtualization=!container',
  ]);
  expect(settings('ExecStart')).toContain('/var/lib/crashseal/last-good');
  // The loader's own failures are the unit's: none is excused.
  expect(unit).not.toMatch(/^ExecStart=-|^SuccessExitStatus/m);
});

test('no stop, restart or shutdown disarms', () => {
  expect(unit).not.toMatch(/^ExecStop|--unload|^Conflicts=.*shutdown/m);
});

/** At boot dumpconf runs long after the unit: without this, a policy with `from: dump` stays refused. */
test.skipIf(!available)('dumpconf has the bundle loaded again, on s390x', () => {
  const folder = unpacked(buildDeb('s390x'));
  const units = join(folder, 'lib/systemd/system');
  const dropIn = 'dumpconf.service.d/crashseal.conf';
  expect(existsSync(join(root, 'lib/systemd/system', dropIn))).toBe(false);
  mkdirSync(join(folder, 'usr/bin'), { recursive: true });
  copyFileSync('/bin/true', join(folder, 'usr/bin/systemctl'));
  copyFileSync('/bin/true', join(folder, 'usr/sbin/dumpconf'));
  copyFileSync('/bin/true', join(folder, 'usr/sbin/crashseal-load'));
  // As s390-tools has it, in what matters; the test's root has no sysinit.target.
  writeFileSync(
    join(units, 'dumpconf.service'),
    '[Unit]\nDefaultDependencies=no\n[Service]\nType=oneshot\nRemainAfterExit=yes\nExecStart=/usr/sbin/dumpconf start\n',
  );
  const verified = () => analyze(folder, 'verify', 'dumpconf.service').stderr;
  expect(verified()).toBe('');
  const text = readFileSync(join(units, dropIn), 'utf8');
  const command = /^ExecStartPost=-(\S+) --no-block start (\S+)$/m.exec(text);
  expect(command?.[2]).toBe('crashseal-rearm.timer');
  expect(existsSync(join(units, command?.[2] ?? ''))).toBe(true);
  // It is after the unit, and systemd reads it: a key that it does not know is told.
  expect(text).toMatch(/^After=crashseal.service$/m);
  writeFileSync(join(units, dropIn), text.replace('After=', 'Afterwards='));
  expect(verified()).toContain('Afterwards');
});

const firmwareFolders = [
  ...['dump', 'reipl'].flatMap((of) =>
    ['', '/ccw', '/eckd', '/fcp', '/nvme'].map((type) => `sys/firmware/${of}${type}`),
  ),
  'sys/firmware/vmcmd',
];

/** dumpconf with DELAY_MINUTES, chreipl and administrators write later than any unit starts. */
test.skipIf(!available)('who writes to /sys/firmware has the bundle loaded again, on s390x', () => {
  const folder = unpacked(buildDeb('s390x'));
  const units = join(folder, 'lib/systemd/system');
  const name = 'crashseal-firmware.path';
  expect(existsSync(join(root, 'lib/systemd/system', name))).toBe(false);
  mkdirSync(join(folder, 'usr/bin'), { recursive: true });
  copyFileSync('/bin/true', join(folder, 'usr/bin/systemctl'));
  copyFileSync('/bin/true', join(folder, 'usr/sbin/crashseal-load'));
  const verified = () => analyze(folder, 'verify', name, 'crashseal.service').stderr;
  expect(verified()).toBe('');
  const text = readFileSync(join(units, name), 'utf8');
  expect(text).toMatch(/^Unit=crashseal-rearm.timer$/m);
  const wants = readFileSync(join(units, 'crashseal.service.d/firmware.conf'), 'utf8');
  expect(wants).toMatch(new RegExp(`^Wants=${name}$`, 'm'));
  // Every folder that a bundle may be filled from, and nothing else.
  const watched = [...text.matchAll(/^PathChanged=(.*)$/gm)].map(([, path = '']) => path);
  expect(watched.sort()).toEqual(firmwareFolders.map((path) => `/${path}`).sort());
  writeFileSync(join(units, name), text.replace('PathChanged=', 'PathChang='));
  expect(verified()).toContain('PathChang');
});
