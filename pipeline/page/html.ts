/**
 * HTML that is escaped by how it is made: what a template is given becomes text, unless it is HTML that was made in
 * the same way. Pure.
 */
const made = Symbol('made of a template');

export type Html = { readonly [made]: string };

type Part = string | number | bigint | Html | readonly Part[];

const escapes: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** Characters that show nothing, or turn the direction of what follows, are shown by number. */
const shown = (text: string): string =>
  text.replace(/\p{C}/gu, (one) => `\\u{${one.codePointAt(0)?.toString(16)}}`);

const rendered = (part: Part): string => {
  if (typeof part === 'object') return made in part ? part[made] : part.map(rendered).join('');
  return shown(String(part)).replace(/[&<>"']/g, (character) => escapes[character] ?? character);
};

export const html = (texts: TemplateStringsArray, ...parts: readonly Part[]): Html => ({
  [made]: texts.reduce((before, text, index) => before + rendered(parts[index - 1] ?? '') + text),
});

export const none: Html = html``;

/** What a constant of our own says, as it is: a style sheet. */
export const verbatim = (text: string): Html => ({ [made]: text });

export const textOf = (part: Html): string => part[made];
