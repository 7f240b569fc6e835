/** A table that is a list of labelled values where the screen is narrow. Pure. */
import { type Html, html, none } from './html.ts';

type Column = { readonly name: string; readonly kind?: string };

/** On a phone each cell says what it is. */
export const table = (
  caption: string,
  columns: readonly Column[],
  rows: readonly (readonly (string | Html)[])[],
): Html =>
  rows.length === 0
    ? none
    : html`<table role="table">${caption === '' ? none : html`<caption>${caption}</caption>`}
<thead role="rowgroup"><tr role="row">${columns.map(({ name, kind = '' }) => html`<th role="columnheader" scope="col" class="${kind === 'right' ? kind : ''}">${name}</th>`)}</tr></thead>
<tbody role="rowgroup">
${rows.map(
  (
    row,
  ) => html`<tr role="row">${row.map((cell, index) => html`<td role="cell" class="${columns[index]?.kind ?? ''}" data-label="${columns[index]?.name ?? ''}">${cell}</td>`)}</tr>
`,
)}</tbody></table>`;
