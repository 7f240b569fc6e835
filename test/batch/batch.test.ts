/** Many profiles in one build: the same bytes as alone, in every order, and nothing is done that was done before. */
import {
  appendFileSync,
  copyFileSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { findChanges } from '../../pipeline/batch/changed.ts';
import type { Host } from '../../pipeline/host/host.ts';
import type { Progress } from '../../pipeline/host/progress.ts';
import { realHost } from '../../pipeline/host/real-host.ts';
import { sha256 } from '../../pipeline/units/sha256.ts';
import { must } from '../fixtures/results.ts';
import { smallInitramfs } from '../fixtures/small-initramfs.ts';
import { testKernelTree } from '../support/kernel-tree.ts';
import { digestsIn, type Fleet, makeFleet, readOnly } from './fleet.ts';

let fleet: Fleet;
beforeAll(async () => {
  fleet = await makeFleet(32);
});
afterAll(() => fleet.remove());

const out = (): string => join(fleet.folder, 'out');
const bundleOf = (name: string): string => join(out(), `${name}.unsigned.crashseal`);
const states = (outcomes: Awaited<ReturnType<Fleet['build']>>): readonly string[] =>
  outcomes.map(({ result }) =>
    result === undefined
      ? 'not tried'
      : !result.ok
        ? result.problems[0].kind
        : result.value.unchanged
          ? 'unchanged'
          : 'built',
  );

test('the bytes of every bundle are those that it has when it is built alone', async () => {
  expect(new Set(states(await fleet.build()))).toEqual(new Set(['built']));
  const together = digestsIn(out());
  for (const at of [0, 1, 2, 3, 7]) {
    const profiles = [fleet.file(`web-${at}`)];
    const alone = join(fleet.folder, `alone-${at}`);
    await fleet.build({ profiles, out: alone, lockFile: `${alone}.lock` });
    const name = `web-${at}.unsigned.crashseal`;
    expect(digestsIn(alone)[name]).toBe(together[name]);
  }
});

test.each([1, 3, 64])('and do not depend on the order, with %i side by side', async (jobs) => {
  const other = join(fleet.folder, `jobs-${jobs}`);
  const lockFile = `${other}.lock`;
  const profiles = fleet.files.toSorted((a, b) =>
    sha256Of(a, jobs).localeCompare(sha256Of(b, jobs)),
  );
  const outcomes = await fleet.build({ profiles, jobs, out: other, lockFile });
  expect(outcomes.map(({ file }) => file)).toEqual(profiles);
  expect(digestsIn(other)).toEqual(digestsIn(out()));
  expect(readFileSync(lockFile).equals(readFileSync(join(fleet.folder, 'lock')))).toBe(true);
});

const sha256Of = (text: string, seed: number): string =>
  sha256(new TextEncoder().encode(`${seed} ${text}`));

test('what the first build has pinned is what the second one knows it by', async () => {
  const profiles = [fleet.file('web-0'), fleet.file('web-1')];
  const other = join(fleet.folder, 'first');
  const request = { profiles, out: other, lockFile: `${other}.lock` };
  expect(states(await fleet.build(request))).toEqual(['built', 'built']);
  const found = must(
    await findChanges(readOnly(realHost()), { ...fleet.request(request), signed: false }),
  );
  expect(found.map(({ why }) => must(why))).toEqual([[], []]);
});

test('second-build-touches-nothing', async () => {
  await fleet.build();
  const times = () =>
    readdirSync(fleet.folder, { recursive: true, encoding: 'utf8' })
      .sort()
      .map((name) => [name, statSync(join(fleet.folder, name), { bigint: true }).mtimeNs]);
  const before = times();
  expect(new Set(states(await fleet.build({}, readOnly(realHost()))))).toEqual(
    new Set(['unchanged']),
  );
  expect(times()).toEqual(before);
});

test('of files that nothing pins, what was read tells that the bundle is there; one other byte, and it is made', async () => {
  const { vmlinuz, root, release } = await testKernelTree('6.1');
  const [image, config, own] = ['image', 'config', 'own.cpio'].map((name) =>
    join(fleet.folder, name),
  ) as [string, string, string];
  copyFileSync(vmlinuz, image);
  copyFileSync(join(root, 'boot', `config-${release}`), config);
  writeFileSync(own, smallInitramfs());
  const profile = fleet.write(
    'loose',
    fleet
      .profileText('loose')
      .replace(/kernel: .*/, `kernel: { from: files, image: ${image}, config: ${config} }`)
      .replace('a.cpio', own),
  );
  const name = join(fleet.folder, 'loose');
  const build = async () => {
    const steps: string[] = [];
    const progress: Progress = {
      step: (title, work) => {
        steps.push(title);
        return work(() => undefined);
      },
    };
    const request = { profiles: [profile], out: name, lockFile: `${name}.lock`, progress };
    const [state] = states(await fleet.build({ ...request, updateLock: true }));
    const [later] = states(await fleet.build(request));
    return [state, later, steps.filter((step) => step.startsWith('Prepare kernel')).length];
  };
  expect(await build()).toEqual(['built', 'unchanged', 1]);
  appendFileSync(config, '# Another byte\n');
  expect(await build()).toEqual(['built', 'unchanged', 1]);
  writeFileSync(own, Buffer.concat([smallInitramfs(), Buffer.alloc(512)]));
  expect(await build()).toEqual(['built', 'unchanged', 1]);
});

test('a file that changes between its reading and its digest is not recorded as what was read', async () => {
  const own = join(fleet.folder, 'moving.cpio');
  writeFileSync(own, smallInitramfs());
  const name = join(fleet.folder, 'moving');
  const profiles = [
    fleet.write('moving', fleet.profileText('moving').replace('a.cpio', 'moving.cpio')),
  ];
  const request = { profiles, out: name, lockFile: `${name}.lock` };
  const host = realHost();
  const changing: Host = {
    ...host,
    readSmallFile: async (path, most) => {
      const bytes = await host.readSmallFile(path, most);
      if (path === own) writeFileSync(own, Buffer.concat([smallInitramfs(), Buffer.alloc(512)]));
      return bytes;
    },
  };
  // Another build that uses the file says so by its time: that changes nothing.
  const touching: Host = {
    ...host,
    readSmallFile: async (path, most) => {
      if (path === own) utimesSync(own, 1, 1);
      return host.readSmallFile(path, most);
    },
  };
  const touched = { ...request, out: `${name}-touched`, lockFile: `${name}-touched.lock` };
  expect(states(await fleet.build(touched, touching))).toEqual(['built']);
  const found = must(
    await findChanges(readOnly(host), { ...fleet.request(touched), signed: false }),
  );
  expect(found.map(({ why }) => must(why))).toEqual([[]]);
  expect(states(await fleet.build(request, changing))).toEqual(['built']);
  expect(states(await fleet.build(request))).toEqual(['digest-wrong']);
  writeFileSync(own, smallInitramfs());
  expect(states(await fleet.build(request))).toEqual(['unchanged']);
});

test('nor does one whose tool does not know what it is: it makes all, and finds it there', async () => {
  await fleet.build();
  const before = digestsIn(out());
  // Where the record is of no use either, bundles are read and compared.
  const untold = { tool: undefined, record: join(fleet.folder, 'no-record') };
  const writes: string[] = [];
  const host = realHost();
  const watching: Host = {
    ...host,
    writeFile: async (path, bytes, mode) => {
      writes.push(path);
      return host.writeFile(path, bytes, mode);
    },
  };
  expect(new Set(states(await fleet.build(untold, watching)))).toEqual(new Set(['unchanged']));
  expect(writes).toEqual([untold.record]);
  expect(digestsIn(out())).toEqual(before);
});

test('index.json tells what is in the folder, and its slices are the bundles', async () => {
  await fleet.build();
  const index = JSON.parse(readFileSync(join(out(), 'index.json'), 'utf8'));
  expect(index.version).toBe(1);
  const files = readdirSync(out()).filter((name) => name.endsWith('.crashseal'));
  expect(index.bundles.map(({ file }: { file: string }) => file)).toEqual(files.sort());
  const seen = new Set<string>();
  for (const { file, size, slices } of index.bundles) {
    const bytes = Uint8Array.from(readFileSync(join(out(), file)));
    expect(bytes.length).toBe(size);
    let at = 0;
    let unshared = 0;
    for (const slice of slices) {
      const part = bytes.subarray(at, at + slice.size);
      expect(sha256(part)).toBe(slice.sha256);
      // A kernel and an initramfs are in every bundle the same.
      if (!seen.has(slice.sha256)) unshared += slice.size;
      seen.add(slice.sha256);
      at += slice.size;
    }
    expect(at).toBe(size);
    if (!/^web-[01]\./.test(file)) expect(unshared).toBeLessThanOrEqual(64 << 10);
  }
});

test('a bundle that is removed leaves the index with the next build', async () => {
  rmSync(bundleOf('web-5'));
  await fleet.build({ profiles: [fleet.file('web-0')] });
  const names = (): readonly string[] =>
    JSON.parse(readFileSync(join(out(), 'index.json'), 'utf8')).bundles.map(
      ({ profile }: { profile: string }) => profile,
    );
  expect(names()).not.toContain('web-5');
  expect(names()).toHaveLength(31);
  await fleet.build();
  expect(names()).toHaveLength(32);
});

test('while bundles change there is no index; what a build in the middle leaves, the next one completes', async () => {
  await fleet.build();
  const before = digestsIn(out());
  for (const name of ['web-1', 'web-2']) rmSync(bundleOf(name));
  const host = realHost();
  const ending: Host = {
    ...host,
    writeFile: async (path, bytes, mode) => {
      if (path === bundleOf('web-2')) throw new TypeError('the end');
      return host.writeFile(path, bytes, mode);
    },
  };
  await expect(fleet.build({}, ending)).rejects.toThrow('the end');
  expect(readdirSync(out())).not.toContain('index.json');
  await fleet.build();
  expect(digestsIn(out())).toEqual(before);
});

describe('what would change', () => {
  const changesOf = async (change: Partial<Parameters<typeof findChanges>[1]> = {}) =>
    must(
      await findChanges(readOnly(realHost()), { ...fleet.request(), signed: false, ...change }),
    ).flatMap(({ profile, why }) => {
      const found = must(why);
      return found.length === 0 ? [] : [`${profile}: ${found.join(' ')}`];
    });
  const all = (why: string) => fleet.files.map((_, at) => `web-${at}: ${why}`);

  test('is nothing after a build, and nothing for a comment', async () => {
    await fleet.build();
    const text = readFileSync(fleet.file('web-3'), 'utf8');
    fleet.write('web-3', `# A comment.\n${text}`);
    expect(await changesOf()).toEqual([]);
    fleet.write('web-3', text);
  });

  test.each<readonly [string, Partial<Parameters<typeof findChanges>[1]>]>([
    ['tool', { tool: 'another' }],
    ['date', { buildDate: 1 }],
    ['missing', { signed: true }],
    ['unpinned', { lockFile: '/nowhere/lock' }],
    ['unknown', { tool: undefined }],
  ])('is all where it is by %s', async (why, change) => {
    await fleet.build();
    expect(await changesOf(change)).toEqual(all(why));
  });

  test('is told by profile, and what was told is what a build makes', async () => {
    await fleet.build();
    const text = readFileSync(fleet.file('web-3'), 'utf8');
    fleet.write('web-3', text.replace('epoch: 7', 'epoch: 8'));
    rmSync(bundleOf('web-4'));
    const damaged = readFileSync(bundleOf('web-6'));
    writeFileSync(bundleOf('web-6'), damaged.subarray(1));
    expect(await changesOf()).toEqual(['web-3: profile', 'web-4: missing', 'web-6: bundle']);
    const outcomes = await fleet.build();
    const built = outcomes.filter((_, at) => states(outcomes)[at] === 'built');
    expect(built.map(({ profile }) => profile)).toEqual(['web-3', 'web-4', 'web-6']);
    expect(readFileSync(bundleOf('web-6')).equals(damaged)).toBe(true);
    fleet.write('web-3', text);
  });

  test('is a file that a profile names, when it has other content', async () => {
    await fleet.build();
    const path = join(fleet.folder, 'b.cpio');
    const bytes = readFileSync(path);
    writeFileSync(path, Buffer.concat([bytes, Buffer.alloc(512)]));
    expect(await changesOf()).toEqual(all('files').filter((_, at) => at % 2 === 1));
    // And the lock holds the build to the old one.
    expect(states(await fleet.build())).toContain('digest-wrong');
    writeFileSync(path, bytes);
    expect(await changesOf()).toEqual([]);
  });
});

describe('a profile that is refused', () => {
  const without = (name: string): string =>
    fleet.write(name, fleet.profileText(name).replace(/path: \w+\.cpio/, 'path: none.cpio'));

  test('when profiles are read, stops all; with keepGoing it stops none', async () => {
    const bad = fleet.write('bad', 'name: bad\n');
    const profiles = [fleet.file('web-0'), bad, fleet.file('web-1')];
    const other = { profiles, out: join(fleet.folder, 'read') };
    const read = await fleet.build(other);
    expect(states(read)).toEqual(['not tried', 'missing-key', 'not tried']);
    expect(readdirSync(fleet.folder)).not.toContain('read');
    const kept = await fleet.build({ ...other, keepGoing: true });
    expect(states(kept)).toEqual(['built', 'missing-key', 'built']);
  });

  test('when it is built, stops those after it; with keepGoing it stops none', async () => {
    const profiles = [without('lacks-0'), fleet.file('web-0'), fleet.file('web-1')];
    const other = { profiles, jobs: 1, out: join(fleet.folder, 'stopped') };
    const states1 = states(await fleet.build(other));
    expect(states1).toContain('file-missing');
    expect(states1.indexOf('file-missing')).toBe(0);
    const kept = await fleet.build({ ...other, keepGoing: true });
    expect(states(kept)[0]).toBe('file-missing');
    expect(states(kept).slice(1)).not.toContain('not tried');
  });

  test('leaves the index to tell of the others', async () => {
    const other = join(fleet.folder, 'partly');
    await fleet.build({
      profiles: [without('lacks-1'), fleet.file('web-0')],
      keepGoing: true,
      out: other,
    });
    const { bundles } = JSON.parse(readFileSync(join(other, 'index.json'), 'utf8'));
    expect(bundles).toMatchObject([{ profile: 'web-0' }]);
  });
});
