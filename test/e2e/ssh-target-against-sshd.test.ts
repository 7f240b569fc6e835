/** An SSH target's part of init against a real server, without a guest: what is stored, and what is not. */
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { inFolder, shellBeside } from '../components/init/shell.ts';
import { makeSshKey, type SshServer, startSshServer } from '../support/servers/ssh-server.ts';
import { freshWorkFolder } from '../support/work-folder.ts';

const dump = randomBytes(5_000_000);

let folder: string;
let server: SshServer;
beforeAll(async () => {
  folder = freshWorkFolder('ssh-target-against-sshd');
  server = await startSshServer(folder);
});
afterAll(() => server.stop());

beforeEach(() => {
  mkdirSync(inFolder('run'), { recursive: true });
  writeFileSync(inFolder('dump'), dump);
  writeFileSync(inFolder('log'), 'the log\n');
});

const wholeDump = `ssh_open
ssh_store dmesg <"$run/../log" || exit 1
cat "$run/../dump" | ssh_store vmcore.flat || exit 1
ssh_finish
echo "stored $(cat "$run/stored")"`;

/** From a machine of that name. */
function store(
  host: string,
  to: SshServer,
  settings: Readonly<Record<string, string>> = {},
  body = wholeDump,
): Promise<string> {
  writeFileSync(inFolder('id'), to.identity, { mode: 0o644 });
  return shellBeside(`network_up() { :; }\naddress_of() { :; }\nsleep() { :; }\n(${body})`, {
    run: inFolder('run'),
    host,
    stamp: '2026-11-28-12:00:00',
    target_shown: 'the server',
    target_host: '127.0.0.1',
    target_port: String(to.port),
    target_user: 'crashdump',
    target_host_key: to.hostKey,
    target_identity: inFolder('id'),
    ...settings,
  });
}

const received = (host: string, in_: SshServer = server): readonly string[] => {
  const directory = readdirSync(in_.folder).find((name) => name.startsWith(`${host}-`));
  return directory === undefined ? [] : readdirSync(join(in_.folder, directory)).sort();
};

describe('a dump', () => {
  test('is stored byte for byte, and has its name only when the server has confirmed it', async () => {
    expect(await store('whole', server)).toBe(`stored ${dump.length}`);
    expect(received('whole')).toEqual(['vmcore-dmesg.txt', 'vmcore.flat']);
    const at = join(server.folder, 'whole-2026-11-28-12:00:00');
    expect(readFileSync(join(at, 'vmcore.flat')).equals(dump)).toBe(true);
    expect(readFileSync(join(at, 'vmcore-dmesg.txt'), 'utf8')).toBe('the log\n');
  });

  test('that is not finished does not look like one, and the log is whole', async () => {
    await store('unfinished', server, {}, wholeDump.replace('ssh_finish', ':'));
    expect(received('unfinished')).toEqual(['vmcore-dmesg.txt', 'vmcore.flat-incomplete']);
  });

  test('that takes the place of a first stream is the one that is finished', async () => {
    const body = `ssh_open; echo cut | ssh_store vmcore.flat; echo whole | ssh_store vmcore; ssh_finish`;
    expect(await store('second', server, {}, body)).toBe('');
    expect(received('second')).toEqual(['vmcore', 'vmcore.flat-incomplete']);
  });

  test.each(['ecdsa', 'rsa'])('reaches a server with a host key of type %s', async (type) => {
    const other = await startSshServer(folder, { name: `ssh-${type}`, hostKeyType: type });
    expect(await store('other', other)).toBe(`stored ${dump.length}`);
    await other.stop();
  });
});

describe('the attempt fails, with the reason,', () => {
  test('where the host key is another one, and nothing is sent', async () => {
    const { public: key } = makeSshKey(folder, 'another-host-key');
    expect(await store('imposter', server, { target_host_key: key })).toBe(
      'the server takes no dump: the server has another host key than the profile pins',
    );
    expect(received('imposter')).toEqual([]);
  });

  test('where the server does not know the key of the machine', async () => {
    const { secret } = makeSshKey(folder, 'unknown-machine-key');
    expect(await store('stranger', { ...server, identity: secret, folder } as SshServer)).toMatch(
      /^the server takes no dump: .*Permission denied \(publickey\)/,
    );
    expect(received('stranger')).toEqual([]);
  });

  test('where the local overlay brought no key', async () => {
    const said = await store('keyless', server, { target_identity: inFolder('none') });
    expect(said).toBe(
      `the server cannot be reached: the local overlay did not bring ${inFolder('none')}`,
    );
  });

  test('where nobody listens', async () => {
    expect(await store('alone', server, { target_port: '1' })).toMatch(
      /^the server takes no dump: .*Connection refused$/,
    );
  });

  test('where the server has no room', async () => {
    const small = await startSshServer(folder, { name: 'ssh-full', room: 2 });
    expect(await store('large', small)).toMatch(
      /^the server did not store vmcore.flat: .*File too large$/,
    );
    await small.stop();
  });

  test('where the server does not answer any more', async () => {
    const stalled = await startSshServer(folder, { name: 'ssh-stalled' });
    const body = `ssh_alive=1
ssh_open
{ cat "$run/../dump"; : >"$run/half"; command sleep 6; cat "$run/../dump"; } | ssh_store vmcore.flat || exit 1`;
    const stored = store('stalled', stalled, {}, body);
    await expect.poll(() => existsSync(inFolder('run', 'half')), { timeout: 20_000 }).toBe(true);
    stalled.pause();
    expect(await stored).toMatch(/^the server did not store vmcore.flat: .*not responding/);
    await stalled.stop();
  });

  test('where the connection is cut in the middle', async () => {
    const dying = await startSshServer(folder, { name: 'ssh-cut' });
    const endless = `ssh_open
{ cat "$run/../dump"; : >"$run/half"; sleep 6; } | ssh_store vmcore.flat || exit 1`;
    const stored = shellBesideCut(dying, endless);
    expect(await stored).toMatch(/^the server did not store vmcore.flat: .*(closed|reset|Broken)/i);
    expect(received('cut', dying)).toEqual(['vmcore.flat-incomplete']);
  });
});

/** Ends the server when half of the dump is there. */
async function shellBesideCut(dying: SshServer, body: string): Promise<string> {
  const stored = store('cut', dying, {}, `sleep() { command sleep "$@"; }\n${body}`);
  await expect.poll(() => received('cut', dying), { timeout: 20_000 }).not.toEqual([]);
  await dying.stop();
  return stored;
}
