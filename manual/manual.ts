/** `make manual`: the manual pages, from the documents of the same programs. FOLDER gets them; SOURCE_DATE_EPOCH dates them. */
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { manualPage } from './manual-page.ts';

const [folder] = process.argv.slice(2);
const epoch = Number(process.env.SOURCE_DATE_EPOCH);
if (folder === undefined || !Number.isSafeInteger(epoch))
  throw new Error('usage: SOURCE_DATE_EPOCH=SECONDS manual FOLDER');
const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string };

const pages = [
  {
    name: 'crashseal-load',
    section: 8,
    summary: "verify a sealed bundle and arm it as this machine's capture kernel",
    document: 'docs/loader.md',
    seeAlso: ['`kexec_load`(2)', '`systemctl`(1)'],
  },
  {
    name: 'crashseal-savecore',
    section: 8,
    summary: 'collect the dumps that a capture kernel has left on this machine',
    document: 'docs/savecore.md',
    seeAlso: ['`systemctl`(1)', '`crash`(8)'],
  },
  {
    name: 'crashseal-setup-check',
    section: 8,
    summary: 'tell what this machine still lacks before a panic leaves a dump',
    document: 'docs/setup-check.md',
    seeAlso: ['`systemctl`(1)'],
  },
  {
    name: 'crashseal-pull',
    section: 8,
    summary: 'fetch the bundle of this machine from a registry, and have it armed',
    document: 'docs/pull.md',
    seeAlso: ['`curl`(1)', '`systemctl`(1)'],
  },
  {
    name: 'crashseal',
    section: 1,
    summary: 'build, show and check signed kdump bundles',
    document: 'docs/cli.md',
    seeAlso: [],
  },
  {
    name: 'crashseal-profile',
    section: 5,
    summary: 'what to build into a bundle for one class of machines',
    document: 'docs/profile.md',
    seeAlso: [],
  },
  {
    name: 'crashseal-bundle',
    section: 5,
    summary: 'a sealed kdump image as one file, byte by byte',
    document: 'docs/format.md',
    seeAlso: ['`openssl-cms`(1)', '`tar`(1)'],
  },
];

mkdirSync(folder, { recursive: true });
const name = (page: { readonly name: string; readonly section: number }): string =>
  `\`${page.name}\`(${page.section})`;
/** By section and then by name, as mandoc wants it. */
const order = (a: string, b: string): number =>
  a.slice(-2).localeCompare(b.slice(-2)) || a.localeCompare(b);

for (const { document, seeAlso, ...page } of pages) {
  const date = new Date(epoch * 1000).toISOString().slice(0, 10);
  const text = manualPage(
    {
      ...page,
      source: `crashseal ${version}`,
      date,
      // Every page leads to all others of ours.
      seeAlso: [
        [...pages.map(name).filter((other) => other !== name(page)), ...seeAlso]
          .toSorted(order)
          .join(', '),
      ],
    },
    readFileSync(document, 'utf8'),
  );
  const path = join(folder, `${page.name}.${page.section}`);
  // Whoever reads the page meanwhile reads the whole of it: tests make pages beside each other.
  const fresh = join(dirname(folder), `.${page.name}-${process.pid}`);
  writeFileSync(fresh, text);
  renameSync(fresh, path);
}
