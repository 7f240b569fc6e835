/**
 * What a bundle must not be, tried on both verifiers: they refuse the same bytes for the same reason.
 * The table in test/golden/refusals.txt is what reviewers read.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { attestationBeside } from '../../pipeline/attest/verify-attestation.ts';
import { loaderStatuses } from '../../pipeline/format/loader-status.ts';
import { sealFaults } from '../../pipeline/format/seal-faults.ts';
import { memoryHost } from '../../pipeline/host/memory-host.ts';
import { explain, type Problem } from '../../pipeline/problem/problem.ts';
import { unpackBundle } from '../../pipeline/seal/archive.ts';
import { openBundle } from '../../pipeline/seal/bundle.ts';
import { verifyBundle, verifyOpened } from '../../pipeline/seal/verify.ts';
import { writePem } from '../../pipeline/sign/certificate.ts';
import { revocationFile } from '../../pipeline/sign/trust.ts';
import { readTrustStore } from '../../pipeline/sign/trust-store.ts';
import { words } from '../../pipeline/units/words.ts';
import { must } from '../fixtures/results.ts';
import { packParts, root, signedOf, smallParts } from '../fixtures/small-bundle.ts';
import { sampleMachine, writeMachine } from '../fixtures/x86-64-machine.ts';
import { now } from '../loader-trust/bundles.ts';
import { loaderDriver, rehearsingLoader, runDriver } from '../support/loader-host.ts';
import { s390xUserEmulator } from '../support/user-emulation.ts';
import { architectureCases } from './architecture-cases.ts';
import { archiveCases } from './archive-cases.ts';
import { attestationCases } from './attestation-cases.ts';
import type { Case } from './cases.ts';
import { machineCases } from './machine-cases.ts';
import { purgatoryCases } from './purgatory-cases.ts';
import { detailsOf, reasonOf } from './reasons.ts';
import { sealCases } from './seal-cases.ts';
import { signatureCases } from './signature-cases.ts';
import { trustCases } from './trust-cases.ts';

const folder = 'out/test/corpus';

const good: Case = { name: 'nothing', bytes: () => packParts(smallParts()), status: 'ok' };
const cases: readonly Case[] = [
  good,
  ...archiveCases,
  ...signatureCases,
  ...sealCases,
  ...purgatoryCases,
  ...machineCases,
  ...architectureCases,
  ...trustCases,
  ...attestationCases,
];

type Ended = {
  readonly status: string;
  /** Of a seal's fault: its name, and the index of the record that has it. */
  readonly detail?: string | undefined;
  readonly index?: number | undefined;
};
type ToolEnded = Ended & {
  /** Names of all problems, for the table. */
  readonly problems: string;
  /** Details of the loader that say the same. */
  readonly same?: readonly string[] | undefined;
};
/** How the loader, hosted and under sanitizers, ends for each case. */
const loader = new Map<string, Ended>();
const tool = new Map<string, ToolEnded>();

const rootPem = writePem(root);
const statusOf = (code: number): string =>
  Object.entries(loaderStatuses).find(([, status]) => status.code === code)?.[0] ?? `code ${code}`;

type Placed = { readonly one: Case; readonly bytes: Uint8Array; readonly args: readonly string[] };

async function place(one: Case, index: number): Promise<Placed> {
  const file = (what: string): string => join(folder, `${index}.${what}`);
  const list = one.revoked?.();
  const trust = list === undefined ? file('pem') : join(file('store'), 'trust.pem');
  mkdirSync(dirname(trust), { recursive: true });
  if (list !== undefined) writeFileSync(join(file('store'), revocationFile), list);
  const bytes = await one.bytes();
  writeFileSync(file('bundle'), bytes);
  if (one.attestation !== undefined)
    writeFileSync(attestationBeside(file('bundle')), one.attestation());
  writeFileSync(trust, one.trust?.() ?? rootPem);
  const machine =
    one.machine === undefined ? join(folder, 'root') : writeMachine(file('root'), one.machine);
  return {
    one,
    bytes,
    args: words`
      --json ${one.machine === undefined ? '--check' : '--dry-run'} --trust ${trust}
      --root ${machine} --now ${one.at ?? now} ${file('bundle')}
    `,
  };
}

