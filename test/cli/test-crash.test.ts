import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { renderJunit } from '../../pipeline/cli/render-junit.ts';
import { renderProof, renderThere } from '../../pipeline/cli/render-test-crash.ts';
import { words } from '../../pipeline/units/words.ts';
import { makeVmlinux } from '../fixtures/ia64-machine.ts';
import { sampleProof } from '../fixtures/sample-proof.ts';
import { crashseal, developmentKeys } from '../support/crashseal.ts';
import { readXml } from '../support/xml.ts';

const proof = sampleProof;
const refused = [
  {
    path: 'bad',
    problems: [
      { area: 'prove', kind: 'no-qemu', program: 'qemu-system-x86_64', package: 'qemu-system-x86' },
    ],
  },
] as const;

test('the result as text has a line for each finding', async () => {
  await expect(renderProof(proof)).toMatchFileSnapshot('../golden/cli/test-crash.txt');
});

describe('JUnit', () => {
  const text = renderJunit([proof], refused);
  test('is XML: a suite for each bundle, a case for each finding', () => {
    const { elements } = readXml(text);
    const named = (name: string) => elements.filter((one) => one.name === name);
    expect(named('testsuite').map(({ attributes }) => attributes)).toMatchObject([
      { tests: '3', failures: '1', skipped: '1', errors: '0', time: '61' },
      { name: 'bad', tests: '1', errors: '1' },
    ]);
    expect(named('testcase')).toHaveLength(4);
    expect(named('failure')[0]?.attributes.message).toBe('a &quot;page&quot; &amp; more?');
    expect(named('error')[0]?.attributes.message).toContain('qemu-system-x86_64 is not installed');
  });

  test('is read by an independent parser', () => {
    const names =
      'import sys,xml.dom.minidom as m; d=m.parse(sys.stdin); print([c.getAttribute("classname") for c in d.getElementsByTagName("testcase")][0])';
    const read = execFileSync('python3', ['-c', names], { input: text, encoding: 'utf8' });
    expect(read.trim()).toBe('out/<web>.crashseal capture');
  });
});

test('what was tried before is said, in text and in JUnit', () => {
  const before = [
    { reference: 'oci:bundles:web', outcome: 'passed', tester: 'CN=Tester' },
    { reference: 'oci:bundles:db', outcome: 'failed', tester: 'CN=Tester' },
  ] as const;
  const tried = [
    { path: 'oci:bundles:edge', result: { ok: true, value: proof } },
    { path: 'bad', result: { ok: false, problems: refused[0].problems } },
  ] as const;
  const there = { listed: 9, own: 5, before, tried, left: ['oci:bundles:late'] };
  expect(renderThere(there, { part: 2, of: 3 })).toBe(
    `oci:bundles:web: passed, as CN=Tester attests; not tried again (--again does)
oci:bundles:db: failed, as CN=Tester attests; not tried again (--again does)
shard 2/3, 5 of 9 bundles: 1 tried, 2 tried before, 1 could not be tried, 1 left for another run
`,
  );
  expect(renderThere({ ...there, before: [], left: [], tried: [] }, undefined)).toBe(
    '9 bundles: 0 tried, 0 tried before\n',
  );
  const { elements } = readXml(renderJunit([], [], before));
  expect(
    elements.filter(({ name }) => name === 'testsuite').map(({ attributes }) => attributes),
  ).toMatchObject([
    { name: 'oci:bundles:web', tests: '1', failures: '0' },
    { name: 'oci:bundles:db', tests: '1', failures: '1' },
  ]);
});

test('a bundle for an architecture that QEMU has no machine of is refused, with its name', () => {
  const folder = mkdtempSync(join(tmpdir(), 'no-machine-'));
  const file = (name: string, content: string | Uint8Array): string => {
    writeFileSync(join(folder, name), content);
    return join(folder, name);
  };
  const { key, certificates, trust } = developmentKeys('out/test');
  const profile = {
    name: 'old',
    arch: 'ia64',
    kernel: { from: 'files', image: file('vmlinux', makeVmlinux()) },
    initramfs: { from: 'file', path: file('initramfs', gzipSync('nothing')) },
    crashkernel: '512M',
    target: { kind: 'raw', device: 'PARTLABEL=crashdump' },
    onCorruption: ['halt'],
  };
  const path = join(folder, 'old.crashseal');
  const built = crashseal(
    words`build --key ${key} --cert ${certificates} --out ${folder} --lock ${join(folder, 'lock')} ${file('old.yaml', JSON.stringify(profile))}`,
  );
  expect(built.exitCode, built.stderr).toBe(0);
  const ran = crashseal(words`test-crash --trust ${trust} ${path}`);
  rmSync(folder, { recursive: true });
  expect([ran.exitCode, ran.stderr]).toEqual([
    1,
    expect.stringContaining('no machine of ia64 can be made here'),
  ]);
});
