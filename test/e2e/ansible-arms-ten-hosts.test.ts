/**
 * The role of deploy/ansible, run by Debian's ansible-core over SSH. A host is a Debian root of its own with OpenSSH's
 * server, sudo and dpkg, in a mount and a process namespace. What such a host does not have is a kernel of its own:
 * no memory is reserved and systemd does not run, so that the last step, the loader's call, is not reached here.
 * test/e2e/panic-captures-vmcore.test.ts and others show that step.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Fleet } from '../../pipeline/format/fleet-report.ts';
import { encodeSeal } from '../../pipeline/seal/seal-codec.ts';
import { signDetached } from '../../pipeline/sign/sign.ts';
import { testKeys } from '../fixtures/keys.ts';
import { packSealed } from '../fixtures/pack-sealed.ts';
import { must } from '../fixtures/results.ts';
import { toldPurgatory } from '../fixtures/told-purgatory.ts';
import { memberBytes, sampleSeal } from '../fixtures/x86-64-bundle.ts';
import { buildDeb, makeParts } from '../package/packages.ts';
import { crashseal } from '../support/crashseal.ts';
import { DebianServer, freePort } from '../support/servers/debian-server.ts';
import { runInRoot } from '../support/servers/in-root.ts';
import { freshWorkFolder } from '../support/work-folder.ts';

const folder = freshWorkFolder('ansible');
const good = Array.from({ length: 10 }, (_, index) => `web${index}`);
/** Enough to see what a run does that is not the one on all of them. */
const some = good.slice(0, 2);
const odd = ['half', 'nosudo'];
const servers: DebianServer[] = [];
const ports = new Map<string, number>();

/** What a host is before anybody has come. */
const host = (name: string, port: number, keys: { host: string; login: string }, deb: string) =>
  DebianServer.start(folder, {
    name,
    files: {
      '/etc/ssh/host_key': keys.host,
      '/etc/ssh/logins': keys.login,
      '/etc/ssh/config': `HostKey /etc/ssh/host_key
AuthorizedKeysFile /etc/ssh/logins
PasswordAuthentication no
KbdInteractiveAuthentication no
UsePAM no
MaxStartups 100
`,
      // GRUB's own wants a disk to boot from; this one says that it was asked.
      '/usr/sbin/update-grub': '#!/bin/sh\necho asked >>/var/log/update-grub\n',
      ...(name === 'nosudo' ? {} : { '/etc/sudoers.d/deploy': 'deploy ALL=(ALL) NOPASSWD: ALL\n' }),
    },
    folders: { '/packages': join(deb, '..') },
    before: `useradd --create-home --shell /bin/sh deploy
usermod --password '*' deploy
mkdir -p /run/sshd /etc/default/grub.d
chmod 600 /etc/ssh/host_key
chmod 755 /etc/ssh /usr/sbin /usr/sbin/update-grub
chmod 644 /etc/ssh/logins
[ ! -e /etc/sudoers.d/deploy ] || chmod 440 /etc/sudoers.d/deploy
chmod 750 /etc/sudoers.d
truncate --size 64M /dump.img
${name === 'half' ? `dpkg --unpack /packages/${basename(deb)}; rm /usr/sbin/crashseal-load` : ''}`,
    run: [
      '/usr/sbin/sshd',
      '-D',
      '-e',
      '-f',
      '/etc/ssh/config',
      '-o',
      `ListenAddress=127.0.0.1:${port}`,
    ],
    ready: /Server listening on/,
  });

