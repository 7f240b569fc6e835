/** An SSH target's part of init, with the other side and a client that stands in for OpenSSH's; test/e2e has real ones. */
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { inFolder, shell } from '../components/init/shell.ts';

const directory = 'web1-2026-11-28-12:00:00';
const dump = 'dump '.repeat(2_000_000);

beforeEach(() => {
  mkdirSync(inFolder('run'), { recursive: true });
  mkdirSync(inFolder('received'));
  writeFileSync(inFolder('dump'), dump);
  writeFileSync(inFolder('id'), 'a private key\n', { mode: 0o644 });
});

const wholeDump = `ssh_open
echo 'the log' | ssh_store dmesg || exit 1
cat "$run/../dump" | ssh_store vmcore.flat || exit 1
ssh_finish
echo "stored $(cat "$run/stored")"`;

/** Asks receive-dump, or does what `client` does. The last word of the command line is what is asked for. */
const store = (client = 'receive', body = wholeDump): string =>
  shell(
    `receive() {
  for asked; do :; done
  SSH_ORIGINAL_COMMAND=$asked dash ${process.cwd()}/pipeline/targets/ssh/receive-dump.sh ${inFolder('received')}
}
ssh() { echo "$*" >>"$run/asked"; ${client} "$@"; }
network_up() { :; }
address_of() { :; }
sleep() { :; }
(${body})`,
    {
      run: inFolder('run'),
      host: 'web1',
      stamp: '2026-11-28-12:00:00',
      target_shown: 'the server',
      target_host: 'dumps.example.org',
      target_port: '2222',
      target_user: 'crashdump',
      target_host_key: 'ssh-ed25519 AAAA',
      target_identity: inFolder('id'),
    },
  );
const received = (): readonly string[] => readdirSync(inFolder('received', directory)).sort();

describe('a dump', () => {
  test('is stored byte for byte, log first, and is named when the other side has all of it', () => {
    expect(store()).toBe(`stored ${dump.length}`);
    expect(received()).toEqual(['vmcore-dmesg.txt', 'vmcore.flat']);
    expect(readFileSync(inFolder('received', directory, 'vmcore.flat'), 'utf8')).toBe(dump);
    const asked = readFileSync(inFolder('run/asked'), 'utf8').trimEnd().split('\n');
    expect(asked.map((line) => line.split('dumps.example.org ')[1])).toEqual([
      `open ${directory}`,
      `store ${directory} vmcore-dmesg.txt`,
      `finish ${directory} vmcore-dmesg.txt 8`,
      `store ${directory} vmcore.flat`,
      `finish ${directory} vmcore.flat ${dump.length}`,
    ]);
    for (const word of ['BatchMode=yes', 'StrictHostKeyChecking=yes', '-F none', '-p 2222'])
      expect(asked.every((line) => line.includes(word))).toBe(true);
  });

  test('goes with a key that nobody else can read, to the server that the profile pins', () => {
    store();
    expect(statSync(inFolder('run/ssh/identity')).mode & 0o777).toBe(0o600);
    expect(readFileSync(inFolder('run/ssh/known_hosts'), 'utf8')).toBe(
      'dump-target ssh-ed25519 AAAA\n',
    );
  });

  test('that the other side has only a part of is not named, though the client says that all is well', () => {
    const cut = 'case $* in *vmcore.flat) head -c 1000 | receive ;; *) receive ;; esac';
    const said = store(
      `lossy`,
      `lossy() { ${cut.replaceAll('receive', 'receive "$@"')}; }\n${wholeDump}`,
    );
    expect(said).toMatch(/^the server says '1000 stored' of vmcore.flat, and /);
    expect(received()).toEqual(['vmcore-dmesg.txt', 'vmcore.flat-incomplete']);
  });

  test('that was disconnected with exit status 0 and without a word is not taken for stored', () => {
    const said = store(
      'gone',
      `gone() { case $* in *' store '*) ;; *) receive "$@" ;; esac; }\n${wholeDump}`,
    );
    expect(said).toMatch(/^the server says '' of vmcore-dmesg.txt, and /);
  });
});

describe('where the server', () => {
  test('is not there, it is asked again, and then given up with the reason', () => {
    const said = store(
      'absent',
      `absent() { echo 'ssh: connect: refused' >&2; return 255; }\n${wholeDump}`,
    );
    expect(said).toBe('the server takes no dump: ssh: connect: refused');
    expect(readFileSync(inFolder('run/asked'), 'utf8').trimEnd().split('\n').length).toBe(3);
  });

  test.each([
    ['Host key verification failed.', 'the server has another host key than the profile pins'],
    ['x@y: Permission denied (publickey).', 'x@y: Permission denied (publickey).'],
    ['receive-dump: no', 'receive-dump: no'],
  ])('says %j, it is not asked again', (words, reason) => {
    const said = store('refuse', `refuse() { echo '${words}' >&2; return 255; }\n${wholeDump}`);
    expect(said).toBe(`the server takes no dump: ${reason}`);
    expect(readFileSync(inFolder('run/asked'), 'utf8').trimEnd().split('\n').length).toBe(1);
  });

  test('runs something else, nothing is sent', () => {
    expect(store('other', `other() { echo 'Welcome!'; }\n${wholeDump}`)).toBe(
      "the server does not run receive-dump: it answers 'Welcome!'",
    );
  });

  test('cannot be logged in to, because the overlay brought no key, nobody is asked', () => {
    writeFileSync(inFolder('id'), '');
    expect(store()).toBe(
      `the server cannot be reached: the local overlay did not bring ${inFolder('id')}`,
    );
    expect(readdirSync(join(inFolder('run'), 'ssh'))).toEqual([]);
  });
});
