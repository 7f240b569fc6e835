/** Numbers that look like chance, and are the same again for the same seed (mulberry32). */
export type Random = {
  /** 0 to `most` - 1. */
  readonly below: (most: number) => number;
  readonly of: <T>(choices: readonly T[]) => T;
  readonly chance: (share: number) => boolean;
};

export function randomFrom(seed: number): Random {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const below = (most: number): number => Math.floor(next() * most);
  return {
    below,
    of: (choices) => {
      const one = choices[below(choices.length)];
      if (one === undefined) throw new Error('nothing to choose from');
      return one;
    },
    chance: (share) => next() < share,
  };
}
