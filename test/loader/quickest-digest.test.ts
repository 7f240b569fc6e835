/** Digests are taken by what is quickest on this machine, and purgatory is told of nothing that is slower. */
import { expect, test } from 'vitest';
import { loaderDriver, runDriver } from '../support/loader-host.ts';

const [sha, avx, sse] = [1n, 2n, 4n];

/** Nanoseconds of plain C, and by each feature of a CPU, the one first that is used where there are several. */
type Speeds = { readonly c: number; readonly by: readonly (readonly [bigint, number])[] };

const allOf = ({ by }: Speeds): bigint => by.reduce((all, [feature]) => all | feature, 0n);

/** What each set of a CPU's features takes. */
const timesOf = (speeds: Speeds): readonly string[] =>
  Array.from({ length: Number(allOf(speeds)) + 1 }, (_, set) => BigInt(set))
    .filter((set) => (set & ~allOf(speeds)) === 0n)
    .flatMap((set) => {
      const used = speeds.by.find(([feature]) => (set & feature) !== 0n);
      return [`${set}`, `${used?.[1] ?? speeds.c}`];
    });

const quickest = (speeds: Speeds, clock = '0'): bigint => {
  const words = [`${allOf(speeds)}`, clock, ...timesOf(speeds)];
  return BigInt(runDriver(loaderDriver('quickest-digest'), ...words).trim());
};

const server: Speeds = {
  c: 4500,
  by: [
    [sha, 450],
    [avx, 1100],
    [sse, 2000],
  ],
};

test.each<[string, Speeds, bigint]>([
  ['a server', server, sha | avx | sse],
  ['a CPU without any', { c: 4500, by: [] }, 0n],
  ['an emulator whose vectors are slow', { c: 4500, by: [[sse, 9000]] }, 0n],
  [
    'an emulator in which wide vectors gain',
    {
      c: 9000,
      by: [
        [avx, 5000],
        [sse, 12_000],
      ],
    },
    avx | sse,
  ],
  [
    'a CPU that halves wide vectors',
    {
      c: 9000,
      by: [
        [avx, 5000],
        [sse, 3000],
      ],
    },
    sse,
  ],
  ['plain C that is a tenth quicker, which is noise', { c: 900, by: [[sse, 1000]] }, sse],
  ['plain C that is a fifth quicker', { c: 800, by: [[sse, 1000]] }, 0n],
])('%s', (_, speeds, expected) => {
  expect(quickest(speeds)).toBe(expected);
});

test.each([2, 3, 4])('something else that runs every %d. time changes nothing', (every) => {
  expect(quickest(server, `${every}`)).toBe(sha | avx | sse);
  expect(quickest({ c: 4500, by: [[sse, 9000]] }, `${every}`)).toBe(0n);
});

test('without a clock, all that the CPU has', () => {
  expect(quickest({ c: 4500, by: [[sse, 9000]] }, 'none')).toBe(sse);
});

test('purgatory is told of what the CPU has, what it knows, and what is not slow', () => {
  const told = (has: bigint, known: bigint, slow: bigint) =>
    runDriver(loaderDriver('slow-features'), `${has}`, `${known}`, `${slow}`).trim();
  expect(told(sha | avx | sse, sha | avx | sse, 0n)).toBe(`${sha | avx | sse}`);
  expect(told(sha | avx | sse, sha | avx | sse, sha)).toBe(`${avx | sse}`);
  expect(told(sha | avx, avx | sse, 0n)).toBe(`${avx}`);
  expect(told(sse, sse, sse)).toBe('0');
});
