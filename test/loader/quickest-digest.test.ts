/** Digests are taken by what is quickest on this machine, and purgatory is told of nothing that is slower. */
import { expect, test } from 'vitest';
import { loaderDriver, runDriver } from '../support/loader-host.ts';

// Bits of docs/format.md, table "CPU features".
const [sha, sse, avx] = [1n, 128n, 256n];

/** Nanoseconds of plain C, and by each feature of a CPU. */
type Speeds = { readonly c: number; readonly by: readonly (readonly [bigint, number])[] };

/** What the loader goes by; `clock`: how the driver's is disturbed. */
function quickest({ c, by }: Speeds, clock = '0'): bigint {
  const all = by.reduce((features, [feature]) => features | feature, 0n);
  const times = by.flatMap(([feature, time]) => [`${feature}`, `${time}`]);
  const words = [`${all}`, clock, '0', `${c}`, ...times];
  return BigInt(runDriver(loaderDriver('quickest-digest'), ...words).trim());
}

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
  ['one whose SSE2 is slow, beside SHA instructions', { ...server, c: 1900 }, sha | avx | sse],
  ['one whose SSE2 is of no use', { ...server, c: 1500 }, sha | avx],
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
    avx,
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

test.each([1, 2, 3])(
  'slow for the first %d times, as until an emulator has translated it',
  (first) => {
    expect(quickest(server, `-${first}`)).toBe(sha | avx | sse);
    expect(quickest({ c: 4500, by: [[sse, 9000]] }, `-${first}`)).toBe(0n);
  },
);

test('without a clock, all that the CPU has', () => {
  expect(quickest({ c: 4500, by: [[sse, 9000]] }, 'none')).toBe(sse);
});

test('measured on the machine itself, and not where another one is looked at', () => {
  expect(runDriver(loaderDriver('terms')).trim()).toBe('1 4');
  expect(runDriver(loaderDriver('terms'), '/').trim()).toBe('5 0');
});

test('purgatory is told of what the CPU has, what it knows, and what is not slow', () => {
  const told = (has: bigint, known: bigint, slow: bigint) =>
    runDriver(loaderDriver('slow-features'), `${has}`, `${known}`, `${slow}`).trim();
  expect(told(sha | avx | sse, sha | avx | sse, 0n)).toBe(`${sha | avx | sse}`);
  expect(told(sha | avx | sse, sha | avx | sse, sha)).toBe(`${avx | sse}`);
  expect(told(sha | avx, avx | sse, 0n)).toBe(`${avx}`);
  expect(told(sse, sse, sse)).toBe('0');
});
