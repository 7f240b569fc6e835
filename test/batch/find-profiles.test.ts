import { expect, test } from 'vitest';
import { findProfiles } from '../../pipeline/batch/find-profiles.ts';
import { memoryHost } from '../../pipeline/host/memory-host.ts';
import { kinds, must } from '../fixtures/results.ts';

const host = memoryHost(
  {
    'fleet/web.yaml': '',
    'fleet/db.yml': '',
    'fleet/.hidden.yaml': '',
    'fleet/notes.txt': '',
    'fleet/shared/common.yaml': '',
    'fleet/edge/eu/one.yaml': '',
    'fleet/edge/us/two.yaml': '',
    'empty/notes.txt': '',
    'odd/a*b.yaml': '',
    linked: { link: 'fleet' },
  },
  { cwd: '/build' },
);
const found = async (...asked: readonly string[]) => must(await findProfiles(host, asked));

test('a folder means its own profiles, sorted', async () => {
  for (const folder of ['fleet', 'fleet/', './fleet'])
    expect(await found(folder)).toEqual(['fleet/db.yml', 'fleet/web.yaml']);
  expect(await found('linked')).toEqual(['linked/db.yml', 'linked/web.yaml']);
});

test('a file is taken as it is named, there or not', async () => {
  expect(await found('fleet/web.yaml', 'none.yaml', 'fleet/notes.txt')).toEqual([
    'fleet/web.yaml',
    'none.yaml',
    'fleet/notes.txt',
  ]);
  expect(await found('odd/a*b.yaml')).toEqual(['odd/a*b.yaml']);
});

test('what two arguments mean is built once', async () => {
  expect(await found('fleet/web.yaml', 'fleet', './fleet/web.yaml')).toEqual([
    'fleet/web.yaml',
    'fleet/db.yml',
  ]);
});

test.each<readonly [string, readonly string[]]>([
  ['fleet/*.yaml', ['fleet/web.yaml']],
  ['fleet/*.y?ml', ['fleet/web.yaml']],
  ['/build/fleet/d*', ['/build/fleet/db.yml']],
  ['fleet/edge/*/*.yaml', ['fleet/edge/eu/one.yaml', 'fleet/edge/us/two.yaml']],
  ['fleet/edge/**/*.yaml', ['fleet/edge/eu/one.yaml', 'fleet/edge/us/two.yaml']],
  [
    'fleet/**/*.yaml',
    [
      'fleet/edge/eu/one.yaml',
      'fleet/edge/us/two.yaml',
      'fleet/shared/common.yaml',
      'fleet/web.yaml',
    ],
  ],
])('the pattern %s', async (pattern, files) => {
  expect(await found(pattern)).toEqual(files);
});

test('a folder without a profile, and a pattern that nothing matches, are told at once', async () => {
  const asked = ['empty', 'fleet/*.json', 'fleet/web.yaml'];
  expect(kinds(await findProfiles(host, asked))).toEqual(['no-profiles', 'no-profiles']);
});
