import { expect, test } from 'vitest';
import { kindsWith, settled } from '../profile-texts.ts';

test.each([
  [[], 'rearm'],
  [['arch: s390x'], 'rearm'],
  [['hotplug: kernel'], 'kernel'],
  [['hotplug: kernel', 'backend: auto'], 'kernel'],
])('%j: %s', (lines, hotplug) => {
  expect(settled(...lines).hotplug).toBe(hotplug);
});

test.each([
  [['hotplug: udev'], ['wrong-value']],
  [['hotplug: kernel', 'arch: s390x'], ['not-on-arch']],
  [['hotplug: kernel', 'backend: file'], ['needs-segments']],
  [['hotplug: rearm', 'backend: file'], ['needs-segments']],
])('%j', (lines, kinds) => {
  expect(kindsWith(...lines)).toEqual(kinds);
});
