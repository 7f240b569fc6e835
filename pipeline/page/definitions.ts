import { type Html, html, none } from './html.ts';

/** Names with what is said of each. */
export const definitions = (
  rows: readonly (readonly [name: string, said: string | number | Html])[],
): Html =>
  rows.length === 0
    ? none
    : html`<dl>${rows.map(
        ([name, said]) => html`<dt>${name}</dt><dd>${said}</dd>
`,
      )}</dl>`;
