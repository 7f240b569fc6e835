/** The manual pages, made from docs/. */
import { execFileSync, spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { beforeAll, describe, expect, test } from 'vitest';
import { manualPage } from '../../manual/manual-page.ts';
import { loaderStatuses } from '../../pipeline/format/loader-status.ts';
import { makeParts } from './packages.ts';

beforeAll(makeParts);

const page = {
  name: 'sample',
  section: 8,
  summary: 'a sample',
  source: 'sample 1.0',
  date: '2026-11-23',
  seeAlso: ['`other`(1)'],
};

test('what a document can hold becomes what man(7) has for it', async () => {
  const document = `# Sample

It does \`--this\` and **that**, .not ~ that.

## Synopsis

    sample 'FILE'
    .dot

## Options

<!-- generated: options -->
| option | |
| --- | --- |
| \`--one FILE\` | the *one*; a \\| b |
<!-- end -->

| code | name | meaning |
| --- | --- | --- |
| 7 | \`seven\` | a back\\slash |

| value | file | refused when |
| --- | --- | --- |
| size | \`/proc/x\` and more | missing |

- a point
  that goes on, and on, and on, until its line is longer than the eighty characters that are good
1. a step

\`\`\`json
{ "fenced": true }
\`\`\`

See [there](docs/other.md) … now.
`;
  await expect(manualPage(page, document)).toMatchFileSnapshot('../golden/package/sample.8');
});

test('a document without a synopsis is a mistake of ours', () => {
  expect(() => manualPage(page, '# Sample\n\nText.\n\n## Options\n')).toThrow('Synopsis');
});

const pages = [
  'crashseal.1',
  'crashseal-bundle.5',
  'crashseal-load.8',
  'crashseal-profile.5',
  'crashseal-pull.8',
  'crashseal-savecore.8',
  'crashseal-setup-check.8',
];

/** The pages that a page names at its end, as `curl.1`. */
function referred(page: string): readonly string[] {
  const [, seeAlso = '', ...more] = readFileSync(`out/man/${page}`, 'utf8').split('.SH SEE ALSO\n');
  expect(more).toEqual([]);
  const names = [...seeAlso.replaceAll('\\-', '-').matchAll(/\\fB([a-z_-]+)\\fR\((\d)\)/g)];
  return names.map(([, name, section]) => `${name}.${section}`);
}

test('each page refers to all others of ours, and to no page of ours that is not there', () => {
  expect(readdirSync('out/man').toSorted()).toEqual(pages.toSorted());
  for (const page of pages) {
    const own = referred(page).filter((name) => name.startsWith('crashseal'));
    expect([page, ...own].toSorted()).toEqual(pages.toSorted());
  }
});

test('every page of others that is referred to is one that a Debian package brings', () => {
  const foreign = new Set(pages.flatMap(referred).filter((name) => !name.startsWith('crashseal')));
  expect(foreign.size).toBeGreaterThan(4);
  // dpkg knows what its packages hold, even where documentation is left out at installation.
  for (const name of foreign) {
    const found = spawnSync('dpkg-query', ['--search', `*/man/man${name.at(-1)}/${name}*`], {
      encoding: 'utf8',
    });
    expect([name, found.status, found.stderr]).toEqual([name, 0, '']);
  }
});

describe.each(pages)('%s', (name) => {
  const path = `out/man/${name}`;

  test.each([
    ['groff', ['-man', '-ww', '-Tutf8', '-b', path]],
    ['mandoc', ['-T', 'lint', '-W', 'style', path]],
  ])('%s has no complaint', (program, args) => {
    const checked = spawnSync(program, args, { encoding: 'utf8' });
    expect([checked.error, checked.stderr]).toEqual([undefined, '']);
    if (program === 'mandoc') expect(checked.stdout).toBe('');
  });
});

test('every option of the loader and every exit status is in its page', () => {
  const text = readFileSync('out/man/crashseal-load.8', 'utf8').replaceAll('\\-', '-');
  const help = execFileSync('out/native/x86_64/crashseal-load', ['--help'], { encoding: 'utf8' });
  for (const [option] of help.matchAll(/--[a-z-]+/g)) expect(text).toContain(option);
  for (const { code } of Object.values(loaderStatuses))
    expect(text).toMatch(new RegExp(`^${code} \\\\fB`, 'm'));
});
