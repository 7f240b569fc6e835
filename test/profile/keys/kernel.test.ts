import { expect, test } from 'vitest';
import { kindsWith, settled } from '../profile-texts.ts';

test.each([
  [
    '{ from: apt, package: linux-image-amd64, version: 6.1.176-1 }',
    { kind: 'apt', package: 'linux-image-amd64', version: '6.1.176-1' },
  ],
  [
    '{ from: apt, package: linux-image-amd64 }',
    { kind: 'apt', package: 'linux-image-amd64', version: undefined },
  ],
  ['{ from: deb, path: a.deb }', { kind: 'packages', paths: ['a.deb'] }],
  ['{ from: deb, path: [a.deb, /b.deb] }', { kind: 'packages', paths: ['a.deb', '/b.deb'] }],
  ['{ from: rpm, path: a.rpm }', { kind: 'packages', paths: ['a.rpm'] }],
  ['{ from: installed }', { kind: 'installed', release: undefined, root: '/' }],
  [
    '{ from: installed, release: 6.1.0-9-amd64, root: /mnt }',
    { kind: 'installed', release: '6.1.0-9-amd64', root: '/mnt' },
  ],
  [
    '{ from: files, image: b/bzImage, modules: /m }',
    { kind: 'files', image: 'b/bzImage', config: undefined, modules: '/m' },
  ],
])('kernel: %s', (value, kernel) => {
  expect(settled(`kernel: ${value}`).kernel).toEqual(kernel);
});

test.each([
  ['{ from: apt }', ['missing-key']],
  ['{ from: apt, package: -x }', ['wrong-value']],
  ['{ from: apt, package: linux, path: a.deb }', ['key-of-other-shape']],
  ['{ from: tar, path: a.tar }', ['wrong-value']],
  ['{ from: deb, path: [] }', ['wrong-value']],
  ['{ package: linux-image-amd64 }', ['missing-key']],
  ['linux-image-amd64', ['wrong-value']],
  ['{ from: installed, release: ../x }', ['wrong-value']],
  ['{ from: files, image: a, initrd: b }', ['unknown-key']],
])('kernel: %s is refused', (value, kinds) => {
  expect(kindsWith(`kernel: ${value}`)).toEqual(kinds);
});
