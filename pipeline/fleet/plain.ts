/**
 * Text of a report, as a line of a table may have it. Anybody may have written it: it moves no cursor, begins no line,
 * turns no direction and is not longer than a reader can use. Pure.
 */
export function plain(text: string, most = 300): string {
  // One more than is kept, so that a long text is not taken apart as a whole.
  const characters = [...text.slice(0, 2 * most + 2)];
  const kept = characters.length > most ? [...characters.slice(0, most), '…'] : characters;
  return kept.map((one) => (/[\p{C}\p{Zl}\p{Zp}]/u.test(one) ? '?' : one)).join('');
}
