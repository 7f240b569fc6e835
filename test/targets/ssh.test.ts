/** What a profile says of an SSH target. */
import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { explain } from '../../pipeline/problem/problem.ts';
import { readHostKey } from '../../pipeline/targets/ssh/host-key.ts';
import { ssh } from '../../pipeline/targets/ssh/ssh.ts';
import { targetNeeds, targetSettings } from '../../pipeline/targets/targets.ts';
import { must } from '../fixtures/results.ts';
import { serverProfile } from '../fixtures/server-profile.ts';
import { makeSshKey } from '../support/servers/ssh-server.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'host-keys-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

const hostKey = String(ssh.example.hostKey);
const words = hostKey.split(' ');

const mistakeOf = (text: string): unknown => {
  const read = readHostKey(text);
  return 'mistake' in read ? read.mistake.kind : read.hostKey;
};

describe('a host key', () => {
  test.each([
    ['ed25519', []],
    ['ecdsa', ['-b', '256']],
    ['ecdsa', ['-b', '384']],
    ['ecdsa', ['-b', '521']],
    ['rsa', ['-b', '2048']],
  ])('is taken as ssh-keygen makes it: %s %j', (type, options) => {
    const name = [type, ...options].join('-');
    const key = makeSshKey(folder, name, type, options);
    expect(mistakeOf(key.public)).toBe(key.public);
    expect(mistakeOf(`  ${key.public} root@dumps\n`)).toBe(key.public);
    expect(mistakeOf(key.secret)).toBe('private-key');
  });

  const damaged = Buffer.from(words[1] ?? '', 'base64');
  test.each([
    ['nothing', '', 'host-key-form'],
    ['a word', 'secret', 'host-key-form'],
    ['a line of known_hosts', `dumps.example.org ${hostKey}`, 'host-key-with-name'],
    ['two lines', `${hostKey}\n${hostKey}`, 'host-key-damaged'],
    ['the name alone', 'ssh-ed25519', 'host-key-damaged'],
    ['a cut key', hostKey.slice(0, -8), 'host-key-damaged'],
    ['another name', `ssh-rsa ${words[1]}`, 'host-key-damaged'],
    [
      'a byte too many',
      `ssh-ed25519 ${Buffer.concat([damaged, Buffer.from([0])]).toString('base64')}`,
      'host-key-damaged',
    ],
    ['an OpenSSH private key', `-----BEGIN OPENSSH ${'PRIVATE'} KEY-----\nAAAA`, 'private-key'],
  ])('is refused: %s', (_, text, kind) => {
    expect(mistakeOf(text)).toBe(kind);
  });

  test('of a kind that is gone is named, and what is none is not', () => {
    const dss = Buffer.concat([Buffer.from([0, 0, 0, 7]), Buffer.from('ssh-dss')]);
    expect(readHostKey(`ssh-dss ${dss.toString('base64')}`)).toMatchObject({
      mistake: { kind: 'host-key-type', type: 'ssh-dss' },
    });
    expect(mistakeOf(`hunter2 ${dss.toString('base64')}`)).toBe('host-key-form');
  });

  test('of 1024 bits is refused', () => {
    const { publicKey } = generateKeyPairSync('rsa', { modulusLength: 1024 });
    const { n = '', e = '' } = publicKey.export({ format: 'jwk' });
    const part = (bytes: Buffer): Buffer => {
      const size = Buffer.alloc(4);
      size.writeUInt32BE(bytes.length);
      return Buffer.concat([size, bytes]);
    };
    const key = Buffer.concat([
      part(Buffer.from('ssh-rsa')),
      part(Buffer.from(e, 'base64url')),
      part(Buffer.concat([Buffer.from([0]), Buffer.from(n, 'base64url')])),
    ]);
    expect(readHostKey(`ssh-rsa ${key.toString('base64')}`)).toEqual({
      mistake: { kind: 'rsa-short', bits: 1024, least: 2048 },
    });
  });
});

const profile = (target: string) => serverProfile('ssh', target);

describe('a target', () => {
  test('becomes settings, the client, and a file that the local overlay must bring', () => {
    const read = profile(`host: dumps.example.org\nport: 2222\nhostKey: ${hostKey}`);
    const [target] = must(read).targets;
    if (target === undefined) throw new Error('no target');
    expect(targetSettings(target)).toMatchObject({
      target_kind: 'ssh',
      target_shown: 'crashdump@dumps.example.org, port 2222, by SSH',
      target_host: 'dumps.example.org',
      target_port: '2222',
      target_host_key: hostKey,
      target_identity: '/etc/crashseal/ssh/id',
    });
    expect(targetNeeds(target)).toMatchObject({
      tools: [{ name: 'ssh', package: 'openssh-client' }],
      localFiles: ['/etc/crashseal/ssh/id'],
    });
  });

  const secret = (name: string): string =>
    `${name}: |\n  -----BEGIN OPENSSH ${'PRIVATE'} KEY-----\n  b3BlbnNzaC1rZXktdjEAAAAA\n  -----END OPENSSH ${'PRIVATE'} KEY-----`;
  test.each([
    ['in place of the host key', `host: a\n${secret('hostKey')}`],
    ['in place of its path', `host: a\nhostKey: ${hostKey}\n${secret('identity')}`],
  ])('with a private key %s is refused, and the key is not quoted', (_, text) => {
    const read = profile(text);
    if (read.ok) throw new Error('it was taken');
    const said = JSON.stringify(read.problems.map((one) => explain(one)));
    expect(read.problems).toMatchObject([
      { kind: 'server-useless', mistake: { kind: 'private-key' } },
    ]);
    expect(said).not.toContain('b3BlbnNzaC1rZXktdjE');
    expect(said).toContain('private key');
  });

  test.each(['hunter2', 'etc/hunter2/id', '/etc/../etc/id', '/etc/hunter2/', '/etc/a b'])(
    'whose identity is %j is refused, and it is not quoted',
    (identity) => {
      const read = profile(`host: a\nhostKey: ${hostKey}\nidentity: ${JSON.stringify(identity)}`);
      if (read.ok) throw new Error('it was taken');
      expect(read.problems).toMatchObject([
        { kind: 'server-useless', mistake: { kind: 'secret' } },
      ]);
      expect(JSON.stringify(read.problems)).not.toContain(identity);
    },
  );

  test.each(['root@dumps', 'dumps:22', 'a b', '-oProxyCommand=x', 'a..b', ''])(
    'on the host %j is refused',
    (host) => {
      const read = profile(`host: ${JSON.stringify(host)}\nhostKey: ${hostKey}`);
      expect(read.ok ? [] : read.problems).toMatchObject([
        { kind: 'wrong-value', key: 'target.host' },
      ]);
    },
  );

  test.each(['dumps', 'dumps.example.org.', '192.0.2.7', '2001:db8::7', 'fe80::1%eth0'])(
    'on the host %j is taken',
    (host) => {
      expect(profile(`host: ${JSON.stringify(host)}\nhostKey: ${hostKey}`).ok).toBe(true);
    },
  );
});