beforeAll(async () => {
  makeParts();
  const deb = buildDeb('x86_64');
  copyFileSync(deb, join(folder, basename(deb)));
  // Hosts judge by this machine's clock.
  const now = Math.floor(Date.now() / 1000);
  const keys = await testKeys({ now });
  writeFileSync(join(folder, 'trust.pem'), keys.file('root.pem').bytes);
  const told = toldPurgatory(
    { ...sampleSeal, notBefore: undefined, notAfter: undefined },
    memberBytes,
  );
  const seal = encodeSeal(told.seal);
  const bundle = await packSealed(
    seal,
    [must(await signDetached(seal, keys.signer, now))],
    told.members,
  );
  writeFileSync(join(folder, 'web.crashseal'), bundle);
  const broken = Uint8Array.from(bundle);
  broken[bundle.length >> 1] = (broken[bundle.length >> 1] ?? 0) ^ 1;
  writeFileSync(join(folder, 'broken.crashseal'), broken);
  for (const name of ['host', 'login'])
    execFileSync('ssh-keygen', [
      '-q',
      '-t',
      'ed25519',
      '-N',
      '',
      '-C',
      '',
      '-f',
      join(folder, name),
    ]);
  const secret = readFileSync(join(folder, 'host'), 'utf8');
  const [hostKey, login] = ['host.pub', 'login.pub'].map((name) =>
    readFileSync(join(folder, name), 'utf8'),
  );
  for (const name of [...good, ...odd, 'down']) ports.set(name, await freePort());
  const lines = [...ports].map(
    ([name, port]) => `${name} ansible_host=127.0.0.1 ansible_port=${port}`,
  );
  writeFileSync(
    join(folder, 'known_hosts'),
    [...ports.values()].map((port) => `[127.0.0.1]:${port} ${hostKey}`).join(''),
  );
  writeFileSync(
    join(folder, 'hosts'),
    `[crashseal]\n${lines.join('\n')}\n
[crashseal:vars]
ansible_user=deploy
ansible_ssh_private_key_file=/root/login
ansible_ssh_common_args=-o UserKnownHostsFile=/play/known_hosts -o ConnectTimeout=20
ansible_python_interpreter=/usr/bin/python3
crashseal_trust=/play/trust.pem
crashseal_package=/play/${basename(deb)}
crashseal_crashkernel=1G-:256M
crashseal_partition_disk=/dump.img
crashseal_reports=/play/reports
`,
  );
  mkdirSync(join(folder, 'reports'));
  for (const name of [...good, ...odd])
    servers.push(await host(name, ports.get(name) ?? 0, { host: secret, login: login ?? '' }, deb));
}, 600_000);

afterAll(async () => {
  for (const server of servers) await server.stop();
});

type Recap = Readonly<Record<string, Readonly<Record<string, number>>>>;

function play(limit: readonly string[], ...more: readonly string[]) {
  const { exitCode, text } = runInRoot(
    folder,
    [
      'ansible-playbook',
      ...['--inventory', '/play/hosts', '--forks', '10', '--limit', limit.join(',')],
      ...['/deploy/arm.yml', '-e', 'crashseal_bundle=/play/web.crashseal', ...more],
    ],
    { '/play': folder, '/deploy': 'deploy/ansible' },
    // Only the owner of a key may be able to read it.
    `install -m 600 /play/login /root/login
export LC_ALL=C.UTF-8 HOME=/root ANSIBLE_PIPELINING=1 ANSIBLE_NOCOLOR=1 ANSIBLE_DEPRECATION_WARNINGS=0`,
  );
  writeFileSync(join(folder, 'ansible.log'), text, { flag: 'a' });
  const recap: Recap = Object.fromEntries(
    [...text.matchAll(/^(\S+) +: (ok=.*)$/gm)].map(([, name = '', counts = '']) => [
      name,
      Object.fromEntries(
        counts
          .trim()
          .split(/ +/)
          .map((one) => one.split('='))
          .map(([key, value]) => [key, Number(value)]),
      ),
    ]),
  );
  return { exitCode, text, recap };
}

/** What a host says when an ordinary user asks over SSH. */
const on = (name: string, command: string): string =>
  spawnSync(
    'ssh',
    [
      ...['-i', join(folder, 'login'), '-o', `UserKnownHostsFile=${folder}/known_hosts`],
      ...['-p', `${ports.get(name)}`, 'deploy@127.0.0.1', command],
    ],
    { encoding: 'utf8' },
  ).stdout.trim();

const each = <T>(names: readonly string[], value: T) =>
  Object.fromEntries(names.map((name) => [name, value]));
const of = (recap: Recap, key: string) =>
  Object.fromEntries(Object.entries(recap).map(([name, counts]) => [name, counts[key]]));

