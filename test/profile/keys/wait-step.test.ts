import { expect, test } from 'vitest';
import { problemsWith, settled } from '../profile-texts.ts';

const step = (code: string) => ['arch: s390x', `onCorruption: [{ step: wait, code: ${code} }]`];

test.each([
  ['"0xd0d0"', 0xd0d0n],
  ['0xd0d0', 0xd0d0n],
  ['"0x7ffffffe"', 0x7ffffffen],
])('code %s', (code, expected) => {
  expect(settled(...step(code)).onCorruption[0]).toEqual({ kind: 'wait', code: expected });
});

test('without a code purgatory says what it found', () => {
  expect(settled('arch: s390x', 'onCorruption: [wait]').onCorruption[0]).toEqual({
    kind: 'wait',
    code: undefined,
  });
});

test.each([
  ['"d0d0"', 'form'],
  ['-1', 'form'],
  ['0', 'range'],
  ['"0x80000000"', 'range'],
  ['"0x1fff"', 'quiesce'],
  ['"0x4500"', 'dumper'],
  ['"0x46fe"', 'dumper'],
  ['"0xc504"', 'own'],
])('code %s is refused: %s', (code, mistake) => {
  expect(problemsWith(...step(code))).toMatchObject([
    { kind: 'wait-code', mistake: { kind: mistake } },
  ]);
});
