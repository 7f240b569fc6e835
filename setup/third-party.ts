/**
 * Names and licences of what others wrote and the tool contains: what its bundle was made of, by esbuild's own account,
 * and the C libraries in the images that are part of it. Prints them; METAFILE is esbuild's, LIBRARIES the folder with
 * the sources of C libraries.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

type Part = { readonly title: string; readonly licence: string; readonly text: string };

/** The folders of packages that files of a bundle are from, one in another's node_modules as well. */
const folderOf = (path: string): string | undefined =>
  /^(?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+/.exec(path)?.[0];

function partOf(folder: string): Part {
  const { name, version, license } = JSON.parse(
    readFileSync(join(folder, 'package.json'), 'utf8'),
  ) as { name: string; version: string; license: string };
  const files = readdirSync(folder).filter((file) => /^(licen[cs]e|copying)/i.test(file));
  if (files.length === 0) throw new Error(`${folder} comes without the text of its licence`);
  const text = files.map((file) => readFileSync(join(folder, file), 'utf8').trim()).join('\n\n');
  return { title: `${name} ${version}`, licence: license, text };
}

const libraries = [
  { title: 'BearSSL', licence: 'MIT', file: 'bearssl/LICENSE.txt' },
  // It may be taken under either of two licences.
  { title: 'libfdt', licence: 'BSD-2-Clause', file: 'libfdt/BSD-2-Clause' },
];

const [metafile, sources] = process.argv.slice(2);
if (metafile === undefined || sources === undefined)
  throw new Error('usage: third-party METAFILE LIBRARIES');
const { inputs } = JSON.parse(readFileSync(metafile, 'utf8')) as { inputs: object };
const folders = new Set(Object.keys(inputs).flatMap((path) => folderOf(path) ?? []));
const parts: readonly Part[] = [
  ...[...folders].sort().map(partOf),
  ...libraries.map(({ title, licence, file }) => ({
    title,
    licence,
    text: readFileSync(join(sources, file), 'utf8').trim(),
  })),
];
const rule = '-'.repeat(78);
process.stdout.write(
  `crashseal contains parts of these works:\n\n${parts
    .map(({ title, licence }) => `  ${title} (${licence})\n`)
    .join(
      '',
    )}\n${parts.map(({ title, text }) => `${rule}\n${title}\n${rule}\n\n${text}\n\n`).join('')}`,
);
