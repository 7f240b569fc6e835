import { describe, expect, test } from 'vitest';
import { memoryHost } from '../../pipeline/host/memory-host.ts';
import { readChallenge } from '../../pipeline/registry/challenge.ts';
import { credentialsFor } from '../../pipeline/registry/credentials.ts';
import { kinds, must } from '../fixtures/results.ts';

const auth = (user: string, password: string) => ({
  auth: Buffer.from(`${user}:${password}`).toString('base64'),
});
const registry = 'registry.example:5000';
const docker = '/home/a/.docker/config.json';
const env = { HOME: '/home/a' };

async function found(files: Readonly<Record<string, unknown>>, more: Record<string, string> = {}) {
  const texts = Object.entries(files).map(([path, json]) => [path, JSON.stringify(json)]);
  return credentialsFor(
    memoryHost(Object.fromEntries(texts), { env: { ...env, ...more } }),
    registry,
    'team/kdump',
  );
}

describe('a login', () => {
  test('is that of Docker, with all of its password', async () => {
    expect(must(await found({ [docker]: { auths: { [registry]: auth('a', 'b:c') } } }))).toEqual({
      kind: 'password',
      user: 'a',
      password: 'b:c',
    });
  });

  test("is podman's for the nearest part of the registry, before Docker's", async () => {
    const podman = '/run/user/1/containers/auth.json';
    const files = {
      [docker]: { auths: { [registry]: auth('docker', 'x') } },
      [podman]: {
        auths: { [registry]: auth('all', 'x'), [`${registry}/team`]: auth('team', 'x') },
      },
    };
    expect(must(await found(files, { XDG_RUNTIME_DIR: '/run/user/1' }))).toMatchObject({
      user: 'team',
    });
    expect(must(await found(files))).toMatchObject({ user: 'docker' });
  });

  test('is that of the file that is named, which must be there', async () => {
    const files = { [docker]: { auths: { [registry]: auth('docker', 'x') } }, '/mine': {} };
    expect(must(await found(files, { REGISTRY_AUTH_FILE: '/mine' }))).toBeUndefined();
    expect(kinds(await found(files, { REGISTRY_AUTH_FILE: '/gone' }))).toEqual(['no-file']);
  });

  test('can be a token for tokens, an address of old, or two texts', async () => {
    const one = (entry: unknown, key = registry) =>
      found({ [docker]: { auths: { [key]: entry } } });
    expect(must(await one({ ...auth('a', ''), identitytoken: 't' }))).toEqual({
      kind: 'identity',
      token: 't',
    });
    expect(must(await one(auth('a', 'b'), `https://${registry}/v1/`))).toMatchObject({ user: 'a' });
    expect(must(await one({ username: 'a', password: 'b' }))).toMatchObject({ password: 'b' });
    expect(must(await one({ auth: 'no colon' }))).toBeUndefined();
    expect(must(await one(auth('a', 'b'), 'registry.example'))).toBeUndefined();
  });

  test('comes from a helper, which is told the registry', async () => {
    const asked: string[] = [];
    const helper = (answer: object, exitCode = 0) => ({
      'docker-credential-vault': (
        args: readonly string[],
        options: { readonly input?: Uint8Array },
      ) => {
        asked.push(`${args.join(' ')} ${Buffer.from(options.input ?? []).toString()}`);
        return { exitCode, stdout: new TextEncoder().encode(JSON.stringify(answer)) };
      },
    });
    const ask = (config: object, commands: ReturnType<typeof helper>) =>
      credentialsFor(
        memoryHost({ [docker]: JSON.stringify(config) }, { env, commands }),
        registry,
        'kdump',
      );
    const good = helper({ ServerURL: registry, Username: 'v', Secret: 's' });
    expect(must(await ask({ credHelpers: { [registry]: 'vault' } }, good))).toMatchObject({
      user: 'v',
    });
    expect(must(await ask({ credsStore: 'vault', auths: { [registry]: {} } }, good))).toMatchObject(
      {
        password: 's',
      },
    );
    expect(asked).toEqual([`get ${registry}`, `get ${registry}`]);
    expect(
      must(await ask({ credsStore: 'vault' }, helper({ Username: '<token>', Secret: 's' }))),
    ).toEqual({ kind: 'identity', token: 's' });
    expect(kinds(await ask({ credsStore: 'vault' }, helper({}, 1)))).toEqual(['helper-failed']);
    expect(kinds(await ask({ credsStore: 'gone' }, good))).toEqual(['command-missing']);
    expect(kinds(await ask({ credsStore: '../../tmp/evil' }, good))).toEqual(['logins-form']);
  });

  test('is not guessed from a file that is none', async () => {
    const host = memoryHost({ [docker]: 'auths: {}' }, { env });
    expect(kinds(await credentialsFor(host, registry, 'kdump'))).toEqual(['logins-form']);
  });
});

describe('what a registry asks for', () => {
  const bearer = {
    kind: 'bearer',
    realm: 'https://t.example/token',
    service: 's',
    scope: 'a:b:pull,push',
  };
  test.each([
    ['Basic realm="Registry"', { kind: 'basic' }],
    ['basic', { kind: 'basic' }],
    ['Bearer realm="https://t.example/token",service="s",scope="a:b:pull,push"', bearer],
    ['bearer realm="https://t.example/token", service=s, scope="a:b:pull,push"', bearer],
    [
      'Basic realm="x, y", Bearer realm="https://t.example/token",service="s",scope="a:b:pull,push"',
      bearer,
    ],
    [
      'Bearer realm="https://t.example/token",service="s",scope="a:b:pull,push", Basic realm="x"',
      bearer,
    ],
    ['Bearer service="s"', undefined],
    ['Negotiate', undefined],
    ['', undefined],
  ])('%s is read', (header, challenge) => {
    expect(readChallenge(header)).toEqual(challenge);
  });

  test('is read in a moment, however it is written', () => {
    for (const text of [
      'Bearer '.repeat(5000),
      `Bearer ${'a="'.repeat(5000)}`,
      'a=b,'.repeat(5000),
    ])
      expect(['bearer', 'basic', undefined]).toContain(readChallenge(text)?.kind);
  });
});
