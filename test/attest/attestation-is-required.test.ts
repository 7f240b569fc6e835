/**
 * A machine can ask that somebody has tried a bundle before it loads it: tool and loader refuse one that nobody
 * vouches for, and one whose attestation is another bundle's. The corpus has every other way.
 */
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { attest } from '../../pipeline/attest/attest.ts';
import { memoryHost } from '../../pipeline/host/memory-host.ts';
import { unpackBundle } from '../../pipeline/seal/archive.ts';
import { signDetached, trySigner } from '../../pipeline/sign/sign.ts';
import { words } from '../../pipeline/units/words.ts';
import { runCli } from '../cli/memory-world.ts';
import { statementOf } from '../fixtures/attestations.ts';
import { type TestKeys, testKeys } from '../fixtures/keys.ts';
import { now } from '../fixtures/now.ts';
import { kinds, must } from '../fixtures/results.ts';
import { sampleBundle } from '../fixtures/sample-bundle.ts';
import { signedBundle } from '../fixtures/x86-64-bundle.ts';
import { bench, readReport, run } from '../loader/running.ts';

let here: Awaited<ReturnType<typeof bench>>;
let tester: TestKeys;

/** A bundle, and what testers say of it. */
type Attested = {
  readonly bundle: Uint8Array;
  readonly good: Uint8Array;
  readonly other: Uint8Array;
  readonly warned: Uint8Array;
};
/** The tool wants a manifest that agrees, and the loader a seal for its machine. */
let forTool: Attested;
let forLoader: Attested;
let trust = '';
beforeAll(async () => {
  here = await bench('attestation-is-required');
  tester = await testKeys({ tester: true });
  const attested = async (bundle: Uint8Array): Promise<Attested> => {
    const [seal] = must(await unpackBundle(bundle));
    const sealBytes = seal?.bytes ?? new Uint8Array();
    const made = async (statement: Uint8Array) => must(await attest(statement, tester.signer, now));
    return {
      bundle,
      good: await made(statementOf(sealBytes)),
      other: await made(statementOf(sealBytes.slice(1))),
      warned: await made(statementOf(sealBytes, { result: 'WARNED', warned: ['capture: x'] })),
    };
  };
  forTool = await attested(await sampleBundle(here.keys.signer));
  forLoader = await attested(await signedBundle(here.keys));
  const pem = (keys: TestKeys): string => Buffer.from(keys.file('root.pem').bytes).toString();
  trust = `${pem(here.keys)}${pem(tester)}`;
}, 240_000);

const required = () => `require: test-crash\n${trust}`;

/** The tool, with its exit status, and what it said. */
function tool(store: string, file: Uint8Array | undefined, ...more: readonly string[]) {
  const host = memoryHost(
    {
      '/bundle': forTool.bundle,
      '/trust.pem': store,
      ...(file === undefined ? {} : { '/bundle.test-crash': file }),
    },
    { now },
  );
  return runCli(['verify', '--json', '--trust', '/trust.pem', ...more, '/bundle'], host);
}

/** The loader, hosted, on its way to arm. */
function loader(store: string, file: Uint8Array | undefined, ...more: readonly string[]) {
  const path = here.write('bundle', forLoader.bundle);
  rmSync(`${path}.test-crash`, { force: true });
  if (file !== undefined) writeFileSync(`${path}.test-crash`, file);
  const ran = run(
    here.program,
    ...words`--json --trust ${here.write('store.pem', store)} --root ${here.machine()} --now ${now}`,
    ...more,
    path,
  );
  // The keys of tests end soon.
  const stderr = ran.stderr.replace(/^warning: .* ends at .*\n/gm, '');
  return { ...ran, stderr, report: readReport(ran.stdout) };
}

