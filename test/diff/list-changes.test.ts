import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { listChanges } from '../../pipeline/diff/list-changes.ts';

const words = (text: string): readonly string[] => text.split(' ').filter(Boolean);
const key = (word: string): string | undefined => /^(\w+)=/.exec(word)?.[1];
const told = (a: string, b: string): readonly string[] =>
  listChanges(words(a), words(b), key).map((change) =>
    change.how === 'changed' ? `${change.what}~${change.now}` : `${change.how} ${change.what}`,
  );

describe('what became of a list of words', () => {
  test.each([
    ['quiet a b', 'quiet a b', []],
    ['quiet', 'quiet debug', ['added debug']],
    ['quiet debug', 'debug', ['removed quiet']],
    ['a b c', 'c a b', ['moved c']],
    ['loglevel=4 quiet', 'loglevel=7 quiet', ['loglevel=4~loglevel=7']],
    // Which of the two became the third cannot be said.
    [
      'console=tty0 console=ttyS0',
      'console=ttyS1',
      ['removed console=tty0', 'removed console=ttyS0', 'added console=ttyS1'],
    ],
    ['a a', 'a', ['removed a']],
    ['', 'a', ['added a']],
  ])('"%s" to "%s"', (a, b, expected) => {
    expect(told(a, b)).toEqual(expected);
  });

  const list = fc.array(fc.constantFrom<string>('a', 'b', 'c', 'k=1', 'k=2', 'quiet'), {
    maxLength: 12,
  });

  test('nothing became of a list that stayed the same', () => {
    fc.assert(
      fc.property(list, (a) => {
        expect(listChanges(a, a, key)).toEqual([]);
      }),
    );
  });

  test('taking away what went and adding what came gives the other list, in some order', () => {
    fc.assert(
      fc.property(list, list, (a, b) => {
        const left = [...a];
        for (const change of listChanges(a, b, key)) {
          if (change.how === 'removed' || change.how === 'changed')
            left.splice(left.indexOf(change.what), 1);
          if (change.how === 'added') left.push(change.what);
          if (change.how === 'changed') left.push(change.now);
        }
        expect(left.toSorted()).toEqual(b.toSorted());
        if (a.join(' ') !== b.join(' ')) expect(listChanges(a, b, key)).not.toEqual([]);
      }),
    );
  });
});
