import { execFileSync, spawnSync } from 'node:child_process';
import { createPrivateKey, generateKeyPairSync, sign } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { memoryHost } from '../../pipeline/host/memory-host.ts';
import { realHost } from '../../pipeline/host/real-host.ts';
import { explain } from '../../pipeline/problem/problem.ts';
import type { Certificate } from '../../pipeline/sign/certificate.ts';
import { parseCertificate, writePem } from '../../pipeline/sign/certificate.ts';
import { readCertificates } from '../../pipeline/sign/certificate-file.ts';
import { issueCertificate, renderCms } from '../../pipeline/sign/forge.ts';
import { type KeygenOptions, keygen } from '../../pipeline/sign/keygen.ts';
import { type KeyPair, readKeyPair, readSigner, signDetached } from '../../pipeline/sign/sign.ts';
import { readSignature, verifySignature } from '../../pipeline/sign/verify-signature.ts';
import { words } from '../../pipeline/units/words.ts';
import { type TestKeys, testKeys } from '../fixtures/keys.ts';
import { day, now } from '../fixtures/now.ts';
import { kinds, must } from '../fixtures/results.ts';

const seal = new TextEncoder().encode('CRSHSEAL and what follows');

let direct: TestKeys;
let chained: TestKeys;
let folder = '';
beforeAll(async () => {
  direct = await testKeys();
  chained = await testKeys({ chain: true, kind: 'development' });
  folder = mkdtempSync(join(tmpdir(), 'crashseal-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

const openssl = (...args: string[]) =>
  spawnSync('openssl', args, { cwd: folder, encoding: 'utf8' });

const verifyWithOpenssl = (p7s: Uint8Array, root: Uint8Array, content = seal) => {
  writeFileSync(join(folder, 'seal.bin'), content);
  writeFileSync(join(folder, 'seal.p7s'), p7s);
  writeFileSync(join(folder, 'root.pem'), root);
  return openssl(
    ...words`
      cms -verify -binary -purpose any -inform DER -in seal.p7s
      -content seal.bin -CAfile root.pem -out out -attime ${now}
    `,
  );
};

describe('keygen', () => {
  test('writes keys that only their owner can read, and certificates', async () => {
    const { host } = chained;
    const modes = await Promise.all(
      host.paths().map(async (path) => [path, (await host.stat(path))?.mode]),
    );
    expect(modes.filter(([, mode]) => mode === 0o600)).toEqual([
      ['/keys/intermediate.key', 0o600],
      ['/keys/root.key', 0o600],
      ['/keys/signer.key', 0o600],
    ]);
    expect(modes.filter(([, mode]) => mode === 0o644)).toEqual([
      ['/keys/intermediate.pem', 0o644],
      ['/keys/root.pem', 0o644],
      ['/keys/signer.pem', 0o644],
      ['/keys/trust.pem', 0o644],
    ]);
    expect(direct.signer.certificates).toHaveLength(1);
    expect(chained.signer.certificates.map((one) => one.subjectText)).toEqual([
      'OU=crashseal DEVELOPMENT KEY, CN=Sample Signer',
      'OU=crashseal DEVELOPMENT KEY, CN=Sample Signer intermediate',
    ]);
  });

  test('marks development keys, and only those', () => {
    expect(chained.signer.certificates.map((one) => one.development)).toEqual([true, true]);
    expect(direct.signer.certificates.map((one) => one.development)).toEqual([false]);
  });

  test('issues a signer that openssl and the loader take', () => {
    writeFileSync(join(folder, 'signer.pem'), direct.file('signer.pem').bytes);
    const { stdout } = openssl('x509', '-in', 'signer.pem', '-noout', '-text');
    expect(stdout).toContain('Version: 3 (0x2)');
    expect(stdout).toMatch(/X509v3 Basic Constraints: critical\n\s+CA:FALSE/);
    expect(stdout).toMatch(/X509v3 Key Usage: critical\n\s+Digital Signature\n/);
    expect(stdout).toMatch(/X509v3 Extended Key Usage: \n\s+Code Signing/);
    expect(stdout).toContain('Signature Algorithm: sha256WithRSAEncryption');
    const [signer] = direct.signer.certificates;
    expect(signer?.notAfter).toBe(now + 30 * day);
    expect(direct.anchors[0]?.notAfter).toBe(now + 120 * day);
    expect(chained.anchors[0]?.pathLength).toBe(1);
  });

  test('never overwrites a key', async () => {
    const again = await keygen(direct.host, {
      out: 'keys',
      kind: 'release',
      commonName: 'Another',
      bits: 2048,
      days: 1,
      chain: false,
    });
    expect(kinds(again)).toEqual(['keygen-exists']);
  });

  test('of two runs for one folder makes the keys of one, all of them', async () => {
    const host = realHost();
    const out = join(folder, 'race', 'keys');
    const one = (commonName: string) =>
      keygen(host, { out, kind: 'release', commonName, bits: 2048, days: 1, chain: true });
    const ran = await Promise.all([one('one'), one('two'), one('three')]);
    expect(ran.flatMap(kinds)).toEqual(['keygen-exists', 'keygen-exists']);
    expect(await host.list(join(folder, 'race'))).toEqual(['keys']);
    expect((await host.stat(out))?.mode).toBe(0o700);
    const bytes = async (name: string) => (await host.readFile(join(out, name))) as Uint8Array;
    const [root] = must(readCertificates([{ path: 'root.pem', bytes: await bytes('root.pem') }]));
    const winner = root?.subjectText.replace(' root', '').replace('CN=', '');
    expect(ran.map((made) => made.ok)).toEqual(['one', 'two', 'three'].map((n) => n === winner));
    for (const name of ['root', 'intermediate', 'signer']) {
      expect((await host.stat(join(out, `${name}.key`)))?.mode).toBe(0o600);
      const files = [`${name}.key`, `${name}.pem`].map((path) => bytes(path));
      const [key, pem] = await Promise.all(files);
      must(
        readSigner(
          { path: 'key', bytes: key ?? new Uint8Array() },
          { path: 'pem', bytes: pem ?? new Uint8Array() },
        ),
      );
    }
    const { stdout } = openssl(
      'verify',
      '-CAfile',
      `${out}/trust.pem`,
      '-untrusted',
      `${out}/signer.pem`,
      `${out}/signer.pem`,
    );
    expect(stdout).toContain('OK');
  });

  describe('under an issuer that exists', () => {
    const next = (issuer: KeyPair, change: Partial<KeygenOptions> = {}) =>
      keygen(memoryHost({}, { now }), {
        out: 'next',
        kind: 'release',
        commonName: 'Next Signer',
        bits: 2048,
        days: 3650,
        chain: false,
        issuer,
        ...change,
      });
    const pairOf = (keys: TestKeys, role: string): KeyPair =>
      must(readKeyPair(keys.file(`${role}.key`), keys.file(`${role}.pem`)));

    test('makes a signer that leads to the same root, and ends with its issuer', async () => {
      for (const [keys, role, above] of [
        [chained, 'intermediate', 2],
        [direct, 'root', 1],
      ] as const) {
        const host = memoryHost({}, { now });
        const issuer = pairOf(keys, role);
        const made = must(
          await keygen(host, {
            out: '/next',
            kind: 'release',
            commonName: 'Next Signer',
            bits: 2048,
            days: 3650,
            chain: false,
            issuer,
          }),
        );
        expect(host.paths()).toEqual(['/next/signer.key', '/next/signer.pem']);
        expect(made.trust).toBeUndefined();
        expect(made.notAfter).toBe(issuer.certificates[0].notAfter);
        const bytes = async (path: string) => (await host.readFile(path)) ?? new Uint8Array();
        const signer = must(
          readSigner(
            { path: 'key', bytes: await bytes('/next/signer.key') },
            { path: 'pem', bytes: await bytes('/next/signer.pem') },
          ),
        );
        expect(signer.certificates).toHaveLength(above);
        const p7s = must(await signDetached(seal, signer, now));
        expect(must(verifySignature(seal, p7s, keys.anchors, now)).development).toBe(
          keys === chained,
        );
        const root = keys.file('root.pem').bytes;
        expect(verifyWithOpenssl(p7s, root).stderr).toContain('CMS Verification successful');
      }
    });

    test('takes the name of the issuer as it is, whatever made it', async () => {
      openssl(
        ...words`
          req -x509 -newkey rsa:2048 -nodes -keyout foreign.key
          -out foreign.pem -utf8 -subj ${'/C=DE/O=Ämter & Söhne/CN=Root'} -days 2
          -addext keyUsage=critical,keyCertSign
        `,
      );
      const file = (path: string) => ({ path, bytes: readFileSync(join(folder, path)) });
      const issuer = must(readKeyPair(file('foreign.key'), file('foreign.pem')));
      const host = memoryHost({}, { now: issuer.certificates[0].notBefore + 60 });
      must(
        await keygen(host, {
          out: '/f',
          kind: 'release',
          commonName: 'x',
          bits: 2048,
          days: 1,
          chain: true,
          issuer,
        }),
      );
      writeFileSync(join(folder, 'under.pem'), (await host.readFile('/f/signer.pem')) ?? '');
      const checked = openssl(
        ...words`
          verify -attime ${host.now()} -CAfile foreign.pem
          -untrusted under.pem under.pem
        `,
      );
      expect(checked.stdout).toContain('under.pem: OK');
    });

    test('is refused where no machine would take what it issues', async () => {
      const signer = must(readKeyPair(direct.file('signer.key'), direct.file('signer.pem')));
      expect(kinds(await next(signer))).toEqual(['chain-not-authority']);
      const root = pairOf(direct, 'root');
      expect(kinds(await next(root, { chain: true }))).toEqual(['chain-too-long']);
      const late = { ...memoryHost({}), now: () => now + 1000 * day };
      const options = { out: 'n', kind: 'release', commonName: 'x', bits: 2048, days: 1 } as const;
      expect(kinds(await keygen(late, { ...options, chain: false, issuer: root }))).toEqual([
        'chain-expired',
      ]);
    });
  });

  test.each([1024, 8192, 3071, 2048.5])('refuses %d bits', async (bits) => {
    const options = { out: 'k', kind: 'release', commonName: 'x', days: 1, chain: false } as const;
    expect(kinds(await keygen(memoryHost({}, { now }), { ...options, bits }))).toEqual([
      'keygen-bits',
    ]);
  });
});

describe('a signature', () => {
  test('is the same every time', async () => {
    const once = must(await signDetached(seal, direct.signer, now));
    expect(Buffer.compare(once, must(await signDetached(seal, direct.signer, now)))).toBe(0);
  });

  test('holds the plain RSA signature of the seal at its end', async () => {
    const p7s = must(await signDetached(seal, direct.signer, now));
    const key = createPrivateKey(Buffer.from(direct.file('signer.key').bytes));
    expect(Buffer.compare(p7s.slice(-256), sign('sha256', seal, key))).toBe(0);
  });

  test('is accepted', async () => {
    for (const keys of [direct, chained]) {
      const p7s = must(await signDetached(seal, keys.signer, now));
      const verified = must(verifySignature(seal, p7s, keys.anchors, now));
      expect(verified.signer.subjectText).toContain('CN=Sample Signer');
      expect(verified.chain).toHaveLength(keys === direct ? 2 : 3);
      expect(verified.development).toBe(keys === chained);
    }
  });

  test('is accepted by openssl, and refused when a bit of the content flips', async () => {
    for (const keys of [direct, chained]) {
      const p7s = must(await signDetached(seal, keys.signer, now));
      const root = keys.file('root.pem').bytes;
      expect(verifyWithOpenssl(p7s, root).stderr).toContain('CMS Verification successful');
      const flipped = Uint8Array.from(seal);
      flipped[3] = (flipped[3] ?? 0) ^ 1;
      expect(verifyWithOpenssl(p7s, root, flipped).status).not.toBe(0);
    }
  });

  test('is DER to openssl from end to end', async () => {
    writeFileSync(join(folder, 'seal.p7s'), must(await signDetached(seal, direct.signer, now)));
    const { stdout } = openssl('asn1parse', '-inform', 'DER', '-in', 'seal.p7s');
    expect(stdout.match(/OBJECT +:pkcs7-signedData/g)).toHaveLength(1);
    expect(stdout.match(/OBJECT +:sha256\n/g)).toHaveLength(2);
    expect(stdout.match(/OBJECT +:rsaEncryption\n/g)).toHaveLength(2);
    expect(stdout).not.toContain('inf ');
  });

  test('made by openssl in the same form is accepted', async () => {
    for (const name of ['signer.key', 'signer.pem', 'root.pem'])
      writeFileSync(join(folder, name), direct.file(name).bytes);
    writeFileSync(join(folder, 'seal.bin'), seal);
    execFileSync(
      'openssl',
      words`
        cms -sign -binary -noattr -md sha256 -outform DER
        -in seal.bin -signer signer.pem -inkey signer.key -out o.p7s
      `,
      { cwd: folder },
    );
    const theirs = execFileSync('cat', ['o.p7s'], { cwd: folder });
    const ours = must(await signDetached(seal, direct.signer, now));
    // openssl leaves the parameters of SHA-256 out, twice; all else is the same.
    expect(ours.length - theirs.length).toBe(4);
    expect(kinds(verifySignature(seal, theirs, direct.anchors, now))).toEqual(['signature-form']);
    expect(Buffer.compare(ours.slice(-256), theirs.subarray(-256))).toBe(0);
  });

  test('is refused by us where openssl signed attributes', () => {
    for (const name of ['signer.key', 'signer.pem'])
      writeFileSync(join(folder, name), direct.file(name).bytes);
    writeFileSync(join(folder, 'seal.bin'), seal);
    openssl(
      ...words`
        cms -sign -binary -md sha256 -outform DER -in seal.bin
        -signer signer.pem -inkey signer.key -out o.p7s
      `,
    );
    const theirs = execFileSync('cat', ['o.p7s'], { cwd: folder });
    expect(kinds(verifySignature(seal, theirs, direct.anchors, now))).toEqual(['signature-form']);
  });
});

describe('a signature is refused', () => {
  test('for every bit of it that flips', async () => {
    const p7s = must(await signDetached(seal, direct.signer, now));
    for (let at = 0; at < p7s.length; at++) {
      const changed = Uint8Array.from(p7s);
      changed[at] = (changed[at] ?? 0) ^ (1 << (at % 8));
      expect(verifySignature(seal, changed, direct.anchors, now).ok, `byte ${at}`).toBe(false);
    }
  });

  test('for every cut, and for a byte after it', async () => {
    const p7s = must(await signDetached(seal, direct.signer, now));
    for (let size = 0; size < p7s.length; size++)
      expect(kinds(readSignature(p7s.slice(0, size)))).not.toEqual([]);
    expect(kinds(readSignature(Uint8Array.from([...p7s, 0])))).toEqual(['signature-form']);
  });

  test('or read, whatever its bytes are', async () => {
    const p7s = must(await signDetached(seal, chained.signer, now));
    const change = fc.tuple(fc.nat(p7s.length - 1), fc.nat(255));
    fc.assert(
      fc.property(fc.array(change, { minLength: 1, maxLength: 5 }), (changes) => {
        const changed = Uint8Array.from(p7s);
        for (const [at, byte] of changes) changed[at] = byte;
        const result = verifySignature(seal, changed, chained.anchors, now);
        if (!result.ok)
          for (const problem of result.problems) expect(explain(problem).message).not.toBe('');
        else expect(Buffer.compare(changed, p7s)).toBe(0);
      }),
      { numRuns: 1000 },
    );
    fc.assert(fc.property(fc.uint8Array({ maxLength: 300 }), (any) => !readSignature(any).ok));
  });

  test('over another seal', async () => {
    const p7s = must(await signDetached(seal, direct.signer, now));
    expect(kinds(verifySignature(seal.slice(1), p7s, direct.anchors, now))).toEqual([
      'signature-wrong',
    ]);
  });

  test('before and after the days of its certificate', async () => {
    const p7s = must(await signDetached(seal, direct.signer, now));
    const at = (time: number) => kinds(verifySignature(seal, p7s, direct.anchors, time));
    expect(at(now - 3600)).toEqual([]);
    expect(at(now - 3601)).toEqual(['chain-not-yet-valid']);
    expect(at(now + 30 * day)).toEqual([]);
    expect(at(now + 30 * day + 1)).toEqual(['chain-expired']);
    expect(kinds(await signDetached(seal, direct.signer, now + 31 * day))).toEqual([
      'chain-expired',
    ]);
  });

  test('without an anchor, and with a stranger of the same name', async () => {
    const p7s = must(await signDetached(seal, chained.signer, now));
    expect(kinds(verifySignature(seal, p7s, [], now))).toEqual(['chain-no-anchor']);
    expect(kinds(verifySignature(seal, p7s, direct.anchors, now))).toEqual(['chain-no-anchor']);
  });

  test('with a root of the same name and another key', async () => {
    const other = await testKeys();
    const p7s = must(await signDetached(seal, direct.signer, now));
    expect(kinds(verifySignature(seal, p7s, other.anchors, now))).toEqual(['chain-signature']);
  });

  test('without the authority between, or with the root after it', async () => {
    const [leaf, authority] = chained.signer.certificates;
    const [root] = chained.anchors;
    if (leaf === undefined || authority === undefined || root === undefined) throw new Error();
    const kindsFor = async (certificates: readonly Certificate[]) => {
      const p7s = await signDetached(seal, { ...chained.signer, certificates }, now);
      return kinds(p7s.ok ? verifySignature(seal, p7s.value, chained.anchors, now) : p7s);
    };
    expect(await kindsFor([leaf, authority])).toEqual([]);
    expect(await kindsFor([leaf])).toEqual(['chain-no-anchor']);
    expect(await kindsFor([leaf, authority, root])).toEqual(['signer-root']);
    expect(await kindsFor([leaf, root, authority])).toEqual(['signer-order']);
  });
});

describe('a chain is refused', () => {
  const name = (commonName: string) => ({ commonName });
  const newKey = (bits = 2048) => generateKeyPairSync('rsa', { modulusLength: bits }).privateKey;
  const rootKey = newKey();
  const leafKey = newKey();
  const base = {
    subject: name('leaf'),
    issuer: name('root'),
    subjectKey: leafKey,
    issuerKey: rootKey,
    serial: Uint8Array.from({ length: 16 }, () => 0x55),
    notBefore: now - day,
    notAfter: now + day,
    authorityOver: undefined,
  } as const;
  const root = { ...base, subject: name('root'), subjectKey: rootKey, authorityOver: 0 };
  type Issue = Parameters<typeof issueCertificate>[0];
  const issued = (issue: Issue) => must(parseCertificate(issueCertificate(issue), 'test'));
  const signedBy = (key: typeof leafKey, certificates: readonly Certificate[]) => {
    const [leaf] = certificates;
    if (leaf === undefined) throw new Error();
    return renderCms({
      certificates: certificates.map(({ der }) => der),
      issuer: leaf.issuer,
      serial: leaf.serial,
      signature: sign('sha256', seal, key),
    });
  };
  const result = (
    key: typeof leafKey,
    certificates: readonly Certificate[],
    anchors: readonly Certificate[],
  ) => kinds(verifySignature(seal, signedBy(key, certificates), anchors, now));

  test('not when it is good', () => {
    expect(result(leafKey, [issued(base)], [issued(root)])).toEqual([]);
  });

  test('when a signer issued the signer', () => {
    const middleKey = newKey();
    const leaf = issued({ ...base, issuer: name('middle'), issuerKey: middleKey });
    const middle = issued({ ...base, subject: name('middle'), subjectKey: middleKey });
    expect(result(leafKey, [leaf, middle], [issued(root)])).toEqual(['chain-key-usage']);
  });

  test('when it is longer than an authority allows', () => {
    const lowKey = newKey();
    const highKey = newKey();
    const leaf = issued({ ...base, issuer: name('low'), issuerKey: lowKey });
    const low = issued({
      ...base,
      subject: name('low'),
      subjectKey: lowKey,
      issuer: name('high'),
      issuerKey: highKey,
      authorityOver: 0,
    });
    const high = issued({
      ...base,
      subject: name('high'),
      subjectKey: highKey,
      authorityOver: 0,
    });
    expect(result(leafKey, [leaf, low, high], [issued(root)])).toEqual(['chain-too-long']);
  });

  test('when an authority signed the seal itself', () => {
    const authority = issued({ ...base, authorityOver: 0 });
    expect(result(leafKey, [authority], [issued(root)])).toEqual(['chain-key-usage']);
  });

  test('when a key is too short', () => {
    const shortKey = newKey(1024);
    const leaf = issued({ ...base, subjectKey: shortKey });
    expect(result(shortKey, [leaf], [issued(root)])).toEqual(['chain-key-size']);
  });

  test('when a date is none that a calendar has', () => {
    const { der } = issued({ ...base, notAfter: Date.UTC(2027, 11, 31) / 1000 });
    const text = Buffer.from(der).toString('latin1');
    expect(text).toContain('271231000000Z');
    for (const wrong of ['271331000000Z', '271232000000Z', '270230000000Z', '271231240000Z']) {
      const changed = Buffer.from(text.replace('271231000000Z', wrong), 'latin1');
      expect(parseCertificate(Uint8Array.from(changed), 'test').ok, wrong).toBe(false);
    }
  });

  test('when its anchor has expired', () => {
    const expired = issued({ ...root, notAfter: now - 1 });
    expect(result(leafKey, [issued(base)], [expired])).toEqual(['chain-expired']);
  });

  test('when it signed itself and nobody trusts it', () => {
    const own = issued({ ...base, issuer: name('leaf'), issuerKey: leafKey });
    expect(result(leafKey, [own], [issued(root)])).toEqual(['chain-no-anchor']);
    // Trusted by itself, it is an anchor for itself alone.
    expect(result(leafKey, [own], [own])).toEqual([]);
    // Not for another of its name and key, as the loader has it.
    const later = issued({ ...base, issuer: name('leaf'), issuerKey: leafKey, notAfter: now + 1 });
    expect(result(leafKey, [later], [own])).toEqual(['chain-no-anchor']);
  });
});

describe('a signer is refused', () => {
  test('with the key of another', () => {
    const [key, certificate] = [chained.file('signer.key'), direct.file('signer.pem')];
    expect(kinds(readSigner(key, certificate))).toEqual(['key-not-of-certificate']);
  });

  test('with no key, or no certificate', () => {
    const none = { path: 'none', bytes: new Uint8Array() };
    expect(kinds(readSigner(none, direct.file('signer.pem')))).toEqual(['key-unreadable']);
    expect(kinds(readSigner(direct.file('signer.key'), none))).toEqual(['certificates-missing']);
    const half = { path: 'half', bytes: direct.file('signer.pem').bytes.slice(0, 300) };
    expect(kinds(readSigner(direct.file('signer.key'), half))).toEqual(['certificates-missing']);
  });

  test('with a certificate of another kind of key', async () => {
    execFileSync(
      'openssl',
      words`
        req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes
        -keyout ec.key -out ec.pem -subj /CN=ec -days 1
      `,
      { cwd: folder, stdio: 'ignore' },
    );
    const file = (path: string) => ({ path, bytes: execFileSync('cat', [path], { cwd: folder }) });
    const signer = must(readSigner(file('ec.key'), file('ec.pem')));
    expect(kinds(await signDetached(seal, signer, Date.now() / 1000))).toEqual(['chain-not-rsa']);
  });

  test('and a certificate comes back from PEM as it was', () => {
    const [leaf] = direct.signer.certificates;
    if (leaf === undefined) throw new Error();
    expect(writePem(leaf.der)).toBe(Buffer.from(direct.file('signer.pem').bytes).toString());
  });
});