describe('attestation-is-required-and-found', () => {
  test('by the tool', async () => {
    const without = await tool(required(), undefined);
    expect(without.status).toBe(1);
    expect(JSON.parse(without.out)).toMatchObject({
      problems: [{ kind: 'attestation-missing', path: '/bundle.test-crash' }],
    });
    const { status, out } = await tool(required(), forTool.good);
    expect(status, out).toBe(0);
    expect(JSON.parse(out).bundles[0].attestation).toMatchObject({
      tester: 'CN=Sample Signer',
      result: 'passed',
      passedTests: ['capture: the dump is complete'],
    });
  });

  test('by the tool, where the command line asks for it', async () => {
    expect((await tool(trust, undefined)).status).toBe(0);
    expect((await tool(trust, undefined, '--require', 'test-crash')).status).toBe(1);
    expect((await tool(trust, forTool.good, '--require', 'test-crash')).status).toBe(0);
    expect((await tool(trust, forTool.warned, '--require', 'test-crash')).status).toBe(1);
    expect((await tool(trust, forTool.warned, '--require', 'test-crash-warned')).status).toBe(0);
    // The stricter of the two.
    expect((await tool(required(), forTool.warned, '--require', 'test-crash-warned')).status).toBe(
      1,
    );
  });

  test('by the loader', () => {
    const without = loader(required(), undefined);
    expect(without.report).toMatchObject({
      status: 'no-attestation',
      detail: 'file-missing',
      action: 'refused',
      attestation: null,
    });
    expect(without.stderr).toMatch(
      /^error: nobody attests that the bundle was tried: .*\nhint: crashseal test-crash --attest/,
    );
    const { report, stderr } = loader(required(), forLoader.good);
    expect(report).toMatchObject({
      status: 'ok',
      attestation: { result: 'passed', tester: 'Sample Signer' },
    });
    expect(stderr).toBe('');
  });

  test('by the loader, in the file that is named', () => {
    const elsewhere = here.write('elsewhere', Buffer.concat([forLoader.other, forLoader.good]));
    expect(loader(required(), undefined, '--attestation', elsewhere).report.status).toBe('ok');
    expect(loader(required(), forLoader.good, '--attestation', '/no/such').report.status).toBe(
      'no-attestation',
    );
  });

  test('by the loader, with warnings, where these are taken', () => {
    expect(loader(required(), forLoader.warned).report).toMatchObject({
      status: 'no-attestation',
      detail: 'attestation-result',
    });
    expect(loader(`require: test-crash-warned\n${trust}`, forLoader.warned).report).toMatchObject({
      status: 'ok',
      attestation: { result: 'warned' },
    });
  });
});

describe('attestation-for-another-seal-is-refused', () => {
  test('by the tool', async () => {
    const { status, out } = await tool(required(), forTool.other);
    expect(status).toBe(1);
    expect(JSON.parse(out)).toMatchObject({ problems: [{ kind: 'attestation-other-seal' }] });
  });

  test('by the loader', () => {
    const { report, stderr } = loader(required(), forLoader.other);
    expect(report).toMatchObject({ status: 'no-attestation', detail: 'attestation-seal' });
    expect(stderr).toMatch(
      /^error: the attestation .*bundle\.test-crash is about another bundle\n/,
    );
  });
});

describe('where none is required', () => {
  test('one that is missing is a remark', async () => {
    const { report, stderr, code } = loader(trust, undefined);
    expect(code).toBe(0);
    expect(stderr).toMatch(/^note: nobody attests that the bundle was tried: .*\n$/);
    expect(report).toMatchObject({ attestation: null, noAttestation: expect.any(String) });
    const told = await tool(trust, undefined);
    expect(JSON.parse(told.out).bundles[0].noAttestation.kind).toBe('attestation-missing');
  });

  test('one that does not count is a warning', async () => {
    const { stderr, code } = loader(trust, forLoader.other);
    expect(code).toBe(0);
    expect(stderr).toMatch(/^warning: the attestation .* is about another bundle\n$/);
    const told = await tool(trust, forTool.other);
    expect([told.status, JSON.parse(told.out).bundles[0].noAttestation.kind]).toEqual([
      0,
      'attestation-other-seal',
    ]);
  });

  test('one that counts is named', () => {
    const path = here.write('bundle', forLoader.bundle);
    writeFileSync(`${path}.test-crash`, forLoader.good);
    const ran = run(
      here.program,
      ...words`--trust ${here.write('store.pem', trust)} --root ${here.machine()} --now ${now} ${path}`,
    );
    expect(ran.stdout).toContain(', tried by Sample Signer, in ');
  });
});

describe('who attests cannot sign, and who signs cannot attest', () => {
  const content = new TextEncoder().encode('CRSHSEAL');
  test('is told before anything is tried or built', async () => {
    const { signer } = here.keys;
    expect(kinds(await trySigner(signer, now, 'tester'))).toEqual(['chain-not-tester']);
    expect(kinds(await attest(content, signer, now))).toEqual(['chain-not-tester']);
    expect(kinds(await trySigner(tester.signer, now))).toEqual(['chain-extended-key-usage']);
    expect(kinds(await signDetached(content, tester.signer, now))).toEqual([
      'chain-extended-key-usage',
    ]);
  });
});

test('a file of files that none is has one clear error', () => {
  const path = join(here.folder, 'bundle.test-crash');
  const { report } = loader(required(), new Uint8Array((256 << 10) + 1));
  expect(report).toMatchObject({ status: 'no-attestation', detail: 'file-large', path });
});

test('a malformed attestation after a good one leaves nothing attested', () => {
  const file = Buffer.concat([forLoader.good, forLoader.good.slice(0, -1)]);
  expect(loader(trust, file)).toMatchObject({
    code: 0,
    report: { attestation: null, noAttestation: expect.stringContaining('not of the one form') },
  });
});
