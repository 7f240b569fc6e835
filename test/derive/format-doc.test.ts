import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { fillFormatDoc } from '../../pipeline/derive/format-doc.ts';
import { declaredCodes, declaredLayouts, machineLayouts } from '../../pipeline/format/declared.ts';
import { encodeSeal, type Seal } from '../../pipeline/seal/seal-codec.ts';
import { testKeys } from '../fixtures/keys.ts';
import { sampleBundle } from '../fixtures/sample-bundle.ts';
import { sampleSeal } from '../fixtures/sample-seal.ts';
import { dumpSeal } from '../seal/seal-dump.ts';

const document = readFileSync('docs/format.md', 'utf8');

/** One member, one segment, one live value, one match rule. */
const smallSeal: Seal = {
  ...sampleSeal,
  profile: 'small',
  crashSize: 0x10_0000n,
  entry: { segment: 0, offset: 0x10n },
  commandLine: 'quiet',
  members: sampleSeal.members
    .filter(({ name }) => name === 'kernel')
    .map((member) => ({ ...member, size: 0x1234n })),
  segments: sampleSeal.segments.slice(0, 1).map((segment) => ({
    ...segment,
    member: 0,
    bufsz: 0x1234n,
    memsz: 0x2000n,
  })),
  live: [
    {
      source: 'segmentAddress',
      form: 'textHex',
      width: 0,
      segment: 0,
      about: 0,
      offset: 0x20n,
      size: 0x100n,
      addend: 0x200n,
      arg0: 0n,
      arg1: 0n,
      text: '',
      words: ' entry=0x',
    },
  ],
  match: [{ kind: 'equals', path: 'sys/class/dmi/id/sys_vendor', value: 'small' }],
};

describe('docs/format.md', () => {
  test('shows a small seal byte by byte', async () => {
    await expect(dumpSeal(encodeSeal(smallSeal), smallSeal)).toMatchFileSnapshot(
      '../golden/small-seal.txt',
    );
  });

  test('has the tables of the declarations', () => {
    const shown = 'test/golden/small-seal.txt';
    expect(fillFormatDoc(document, { [shown]: readFileSync(shown, 'utf8') })).toBe(document);
  });

  test('shows every layout and every table of codes', () => {
    const shown = [...document.matchAll(/<!-- generated: (layout|codes) (.*?) -->/g)];
    const named = (kind: string) =>
      shown.flatMap(([, shownKind, name]) => (shownKind === kind ? [name] : [])).toSorted();
    const layouts = [...declaredLayouts, ...machineLayouts];
    expect(named('layout')).toEqual(layouts.map(({ name }) => name).toSorted());
    expect(named('codes')).toEqual(declaredCodes.map(({ title }) => title).toSorted());
  });

  test.each(['limits', 'members', 'live sources', 'match kinds', 'seal faults'])(
    'shows the table of %s',
    (name) => expect(document).toContain(`<!-- generated: ${name} -->\n| `),
  );

  const noJq = spawnSync('jq', ['--version']).status !== 0;
  test.skipIf(noJq)('says how to check a bundle by hand, and those commands do', async () => {
    const commands = /## Checking a bundle by hand[\s\S]*?```sh\n([\s\S]*?)```/.exec(document)?.[1];
    if (commands === undefined) throw new Error('no commands');
    const now = Math.floor(Date.now() / 1000);
    const keys = await testKeys({ chain: true, now });
    const folder = mkdtempSync(join(tmpdir(), 'crashseal-'));
    try {
      writeFileSync(join(folder, 'root.pem'), keys.file('root.pem').bytes);
      const run = () => spawnSync('sh', ['-euc', commands], { cwd: folder, encoding: 'utf8' });
      const bundle = await sampleBundle(keys.signer, {
        now,
        seal: (seal) => ({ ...seal, notBefore: undefined }),
      });
      writeFileSync(join(folder, 'bundle.crashseal'), bundle);
      const good = run();
      expect(good.stderr).toContain('CMS Verification successful');
      expect(good.status, good.stderr).toBe(0);
      expect(good.stdout).toMatch(/kernel: OK\n.*initramfs.base: OK\n/);
      const changed = Uint8Array.from(bundle);
      // The first byte of the last member.
      const at = Buffer.from(bundle).lastIndexOf('ustar') - 0x101 + 512;
      changed[at] = (changed[at] ?? 0) ^ 1;
      writeFileSync(join(folder, 'bundle.crashseal'), changed);
      expect(run().status).not.toBe(0);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
