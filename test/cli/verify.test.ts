import { expect, test } from 'vitest';
import { memoryHost } from '../../pipeline/host/memory-host.ts';
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