const nameOf = (problem: Problem): string =>
  problem.kind === 'seal-fault' ? problem.fault : problem.kind;

async function toolSays({ one, bytes }: Placed): Promise<ToolEnded> {
  const host = memoryHost({
    '/bundle': bytes,
    '/trust.pem': one.trust?.() ?? rootPem,
    ...(one.attestation === undefined ? {} : { [attestationBeside('/bundle')]: one.attestation() }),
    ...(one.revoked === undefined ? {} : { [`/${revocationFile}`]: one.revoked() }),
  });
  const result = await verifyBundle(host, '/bundle', {
    trust: ['/trust.pem'],
    now: one.at ?? now,
  });
  if (result.ok) return { status: 'ok', problems: '' };
  for (const problem of result.problems) expect(explain(problem).hint, one.name).not.toBe('');
  const [first] = result.problems;
  return {
    status: reasonOf(result.problems),
    problems: [...new Set(result.problems.map(nameOf))].join(' '),
    same: detailsOf(result.problems),
    ...(first.kind === 'seal-fault' ? { detail: first.fault, index: first.index } : {}),
  };
}

let placed: readonly Placed[] = [];
beforeAll(async () => {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  writeMachine(join(folder, 'root'), sampleMachine);
  placed = await Promise.all(cases.map(place));
  const list = join(folder, 'list');
  writeFileSync(list, placed.map(({ args }) => `${args.join(' ')}\n`).join(''));
  const said = runDriver(loaderDriver('many-loads'), 'list', list).split(/^exit (\d+)\n/m);
  for (const [index, { one }] of placed.entries()) {
    const report = JSON.parse(said[2 * index] ?? '') as {
      readonly detail?: string;
      readonly index?: number;
    };
    loader.set(one.name, {
      status: statusOf(Number(said[2 * index + 1])),
      detail: report.detail,
      index: report.index,
    });
  }
  for (const each of placed) tool.set(each.one.name, await toolSays(each));
});

test('every case has its own name', () => {
  expect(new Set(cases.map(({ name }) => name)).size).toBe(cases.length);
});

describe('the loader ends as it should', () => {
  test.each(cases)('$name', ({ name, status, detail }) => {
    const { status: found, detail: foundDetail } = loader.get(name) ?? {};
    expect({ status: found, detail: foundDetail }).toEqual({ status, detail });
  });
});

describe('the tool ends for the same reason', () => {
  test.each(cases)('$name', ({ name, status, tool: other }) => {
    const found = tool.get(name);
    expect(found).toMatchObject({ status: other ?? status });
    if (found?.same !== undefined && other === undefined)
      expect(found.same).toContain(loader.get(name)?.detail);
    if (found?.status !== 'badSeal') return;
    const { detail, index } = loader.get(name) ?? {};
    expect(found).toMatchObject({ detail, index });
  });
});

test('every fault of a seal has its case', () => {
  const made = new Set(cases.map(({ detail }) => detail));
  // The archive's limit comes first.
  made.add('too-large');
  expect(Object.keys(sealFaults).filter((fault) => !made.has(fault))).toEqual([]);
});

const natives = [
  { arch: 'x86_64', emulator: undefined, runs: process.arch === 'x64' },
  { arch: 's390x', emulator: s390xUserEmulator, runs: true },
] as const;

describe.each(natives)('the program for $arch', ({ arch, emulator, runs }) => {
  test.runIf(runs)('ends as the hosted one', () => {
    const program = rehearsingLoader(arch);
    const differs = placed.flatMap(({ one, args }) => {
      const command = [...(emulator === undefined ? [] : [emulator]), program, ...args];
      const { status } = spawnSync(command[0] ?? '', command.slice(1), { stdio: 'ignore' });
      const found = statusOf(status ?? -1);
      return found === one.status ? [] : [`${one.name}: ${found}`];
    });
    expect(differs).toEqual([]);
  });
});

