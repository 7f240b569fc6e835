/** The known word that a mistyped one was probably meant to be, for "did you mean". */

/** Case and dashes do not count: `kernel-form` is `kernelForm`. */
const plain = (word: string): string => word.toLowerCase().replace(/[-_ ]/g, '');

/** Edit distance with swaps of neighbours (optimal string alignment). */
function distance(a: string, b: string): number {
  let before: number[] = [];
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const cost = a[i - 1] === b[j - 1] ? 0 : 1;
      let best = Math.min((row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1, (row[j - 1] ?? 0) + cost);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1])
        best = Math.min(best, (before[j - 2] ?? 0) + 1);
      next.push(best);
    }
    before = row;
    row = next;
  }
  return row[b.length] ?? 0;
}

/** Undefined when nothing is close: at most a third of the letters may differ. */
export function nearest(word: string, known: readonly string[]): string | undefined {
  if (word.length > 64) return undefined;
  const typed = plain(word);
  const begun = known.filter((candidate) => plain(candidate).startsWith(typed));
  if (typed.length >= 3 && begun.length === 1) return begun[0];
  const ranked = known
    .map((candidate) => ({ candidate, far: distance(typed, plain(candidate)) }))
    .sort((a, b) => a.far - b.far);
  const [best] = ranked;
  if (best === undefined) return undefined;
  return best.far <= Math.max(1, Math.floor(best.candidate.length / 3))
    ? best.candidate
    : undefined;
}
