import { expect, test } from 'vitest';
import { kindsWith, problemsWith, settled } from '../profile-texts.ts';

test('loads are limited only where the profile asks for it', () => {
  expect(settled().limitLoads).toBe(false);
  expect(settled('limitLoads: true').limitLoads).toBe(true);
  expect(settled('limitLoads: true', 'hotplug: kernel').limitLoads).toBe(true);
  expect(kindsWith('limitLoads: yes')).toEqual(['wrong-value']);
});

test('a loader that is to arm again must be allowed to load again', () => {
  expect(problemsWith('limitLoads: true', 'hotplug: rearm')).toMatchObject([
    { kind: 'limit-forbids-rearm', place: { line: 5 }, hotplugPlace: { line: 6 } },
  ]);
  expect(kindsWith('limitLoads: false', 'hotplug: rearm')).toEqual([]);
});
