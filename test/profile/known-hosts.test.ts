/** Keys of servers as OpenSSH keeps them. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { knownHostKey } from '../../pipeline/profile/known-hosts.ts';

const key = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGZuzoynuNhlrNNsqOoh4xpvBhVqoJ8PVvjHTZu3lqPY';
const other = key.replace('AAIG', 'AAIH');
const host = 'dumps.example.org';

test.each([
  ['by its name', `${host} ${key}\n`, key],
  ['by one of its names', `192.0.2.7,${host} ${key} a comment\n`, key],
  ['by none of them', `192.0.2.7,other ${key}\n`, undefined],
  ['on another port', `[${host}]:2222 ${key}\n`, undefined],
  ['by a pattern', `*.example.org ${key}\n`, undefined],
  ['by an authority', `@cert-authority ${host} ${key}\n`, undefined],
  ['by a key that was withdrawn', `${host} ${key}\n@revoked ${host} ${key}\n`, undefined],
  ['by a damaged key', `${host} ${key.slice(0, -4)}\n`, undefined],
  ['by no key', `${host}\n# ${host} ${key}\n\n`, undefined],
  ['first by a key that is damaged', `${host} ${key}x\n${host} ${other}\n`, other],
])('a server is known %s', (_how, text, expected) => {
  expect(knownHostKey(text, host)).toBe(expected);
});

test('names that OpenSSH has hashed are known, and of several keys the best', () => {
  const folder = mkdtempSync(join(tmpdir(), 'known-hosts-'));
  try {
    const make = (type: string): string => {
      const path = join(folder, type);
      execFileSync('ssh-keygen', ['-q', '-t', type, '-N', '', '-C', '', '-f', path]);
      return readFileSync(`${path}.pub`, 'utf8').trim();
    };
    const [rsa, ecdsa, ed25519] = [make('rsa'), make('ecdsa'), make('ed25519')];
    const file = join(folder, 'known_hosts');
    writeFileSync(file, [rsa, ecdsa, ed25519].map((one) => `${host} ${one}\n`).join(''));
    execFileSync('ssh-keygen', ['-H', '-f', file], { stdio: 'pipe' });
    const hashed = readFileSync(file, 'utf8');
    expect(hashed).not.toContain(host);
    expect(knownHostKey(hashed, host)).toBe(ed25519);
    expect(knownHostKey(hashed, 'other.example.org')).toBeUndefined();
    const [first = ''] = hashed.split('\n');
    expect(knownHostKey(first, host)).toBe(rsa);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
