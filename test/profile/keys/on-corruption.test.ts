import { describe, expect, test } from 'vitest';
import { kindsWith, problemsWith, settled } from '../profile-texts.ts';

describe('where the profile says nothing', () => {
  test('the architecture decides, and tells it where there is a console', () => {
    expect(settled().onCorruption).toEqual([{ kind: 'reset' }]);
    expect(settled('console: { device: ttyS0 }').onCorruption).toEqual([
      { kind: 'message' },
      { kind: 'reset' },
    ]);
    expect(settled('arch: s390x', 'console: sclp').onCorruption.map(({ kind }) => kind)).toEqual([
      'message',
      'return',
      'wait',
    ]);
  });

  test('a call that no step decides is decided by the architecture', () => {
    expect(
      settled('arch: s390x', 'onCorruption: [{ step: wait, in: start }]').onCorruption,
    ).toEqual([
      { kind: 'wait', code: undefined, in: 'start' },
      { kind: 'return', in: 'check' },
    ]);
  });
});

test.each([
  ['pvpanic', { kind: 'pvpanic', port: 0x505 }],
  ['{ step: pvpanic, port: 0x600 }', { kind: 'pvpanic', port: 0x600 }],
])('%s has a port', (step, expected) => {
  expect(settled(`onCorruption: [${step}, reset]`).onCorruption[0]).toEqual(expected);
});

describe('a policy decides something, once, and where it can', () => {
  test.each([
    ['[]', ['wrong-value']],
    ['[massage, reset]', ['wrong-value']],
    ['[pvpanic]', ['policy-not-final']],
    ['[halt, reset]', ['policy-after-final']],
    ['[message, reset]', ['message-without-console']],
    ['[pvpanic, pvpanic, reset]', ['policy-step-twice']],
    ['[{ step: pvpanic, port: 0 }, reset]', ['wrong-value']],
    ['[{ step: pvpanic, prot: 1 }, reset]', ['unknown-key']],
    ['[return]', ['not-on-arch', 'policy-not-final']],
    [`[${'pvpanic, '.repeat(9)}]`, ['wrong-value']],
  ])('onCorruption: %s', (value, kinds) => {
    expect(kindsWith(`onCorruption: ${value}`)).toEqual(kinds);
  });

  test('per call, where purgatory is called twice', () => {
    const on = (steps: string) => kindsWith('arch: s390x', `onCorruption: ${steps}`);
    expect(on('[{ step: wait, in: check }, { step: wait, in: start }]')).toEqual([]);
    expect(on('[return, wait]')).toEqual([]);
    expect(on('[wait, return]')).toEqual(['policy-after-final']);
    expect(on('[{ step: return, in: start }, wait]')).toEqual(['return-in-start-call']);
  });
});

test('a policy of ours is not run by the purgatory of another', () => {
  expect(kindsWith('onCorruption: [reset]', 'backend: file')).toEqual(['needs-segments']);
  expect(kindsWith('onCorruption: [reset]', 'backend: auto')).toEqual([]);
});

test('a broken console does not lead to contradictions with it', () => {
  expect(kindsWith('consol: { device: ttyS0 }', 'onCorruption: [message, reset]')).toEqual([
    'unknown-key',
  ]);
  expect(kindsWith('console: { device: 3 }', 'onCorruption: [message, reset]')).toEqual([
    'wrong-value',
  ]);
});

test('every mistake of a policy is told at once', () => {
  expect(problemsWith('onCorruption: [message, halt, pvpanic]')).toMatchObject([
    { kind: 'message-without-console', place: { line: 5, column: 16 } },
    { kind: 'policy-after-final', step: 'pvpanic', final: 'halt' },
  ]);
});
