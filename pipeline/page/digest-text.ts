import { type Html, html } from './html.ts';

/** A digest: long, quiet, and broken where the line ends. */
export const digestText = (digest: string): Html => html`<span class="digest">${digest}</span>`;
