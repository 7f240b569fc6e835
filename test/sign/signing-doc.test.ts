/** The commands of docs/signing.md, run in their order on a bundle. */
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { expect, test } from 'vitest';
import { readSigner } from '../../pipeline/sign/sign.ts';
import { must } from '../fixtures/results.ts';
import { sampleBundle } from '../fixtures/sample-bundle.ts';

const document = readFileSync('docs/signing.md', 'utf8');
const blocks = [...document.matchAll(/```sh\n([\s\S]*?)```/g)].map(
  ([, commands]) => commands ?? '',
);
const [makeKeys = '', ...others] = blocks;

test('says what works', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'crashseal-'));
  const store = join(folder, 'tokens');
  const settings = join(folder, 'softhsm2.conf');
  mkdirSync(store);
  writeFileSync(settings, `directories.tokendir = ${store}\nobjectstore.backend = file\n`);
  const bin = join(folder, 'bin');
  mkdirSync(bin);
  const program = resolve('out/crashseal.mjs');
  writeFileSync(join(bin, 'crashseal'), `#!/bin/sh\nexec ${process.execPath} ${program} "$@"\n`);
  chmodSync(join(bin, 'crashseal'), 0o755);
  // Its exports are for the commands after it too.
  let exports = '';
  const run = (commands: string) => {
    const ran = spawnSync('bash', ['-euo', 'pipefail', '-c', exports + commands], {
      cwd: folder,
      encoding: 'utf8',
      env: { ...process.env, PATH: `${bin}:${process.env.PATH}`, SOFTHSM2_CONF: settings },
    });
    expect(ran.status, `${commands}\n${ran.stdout}${ran.stderr}`).toBe(0);
    for (const [line] of commands.matchAll(/^export .*\n/gm)) exports += line;
    return ran;
  };
  try {
    run(makeKeys);
    const file = (name: string) => ({
      path: name,
      bytes: readFileSync(join(folder, 'keys', name)),
    });
    const now = Math.floor(Date.now() / 1000);
    const signer = must(readSigner(file('signer.key'), file('signer.pem')));
    const bundle = await sampleBundle(signer, {
      now,
      seal: (seal) => ({ ...seal, notBefore: undefined, notAfter: undefined }),
      manifest: (manifest) => ({ ...manifest, notBefore: null, notAfter: null }),
    });
    writeFileSync(join(folder, 'web.crashseal'), bundle);
    const told = others
      .map(run)
      .map(({ stdout, stderr }) => stdout + stderr)
      .join('');
    expect(told).toContain('CN=Example Fleet token');
    expect(told).toContain('not revoked  by list 1');
    expect(told).toContain('new: profile sample');
    expect(told).toMatch(/CMS Verification successful/);
  } finally {
    rmSync(folder, { recursive: true });
  }
}, 300_000);

test('names problems that there are', () => {
  const wording = readFileSync('pipeline/problem/seal-problem.ts', 'utf8');
  const more = readFileSync('pipeline/problem/sign-problem.ts', 'utf8');
  const table = document.slice(document.indexOf('| problem | status'));
  const named = [...table.matchAll(/`([a-z]+(?:-[a-z]+)+)`/g)].map(([, kind]) => kind);
  expect(named.length).toBeGreaterThan(20);
  for (const kind of named) expect(wording + more).toContain(`case '${kind}'`);
});
