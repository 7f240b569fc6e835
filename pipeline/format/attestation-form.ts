/**
 * The one form of a test-crash statement: an in-toto statement with the test-result predicate, as JSON in one line.
 * The keys stand in the order of the specification's examples, so what a machine goes by comes first, and a loader
 * compares bytes where others parse JSON. docs/format.md, "The attestation".
 */

export const statementType = 'https://in-toto.io/Statement/v1';
export const testResultType = 'https://in-toto.io/attestation/test-result/v0.1';
/** What the subject's digest is of. */
export const subjectName = 'seal.bin';

/** The parts between which the digits of the digest, the predicate's type and its result stand. */
export const statementParts = {
  begin: `{"_type":"${statementType}","subject":[{"name":"${subjectName}","digest":{"sha256":"`,
  predicateType: '"}}],"predicateType":"',
  result: '","predicate":{"result":"',
  configuration: '","configuration":[',
  end: ']}}\n',
} as const;

export const testResults = ['PASSED', 'WARNED', 'FAILED'] as const;
export type TestResult = (typeof testResults)[number];

/** An attestation stands beside its bundle, under the bundle's name and this. */
export const attestationEnding = '.test-crash';
