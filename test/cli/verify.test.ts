import { expect, test } from 'vitest';
import { memoryHost } from '../../pipeline/host/memory-host.ts';
import { testKeys } from '../fixtures/keys.ts';
import { now } from '../fixtures/now.ts';
import { sampleBundle } from '../fixtures/sample-bundle.ts';
import { runCli } from './memory-world.ts';

const host = memoryHost({ '/a': new Uint8Array(700), '/b': new Uint8Array(700), '/t': 'no PEM' });

test('of several bundles each problem says which one it is about', async () => {
  const several = await runCli(['verify', '--trust', '/t', '/a', '/b'], host);
  expect(several.status).toBe(1);
  expect(several.talk).toContain('met while verifying /a\n');
  expect(several.talk).toContain('met while verifying /b\n');
  const one = await runCli(['verify', '--trust', '/t', '/a'], host);
  expect(one.status).toBe(1);
  expect(one.talk).not.toContain('met while');
});

test('several bundles are each told of, also where some are refused', async () => {
  const keys = await testKeys();
  const good = await sampleBundle(keys.signer);
  const several = memoryHost(
    {
      '/good': good,
      '/bad': new Uint8Array(700),
      '/more': good,
      '/t': keys.file('trust.pem').bytes,
    },
    { now },
  );
  const words = ['verify', '--trust', '/t', '/good', '/bad', '/gone', '/more'];
  const { status, out, talk } = await runCli(words, several);
  expect(status).toBe(1);
  expect(out.match(/^\/.*$/gm)).toEqual([
    '/good: good',
    '/bad: refused',
    '/gone: refused',
    '/more: good',
  ]);
  expect(talk).toContain('met while verifying /bad\n');
  const json = await runCli([...words, '--json'], several);
  expect([json.status, json.talk]).toEqual([1, '']);
  expect(JSON.parse(json.out)).toMatchObject({
    bundles: [{ path: '/good' }, { path: '/more' }],
    refused: [
      { path: '/bad', problems: [{ area: 'seal' }] },
      { path: '/gone', problems: [{ kind: 'bundle-missing' }] },
    ],
  });
});
