/** What other programs make of an attestation: `openssl cms` of the file, `python3` and `openssl dgst` of the envelope. */
import { execFileSync, spawnSync } from 'node:child_process';
import { createPublicKey } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { attest } from '../../pipeline/attest/attest.ts';
import { dsseEnvelope } from '../../pipeline/attest/dsse.ts';
import { splitAttestations } from '../../pipeline/attest/verify-attestation.ts';
import { words } from '../../pipeline/units/words.ts';
import { statementOf } from '../fixtures/attestations.ts';
import { type TestKeys, testKeys } from '../fixtures/keys.ts';
import { now } from '../fixtures/now.ts';
import { must } from '../fixtures/results.ts';

const statement = statementOf(Uint8Array.of(1, 2, 3));
let keys: TestKeys;
let folder = '';
const at = (name: string): string => join(folder, name);
beforeAll(async () => {
  keys = await testKeys({ tester: true, chain: true });
  folder = mkdtempSync(join(tmpdir(), 'crashseal-'));
  writeFileSync(at('root.pem'), keys.file('root.pem').bytes);
});
afterAll(() => rmSync(folder, { recursive: true }));

test('openssl takes the signature over the statement, and over nothing else', async () => {
  writeFileSync(at('web.test-crash'), must(await attest(statement, keys.signer, now)));
  // As docs/signing.md has it.
  execFileSync('sh', [
    '-c',
    `head -n 1 ${at('web.test-crash')} >${at('statement.json')} && tail -n +2 ${at('web.test-crash')} >${at('statement.p7s')}`,
  ]);
  expect(Buffer.compare(readFileSync(at('statement.json')), statement)).toBe(0);
  const verify = () =>
    spawnSync(
      'openssl',
      words`cms -verify -binary -purpose any -inform DER -in ${at('statement.p7s')} -content ${at('statement.json')}
      -CAfile ${at('root.pem')} -attime ${now} -out /dev/null`,
      { encoding: 'utf8' },
    );
  expect(verify()).toMatchObject({ status: 0, stderr: 'CMS Verification successful\n' });
  writeFileSync(
    at('statement.json'),
    Buffer.from(statement).toString().replace('PASSED', 'FAILED'),
  );
  expect(verify().status).not.toBe(0);
});

test('the certificate says that it is for testers', () => {
  writeFileSync(at('tester.pem'), keys.file('tester.pem').bytes);
  const shown = execFileSync(
    'openssl',
    words`x509 -in ${at('tester.pem')} -noout -ext extendedKeyUsage`,
    {
      encoding: 'utf8',
    },
  );
  expect(shown).toContain('2.25.234951706416928805938111016921829324665');
});

/** The pre-authentication encoding, from its specification and nothing of ours. */
const python = `
import base64, json, sys
envelope = json.load(open(sys.argv[1]))
kind, body = envelope['payloadType'].encode(), base64.b64decode(envelope['payload'], validate=True)
[signature] = envelope['signatures']
open(sys.argv[2], 'wb').write(b' '.join([b'DSSEv1', b'%d' % len(kind), kind, b'%d' % len(body), body]))
open(sys.argv[3], 'wb').write(base64.b64decode(signature['sig'], validate=True))
print(json.loads(body)['predicateType'], envelope['payloadType'], signature['keyid'])
`;

test('the DSSE envelope is taken by python3 and openssl', async () => {
  writeFileSync(at('envelope.json'), must(await dsseEnvelope(statement, keys.signer, now)));
  const said = execFileSync('python3', ['-c', python, at('envelope.json'), at('pae'), at('sig')], {
    encoding: 'utf8',
  });
  const [leaf] = keys.signer.certificates;
  const spki = leaf?.spki ?? new Uint8Array();
  const keyid = execFileSync('sha256sum', { input: spki }).toString().slice(0, 64);
  expect(said.trim().split(' ')).toEqual([
    'https://in-toto.io/attestation/test-result/v0.1',
    'application/vnd.in-toto+json',
    keyid,
  ]);
  const key = createPublicKey({ key: Buffer.from(spki), format: 'der', type: 'spki' });
  writeFileSync(at('key.pem'), key.export({ type: 'spki', format: 'pem' }));
  const verify = () =>
    spawnSync(
      'openssl',
      words`dgst -sha256 -verify ${at('key.pem')} -signature ${at('sig')} ${at('pae')}`,
    );
  expect(verify().status).toBe(0);
  writeFileSync(at('pae'), readFileSync(at('pae')).subarray(1));
  expect(verify().status).not.toBe(0);
});

test('the same statement, signed again, gives the same bytes', async () => {
  const both = [
    await attest(statement, keys.signer, now),
    await attest(statement, keys.signer, now + 5),
  ];
  const [one, two] = both.map(must);
  expect(Buffer.compare(one ?? new Uint8Array(), two ?? new Uint8Array())).toBe(0);
  expect(must(splitAttestations({ path: 'x', bytes: one ?? new Uint8Array() }))).toHaveLength(1);
});
