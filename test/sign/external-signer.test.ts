/**
 * A key may be where we cannot read it. What is asked of its keeper is one signature over one digest,
 * and nothing that comes back is believed: it is verified with the certificate before a byte is written.
 */
import { execFileSync } from 'node:child_process';
import { createPrivateKey, createPublicKey } from 'node:crypto';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { memoryHost } from '../../pipeline/host/memory-host.ts';
import { realHost } from '../../pipeline/host/real-host.ts';
import type { Result } from '../../pipeline/problem/result.ts';
import { parseCertificate } from '../../pipeline/sign/certificate.ts';
import { commandSigner, opensslSigner } from '../../pipeline/sign/external-signer.ts';
import { issueCertificate } from '../../pipeline/sign/forge.ts';
import { keygen } from '../../pipeline/sign/keygen.ts';
import { readSigner, signDetached } from '../../pipeline/sign/sign.ts';
import { verifySignature } from '../../pipeline/sign/verify-signature.ts';
import { words } from '../../pipeline/units/words.ts';
import { type TestKeys, testKeys } from '../fixtures/keys.ts';
import { now } from '../fixtures/now.ts';
import { kinds, must } from '../fixtures/results.ts';

const content = new TextEncoder().encode('CRSHSEAL and what follows');
const host = realHost();
let keys: TestKeys;
let folder = '';
let keyPath = '';
beforeAll(async () => {
  keys = await testKeys({ chain: true });
  folder = mkdtempSync(join(tmpdir(), 'crashseal-'));
  keyPath = join(folder, 'signer.key');
  writeFileSync(keyPath, keys.file('signer.key').bytes);
});
afterAll(() => rmSync(folder, { recursive: true }));

const byCommand = (command: string, timeoutMs = 60_000): Promise<Result<Uint8Array>> =>
  signDetached(
    content,
    commandSigner(host, command, { certificates: keys.signer.certificates, timeoutMs }),
    now,
  );

describe('a signer command', () => {
  const good = () =>
    `openssl pkeyutl -sign -inkey ${keyPath} -pkeyopt rsa_padding_mode:pkcs1 -pkeyopt digest:sha256`;

  test('makes the very bytes that the key file makes', async () => {
    const ours = must(await signDetached(content, keys.signer, now));
    const theirs = must(await byCommand(good()));
    expect(Buffer.compare(ours, theirs)).toBe(0);
    must(verifySignature(content, theirs, keys.anchors, now));
  });

  test('gets 32 bytes and the environment of its caller, and no more', async () => {
    const seen = join(folder, 'seen');
    process.env.CRASHSEAL_TEST_REGION = 'north';
    try {
      const command = `cat >${seen}; printf %s "$CRASHSEAL_TEST_REGION" >>${seen}; ${good()} <${seen}.none`;
      await byCommand(command);
    } finally {
      delete process.env.CRASHSEAL_TEST_REGION;
    }
    const got = readFileSync(seen);
    const digest = execFileSync('sha256sum', { input: content }).toString().slice(0, 64);
    expect(got.subarray(0, 32).toString('hex')).toBe(digest);
    expect(got.subarray(32).toString()).toBe('north');
  });

  test.each([
    ['fails', () => 'echo no such key >&2; exit 3', 'signer-failed'],
    ['is not there', () => 'no-such-signer-at-all', 'signer-failed'],
    ['ends without reading', () => 'exit 0', 'signer-wrong'],
    ['dies', () => 'kill -9 $$', 'signer-failed'],
    ['says nothing', () => 'cat >/dev/null', 'signer-wrong'],
    [
      'returns hex instead of bytes',
      () => `${good()} | od -An -v -tx1 | tr -d ' \\n'`,
      'signer-wrong',
    ],
    ['returns one byte more', () => `${good()}; echo`, 'signer-wrong'],
    [
      'signs the digest without saying that it is SHA-256',
      () => `openssl pkeyutl -sign -inkey ${keyPath} -pkeyopt rsa_padding_mode:pkcs1`,
      'signer-wrong',
    ],
    [
      'signs the digest of the digest',
      () => `openssl dgst -sha256 -sign ${keyPath}`,
      'signer-wrong',
    ],
    ['hashes with another digest', () => `${good().replace('sha256', 'sha3-256')}`, 'signer-wrong'],
  ])('that %s is a refusal', async (_what, command, kind) => {
    expect(kinds(await byCommand(command()))).toEqual([kind]);
  });

  test('with another key is a refusal', async () => {
    const other = await testKeys();
    const path = join(folder, 'other.key');
    writeFileSync(path, other.file('signer.key').bytes);
    expect(kinds(await byCommand(good().replace(keyPath, path)))).toEqual(['signer-wrong']);
  });

  test('that hangs is ended, with all that it started', async () => {
    const mark = join(folder, 'child');
    // Long enough for the shell to begin, on a busy machine too.
    const result = await byCommand(`sleep 4321 & echo $! >${mark}; wait`, 5000);
    expect(kinds(result)).toEqual(['signer-timed-out']);
    const child = readFileSync(mark, 'utf8').trim();
    // A process that was killed goes when the kernel comes to it.
    await expect.poll(() => isZombie(child), { timeout: 60_000 }).toBe(true);
  });

  test('is told with its last words', async () => {
    const result = await byCommand('printf "token \\033[31mlocked\\n" >&2; exit 1');
    expect(result).toMatchObject({
      problems: [{ kind: 'signer-failed', exitCode: 1, said: 'token ?[31mlocked' }],
    });
  });
});

