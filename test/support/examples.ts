/** What the checks of a change leave to `make test-matrix TESTS=FILE`: there, each file of test/e2e runs in full. */
import { test } from 'vitest';

const inFull = process.env.CRASHSEAL_TEST_IN_FULL !== undefined;

/** The first rows of a table of tests; all of them in full. */
export const examples = <Row>(rows: readonly Row[], count: number): readonly Row[] =>
  inFull ? rows : rows.slice(0, count);

/** A test that there is in full only. */
export const testInFull = (name: string, run: () => Promise<void>): void => {
  if (inFull) test(name, run);
};
