/** docs/performance.md keeps what a run did not measure, and says where the peer is better. */
import { expect, test } from 'vitest';
import { updated } from '../../bench/document.ts';
import { renderMarkdown } from '../../bench/figure.ts';

const titles = ['Start', 'Load', 'Build'];

test('a run replaces the sections that it measured, and keeps the others in their order', () => {
  const first = updated('', [{ title: 'Build', text: 'old build' }], titles);
  const both = updated(first, [{ title: 'Start', text: 'new start' }], titles);
  expect(both.indexOf('## Start\n\nnew start')).toBeLessThan(both.indexOf('## Build\n\nold build'));
  expect(both).not.toContain('## Load');
  expect(updated(both, [{ title: 'Build', text: 'new build' }], titles)).toBe(
    both.replace('old build', 'new build'),
  );
  expect(updated(both, [], titles)).toBe(both);
});

test('a median with its spread; the ratio says where the peer is better', () => {
  const figure = { group: 'load', unit: 's' };
  expect(
    renderMarkdown([
      { ...figure, what: 'slower', ours: [3, 2, 40], peer: [1, 1, 1] },
      { ...figure, what: 'faster', ours: 1, peer: 2, aim: '1' },
      { ...figure, what: 'more is better', ours: 1, peer: 2, more: true },
      { ...figure, what: 'in words', ours: 'right', peer: 'wrong: no notes' },
    ]),
  ).toBe(
    [
      '| load | ours | peer | ratio | unit | aim |',
      '| --- | ---: | ---: | ---: | --- | --- |',
      '| slower | 3.000 (2.000–40.0) | 1.000 | **3.00 worse** | s |  |',
      '| faster | 1.000 | 2.000 | 0.50 | s | 1 |',
      '| more is better | 1.000 | 2.000 | **0.50 worse** | s |  |',
      '| in words | right | wrong: no notes |  | s |  |',
    ].join('\n'),
  );
});
