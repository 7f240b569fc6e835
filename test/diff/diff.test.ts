/** Every single change between two bundles is named, and nothing else is. */
import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { renderDiff } from '../../pipeline/cli/render-diff.ts';
import { type BundleDiff, diffBundles } from '../../pipeline/diff/diff.ts';
import { openForDiff } from '../../pipeline/diff/open.ts';
import { type CpioEntry, writeCpio } from '../../pipeline/format/cpio.ts';
import { memoryHost } from '../../pipeline/host/memory-host.ts';
import type { Seal } from '../../pipeline/seal/seal-codec.ts';
import { runCli } from '../cli/memory-world.ts';
import { text } from '../fixtures/bytes.ts';
import { type TestKeys, testKeys } from '../fixtures/keys.ts';
import { now } from '../fixtures/now.ts';
import { must } from '../fixtures/results.ts';
import { type Changes, sampleBundle } from '../fixtures/sample-bundle.ts';
import { cpioFile } from '../fixtures/small-initramfs.ts';

const files: readonly CpioEntry[] = [
  cpioFile('init', '#!/bin/sh\n', 0o755),
  cpioFile('lib/modules/6.12.0-test/kernel/drivers/block/virtio_blk.ko', 'module'),
  cpioFile('lib/modules/6.12.0-test/modules.dep', 'kernel/drivers/block/virtio_blk.ko:\n'),
  { kind: 'symlink', path: 'bin/sh', target: 'busybox' },
];
const initramfs = writeCpio(files);

let keys: TestKeys;
let other: TestKeys;
let base = new Uint8Array();
beforeAll(async () => {
  keys = await testKeys();
  other = await testKeys();
  base = Uint8Array.from(await sampleBundle(keys.signer, { initramfs }));
});

const world = (a: Uint8Array, b: Uint8Array, signedBy = keys) =>
  memoryHost(
    {
      '/a': a,
      '/b': b,
      '/root.pem': signedBy.file('root.pem').bytes,
      '/other.pem': other.file('root.pem').bytes,
    },
    { now },
  );

async function diffOf(changes: Changes, signer = keys.signer): Promise<BundleDiff> {
  const changed = await sampleBundle(signer, { initramfs, ...changes });
  const host = world(base, Uint8Array.from(changed));
  const trust = { trust: ['/root.pem', '/other.pem'] };
  const a = must(await openForDiff(host, '/a', trust));
  return diffBundles(host, a, must(await openForDiff(host, '/b', trust)));
}

/** What differs, beside the members and regions that follow from it. */
const follow = ['same', 'verified', 'bundles', 'members'];
const groups = (diff: BundleDiff): readonly string[] =>
  Object.entries(diff).flatMap(([group, value]) =>
    !follow.includes(group) && Array.isArray(value) && value.length > 0 ? [group] : [],
  );

const sealed = (change: (seal: Seal) => Partial<Seal>): Changes => ({
  seal: (seal) => ({ ...seal, ...change(seal) }),
});
/** The manifest says what the seal says: both change. */
const agreed = (
  change: (seal: Seal) => Partial<Seal>,
  manifest: Record<string, unknown>,
): Changes => ({
  ...sealed(change),
  manifest: (same) => ({ ...same, ...(manifest as typeof same) }),
});

