import { expect, test } from 'vitest';
import { problemsWith, settled } from '../profile-texts.ts';

test.each(['reboot', 'poweroff', 'halt', 'shell'] as const)('finalAction: %s', (action) => {
  expect(settled(`finalAction: ${action}`).finalAction).toBe(action);
});

test('without it the machine reboots, and a near miss is told', () => {
  expect(settled().finalAction).toBe('reboot');
  expect(problemsWith('finalAction: rebot')).toMatchObject([
    { kind: 'wrong-value', key: 'finalAction', nearest: 'reboot' },
  ]);
});
