/** What a tester states, as bytes: the same for the same result, and what the in-toto specifications ask for. */
import { describe, expect, test } from 'vitest';
import { encodeStatement, readHead, readStatement } from '../../pipeline/attest/statement.ts';
import { statementOf as provenBy } from '../../pipeline/prove/proof-statement.ts';
import { sampleProof } from '../fixtures/sample-proof.ts';

const proof = { ...sampleProof, sealDigest: 'ab'.repeat(32) };
const statement = provenBy(proof, '1.2.3');
const bytes = encodeStatement(statement);

test('stands in one line of JSON, as the document has it', async () => {
  await expect(Buffer.from(bytes).toString()).toMatchFileSnapshot('../golden/statement.json');
});

test('is an in-toto statement with the test-result predicate', () => {
  const read = JSON.parse(Buffer.from(bytes).toString());
  expect(read).toEqual({
    _type: 'https://in-toto.io/Statement/v1',
    subject: [{ name: 'seal.bin', digest: { sha256: proof.sealDigest } }],
    predicateType: 'https://in-toto.io/attestation/test-result/v0.1',
    predicate: {
      result: 'FAILED',
      configuration: expect.any(Array),
      passedTests: ['capture: the dump is complete'],
      warnedTests: ['fall-back-2: target 2 gets the dump'],
      failedTests: ['capture: every page can be read'],
    },
  });
  // A resource descriptor has at least one of these.
  for (const one of read.predicate.configuration)
    expect(Object.keys(one)).toContain(one.digest === undefined ? 'uri' : 'digest');
});

describe('the same result gives the same bytes', () => {
  const again = (change: Partial<typeof proof>) =>
    encodeStatement(provenBy({ ...proof, ...change }, '1.2.3'));
  const same = (other: Uint8Array): boolean => Buffer.compare(bytes, other) === 0;

  test('whatever it took, wherever it was, and in whatever order it was found', () => {
    expect(same(again({ seconds: 9000, logs: null, path: '/elsewhere' }))).toBe(true);
    expect(same(again({ findings: proof.findings.toReversed() }))).toBe(true);
    const said = proof.findings.map((one) => ({ ...one, detail: 'at 0x1234' }));
    expect(same(again({ findings: said }))).toBe(true);
  });

  test('and another result others', () => {
    expect(same(again({ findings: proof.findings.slice(1) }))).toBe(false);
    expect(same(again({ qemu: 'QEMU emulator version 9.0.0' }))).toBe(false);
    expect(same(again({ sealDigest: 'cd'.repeat(32) }))).toBe(false);
  });
});

describe('the result', () => {
  const resultOf = (change: Partial<typeof proof>) => provenBy({ ...proof, ...change }, '1').result;
  const [passed, failed, unproven] = proof.findings;
  if (passed === undefined || failed === undefined || unproven === undefined)
    throw new Error('a finding of each');

  test('is FAILED where one failed', () => {
    expect(resultOf({})).toBe('FAILED');
  });
  test('is WARNED where something was not proven, and nothing failed', () => {
    expect(resultOf({ findings: [passed, unproven] })).toBe('WARNED');
  });
  test('is WARNED where nothing was found at all', () => {
    expect(resultOf({ findings: [] })).toBe('WARNED');
  });
  test('is WARNED after one panic only, since the rest was not tried', () => {
    expect(resultOf({ findings: [passed], quick: true })).toBe('WARNED');
  });
  test('is PASSED where all passed', () => {
    expect(resultOf({ findings: [passed] })).toBe('PASSED');
  });
  test('counts what was seen twice as the worse', () => {
    const twice = provenBy({ ...proof, findings: [passed, { ...passed, outcome: 'failed' }] }, '1');
    expect(twice).toMatchObject({
      result: 'FAILED',
      passed: [],
      failed: ['capture: the dump is complete'],
    });
  });
});

describe('what is read', () => {
  test('is what was written, whatever the names hold', () => {
    const odd = {
      ...statement,
      result: 'WARNED',
      passed: ['a "quoted" \\ name', 'line\nbreak', 'd\u00fcmp', '\u{1f480}', '\x7f'],
      configuration: [{ name: '\u00e9', uri: 'x:y', annotations: { b: true, a: 1 } }],
    } as const;
    const written = encodeStatement(odd);
    expect(Buffer.from(written).toString('latin1')).toMatch(/^[\x20-\x7e]*\n$/);
    const head = readHead(written);
    if (head.kind !== 'head') throw new Error(head.kind);
    expect(readStatement(written, head.head)).toEqual(odd);
    expect(JSON.parse(Buffer.from(written).toString()).predicate.passedTests).toEqual(odd.passed);
  });

  test.each([
    ['a key more', (text: string) => text.replace('"warnedTests"', '"url":"x","warnedTests"')],
    ['a key less', (text: string) => text.replace(/"warnedTests":\[[^\]]*\],/, '')],
    ['another order', (text: string) => text.replace('"name":"qemu","uri"', '"uri":"x","name"')],
    ['a number as text', (text: string) => text.replace('"cpus":2', '"cpus":2.0')],
    ['no JSON', (text: string) => text.replace('"warnedTests":', '"warnedTests";')],
  ])('is refused with %s', (_, change) => {
    const changed = Buffer.from(change(Buffer.from(bytes).toString()));
    expect(Buffer.compare(changed, bytes)).not.toBe(0);
    const head = readHead(changed);
    if (head.kind !== 'head') throw new Error(head.kind);
    expect(readStatement(changed, head.head)).toBeUndefined();
  });
});
