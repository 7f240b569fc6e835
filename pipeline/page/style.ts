/** Everything that the page looks like. No font, no picture and no other file is asked for. */
export const style = `
:root {
  color-scheme: light dark;
  --page: #f6f7f9; --card: #ffffff; --ink: #1c2128; --quiet: #57606a; --line: #d5dae0; --soft: #eef1f4;
  --link: #0a58ad; --good: #116329; --good-soft: #e3f5e8; --bad: #a40e26; --bad-soft: #fdeaec;
  --warn: #7a4b00; --warn-soft: #fdf1d8; --way: #57606a;
}
@media (prefers-color-scheme: dark) {
  :root {
    --page: #0d1117; --card: #161b22; --ink: #e6edf3; --quiet: #9aa4af; --line: #30363d; --soft: #1f262e;
    --link: #79b8ff; --good: #7ee2a0; --good-soft: #12301d; --bad: #ff9aa5; --bad-soft: #3a161b;
    --warn: #f2c46d; --warn-soft: #362710; --way: #9aa4af;
  }
}
* { box-sizing: border-box }
html { scroll-padding-top: 1rem; -webkit-text-size-adjust: 100% }
body {
  margin: 0; background: var(--page); color: var(--ink);
  font: 16px/1.55 system-ui, -apple-system, "Segoe UI", Roboto, "Liberation Sans", "DejaVu Sans", sans-serif;
  overflow-wrap: anywhere;
}
.wide { max-width: 72rem; margin: 0 auto; padding: 0 1.25rem }
header { background: var(--card); border-bottom: 1px solid var(--line); padding: 2rem 0 1.25rem }
h1 { font-size: 1.9rem; line-height: 1.2; margin: 0 0 .35rem; letter-spacing: -.01em }
h2 { font-size: 1.25rem; line-height: 1.3; margin: 0 0 1rem }
h3 { font-size: 1rem; margin: 1.5rem 0 .5rem }
h3:first-child { margin-top: 0 }
p { margin: 0 0 .75rem }
.lead-in { color: var(--quiet); margin-bottom: .9rem }
.over { font-size: .8rem; color: var(--quiet); margin: 0 0 .5rem; text-transform: uppercase; letter-spacing: .07em }
code, .digest, .number { font-family: ui-monospace, "Cascadia Mono", "Liberation Mono", "DejaVu Sans Mono", monospace; font-size: .86em }
a { color: var(--link) }
nav ul { list-style: none; margin: 0; padding: 0; display: flex; flex-wrap: wrap; gap: .15rem 1.1rem }
nav a { display: inline-block; padding: .2rem 0 }
.marks { list-style: none; margin: 0 0 1rem; padding: 0; display: flex; flex-wrap: wrap; gap: .5rem }
.marks li { border-radius: 6px; padding: .25rem .7rem; font-size: .9rem; font-weight: 600; background: var(--soft) }
.marks .good { background: var(--good-soft); color: var(--good) }
.marks .bad { background: var(--bad-soft); color: var(--bad) }
.marks .warn { background: var(--warn-soft); color: var(--warn) }
section { background: var(--card); border: 1px solid var(--line); border-radius: 12px; padding: 1.4rem 1.5rem; margin: 1.25rem 0 }
dl { display: grid; grid-template-columns: minmax(8rem, max-content) minmax(0, 1fr); margin: 0 }
dt, dd { padding: .42rem 0; border-top: 1px solid var(--line); margin: 0 }
dt { color: var(--quiet); padding-right: 1.5rem }
dl > dt:first-of-type, dl > dt:first-of-type + dd { border-top: 0 }
.beside + table { margin-top: 1.75rem }
.chain + p { margin-top: .9rem }
.beside { display: grid; grid-template-columns: 22.5rem minmax(0, 1fr); gap: 2.25rem; align-items: start }
svg { display: block; max-width: 100%; height: auto }
table { border-collapse: collapse; width: 100%; font-size: .94rem }
caption { text-align: left; color: var(--quiet); padding-bottom: .5rem }
th { text-align: left; color: var(--quiet); font-weight: 600; padding: .35rem .9rem .35rem 0; border-bottom: 2px solid var(--line); white-space: nowrap }
td { padding: .42rem .9rem .42rem 0; border-bottom: 1px solid var(--line); vertical-align: top }
tr:last-child td { border-bottom: 0 }
th:last-child, td:last-child { padding-right: 0 }
.how { width: 7rem }
.right { text-align: right; white-space: nowrap; font-variant-numeric: tabular-nums }
.words { overflow-wrap: normal }
.quiet { color: var(--quiet) }
.digest { color: var(--quiet); word-break: break-all }
.key { display: inline-block; min-width: 1.5rem; text-align: center; color: #fff; font-weight: 700; border-radius: 4px; padding: 0 .3rem }
.add { color: var(--good); font-weight: 700 }
.gone { color: var(--bad); font-weight: 700 }
.change { color: var(--warn); font-weight: 700 }
.chain { list-style: none; margin: 0; padding: 0 }
.chain > li { border-left: 3px solid var(--line); padding: .1rem 0 .6rem 1rem }
.chain > li:first-child { border-left-color: var(--link) }
details { border-top: 1px solid var(--line); padding: .6rem 0 }
summary { cursor: pointer; font-weight: 600 }
details[open] > summary { margin-bottom: .6rem }
td details { border: 0; padding: .2rem 0 0 }
td summary { font-weight: 400; color: var(--link) }
td ul { margin: .3rem 0 0; padding-left: 1.1rem }
footer { color: var(--quiet); font-size: .9rem; padding: .5rem 0 3rem }
svg text { fill: var(--ink); font-family: system-ui, -apple-system, "Segoe UI", Roboto, "Liberation Sans", "DejaVu Sans", sans-serif; font-size: 13px }
svg .heading { font-weight: 700 }
svg .quiet { fill: var(--quiet) }
svg .number { fill: var(--quiet); font-family: ui-monospace, "Liberation Mono", "DejaVu Sans Mono", monospace; font-size: 12px }
.box { fill: var(--soft); stroke: var(--line) }
.box.panic { fill: var(--warn-soft); stroke: var(--warn) }
.box.check { fill: var(--card); stroke: var(--link); stroke-width: 1.5 }
.box.good { fill: var(--good-soft); stroke: var(--good) }
.box.bad { fill: var(--bad-soft); stroke: var(--bad) }
.box.end { fill: var(--soft); stroke: var(--way) }
.way { fill: none; stroke: var(--way); stroke-width: 1.5 }
.way.bad { stroke: var(--bad) }
.tip { fill: var(--way) }
.tip.bad { fill: var(--bad) }
svg .way-word { fill: var(--quiet); font-size: 12px; font-style: italic }
svg .way-word.bad { fill: var(--bad) }
.free { fill: url(#hatch); stroke: var(--line) }
.hatch { stroke: var(--line); stroke-width: 2 }
.lead { fill: none; stroke: var(--way); stroke-opacity: .6 }
.frame { fill: none; stroke: var(--quiet) }
svg .letter { fill: #fff; font-weight: 700; text-anchor: middle }
@media (max-width: 56rem) { .beside { grid-template-columns: minmax(0, 1fr) } }
@media (max-width: 40rem) {
  .wide { padding: 0 .8rem }
  header { padding-top: 1.3rem }
  h1 { font-size: 1.5rem }
  section { padding: 1.1rem 1rem; border-radius: 10px }
  dl { grid-template-columns: minmax(0, 1fr) }
  dt { padding-bottom: 0; font-size: .88rem }
  dd { border-top: 0; padding-top: .05rem }
  table, caption, tbody, tr, td { display: block }
  thead { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%) }
  tr { border-bottom: 1px solid var(--line); padding: .5rem 0 }
  tr:last-child { border-bottom: 0 }
  td { border: 0; padding: .1rem 0 }
  td:empty { display: none }
  .right { text-align: left }
  td[data-label]::before { content: attr(data-label) " "; color: var(--quiet); font-size: .88rem }
}
@media print {
  :root {
    color-scheme: light;
    --page: #fff; --card: #fff; --ink: #000; --quiet: #444; --line: #bbb; --soft: #f3f3f3; --link: #000;
    --good: #0b4a1f; --good-soft: #f1f8f3; --bad: #7d0b1d; --bad-soft: #fbf1f2; --warn: #5c3900; --warn-soft: #fbf6ea; --way: #444;
  }
  body { font-size: 10.5pt }
  nav { display: none }
  section { border: 0; border-top: 1px solid var(--line); border-radius: 0; padding: 1rem 0; margin: 0 }
  h2, h3, caption { break-after: avoid }
  tr, svg, .chain > li, .box { break-inside: avoid }
  .key, rect, .marks li { print-color-adjust: exact; -webkit-print-color-adjust: exact }
  details::details-content { content-visibility: visible; display: block; height: auto }
}
`;