describe('two bundles', () => {
  test('that are the same differ in nothing', async () => {
    const diff = await diffOf({});
    expect(diff).toMatchObject({ same: true, verified: true });
    expect(groups(diff)).toEqual([]);
    expect(renderDiff(diff)).toContain('identical: the same seal, and the same signatures');
  });

  test('with one seal and two signers differ in the signature alone', async () => {
    const diff = await diffOf({}, other.signer);
    expect(diff.same).toBe(true);
  });

  const single: readonly (readonly [string, Changes, string, unknown])[] = [
    [
      'the epoch',
      agreed(() => ({ epoch: 7n }), { epoch: 7n }),
      'identity',
      [{ what: 'epoch', before: '1', after: '7' }],
    ],
    [
      'the release',
      agreed(() => ({ release: '6.12.1' }), { kernelRelease: '6.12.1' }),
      'identity',
      [{ what: 'kernelRelease', before: '6.12.0-test', after: '6.12.1' }],
    ],
    [
      'the last day',
      agreed(() => ({ notAfter: undefined }), { notAfter: null }),
      'identity',
      [{ what: 'notAfter', before: '2027-01-16T08:00:00Z' }],
    ],
    [
      'a flag',
      agreed(() => ({ flags: ['limitLoads'] }), { flags: ['limitLoads'] }),
      'flags',
      [{ how: 'added', what: 'limitLoads' }],
    ],
    [
      'a match rule',
      agreed(() => ({ match: [{ kind: 'absent', path: 'sys/kernel', value: '' }] }), {
        match: [{ kind: 'absent', path: 'sys/kernel' }],
      }),
      'match',
      [
        { how: 'removed', what: '/sys/kernel is present' },
        { how: 'added', what: '/sys/kernel is absent' },
      ],
    ],
    [
      'a word',
      agreed(() => ({ commandLine: 'console=ttyS1' }), { commandLine: 'console=ttyS1' }),
      'commandLine',
      [{ how: 'changed', what: 'console=ttyS0', now: 'console=ttyS1' }],
    ],
    [
      'a step of the policy',
      { policy: ['message', 'halt'] },
      'policy',
      [
        { how: 'removed', what: 'reset' },
        { how: 'added', what: 'halt' },
      ],
    ],
    [
      'a setting',
      { manifest: (same) => ({ ...same, finalAction: 'reboot' }) },
      'settings',
      [{ what: 'finalAction', after: 'reboot' }],
    ],
    [
      'an input',
      {
        manifest: (same) => ({
          ...same,
          inputs: [{ name: 'kernel', origin: 'o', sha256: 'd'.repeat(64), size: 1 }],
        }),
      },
      'inputs',
      [{ what: 'kernel', after: `o, sha256 ${'d'.repeat(64)}` }],
    ],
    [
      'a mode',
      { initramfs: writeCpio([cpioFile('init', '#!/bin/sh\n', 0o700), ...files.slice(1)]) },
      'files',
      [{ what: 'init', before: { mode: 0o755 }, after: { mode: 0o700 } }],
    ],
    [
      'a file',
      { initramfs: writeCpio([...files, cpioFile('etc/key', 'x')]) },
      'files',
      [
        { what: 'etc', after: { kind: 'directory' } },
        { what: 'etc/key', after: { size: 1 } },
      ],
    ],
    [
      'a link',
      {
        initramfs: writeCpio([
          ...files.slice(0, 3),
          { kind: 'symlink', path: 'bin/sh', target: 'dash' },
        ]),
      },
      'files',
      [{ what: 'bin/sh', before: { target: 'busybox' }, after: { target: 'dash' } }],
    ],
    [
      'a module',
      { initramfs: writeCpio(files.filter(({ path }) => !path.endsWith('.ko'))) },
      'modules',
      [{ what: 'kernel/drivers/block/virtio_blk.ko', before: { size: 6 } }],
    ],
    [
      'what is after the files',
      { initramfs: Buffer.concat([initramfs, new Uint8Array(512)]) },
      'initramfsNotes',
      [expect.stringContaining('no file in them does')],
    ],
    [
      'an archive that is none',
      { initramfs: text('nonsense') },
      'initramfsNotes',
      [expect.stringContaining('of B could not be opened')],
    ],
  ];

  test.each(single)('that differ in %s', async (_what, changes, group, expected) => {
    const diff = await diffOf(changes);
    expect(diff.same).toBe(false);
    expect(diff[group as keyof BundleDiff]).toMatchObject(expected as object);
    // Sizes of segments follow the size of what they hold; folders that a module lay in go with it.
    const follows = ['segments', 'files'];
    expect(groups(diff).filter((name) => name !== group && !follows.includes(name))).toEqual([]);
  });

  test('the modules of two releases are compared by their paths below the release', async () => {
    const moved = files.map((entry) => ({
      ...entry,
      path: entry.path.replace('6.12.0-test', '6.12.9'),
    }));
    const diff = await diffOf({ initramfs: writeCpio(moved) });
    expect(diff.modules).toEqual([]);
    expect(diff.files).toEqual([]);
  });

  test('of any two sets of files, those that differ are named, and no others', async () => {
    const names = ['init', 'bin/a', 'bin/b', 'etc/c', 'lib/modules/6.12.0-test/kernel/d.ko'];
    const tree = fc.dictionary(fc.constantFrom(...names), fc.constantFrom('', 'x', 'longer'), {
      minKeys: 1,
    });
    const bundleOf = async (contents: Readonly<Record<string, string>>) =>
      Uint8Array.from(
        await sampleBundle(undefined, {
          initramfs: writeCpio(
            Object.entries(contents).map(([path, content]) => cpioFile(path, content)),
          ),
        }),
      );
    await fc.assert(
      fc.asyncProperty(tree, tree, async (one, two) => {
        const host = world(await bundleOf(one), await bundleOf(two));
        const a = must(await openForDiff(host, '/a', undefined));
        const diff = await diffBundles(host, a, must(await openForDiff(host, '/b', undefined)));
        const named = [...diff.files, ...diff.modules]
          .filter(({ before, after }) => (before ?? after)?.kind === 'file')
          .map(({ what }) => what.replace('kernel/d.ko', 'lib/modules/6.12.0-test/kernel/d.ko'));
        expect(named.toSorted()).toEqual(
          names.filter((name) => one[name] !== two[name]).toSorted(),
        );
        expect(diff.same).toBe(named.length === 0);
      }),
      { numRuns: 60 },
    );
  });

  test('read as in the golden file', async () => {
    const diff = await diffOf({
      ...agreed((seal) => ({ epoch: 2n, commandLine: `${seal.commandLine} quiet` }), {
        epoch: 2n,
        commandLine: 'console=ttyS0 quiet',
      }),
      policy: ['message', 'halt'],
      initramfs: writeCpio([
        ...files.slice(1),
        cpioFile('init', '#!/bin/busybox sh\n', 0o755),
        cpioFile('odd\u001b[2Jname', ''),
      ]),
    });
    await expect(renderDiff(diff)).toMatchFileSnapshot('../golden/cli/diff.txt');
  });
});

