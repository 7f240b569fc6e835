/** Words in pictures, where nothing breaks a line for us. Pure. */
import { type Html, html } from './html.ts';

/** A wide character takes the room of two. */
const widthOf = (character: string): number =>
  /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60]|\p{Extended_Pictographic}/u.test(
    character,
  )
    ? 2
    : 1;

/** Lines of `most` characters, broken at blanks where there are some; after `lines` of them the rest is left out. */
export function broken(text: string, most: number, lines: number): readonly string[] {
  const visible = text.replace(/\p{C}/gu, (one) => `\\u{${one.codePointAt(0)?.toString(16)}}`);
  const found: string[] = [];
  let line = '';
  let width = 0;
  const end = (): void => {
    found.push(line);
    line = '';
    width = 0;
  };
  for (const word of visible.split(/\s+/).filter(Boolean)) {
    const size = [...word].reduce((sum, character) => sum + widthOf(character), 0);
    if (width > 0 && width + 1 + size > most) end();
    if (width > 0) {
      line += ' ';
      width++;
    }
    for (const character of word) {
      if (width + widthOf(character) > most) end();
      line += character;
      width += widthOf(character);
    }
    if (found.length > lines) break;
  }
  if (line !== '') end();
  return found.length <= lines
    ? found
    : [...found.slice(0, lines - 1), `${found[lines - 1]?.slice(0, most - 1) ?? ''}…`];
}

/** A tenth of a pixel, without a trailing zero. */
export const px = (value: number): string => `${Math.round(value * 10) / 10}`;

export const label = (x: number, y: number, kind: string, text: string): Html =>
  html`<text x="${px(x)}" y="${px(y)}" class="${kind}">${text}</text>`;
