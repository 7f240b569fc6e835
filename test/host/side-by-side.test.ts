import { expect, test } from 'vitest';
import { sideBySide } from '../../pipeline/host/side-by-side.ts';

test('as many as were asked for are worked on side by side, and answers stay in order', async () => {
  let now = 0;
  let most = 0;
  const answers = await sideBySide(['a', 'b', 'c', 'd', 'e'], 2, async (one) => {
    now += 1;
    most = Math.max(most, now);
    await new Promise((resolve) => setTimeout(resolve, one === 'a' ? 20 : 1));
    now -= 1;
    return one.toUpperCase();
  });
  expect([answers.join(''), most]).toEqual(['ABCDE', 2]);
});
