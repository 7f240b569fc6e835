/**
 * Who we are to a registry: the files that `docker login` and `podman login` write, and the helpers they name.
 * docker/cli, "Credential stores"; containers-auth.json(5).
 */
import { join } from 'node:path';
import type { Host } from '../host/host.ts';
import { fail, ok, type Result } from '../problem/result.ts';
import { isObject, type JsonObject, readJson } from './read-json.ts';

export type Credentials =
  | { readonly kind: 'password'; readonly user: string; readonly password: string }
  /** For which a token service gives tokens (OAuth 2). */
  | { readonly kind: 'identity'; readonly token: string };

const fileMax = 1 << 20;
/** A helper may ask a person, or a service far away. */
const helperMs = 60_000;
const helperOutput = 64 << 10;

/** Files in the order in which they are looked at. One that is named must be there. */
function filesOf(host: Host, named: string | undefined): readonly string[] {
  const given = named ?? host.env('REGISTRY_AUTH_FILE');
  if (given !== undefined && given !== '') return [given];
  const home = host.env('HOME') ?? '/';
  const runtime = host.env('XDG_RUNTIME_DIR');
  const docker = host.env('DOCKER_CONFIG');
  return [
    ...(runtime ? [join(runtime, 'containers', 'auth.json')] : []),
    join(host.env('XDG_CONFIG_HOME') || join(home, '.config'), 'containers', 'auth.json'),
    join(docker || join(home, '.docker'), 'config.json'),
  ];
}

/** Undefined: nobody told us, so we are nobody. `file`: instead of those of Docker and podman. */
export async function credentialsFor(
  host: Host,
  registry: string,
  repository: string,
  file?: string,
): Promise<Result<Credentials | undefined>> {
  const named = file ?? host.env('REGISTRY_AUTH_FILE');
  for (const path of filesOf(host, file)) {
    const bytes = await host.readSmallFile(path, fileMax);
    if (bytes === undefined) {
      if (named)
        return fail({ area: 'cli', kind: 'no-file', file: path, what: 'file with logins' });
      continue;
    }
    const json = typeof bytes === 'string' ? undefined : readJson(bytes);
    if (!isObject(json)) return fail({ area: 'registry', kind: 'logins-form', path });
    const found = await inFile(host, path, json, registry, repository);
    if (!found.ok || found.value !== undefined) return found;
  }
  return ok(undefined);
}

async function inFile(
  host: Host,
  path: string,
  { auths, credHelpers, credsStore }: JsonObject,
  registry: string,
  repository: string,
): Promise<Result<Credentials | undefined>> {
  const helper = isObject(credHelpers) ? credHelpers[registry] : undefined;
  if (typeof helper === 'string') return askHelper(host, path, helper, registry);
  if (isObject(auths))
    for (const key of keysFor(registry, repository)) {
      const entry = auths[key];
      if (!isObject(entry)) continue;
      const read = readEntry(entry);
      if (read !== undefined) return ok(read);
    }
  return typeof credsStore === 'string'
    ? askHelper(host, path, credsStore, registry)
    : ok(undefined);
}

/** podman has logins for parts of a registry; Docker once wrote addresses. */
function keysFor(registry: string, repository: string): readonly string[] {
  const parts = repository.split('/');
  const paths = parts.map(
    (_, index) => `${registry}/${parts.slice(0, parts.length - index).join('/')}`,
  );
  const addresses = [`https://${registry}`, `https://${registry}/`, `https://${registry}/v1/`];
  return [...paths, registry, ...addresses, `https://${registry}/v2/`];
}

function readEntry(entry: JsonObject): Credentials | undefined {
  const { auth, identitytoken, password, username } = entry;
  if (typeof identitytoken === 'string' && identitytoken !== '')
    return { kind: 'identity', token: identitytoken };
  if (typeof auth === 'string' && auth !== '') {
    // Docker ends it with a NUL where a password had one.
    const text = Buffer.from(auth, 'base64').toString('utf8').replace(/\0+$/, '');
    const colon = text.indexOf(':');
    return colon <= 0
      ? undefined
      : { kind: 'password', user: text.slice(0, colon), password: text.slice(colon + 1) };
  }
  return typeof username === 'string' && typeof password === 'string' && username !== ''
    ? { kind: 'password', user: username, password }
    : undefined;
}

/** The protocol of Docker's credential helpers: the registry in, JSON out. */
async function askHelper(
  host: Host,
  path: string,
  name: string,
  registry: string,
): Promise<Result<Credentials | undefined>> {
  // A program of that name on PATH, and no path to another one.
  if (!/^[A-Za-z0-9][A-Za-z0-9._-]*$/.test(name))
    return fail({ area: 'registry', kind: 'logins-form', path });
  const helper = `docker-credential-${name}`;
  const ran = await host.run(helper, ['get'], {
    input: new TextEncoder().encode(registry),
    callersEnvironment: true,
    timeoutMs: helperMs,
    outputMax: helperOutput,
  });
  if (!ran.ok) return ran;
  const { exitCode, stderr, stdout } = ran.value;
  const said = `${new TextDecoder().decode(stdout)}${stderr}`.trim();
  // That it knows nothing of this registry is told by words, and a failure.
  if (exitCode !== 0)
    return /credentials not found/i.test(said)
      ? ok(undefined)
      : fail({ area: 'registry', kind: 'helper-failed', helper, said: said.slice(0, 200) });
  const json = readJson(stdout);
  if (!isObject(json) || typeof json.Username !== 'string' || typeof json.Secret !== 'string')
    return fail({ area: 'registry', kind: 'helper-failed', helper, said: 'no user and secret' });
  const { Username: user, Secret: password } = json;
  return ok(
    user === '<token>'
      ? { kind: 'identity', token: password }
      : { kind: 'password', user, password },
  );
}
