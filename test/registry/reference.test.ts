import { describe, expect, test } from 'vitest';
import { readReference, referenceFor, showReference } from '../../pipeline/registry/reference.ts';
import { must, problemsOf } from '../fixtures/results.ts';

const hex = 'ab'.repeat(32);

describe('a reference', () => {
  test.each([
    ['registry.example/kdump', 'registry.example', 'kdump', undefined],
    ['registry.example/kdump:web', 'registry.example', 'kdump', 'web'],
    ['registry.example:5000/a/b-c/d__e', 'registry.example:5000', 'a/b-c/d__e', undefined],
    ['Registry.Example:5000/kdump:1.2', 'registry.example:5000', 'kdump', '1.2'],
    ['localhost/kdump:web', 'localhost', 'kdump', 'web'],
    ['localhost:5000/kdump', 'localhost:5000', 'kdump', undefined],
    ['build:5000/kdump', 'build:5000', 'kdump', undefined],
    ['[::1]:5000/kdump:web', '[::1]:5000', 'kdump', 'web'],
  ])('%s is read', (text, host, repository, tag) => {
    expect(must(readReference(text))).toEqual({
      place: { kind: 'registry', host, repository },
      tag,
      digest: undefined,
    });
  });

  test.each([
    ['oci:bundles', 'bundles', undefined],
    ['oci:bundles:web', 'bundles', 'web'],
    ['oci:/srv/my bundles:web', '/srv/my bundles', 'web'],
    ['oci:.', '.', undefined],
  ])('%s is a folder', (text, folder, tag) => {
    expect(must(readReference(text))).toEqual({
      place: { kind: 'layout', folder },
      tag,
      digest: undefined,
    });
  });

  test.each([`registry.example/kdump@sha256:${hex}`, `oci:bundles@sha256:${hex}`])(
    '%s names a digest, and is written the same',
    (text) => {
      const { place, digest } = must(readReference(text));
      expect(digest).toBe(hex);
      expect(showReference(place, { digest: hex as never })).toBe(text);
    },
  );

  test.each([
    ['kdump', 'host'],
    ['team/kdump', 'host'],
    ['https://registry.example/kdump', 'host'],
    ['registry.example', 'host'],
    ['registry.example/', 'repository'],
    ['registry.example/Kdump', 'repository'],
    ['registry.example/../etc', 'repository'],
    ['registry.example/a//b', 'repository'],
    ['registry.example/kdump?x', 'repository'],
    [`registry.example/${'a/'.repeat(130)}b`, 'repository'],
    ['registry.example/kdump:', 'tag'],
    ['registry.example/kdump:-web', 'tag'],
    [`registry.example/kdump:${'t'.repeat(129)}`, 'tag'],
    ['registry.example/kdump@', 'digest'],
    ['registry.example/kdump@sha256:abc', 'digest'],
    [`registry.example/kdump@sha512:${hex}${hex}`, 'digest'],
    [`registry.example/kdump@sha256:${hex}@sha256:${hex}`, 'digest'],
    ['oci:', 'folder'],
    ['oci::web', 'folder'],
    ['user:secret@registry.example/kdump', 'digest'],
  ])('%s is refused for its %s', (text, why) => {
    expect(problemsOf(readReference(text))).toMatchObject([{ kind: 'reference-form', why }]);
  });

  test('of a push has the name of the profile where it says so, and as its tag', () => {
    const shown = (text: string) => {
      const { place, tag } = must(referenceFor(text, 'web'));
      return showReference(place, { tag });
    };
    expect(shown('oci:bundles')).toBe('oci:bundles:web');
    expect(shown('r.example/kdump/{profile}:ring0')).toBe('r.example/kdump/web:ring0');
    expect(shown('r.example/kdump:ring0-{profile}')).toBe('r.example/kdump:ring0-web');
  });
});
