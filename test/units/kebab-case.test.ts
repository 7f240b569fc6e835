import { expect, test } from 'vitest';
import { kebabCase } from '../../pipeline/units/kebab-case.ts';

test.each([
  ['notAfter', 'not-after'],
  ['regionNoMemory', 'region-no-memory'],
  ['raw', 'raw'],
])('%s is written %s', (name, written) => {
  expect(kebabCase(name)).toBe(written);
});
