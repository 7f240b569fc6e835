/** The servers that other tests run beside a guest: they answer, they hang when told to, and nothing of them stays. */
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join, resolve } from 'node:path';
import { expect, test } from 'vitest';
import { realHost } from '../../pipeline/host/real-host.ts';
import { startNfsServer as startNfsStandIn } from '../../pipeline/prove/nfs-server.ts';
import { startSshServer } from '../../pipeline/prove/ssh-server.ts';
import { words } from '../../pipeline/units/words.ts';
import { startNfsServer, withGanesha } from '../support/servers/nfs-server.ts';
import { makeSshKey, withSshd } from '../support/servers/ssh-server.ts';
import { withWorkFolder } from '../support/work-folder.ts';

/** What a NULL call (RFC 5531) of NFS gives: at a port of the loopback, or at a socket. */
const ping = (
  at: number | string,
  version = 3,
  patienceMs = 1000,
): Promise<'answered' | 'silent' | 'refused'> =>
  new Promise((resolve) => {
    const socket = typeof at === 'string' ? connect(at) : connect(at, '127.0.0.1');
    const end = (result: 'answered' | 'silent' | 'refused') => () => {
      socket.destroy();
      resolve(result);
    };
    const call = [0x80000028, 1, 0, 2, 100003, version, 0, 0, 0, 0, 0];
    const bytes = new DataView(new ArrayBuffer(4 * call.length));
    for (const [index, word] of call.entries()) bytes.setUint32(4 * index, word);
    socket.on('connect', () => socket.write(new Uint8Array(bytes.buffer)));
    socket.on('data', end('answered'));
    socket.on('error', end('refused')).on('close', end('silent'));
    socket.setTimeout(patienceMs, end('silent'));
  });

test('a server beside the guest answers, hangs when it is paused, and is gone when it is stopped', () =>
  withWorkFolder('servers', async (folder) => {
    const server = await startNfsServer(folder);
    try {
      expect(await ping(server.port)).toBe('answered');
      server.pause();
      expect(await ping(server.port)).toBe('silent');
      server.resume();
      expect(await ping(server.port)).toBe('answered');
    } finally {
      await server.stop();
    }
    expect(await ping(server.port)).toBe('refused');
  }));

test('the SSH server that stands in lets a user in that this machine does not have, for receive-dump alone', () =>
  withWorkFolder('ssh-stand-in', async (folder) => {
    const own = resolve(folder);
    const before = process.env.PATH;
    process.env.PATH = withSshd(own).PATH;
    try {
      const [host, machine] = [makeSshKey(own, 'host'), makeSshKey(own, 'machine')];
      makeSshKey(own, 'other');
      const seat = {
        user: 'nobody-here',
        hostKey: join(own, 'host'),
        machineKey: machine.public,
      };
      const server = await startSshServer(realHost(), seat, join(own, 'a "quoted" name'));
      if ('cannot' in server) throw new Error(server.cannot);
      writeFileSync(join(own, 'known'), `it ${host.public}\n`);
      const ask = (asked: string, key = 'machine', user = seat.user): Promise<string> =>
        new Promise((answer) => {
          const client = spawn('ssh', [
            ...words`-F none -T -p ${server.at} -l ${user} -i ${own}/${key}`,
            ...['BatchMode=yes', 'HostKeyAlias=it', 'IdentitiesOnly=yes'].flatMap((one) => [
              '-o',
              one,
            ]),
            ...['-o', `UserKnownHostsFile=${own}/known`, '127.0.0.1', asked],
          ]);
          let said = '';
          client.stdout.on('data', (text: Buffer) => {
            said += text;
          });
          client.stderr.on('data', (text: Buffer) => {
            said += text;
          });
          client.on('close', (status) => answer(`${status}: ${said.trim()}`));
        });
      // Nobody yet.
      expect(await ask('open a')).toMatch(/^255: /);
      const to = join(own, 'received');
      server.serve(to);
      expect(await ask('open a')).toBe('0: ready a');
      expect(existsSync(join(to, 'a'))).toBe(true);
      expect(await ask('cat /etc/passwd')).toMatch(/^1: receive-dump: it takes/);
      expect(await ask('open b', 'other')).toMatch(/^255: .*Permission denied/);
      expect(await ask('open b', 'machine', 'root')).toMatch(/^255: .*Permission denied/);
      expect(server.reached()).toBe(4);
      server.serve(undefined);
      expect([await ask('open c'), server.reached()]).toEqual([expect.stringMatching(/^255: /), 1]);
      // What was received is not to be taken away again.
      mkdirSync(join(to, 'd'));
      server.serve(join(own, 'elsewhere'));
      expect(existsSync(join(to, 'd'))).toBe(true);
      await server.stop();
      expect(await ask('open e')).toMatch(/^255: .*refused/);
      expect(readFileSync('/etc/passwd', 'utf8')).not.toContain(seat.user);
    } finally {
      process.env.PATH = before;
    }
  }));

test('the NFS server that stands in is reached by root alone, and by no port; each folder has a server of its own', () =>
  withWorkFolder('nfs-stand-in', async (folder) => {
    const before = process.env.PATH;
    process.env.PATH = withGanesha(folder).PATH;
    try {
      const own = join(folder, 'own');
      const server = await startNfsStandIn(realHost(), { path: '/srv/a', version: '4.1' }, own);
      if ('cannot' in server) throw new Error(server.cannot);
      expect(statSync(own).mode & 0o777).toBe(0o700);
      // Nobody yet.
      expect(await ping(server.at, 4)).not.toBe('answered');
      for (const to of ['one', 'other']) {
        server.serve(join(folder, to));
        expect([await ping(server.at, 4, 60_000), server.reached()]).toEqual(['answered', 1]);
        expect(await ping(2049, 4)).toBe('refused');
      }
      server.serve(undefined);
      expect(await ping(server.at, 4)).not.toBe('answered');
      await server.stop();
      expect(await ping(server.at, 4)).toBe('refused');
    } finally {
      process.env.PATH = before;
    }
  }));
