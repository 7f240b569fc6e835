import { expect, test } from 'vitest';
import { kindsWith, settled } from '../profile-texts.ts';

const buildId = '5b0e2c1f7a7f4d0c8a1d5b0e2c1f7a7f4d0c8a1d';

test.each([
  ['{}', []],
  [
    '{ release: 6.12.48-amd64 }',
    [{ file: 'proc/sys/kernel/osrelease', test: { kind: 'equals', value: '6.12.48-amd64' } }],
  ],
  [
    '{ release: 6.12.* }',
    [{ file: 'proc/sys/kernel/osrelease', test: { kind: 'prefix', value: '6.12.' } }],
  ],
  [
    `{ buildId: ${buildId} }`,
    [{ file: 'sys/kernel/notes', test: { kind: 'buildId', value: buildId } }],
  ],
])('systemKernel: %s', (value, match) => {
  expect(settled(`systemKernel: ${value}`).match).toEqual(match);
});

test.each([
  ['{ release: "*" }', 'wrong-value'],
  ['{ release: "a b" }', 'wrong-value'],
  ['{ buildId: abc }', 'wrong-value'],
  ['{ version: 6 }', 'unknown-key'],
])('systemKernel: %s: %s', (value, kind) => {
  expect(kindsWith(`systemKernel: ${value}`)).toEqual([kind]);
});
