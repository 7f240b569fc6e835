/** `make test` runs the first rows of a table, and `make test-matrix TESTS=FILE` all of them. */
import { test } from 'vitest';

const inFull = process.env.CRASHSEAL_TEST_IN_FULL !== undefined;

export const examples = <Row>(rows: readonly Row[], count: number): readonly Row[] =>
  inFull ? rows : rows.slice(0, count);

/** A test that only `make test-matrix` runs; `make test` says that it is skipped. */
export const testInFull = test.runIf(inFull);
