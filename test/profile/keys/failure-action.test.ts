import { expect, test } from 'vitest';
import { problemsWith, settled } from '../profile-texts.ts';

test.each(['reboot', 'poweroff', 'halt', 'shell'] as const)('failureAction: %s', (action) => {
  expect(settled(`failureAction: ${action}`).failureAction).toBe(action);
});

test('without it the machine reboots, and a near miss is told', () => {
  expect(settled().failureAction).toBe('reboot');
  expect(problemsWith('failureAction: rebot')).toMatchObject([
    { kind: 'wrong-value', key: 'failureAction', nearest: 'reboot' },
  ]);
});
