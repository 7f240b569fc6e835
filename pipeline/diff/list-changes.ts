/** What became of a list: of words, of steps, of rules. Pure. */

export type ListChange =
  | { readonly how: 'removed' | 'added' | 'moved'; readonly what: string }
  /** One setting with another value. */
  | { readonly how: 'changed'; readonly what: string; readonly now: string };

/** Of two lists the longest that both hold in order: for each index of `a` whether it stays. */
function kept(a: readonly string[], b: readonly string[]): readonly [boolean[], boolean[]] {
  const longest = Array.from({ length: a.length + 1 }, () => new Uint16Array(b.length + 1));
  const at = (i: number, j: number): number => longest[i]?.[j] ?? 0;
  for (let i = a.length - 1; i >= 0; i--)
    for (let j = b.length - 1; j >= 0; j--) {
      const row = longest[i];
      if (row !== undefined)
        row[j] = a[i] === b[j] ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1));
    }
  const inA = a.map(() => false);
  const inB = b.map(() => false);
  for (let i = 0, j = 0; i < a.length && j < b.length; )
    if (a[i] === b[j]) {
      inA[i++] = true;
      inB[j++] = true;
    } else if (at(i + 1, j) >= at(i, j + 1)) i++;
    else j++;
  return [inA, inB];
}

/**
 * In the order of `b`, what was removed first. `keyOf` names the setting that an entry is about: one removed and one
 * added entry with the same key are one change.
 */
export function listChanges(
  a: readonly string[],
  b: readonly string[],
  keyOf: (entry: string) => string | undefined = () => undefined,
): readonly ListChange[] {
  const [inA, inB] = kept(a, b);
  const gone = a.filter((_entry, index) => inA[index] === false);
  const come = b.filter((_entry, index) => inB[index] === false);
  const moved: string[] = [];
  const added: string[] = [];
  for (const entry of come) {
    const from = gone.indexOf(entry);
    if (from < 0) added.push(entry);
    else {
      gone.splice(from, 1);
      moved.push(entry);
    }
  }
  const changes: ListChange[] = [];
  for (const what of gone) {
    const key = keyOf(what);
    const sameKey = (entry: string): boolean => key !== undefined && keyOf(entry) === key;
    const [now, ...others] = added.filter(sameKey);
    if (now === undefined || others.length > 0 || gone.filter(sameKey).length > 1)
      changes.push({ how: 'removed', what });
    else {
      changes.push({ how: 'changed', what, now });
      added.splice(added.indexOf(now), 1);
    }
  }
  return [
    ...changes,
    ...added.map((what): ListChange => ({ how: 'added', what })),
    ...moved.map((what): ListChange => ({ how: 'moved', what })),
  ];
}
