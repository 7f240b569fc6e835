import { expect, test } from 'vitest';
import { targets } from '../../../pipeline/targets/targets.ts';
import { problemsWith, settled } from '../profile-texts.ts';

test.each(Object.entries(targets))(
  'an example of kind %s is settled by its folder',
  (kind, { example }) => {
    const lines = [`target: ${JSON.stringify(example)}`, 'localOverlay: { max: 64K }'];
    expect(settled(...lines).targets[0]?.kind).toBe(kind);
  },
);

test('a kind that there is not is refused, and so is a key of no kind', () => {
  expect(problemsWith('target: { kind: tape, device: /dev/st0 }')).toMatchObject([
    { kind: 'wrong-value', key: 'target.kind' },
  ]);
  expect(problemsWith('target: { kind: raw, device: /dev/vdb, wait: 3 }')).toMatchObject([
    { kind: 'unknown-key', nearest: 'target.waitSeconds' },
  ]);
  expect(problemsWith('target: /dev/vdb')).toMatchObject([{ kind: 'wrong-value', key: 'target' }]);
});

test('what a kind says against the architecture is told with its place', () => {
  expect(problemsWith('target: { kind: raw, device: /dev/vdb, online: [0.0.0201] }')).toMatchObject(
    [{ kind: 'not-on-arch', key: 'target.online', place: { line: 4 } }],
  );
});
