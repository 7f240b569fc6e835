/**
 * What a Debian package says of its licences, where a machine can read its copyright file (DEP-5, "Machine-readable
 * debian/copyright file", format 1.0). The words are kept as they stand; what they are called elsewhere is told by
 * those who ask. Pure.
 */

/** Words of a licence are short; what is longer, or not one line, is no name. */
const word = /^\P{C}{1,120}$/u;
const wordsMax = 200;

const isDep5 = (text: string): boolean =>
  /^Format:\s*https?:\/\/(www\.)?debian\.org\/doc\/packaging-manuals\/copyright-format\/1\.0\/?\s*$/im.test(
    text.split(/\n\s*\n/, 1)[0] ?? '',
  );

/** The names of all licences that its paragraphs about files give, each once, sorted; undefined: no machine can read it. */
export function licenceWords(text: string): readonly string[] | undefined {
  if (!isDep5(text)) return undefined;
  const found = new Set<string>();
  for (const paragraph of text.replaceAll('\r', '').split(/\n[ \t]*\n/)) {
    // A paragraph without files holds the text of a licence that others name.
    if (!/^Files:/im.test(paragraph)) continue;
    const name = /^License:[ \t]*(.*)$/im.exec(paragraph)?.[1]?.trim().replace(/\s+/g, ' ') ?? '';
    if (word.test(name)) found.add(name);
  }
  return [...found].sort().slice(0, wordsMax);
}