const isZombie = (pid: string): boolean => {
  try {
    return / Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return true;
  }
};

describe('an encrypted key', () => {
  const encrypted = async () => {
    const world = memoryHost({}, { now });
    const options = { out: 'k', kind: 'release', commonName: 'x', days: 1, chain: false } as const;
    must(await keygen(world, { ...options, bits: 2048, passphrase: 'correct horse' }));
    const file = async (name: string) => ({
      path: name,
      bytes: (await world.readFile(`/k/${name}`)) ?? new Uint8Array(),
    });
    return [await file('signer.key'), await file('signer.pem')] as const;
  };

  test('opens with its passphrase alone', async () => {
    const [key, certificate] = await encrypted();
    expect(Buffer.from(key.bytes).toString()).toContain('BEGIN ENCRYPTED PRIVATE KEY');
    expect(kinds(readSigner(key, certificate))).toEqual(['key-needs-passphrase']);
    expect(kinds(readSigner(key, certificate, 'wrong horse'))).toEqual(['key-wrong-passphrase']);
    must(await signDetached(content, must(readSigner(key, certificate, 'correct horse')), now));
  });
});

describe('through openssl', () => {
  test('a provider finds the key', async () => {
    const signer = opensslSigner(
      host,
      {
        uri: `file:${keyPath}`,
        through: { kind: 'provider', name: 'default' },
        passphrase: undefined,
      },
      { certificates: keys.signer.certificates, timeoutMs: 60_000 },
    );
    const theirs = must(await signDetached(content, signer, now));
    expect(Buffer.compare(theirs, must(await signDetached(content, keys.signer, now)))).toBe(0);
  });

  test('an engine that is not there is a refusal that says so', async () => {
    const signer = opensslSigner(
      host,
      { uri: 'x', through: { kind: 'engine', name: 'no-such-engine' }, passphrase: undefined },
      { certificates: keys.signer.certificates, timeoutMs: 60_000 },
    );
    const result = await signDetached(content, signer, now);
    expect(kinds(result)).toEqual(['signer-failed']);
    expect(JSON.stringify(result)).toContain('no-such-engine');
  });
});

const module = '/usr/lib/softhsm/libsofthsm2.so';
const tools = ['/usr/bin/softhsm2-util', '/usr/bin/pkcs11-tool', module];
const missing = (await Promise.all(tools.map((path) => host.stat(path)))).includes(undefined);
if (missing) process.stderr.write('skipped: no SoftHSM here; setup/setup.sh installs it\n');

describe.skipIf(missing)('a key in a token (SoftHSM)', () => {
  const pin = '93417';
  const saved = { ...process.env };
  let signerOf: (object: string, passphrase?: string) => ReturnType<typeof opensslSigner>;
  beforeAll(() => {
    const store = join(folder, 'tokens');
    mkdirSync(store);
    const settings = join(folder, 'softhsm2.conf');
    writeFileSync(settings, `directories.tokendir = ${store}\nobjectstore.backend = file\n`);
    chmodSync(store, 0o700);
    process.env.SOFTHSM2_CONF = settings;
    process.env.PKCS11_MODULE_PATH = module;
    const token = (...args: string[]) =>
      execFileSync('pkcs11-tool', [
        ...words`--module ${module} --token-label fleet --login --pin ${pin}`,
        ...args,
      ]);
    execFileSync(
      'softhsm2-util',
      words`--init-token --free --label fleet --pin ${pin} --so-pin 55555`,
    );
    token('--keypairgen', '--key-type', 'rsa:2048', '--label', 'signer', '--id', '01');
    const spki = token('--read-object', '--type', 'pubkey', '--label', 'signer');
    const rootKey = keys.file('root.key');
    const leaf = issueCertificate({
      subject: { commonName: 'In a token' },
      issuer: { commonName: 'Sample Signer root' },
      subjectKey: createPublicKey({ key: spki, format: 'der', type: 'spki' }),
      issuerKey: createPrivateKey(Buffer.from(rootKey.bytes)),
      serial: Uint8Array.from({ length: 16 }, () => 0x33),
      notBefore: now - 3600,
      notAfter: now + 3600,
      authorityOver: undefined,
    });
    const certificates = [must(parseCertificate(leaf, 'token'))];
    signerOf = (object, passphrase) =>
      opensslSigner(
        host,
        {
          uri: `pkcs11:token=fleet;object=${object}`,
          through: { kind: 'engine', name: 'pkcs11' },
          passphrase,
        },
        { certificates, timeoutMs: 60_000 },
      );
  });
  afterAll(() => {
    process.env = saved;
  });

  test('signs, and the signature leads to the root', async () => {
    const p7s = must(await signDetached(content, signerOf('signer', pin), now));
    const { signer } = must(verifySignature(content, p7s, keys.anchors, now));
    expect(signer.subjectText).toBe('CN=In a token');
  });

  test.each([
    ['a wrong PIN', () => signerOf('signer', '00000')],
    ['no PIN', () => signerOf('signer')],
    ['another object', () => signerOf('nobody', pin)],
  ])('with %s makes nothing, and openssl says why', async (_what, signer) => {
    const result = await signDetached(content, signer(), now);
    expect(kinds(result)).toEqual(['signer-failed']);
    expect(JSON.stringify(result)).toMatch(/PKCS|PIN/);
    expect(JSON.stringify(result)).not.toContain(pin);
  });
});
