/** apt as we talk to it: when the index is refreshed, and what is believed of what it answers. */
import { describe, expect, test } from 'vitest';
import { type MemoryCommand, memoryHost } from '../../pipeline/host/memory-host.ts';
import { cachedDeb, parseStanza, privateApt } from '../../pipeline/inputs/apt.ts';
import { sha256 } from '../../pipeline/units/sha256.ts';
import { must } from '../fixtures/results.ts';

const bytes = new TextEncoder().encode('the package');
const other = new TextEncoder().encode('another package');
const stanza = [
  'Package: tool',
  'Version: 1:2.0-1',
  'Architecture: arm64',
  'Depends: libc6 (>= 2.34), foo | bar:any (>= 1), image (= 3.1-1), baz [amd64]',
  'Description: x',
  ' Package: not-this',
  `SHA256: ${sha256(bytes)}`,
  `Size: ${bytes.length}`,
  '',
  'Package: second',
].join('\n');

type Fake = {
  /** Answers to `apt-cache show`, one after the other; the last stays. */
  readonly shows?: readonly (string | undefined)[];
  readonly downloads?: readonly (Uint8Array | undefined)[];
  readonly files?: Readonly<Record<string, string>>;
  readonly sources?: string;
};

function world({ shows = [stanza], downloads = [bytes], files = {}, sources = 'x' }: Fake = {}) {
  const calls: string[] = [];
  const settings: string[] = [];
  const take = <T>(list: readonly T[], count: number): T | undefined =>
    list[Math.min(count, list.length - 1)];
  let shown = 0;
  let fetched = 0;
  const apt: MemoryCommand = async (args, options, host) => {
    const words = args.filter((word, at) => word !== '-o' && args[at - 1] !== '-o');
    settings.push(...args.filter((_, at) => args[at - 1] === '-o'));
    calls.push(words.filter((word) => !word.startsWith('-')).join(' '));
    if (words[0] === 'show') {
      const answer = take(shows, shown++);
      return answer === undefined
        ? { exitCode: 100, stderr: 'E: No packages found\n' }
        : { stdout: new TextEncoder().encode(answer) };
    }
    if (words[0] === 'indextargets') return { stdout: new TextEncoder().encode(sources) };
    if (words[0] === 'madison')
      return { stdout: new TextEncoder().encode(' tool | 1:2.0-1 | x\n tool | 1:1.0-1 | x\n') };
    if (words[0] === 'download') {
      const answer = take(downloads, fetched++);
      if (answer === undefined) return { exitCode: 100, stderr: 'E: 404  Not Found\nnoise\n' };
      await host.writeFile(`${options.cwd}/tool_2.0.deb`, answer);
    }
    return {};
  };
  const host = memoryHost(files, {
    now: 1_000_000,
    commands: { 'apt-get': apt, 'apt-cache': apt },
  });
  return {
    host,
    calls,
    settings,
    apt: privateApt(host, { cache: '/cache', architecture: 'arm64' }),
  };
}
const tool = { package: 'tool', version: undefined, at: undefined };
const stamp = '/cache/apt/arm64/updated';

test('a stanza ends at the empty line; indented lines belong to the field before', () => {
  const fields = parseStanza(stanza);
  expect(fields.get('Package')).toBe('tool');
  expect(fields.get('Size')).toBe(String(bytes.length));
});

describe('finding', () => {
  test('reads names, alternatives and exact versions; everything stays in the cache folder', async () => {
    const { apt, settings } = world();
    const found = must(await apt.find(tool));
    expect(found).toMatchObject({ version: '1:2.0-1', architecture: 'arm64', size: bytes.length });
    expect(found.depends).toEqual(['libc6', 'foo', 'bar', 'image', 'baz']);
    expect([...found.exactly]).toEqual([['image', '3.1-1']]);
    const folders = settings.filter((one) =>
      /^Dir::(State|Cache)(=|::(lists|status|archives)=)/.test(one),
    );
    expect(folders.length).toBeGreaterThan(0);
    for (const one of folders) expect(one).toContain('=/cache/apt/arm64');
  });

  test('refreshes the index when there is none, and not when it is fresh', async () => {
    const first = world();
    must(await first.apt.find(tool));
    expect(first.calls).toEqual(['update', 'show tool']);
    const fresh = world({ files: { [stamp]: '990000\n' } });
    must(await fresh.apt.find(tool));
    expect(fresh.calls).toEqual(['show tool']);
  });

  test('refreshes a fresh index once when the package is not in it', async () => {
    const { apt, calls } = world({ files: { [stamp]: '990000\n' }, shows: [undefined, stanza] });
    must(await apt.find({ ...tool, version: '1:2.0-1' }));
    expect(calls).toEqual(['show tool=1:2.0-1', 'update', 'show tool=1:2.0-1']);
  });

  test('names the versions that there are', async () => {
    const { apt } = world({ shows: [undefined] });
    expect(await apt.find({ ...tool, version: '9' })).toMatchObject({
      ok: false,
      problems: [{ kind: 'package-not-found', offered: ['1:2.0-1', '1:1.0-1'] }],
    });
  });

  test('a package that only provides the name is not the one asked for', async () => {
    const { apt } = world({ shows: [stanza.replace('Package: tool', 'Package: provider')] });
    expect(await apt.find(tool)).toMatchObject({
      ok: false,
      problems: [{ kind: 'package-not-found' }],
    });
  });

  test('a machine without sources is told so', async () => {
    const { apt } = world({ shows: [undefined], sources: '' });
    expect(await apt.find(tool)).toMatchObject({
      ok: false,
      problems: [{ kind: 'package-sources-missing' }],
    });
  });
});

describe('fetching', () => {
  test('keeps the package by its digest, and asks nobody the second time', async () => {
    const { apt, calls, host } = world();
    const found = must(await apt.find(tool));
    const { path, digest } = must(await apt.fetch(found, undefined));
    expect(path).toBe(cachedDeb('/cache', sha256(bytes)));
    expect(digest).toBe(sha256(bytes));
    const before = calls.length;
    must(await apt.fetch(found, undefined));
    expect(calls).toHaveLength(before);
    expect(host.paths().filter((name) => name.startsWith('/cache/tmp'))).toEqual([]);
  });

  test('what is kept but damaged is fetched anew', async () => {
    const { apt } = world({ files: { [cachedDeb('/cache', sha256(bytes))]: 'damaged' } });
    const found = must(await apt.find(tool));
    expect(must(await apt.fetch(found, undefined)).bytes).toEqual(bytes);
  });

  test('other bytes than pinned are refused and not kept', async () => {
    const { apt, host } = world({ downloads: [other] });
    const found = must(await apt.find(tool));
    expect(await apt.fetch(found, undefined, 'lock')).toMatchObject({
      ok: false,
      problems: [{ kind: 'digest-wrong', expected: sha256(bytes), found: sha256(other) }],
    });
    expect(host.paths().filter((name) => name.includes('/debs/'))).toEqual([]);
  });

  test('a file that has moved is found after the index is refreshed; one that is gone is said', async () => {
    const moved = world({ downloads: [undefined, bytes], files: { [stamp]: '990000\n' } });
    const found = must(await moved.apt.find(tool));
    must(await moved.apt.fetch(found, undefined));
    expect(moved.calls.filter((call) => call === 'update')).toHaveLength(1);
    const gone = world({ downloads: [undefined] });
    expect(await gone.apt.fetch(found, undefined)).toMatchObject({
      ok: false,
      problems: [{ kind: 'package-download-failed', said: ['E: 404  Not Found'] }],
    });
  });
});