/** What openssl, the verifier of everyone else, says of the signature. */
function opensslSays({ one, bytes, args }: Placed): string {
  const file = (what: string): string => join(folder, `openssl.${what}`);
  const [seal, p7s] = signedOf(bytes);
  writeFileSync(file('seal'), seal);
  writeFileSync(file('p7s'), p7s);
  const [program = '', ...rest] = words`
    openssl cms -verify -binary -purpose any -inform DER -in ${file('p7s')} -content ${file('seal')}
    -out ${file('out')} -attime ${one.at ?? now} -CAfile ${args[args.indexOf('--trust') + 1] ?? ''}
  `;
  const { status } = spawnSync(program, rest);
  return status === 0 ? 'takes' : 'refuses';
}

test('what openssl refuses, we refuse; where we are stricter, the table says so', async () => {
  const rows = placed.map((each) => {
    const { name } = each.one;
    const signature = /^(signature|chain|trust store|nothing)/.test(name);
    const ours = loader.get(name)?.status ?? '';
    const theirs = signature ? opensslSays(each) : '';
    if (theirs === 'refuses') expect(ours, name).not.toBe('ok');
    const detail = loader.get(name)?.detail ?? '';
    return [name, ours, detail, tool.get(name)?.problems ?? '', theirs];
  });
  const table = [['case', 'loader', 'detail', 'tool', 'openssl'], ...rows];
  const widths = [0, 1, 2, 3].map((column) =>
    Math.max(...table.map((row) => row[column]?.length ?? 0)),
  );
  await expect(
    table
      .map((row) =>
        row
          .map((cell, column) => cell.padEnd(widths[column] ?? 0))
          .join('  ')
          .trimEnd(),
      )
      .join('\n'),
  ).toMatchFileSnapshot('../golden/refusals.txt');
});

/** Runs the loader on every change of a kind; the status by byte. */
function everyChange(kind: 'flips' | 'cuts', bundle: string): readonly string[] {
  const found: string[] = [];
  const args = ['--check', '--trust', join(folder, '0.pem'), '--root', join(folder, 'root')];
  const said = runDriver(loaderDriver('many-loads'), kind, bundle, ...args, '--now', String(now));
  for (const line of said.trimEnd().split('\n')) {
    const [at, code] = line.split(' ').map(Number);
    found[at ?? -1] = statusOf(code ?? -1);
  }
  return found;
}

describe('of the small bundle', () => {
  test('no beginning is taken, by either', async () => {
    const [whole] = placed;
    const bytes = whole?.bytes ?? new Uint8Array();
    const codes = everyChange('cuts', join(folder, '0.bundle'));
    // An empty file is none.
    expect(codes[0]).toBe('noFile');
    expect(codes.slice(1)).toEqual(Array.from({ length: bytes.length - 1 }, () => 'badEnvelope'));
    for (let size = 0; size < bytes.length; size += size < 4096 ? 1 : 61) {
      const unpacked = await unpackBundle(bytes.subarray(0, size));
      expect(unpacked.ok ? [] : unpacked.problems, `cut at ${size}`).not.toEqual([]);
    }
  });

  test('no byte can have one bit flipped, and both say the same of it', async () => {
    const [whole] = placed;
    const bytes = Uint8Array.from(whole?.bytes ?? []);
    const codes = everyChange('flips', join(folder, '0.bundle'));
    const store = must(readTrustStore({ path: 'root', bytes: Buffer.from(rootPem) }));
    const trust = { ...store, revocations: undefined };
    for (let at = 0; at < bytes.length; at++) {
      bytes[at] = (bytes[at] ?? 0) ^ (1 << (at % 8));
      const bundle = await openBundle(memoryHost({ '/bundle': bytes }), '/bundle');
      const result = bundle.ok ? verifyOpened(bundle.value, trust, now) : bundle;
      bytes[at] = (bytes[at] ?? 0) ^ (1 << (at % 8));
      const ours = result.ok ? 'ok' : reasonOf(result.problems);
      const theirs = codes[at] ?? 'not tried';
      expect([ours, theirs], `byte ${at}`).not.toContain('ok');
      expect(ours, `byte ${at}`).toBe(theirs);
    }
  }, 600_000);
});
