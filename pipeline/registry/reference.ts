/**
 * What a user calls a bundle in a registry: `HOST/REPOSITORY:TAG`, `HOST/REPOSITORY@sha256:…`, or the same in a
 * folder, `oci:DIR:TAG`. Pure.
 */
import { fail, ok, type Result } from '../problem/result.ts';
import type { Digest } from '../units/units.ts';

export type Place =
  | { readonly kind: 'layout'; readonly folder: string }
  | { readonly kind: 'registry'; readonly host: string; readonly repository: string };

export type Reference = {
  readonly place: Place;
  readonly tag: string | undefined;
  readonly digest: Digest | undefined;
};

/** A name in an API: a tag, or `sha256:` and a digest. */
export type Name = { readonly tag: string } | { readonly digest: Digest };

export const showName = (name: Name): string =>
  'tag' in name ? name.tag : `sha256:${name.digest}`;

export const showPlace = (place: Place): string =>
  place.kind === 'layout' ? `oci:${place.folder}` : `${place.host}/${place.repository}`;

/** As it is given on a command line. */
export const showReference = (place: Place, name: Name): string =>
  `${showPlace(place)}${'tag' in name ? ':' : '@'}${showName(name)}`;

/** Stands for the name of the profile of each bundle that is pushed. */
export const profileWord = '{profile}';

/** OCI distribution 1.1, "Pulling manifests". */
const tagForm = /^[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}$/;
const part = '[a-z0-9]+(?:(?:\\.|_|__|-+)[a-z0-9]+)*';
const repositoryForm = new RegExp(`^${part}(?:/${part})*$`);
/** A name with a dot, a port, or `localhost`: no other first part of a reference is taken for a host. */
const hostForm =
  /^(?:localhost|[a-z0-9-]+(?:\.[a-z0-9-]+)+|[a-z0-9-]+(?=:)|\[[0-9a-f:]+\])(?::[0-9]{1,5})?$/i;
/** Host and repository are put into addresses and file names. */
const longest = 255;

const digestForm = /^sha256:([0-9a-f]{64})$/;

/** `sha256:…` as the rest of the tool writes it; undefined for anything else. */
export const readDigest = (text: string): Digest | undefined =>
  digestForm.exec(text)?.[1] as Digest | undefined;

export const isTag = (text: string): boolean => tagForm.test(text);

export function readReference(text: string): Result<Reference> {
  const wrong = (why: 'host' | 'repository' | 'tag' | 'digest' | 'folder') =>
    fail({ area: 'registry', kind: 'reference-form', reference: text, why });
  const [before = '', after, ...more] = text.split('@');
  const digest = after === undefined ? undefined : readDigest(after);
  if (more.length > 0 || (after !== undefined && digest === undefined)) return wrong('digest');

  const inFolder = before.startsWith('oci:');
  const whole = inFolder ? before.slice(4) : before;
  const colon = whole.lastIndexOf(':');
  // A port stands before the first slash.
  const tagged = colon > (inFolder ? -1 : Math.max(whole.indexOf('/'), 0));
  const path = tagged ? whole.slice(0, colon) : whole;
  const tag = tagged ? whole.slice(colon + 1) : undefined;
  if (tag !== undefined && !isTag(tag)) return wrong('tag');
  if (inFolder)
    return path === ''
      ? wrong('folder')
      : ok({ place: { kind: 'layout', folder: path }, tag, digest });

  const slash = path.indexOf('/');
  const host = path.slice(0, Math.max(slash, 0));
  const repository = path.slice(slash + 1);
  if (!hostForm.test(host)) return wrong('host');
  if (!repositoryForm.test(repository) || path.length > longest) return wrong('repository');
  return ok({ place: { kind: 'registry', host: host.toLowerCase(), repository }, tag, digest });
}

/** Where the bundle of a profile goes: `{profile}` is its name, and `otherwise` the tag where none is given. */
export function referenceFor(
  text: string,
  profile: string,
  otherwise = profile,
): Result<Reference & { tag: string }> {
  const read = readReference(text.replaceAll(profileWord, profile));
  if (!read.ok) return read;
  const { digest, place, tag = otherwise } = read.value;
  if (digest !== undefined)
    return fail({ area: 'registry', kind: 'reference-for-push', reference: text });
  if (!isTag(tag))
    return fail({
      area: 'registry',
      kind: 'reference-form',
      reference: `${text}:${tag}`,
      why: 'tag',
    });
  return ok({ place, tag, digest });
}
