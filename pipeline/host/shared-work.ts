/**
 * Work that the profiles of one build have in common, done once. Unlike the store, it keeps values as they are in memory,
 * and only while the build runs.
 */
import type { Result } from '../problem/result.ts';

export type SharedWork = {
  /**
   * What `make` gives, made once for equal `from`. It must depend on nothing else: texts, numbers and `undefined` are
   * equal by value, everything else is equal only to itself. A failure is not kept, because it tells of who asked.
   */
  readonly once: <T>(
    what: string,
    from: readonly unknown[],
    make: () => Promise<Result<T>>,
  ) => Promise<Result<T>>;
};

/** Does everything anew, for a build of one profile. */
export const nothingShared: SharedWork = { once: (_what, _from, make) => make() };

type Answer = { readonly asked: Promise<Result<unknown>>; size: number };

/** `most`: bytes that are kept at most; what was not asked for the longest goes first. */
export function sharedWork(most: number): SharedWork {
  const answers = new Map<string, Answer>();
  const numbers = new WeakMap<object, number>();
  let numbered = 0;
  let kept = 0;

  const named = (part: unknown): string => {
    if (typeof part !== 'object' || part === null) return JSON.stringify(part) ?? 'undefined';
    let number = numbers.get(part);
    if (number === undefined) {
      number = ++numbered;
      numbers.set(part, number);
    }
    return `#${number}`;
  };
  const forget = (key: string, answer: Answer): void => {
    if (answers.get(key) !== answer) return;
    answers.delete(key);
    kept -= answer.size;
  };
  const makeRoom = (): void => {
    for (const [key, answer] of answers) {
      if (kept <= most) return;
      if (answer.size > 0) forget(key, answer);
    }
  };

  return {
    async once<T>(
      what: string,
      from: readonly unknown[],
      make: () => Promise<Result<T>>,
    ): Promise<Result<T>> {
      const key = [what, ...from.map(named)].join('\n');
      for (let there = answers.get(key); there !== undefined; there = answers.get(key)) {
        // Whoever asked first is told what went wrong; we ask for ourselves.
        const answer = await there.asked.catch(() => undefined);
        if (answer?.ok !== true) continue;
        if (answers.get(key) === there) {
          answers.delete(key);
          answers.set(key, there);
        }
        return answer as Result<T>;
      }
      const ours: Answer = { asked: make(), size: 0 };
      answers.set(key, ours);
      try {
        const made = (await ours.asked) as Result<T>;
        if (!made.ok) forget(key, ours);
        else {
          ours.size = sizeOf(made.value);
          kept += ours.size;
          makeRoom();
        }
        return made;
      } catch (error) {
        forget(key, ours);
        throw error;
      }
    },
  };
}

/** Bytes in arrays, and something for everything around them. */
function sizeOf(value: unknown): number {
  const seen = new Set<unknown>();
  const waiting: unknown[] = [value];
  let size = 0;
  for (let next = waiting.pop(); waiting.length > 0 || next !== undefined; next = waiting.pop()) {
    size += 64;
    if (typeof next === 'string') size += next.length;
    if (typeof next !== 'object' || next === null || seen.has(next)) continue;
    seen.add(next);
    if (next instanceof Uint8Array) size += next.length;
    else if (next instanceof Map) for (const entry of next) waiting.push(...entry);
    else for (const item of next instanceof Set ? next : Object.values(next)) waiting.push(item);
  }
  return size;
}
