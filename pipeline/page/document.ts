/** What every page has around its content. It asks for nothing and runs nothing. Pure. */
import { type Html, html, none, textOf, verbatim } from './html.ts';
import { style } from './style.ts';

export type Mark = readonly ['good' | 'warn' | 'bad' | '', string];

export type Section = { readonly id: string; readonly title: string; readonly body: Html };

export type Document = {
  readonly title: string;
  /** What kind of page it is, above the heading. */
  readonly over: string;
  readonly heading: string;
  readonly leadIn: string;
  /** What must not be missed. */
  readonly marks: readonly Mark[];
  /** Those with nothing in them are left out. */
  readonly sections: readonly Section[];
  readonly footer: Html;
};

/** Nothing is fetched and nothing runs, whatever else is wrong with the page. */
const policy = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'";

export function documentOf(of: Document): string {
  const sections = of.sections.filter(({ body }) => body !== none);
  return textOf(html`<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<title>${of.title}</title>
<style>${verbatim(style)}</style>
</head>
<body>
<header>
<div class="wide">
<p class="over">${of.over}</p>
<h1>${of.heading}</h1>
<p class="lead-in">${of.leadIn}</p>
<ul class="marks">${of.marks.map(([kind, words]) => html`<li class="${kind}">${words}</li>`)}</ul>
<nav aria-label="Parts of this page"><ul>${sections.map(({ id, title }) => html`<li><a href="#${id}">${title}</a></li>`)}</ul></nav>
</div>
</header>
<main class="wide">
${sections.map(
  ({
    id,
    title,
    body,
  }) => html`<section id="${id}" aria-labelledby="${id}-title"><h2 id="${id}-title">${title}</h2>
${body}
</section>
`,
)}</main>
<footer class="wide"><p>${of.footer}</p></footer>
</body>
</html>
`);
}
