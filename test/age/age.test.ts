/** Streams of Debian's `age`, opened with both kinds of key, whole and cut; against `age -d`. */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { decrypt, headerMost, isAge } from '../../pipeline/age/decrypt.ts';
import { type AnyIdentity, readIdentities } from '../../pipeline/age/identity-file.ts';
import { realHost } from '../../pipeline/host/real-host.ts';
import { pattern, text } from '../fixtures/bytes.ts';

let folder: string;
const at = (name: string): string => join(folder, name);
const run = (program: string, ...words: readonly string[]): Buffer =>
  execFileSync(program, words, { stdio: ['ignore', 'pipe', 'pipe'], maxBuffer: 2 ** 26 });

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'age-'));
  for (const name of ['key', 'other']) run('age-keygen', '-o', at(name));
  for (const [name, ...words] of [
    ['ssh', '-t', 'ed25519', '-N', ''],
    ['ssh-other', '-t', 'ed25519', '-N', ''],
    ['ssh-secret', '-t', 'ed25519', '-N', 'secret'],
    ['ssh-rsa', '-t', 'rsa', '-b', '2048', '-N', ''],
  ] as const)
    run('ssh-keygen', '-q', ...words, '-f', at(name));
});
afterAll(() => rmSync(folder, { recursive: true }));

const recipientOf = (name: string): string =>
  run('age-keygen', '-y', at(name)).toString('latin1').trim();

function encrypted(bytes: Uint8Array, recipients: readonly string[]): Buffer {
  writeFileSync(at('plain'), bytes);
  return run('age', ...recipients.flatMap((one) => ['-r', one]), at('plain'));
}
const toBoth = (bytes: Uint8Array): Buffer =>
  encrypted(bytes, [readFileSync(at('ssh.pub'), 'latin1').trim(), recipientOf('key')]);

async function identities(...names: readonly string[]): Promise<readonly AnyIdentity[]> {
  const read = await readIdentities(realHost(), names.map(at));
  if (!read.ok) throw new Error(read.problems[0].kind);
  return read.value;
}

async function* inChunks(bytes: Uint8Array, size = 100_000): AsyncGenerator<Uint8Array, void> {
  for (let start = 0; start < bytes.length; start += size)
    yield bytes.subarray(start, start + size);
}

async function opened(stream: Uint8Array, keys: readonly AnyIdentity[]) {
  const result = await decrypt(stream.subarray(0, headerMost), inChunks(stream), keys);
  if (result.kind !== 'stream') return { kind: result.kind };
  const pieces: Uint8Array[] = [];
  for await (const piece of result.chunks) pieces.push(piece);
  return { kind: 'stream', bytes: Buffer.concat(pieces), whole: result.whole() };
}

const chunk = 65_536;

describe('what age encrypted', () => {
  test.each(['key', 'ssh'])('opens with %s, whatever its size', async (name) => {
    const keys = await identities(name);
    for (const size of [0, 1, chunk - 1, chunk, chunk + 1, 5 * chunk + 77]) {
      const plain = pattern(size, size);
      const result = await opened(toBoth(plain), keys);
      expect([result.kind, result.whole, result.bytes?.equals(plain)]).toEqual([
        'stream',
        true,
        true,
      ]);
    }
  });

  test('opens with one of several identities', async () => {
    const result = await opened(toBoth(text('x')), await identities('other', 'ssh-other', 'ssh'));
    expect(result).toMatchObject({ kind: 'stream', whole: true });
  });

  test('does not open with those of somebody else', async () => {
    const keys = await identities('other', 'ssh-other');
    expect(await opened(toBoth(text('x')), keys)).toEqual({ kind: 'wrong-identity' });
  });

  test('that is cut opens as far as age itself opens it', async () => {
    const plain = pattern(4 * chunk, 3);
    const stream = toBoth(plain);
    const keys = await identities('ssh');
    for (const size of [stream.length - 1, stream.length - chunk - 100, 2 * chunk + 1000, 1000]) {
      const cut = stream.subarray(0, size);
      const result = await opened(cut, keys);
      writeFileSync(at('cut'), cut);
      const theirs = spawnSync('age', ['-d', '-i', at('key'), at('cut')], { maxBuffer: 2 ** 26 });
      expect(theirs.status).not.toBe(0);
      expect([size, result.kind, result.whole]).toEqual([size, 'stream', false]);
      expect([size, result.bytes?.length]).toEqual([size, theirs.stdout.length]);
      expect(result.bytes?.equals(theirs.stdout)).toBe(true);
    }
  });

  test('ends before a byte that was changed', async () => {
    const stream = toBoth(pattern(4 * chunk, 3));
    const place = stream.length - 2 * chunk;
    stream[place] = (stream[place] ?? 0) ^ 1;
    const result = await opened(stream, await identities('key'));
    expect([result.whole, (result.bytes?.length ?? 0) % chunk]).toEqual([false, 0]);
    expect(result.bytes?.length).toBeLessThan(4 * chunk);
    expect(result.bytes?.length).toBeGreaterThan(0);
  });

  test('with a damaged header opens with nothing, and does not keep us waiting', async () => {
    const stream = toBoth(text('x'));
    const keys = await identities('key', 'ssh');
    const mac = Buffer.from(stream);
    const place = mac.indexOf('\n--- ') + 8;
    mac[place] = mac[place] === 65 ? 66 : 65;
    for (const bad of [
      mac,
      stream.subarray(0, 100),
      Buffer.concat([text('age-encryption.org/v1\n'), Buffer.alloc(200_000, 'a')]),
      text('age-encryption.org/v2\n'),
    ])
      expect((await opened(bad, keys)).kind).toBe('damaged-header');
    expect(isAge(text('age-encryption.org/v2\n'))).toBe(false);
  });
});

describe('an identity file', () => {
  const complaint = async (name: string) => {
    const read = await readIdentities(realHost(), [at(name)]);
    if (read.ok) return 'none';
    const [problem] = read.problems;
    return 'why' in problem ? problem.why : problem.kind;
  };

  test('may have comments, and several keys', async () => {
    writeFileSync(at('both'), Buffer.concat([readFileSync(at('key')), readFileSync(at('other'))]));
    expect(await identities('both')).toHaveLength(2);
  });

  test('that is none is refused, with the reason', async () => {
    const key = readFileSync(at('key'), 'latin1');
    const ssh = readFileSync(at('ssh'), 'latin1');
    for (const [name, content, reason] of [
      ['empty', '', 'unreadable'],
      ['public', recipientOf('key'), 'unreadable'],
      ['digit', key.replace(/(.)\n$/, (_, last) => (last === 'X' ? 'Y\n' : 'X\n')), 'unreadable'],
      ['folded', ssh.replace(/b3Bl/, 'b3Bm'), 'unreadable'],
      ['cut', `${ssh.slice(0, 150)}\n-----END OPENSSH PRIVATE KEY-----\n`, 'unreadable'],
      ['age', '-----BEGIN AGE ENCRYPTED FILE-----\n', 'passphrase'],
    ] as const) {
      writeFileSync(at(name), content);
      expect([name, await complaint(name)]).toEqual([name, reason]);
    }
    expect(await complaint('ssh-secret')).toBe('passphrase');
    expect(await complaint('ssh-rsa')).toBe('other-type');
    expect(await complaint('not-there')).toBe('no-file');
    expect(await complaint('.')).toBe('unreadable');
  });
});
