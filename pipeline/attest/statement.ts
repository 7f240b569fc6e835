/**
 * What a tester states of a bundle, as bytes and back: an in-toto statement v1 with the test-result predicate v0.1.
 * The same result gives the same bytes: there is no time in it. docs/format.md, "The attestation".
 */
import {
  statementParts,
  type TestResult,
  testResults,
  testResultType,
} from '../format/attestation-form.ts';
import type { Digest } from '../units/units.ts';

/** A resource descriptor: what ran, or what it ran with. One of `uri` and `digest` must be there. */
export type Described = {
  readonly name: string;
  readonly uri?: string;
  readonly digest?: Digest;
  readonly annotations?: Readonly<Record<string, string | number | boolean>>;
};

export type TestStatement = {
  readonly sealDigest: Digest;
  readonly result: TestResult;
  readonly configuration: readonly Described[];
  /** Names of tests. */
  readonly passed: readonly string[];
  /** That could not be proven. */
  readonly warned: readonly string[];
  readonly failed: readonly string[];
};

/** In printable ASCII. */
const json = (value: unknown): string =>
  JSON.stringify(value).replace(/[^\x20-\x7e]/gu, (char) =>
    // A character beyond the first 65536 is two units, as JSON writes it.
    [...Array(char.length).keys()]
      .map((index) => `\\u${char.charCodeAt(index).toString(16).padStart(4, '0')}`)
      .join(''),
  );

const descriptor = ({ name, uri, digest, annotations }: Described): string =>
  json({
    name,
    ...(uri === undefined ? {} : { uri }),
    ...(digest === undefined ? {} : { digest: { sha256: digest } }),
    ...(annotations === undefined
      ? {}
      : {
          annotations: Object.fromEntries(
            Object.entries(annotations).sort(([a], [b]) => (a < b ? -1 : 1)),
          ),
        }),
  });

export function encodeStatement(statement: TestStatement): Uint8Array {
  const { begin, predicateType, result, configuration, end } = statementParts;
  const { passed, warned, failed } = statement;
  const text = [
    ...[begin, statement.sealDigest, predicateType, testResultType],
    ...[result, statement.result, configuration],
    statement.configuration.map(descriptor).join(','),
    `],"passedTests":${json(passed)},"warnedTests":${json(warned)},"failedTests":[`,
    failed.map(json).join(','),
    end,
  ];
  return new TextEncoder().encode(text.join(''));
}

/** What stands in fixed places, which is all that a loader looks at. */
export type StatementHead = { readonly sealDigest: string; readonly result: TestResult };

export type HeadRead =
  | { readonly kind: 'head'; readonly head: StatementHead }
  | { readonly kind: 'other predicate'; readonly found: string }
  | { readonly kind: 'malformed' };

const digestDigits = 64;

/** In the loader's order (loader/trust/attestation.c). */
export function readHead(bytes: Uint8Array): HeadRead {
  const { begin, predicateType, result, configuration, end } = statementParts;
  const text = Buffer.from(bytes).toString('latin1');
  if (!/^[\x20-\x7e]*\n$/.test(text) || !text.endsWith(end) || !text.startsWith(begin))
    return { kind: 'malformed' };
  const at = begin.length + digestDigits;
  if (!text.startsWith(predicateType, at)) return { kind: 'malformed' };
  const typed = text.slice(at + predicateType.length);
  if (!typed.startsWith(`${testResultType}${result}`))
    return { kind: 'other predicate', found: /^[^"]{0,200}/.exec(typed)?.[0] ?? '' };
  const rest = typed.slice(testResultType.length + result.length);
  const found = testResults.find((one) => rest.startsWith(`${one}${configuration}`));
  return found === undefined
    ? { kind: 'malformed' }
    : { kind: 'head', head: { sealDigest: text.slice(begin.length, at), result: found } };
}

type Json = Readonly<Record<string, unknown>>;
const isMap = (value: unknown): value is Json => typeof value === 'object' && value !== null;
const isText = (value: unknown): value is string => typeof value === 'string';
const textsIn = (value: unknown): readonly string[] =>
  Array.isArray(value) ? value.filter(isText) : [];

function describedIn(value: unknown): Described {
  const { name, uri, digest, annotations } = isMap(value) ? value : {};
  const plain = Object.entries(isMap(annotations) ? annotations : {}).flatMap(([key, one]) =>
    isText(one) || typeof one === 'number' || typeof one === 'boolean' ? [[key, one] as const] : [],
  );
  return {
    name: isText(name) ? name : '',
    ...(isText(uri) ? { uri } : {}),
    ...(isMap(digest) && isText(digest.sha256) ? { digest: digest.sha256 as Digest } : {}),
    ...(annotations === undefined ? {} : { annotations: Object.fromEntries(plain) }),
  };
}

/** All of a statement whose head was read; undefined where it is not what {@link encodeStatement} writes. */
export function readStatement(bytes: Uint8Array, head: StatementHead): TestStatement | undefined {
  let whole: unknown;
  try {
    whole = JSON.parse(Buffer.from(bytes).toString('latin1'));
  } catch {
    return undefined;
  }
  const predicate = isMap(whole) && isMap(whole.predicate) ? whole.predicate : {};
  const { configuration, passedTests, warnedTests, failedTests } = predicate;
  const statement = {
    ...head,
    sealDigest: head.sealDigest as Digest,
    configuration: Array.isArray(configuration) ? configuration.map(describedIn) : [],
    passed: textsIn(passedTests),
    warned: textsIn(warnedTests),
    failed: textsIn(failedTests),
  };
  return Buffer.compare(encodeStatement(statement), bytes) === 0 ? statement : undefined;
}
