/** Lines for the person at the console. */
import { execFileSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { inFolder, shell } from './shell.ts';

test('every line begins with the name of the tool, also where there is no kernel log', () => {
  const script = `. ${inFolder('init')}; say "a  b" c; shout d`;
  const text = execFileSync('busybox', ['sh', '-c', script], { encoding: 'utf8', stdio: 'pipe' });
  expect(text).toBe('crashseal: a  b c\ncrashseal: d\n');
});

test('a failure is told and ends what runs', () => {
  expect(shell('(fail no disk; echo goes on); echo "status $?"')).toBe('no disk\nstatus 1');
});
