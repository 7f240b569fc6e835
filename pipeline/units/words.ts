/**
 * The words of a command, written as one would type them: blanks and line ends part them, but not those within a
 * value. No word is ever empty, unless a value by itself is.
 */
export function words(
  text: TemplateStringsArray,
  ...values: readonly (string | number)[]
): readonly string[] {
  const found: string[] = [];
  let word: string | undefined;
  for (const [index, literal] of text.entries()) {
    const [joined = '', ...separate] = literal.split(/\s+/);
    if (joined !== '') word = (word ?? '') + joined;
    for (const next of separate) {
      if (word !== undefined) found.push(word);
      word = next === '' ? undefined : next;
    }
    const value = values[index];
    if (value !== undefined) word = (word ?? '') + String(value);
  }
  if (word !== undefined) found.push(word);
  return found;
}