const digest = 'sha256sum </etc/crashseal/bundle';

describe('ansible-arms-ten-hosts', () => {
  test('check mode says what would change, and changes nothing', () => {
    const { exitCode, recap, text } = play(some, '--check', '--diff');
    expect([exitCode, of(recap, 'failed')], text).toEqual([0, each(some, 0)]);
    for (const name of some) expect(recap[name]?.changed).toBeGreaterThan(3);
    expect(on('web0', 'ls /etc/crashseal /usr/sbin/crashseal-load /etc/default/grub.d/*')).toBe('');
    expect(readdirSync(join(folder, 'reports'))).toEqual([]);
  }, 900_000);

  test('ten hosts get everything, one that was half-configured too; those that cannot be are told, and hold up nobody', () => {
    const { exitCode, recap, text } = play([...good, ...odd, 'down']);
    expect(exitCode, text).toBe(4);
    expect(of(recap, 'failed'), text).toEqual({ ...each([...good, 'half', 'down'], 0), nosudo: 1 });
    expect(of(recap, 'unreachable')).toEqual({ ...each([...good, ...odd], 0), down: 1 });
    expect(text).toContain('Missing sudo password');
    for (const name of ['web0', 'web9', 'half']) {
      expect(on(name, `dpkg-query -Wf '\${Status}' crashseal-load`)).toBe('install ok installed');
      expect(on(name, digest)).toContain(
        execFileSync('sha256sum', [join(folder, 'web.crashseal')], { encoding: 'utf8' }).split(
          ' ',
        )[0],
      );
      expect(on(name, '/usr/sbin/sfdisk --dump /dump.img')).toContain('name="crashdump"');
      expect(on(name, '. /etc/default/grub.d/crashseal.cfg; echo $GRUB_CMDLINE_LINUX')).toBe(
        'crashkernel=1G-:256M',
      );
      expect(on(name, 'cat /var/log/update-grub')).toBe('asked');
    }
  }, 900_000);

  test('what each says of itself is what `crashseal fleet` reads', () => {
    expect(readdirSync(join(folder, 'reports')).toSorted()).toEqual(
      [...good, 'half'].map((name) => `${name}.json`).toSorted(),
    );
    writeFileSync(join(folder, 'hosts.txt'), [...good, ...odd, 'down'].join('\n'));
    const { stdout, exitCode } = crashseal([
      'fleet',
      'status',
      '--json',
      '--hosts',
      `${folder}/hosts.txt`,
      `${folder}/reports`,
    ]);
    const fleet = JSON.parse(stdout) as Fleet;
    expect([exitCode, fleet.unused, fleet.missing]).toEqual([1, [], ['down', 'nosudo']]);
    expect(fleet.counts).toMatchObject({ reported: 11, fresh: 11, armed: 0, wouldNotDump: 11 });
  });

  test('a second run changes nothing', () => {
    const { exitCode, recap, text } = play(some);
    expect([exitCode, of(recap, 'changed')], text).toEqual([0, each(some, 0)]);
    expect(on('web0', 'cat /var/log/update-grub')).toBe('asked');
  }, 900_000);

  test('a bundle that the loader refuses, and a disk that holds something, change nothing', () => {
    const [one = '', two = ''] = good;
    const before = on(one, digest);
    const broken = play([one, two], '-e', 'crashseal_bundle=/play/broken.crashseal');
    expect([broken.exitCode, of(broken.recap, 'failed')], broken.text).toEqual([
      2,
      each([one, two], 1),
    ]);
    expect(broken.text).toContain('failed to validate');
    expect(on(one, digest)).toBe(before);
    const taken = play([one], '-e', 'crashseal_partition_label=other');
    expect(taken.exitCode).toBe(2);
    expect(taken.text).toContain('holds gpt PMBR, and no partition other');
    expect(on(one, '/usr/sbin/sfdisk --dump /dump.img')).toContain('name="crashdump"');
    const size = play([one], '-e', 'crashseal_crashkernel=256M";reboot"');
    expect(size.text).toContain('crashseal_crashkernel is no size');
  }, 900_000);
});
