import { expect, test } from 'vitest';
import { kindsWith, settled } from '../profile-texts.ts';

test('a level is for machines that have levels', () => {
  expect(settled('arch: s390x', 'machineLevel: z14').machineLevel).toBe('z14');
  expect(settled('arch: s390x').machineLevel).toBeUndefined();
  expect(kindsWith('machineLevel: z14')).toEqual(['not-on-arch']);
  expect(kindsWith('arch: s390x', 'machineLevel: z99')).toEqual(['wrong-value']);
});