describe('crashseal diff', () => {
  const changed = () => sampleBundle(keys.signer, { initramfs, policy: ['halt'] });

  test('ends with 0 for the same, 3 for another, and says it as JSON too', async () => {
    const trust = ['--trust', '/root.pem'];
    const same = await runCli(['diff', ...trust, '/a', '/b'], world(base, base));
    expect(same.status).toBe(0);
    const host = world(base, Uint8Array.from(await changed()));
    expect((await runCli(['diff', ...trust, '/a', '/b'], host)).status).toBe(3);
    const json = await runCli(['diff', '--json', ...trust, '/a', '/b'], host);
    expect(json.status).toBe(3);
    expect(JSON.parse(json.out)).toMatchObject({
      same: false,
      verified: true,
      policy: [
        { how: 'removed', what: 'message' },
        { how: 'removed', what: 'reset' },
        { how: 'added', what: 'halt' },
      ],
      members: expect.arrayContaining([
        expect.objectContaining({
          what: 'purgatory',
          before: expect.objectContaining({ size: expect.any(String) }),
        }),
      ]),
    });
  });

  test('looks into nothing that nobody trusted has signed', async () => {
    const host = world(base, Uint8Array.from(await sampleBundle(other.signer, { initramfs })));
    const ran = await runCli(['diff', '--trust', '/root.pem', '/a', '/b'], host);
    expect(ran.status).toBe(1);
    expect(ran.out).toBe('');
    expect(ran.talk).toContain('met while comparing /b');
  });

  test('says so when it was told to verify nothing, and what is damaged', async () => {
    const damaged = Uint8Array.from(base);
    const at = Buffer.from(damaged).indexOf('#!/bin/sh');
    damaged[at] = 0x21;
    const ran = await runCli(['diff', '--unverified', '/a', '/b'], world(base, damaged));
    expect(ran.status).toBe(3);
    expect(ran.out).toContain('NOT VERIFIED');
    expect(ran.out).toContain('DAMAGED: initramfs.base');
    expect(ran.out).toMatch(/~ {2}init/);
  });

  test.each([
    [['diff', '/a', '/b']],
    [['diff', '--unverified', '--trust', '/root.pem', '/a', '/b']],
    [['diff', '--trust', '/root.pem', '--at', 'soon', '/a', '/b']],
    [['diff', '--unverified', '/a']],
  ])('%j cannot be meant', async (words) => {
    expect((await runCli(words, world(base, base))).status).toBe(2);
  });
});
