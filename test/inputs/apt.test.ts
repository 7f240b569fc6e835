/** apt as we talk to it: when the index is refreshed, and what is believed of what it answers. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import { describe, expect, test } from 'vitest';
import { type MemoryCommand, memoryHost } from '../../pipeline/host/memory-host.ts';
import { realHost } from '../../pipeline/host/real-host.ts';
import {
  type AptOf,
  cachedDeb,
  parseStanza,
  privateApt,
  sharedApt,
} from '../../pipeline/inputs/apt.ts';
import { explain } from '../../pipeline/problem/problem.ts';
import type { Result } from '../../pipeline/problem/result.ts';
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
  /** What `apt-get update` would fetch. */
  readonly sources?: string;
  /** Whether there is an index of this architecture. */
  readonly index?: boolean;
  /** What `apt-get update` complains of. */
  readonly complaint?: string;
  readonly archives?: readonly string[];
};

function world({
  shows = [stanza],
  downloads = [bytes],
  files = {},
  sources = 'x',
  index = true,
  complaint,
  archives = [],
}: Fake = {}) {
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
    if (words[0] === 'update' && args.includes('--print-uris'))
      return { stdout: new TextEncoder().encode(sources) };
    if (words[0] === 'update' && complaint !== undefined)
      return { exitCode: 100, stderr: `${complaint}\n` };
    if (words[0] === 'update' && index)
      await host.writeFile(packages, new TextEncoder().encode('Package: other'));
    if (words[0] === 'madison')
      return {
        stdout: new TextEncoder().encode(
          shows.at(-1) === undefined && complaint !== undefined
            ? ''
            : ' tool | 1:2.0-1 | x\n tool | 1:1.0-1 | x\n',
        ),
      };
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
    apt: privateApt(host, { cache: '/cache', architecture: 'arm64', archives }),
  };
}
const tool = { package: 'tool', version: undefined, at: undefined };
const stamp = '/cache/apt/arm64/updated';
const packages = '/cache/apt/arm64/state/lists/x_binary-arm64_Packages';

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

  test.each([
    ['', 'this machine has no apt sources to fetch tool from'],
    ['x', "none of this machine's apt sources has packages for arm64: tool cannot be fetched"],
  ])(
    'a machine without sources of the architecture is told so (others: %j)',
    async (sources, message) => {
      const { apt } = world({ shows: [undefined], sources, index: false });
      const found = await apt.find(tool);
      expect(found.ok ? [] : found.problems.map((one) => explain(one).message)).toEqual([message]);
    },
  );
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

const pinned = {
  package: 'tool',
  version: '1:0.9-1',
  architecture: 'arm64',
  digest: sha256(bytes),
  size: bytes.length,
};
const wordsOf = (result: Result<unknown>): string =>
  result.ok
    ? ''
    : result.problems
        .map((problem) => {
          const { message, notes, hint } = explain(problem);
          return [message, ...notes, hint].join('\n');
        })
        .join('\n');

describe('a package that the lock pins', () => {
  test('and the mirrors do not have any more: what they have, --update-lock and --packages are told', async () => {
    const { apt } = world({ shows: [undefined] });
    const result = await apt.fetch(pinned, undefined, 'lock');
    expect(result).toMatchObject({
      ok: false,
      problems: [{ kind: 'package-gone', version: '1:0.9-1', offered: ['1:2.0-1', '1:1.0-1'] }],
    });
    expect(wordsOf(result)).toContain(
      'tool 1:0.9-1 (arm64), which crashseal.lock pins, is not on the mirrors any more',
    );
    for (const words of ['they offer 1:2.0-1, 1:1.0-1', '--update-lock', '--packages'])
      expect(wordsOf(result)).toContain(words);
  });

  test('and a cold cache without network: that is the cause, and no wrong name', async () => {
    const complaint = "W: Failed to fetch http://x/InRelease  Temporary failure resolving 'x'";
    const { apt } = world({ shows: [undefined], complaint });
    const result = await apt.fetch(pinned, undefined, 'lock');
    expect(result).toMatchObject({ ok: false, problems: [{ kind: 'package-index-unreachable' }] });
    expect(wordsOf(result)).toContain('no package index for arm64 could be fetched');
    expect(wordsOf(result)).toContain('Temporary failure resolving');
    expect(wordsOf(result)).not.toContain('check the name');
  }, 60_000);

  test('and an index that is only old: it is gone, and what apt complained of is said', async () => {
    const complaint = 'E: The repository x has no Release file';
    const files = { [packages]: 'Package: other' };
    const { apt } = world({ shows: [undefined], complaint, files });
    const result = await apt.fetch(pinned, undefined, 'lock');
    expect(result).toMatchObject({ ok: false, problems: [{ kind: 'package-gone' }] });
    expect(wordsOf(result)).toContain('has no Release file');
  }, 60_000);

  test.each([
    `${sha256(bytes)}.deb`,
    'tool_1%3a0.9-1_arm64.deb',
    'tool_0.9-1_arm64.deb',
    `debs/${sha256(bytes)}.deb`,
  ])('is taken from a folder that has it as %s, and no mirror is asked', async (name) => {
    const files = { [`/archive/${name}`]: 'the package' };
    const { apt, calls, host } = world({ archives: ['/nothing', '/archive/'], files });
    expect(must(await apt.fetch(pinned, undefined, 'lock')).bytes).toEqual(bytes);
    expect(calls).toEqual([]);
    expect(host.paths()).toContain(cachedDeb('/cache', sha256(bytes)));
  });

  test('is not taken from a folder that has other bytes by that name', async () => {
    const files = { '/archive/tool_0.9-1_arm64.deb': 'the pickage' };
    const { apt } = world({ shows: [undefined], archives: ['/archive'], files });
    expect(await apt.fetch(pinned, undefined, 'lock')).toMatchObject({
      ok: false,
      problems: [{ kind: 'package-gone' }],
    });
  });
});

test("is taken from a URL with apt's own ways of fetching", async () => {
  const asked: string[] = [];
  const server = createServer(({ url = '' }, response) => {
    asked.push(url);
    const there = url === '/pool/tool_1%253a0.9-1_arm64.deb';
    response.writeHead(there ? 200 : 404, { 'content-length': there ? bytes.length : 0 });
    response.end(there ? bytes : undefined);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' ? address?.port : undefined;
  try {
    await realHost().withTempFolder(async (cache) => {
      // Whatever proxy this machine has does not lead here.
      const host = { ...realHost(), env: () => undefined };
      const archives = [`http://127.0.0.1:${port}/pool/`];
      const apt = privateApt(host, { cache, architecture: 'arm64', archives });
      expect(must(await apt.fetch(pinned, undefined, 'lock')).bytes).toEqual(bytes);
    });
  } finally {
    server.close();
  }
  expect(asked.at(-1)).toBe('/pool/tool_1%253a0.9-1_arm64.deb');
});

describe('twelve profiles', () => {
  const ask = async (apt: AptOf, count: number): Promise<void> => {
    for (let profile = 0; profile < count; profile++) {
      const own = apt('arm64', () => undefined);
      must(await own.find(tool));
      await own.find({ ...tool, package: 'none' });
      must(await own.fetch(must(await own.find(tool)), undefined));
    }
  };
  test('ask apt what one asks', async () => {
    const callsOf = async (count: number) => {
      const { host, calls } = world();
      await ask(sharedApt(host, { cache: '/cache' }), count);
      return calls;
    };
    const one = await callsOf(1);
    expect(one.filter((call) => call === 'update')).toHaveLength(1);
    expect(one.filter((call) => call === 'show tool')).toHaveLength(1);
    expect(await callsOf(12)).toEqual(one);
  });

  test('and of another architecture on its own', async () => {
    const { host, calls } = world();
    const apt = sharedApt(host, { cache: '/cache' });
    must(await apt('arm64', () => undefined).find(tool));
    must(await apt('s390x', () => undefined).find(tool));
    expect(calls.filter((call) => call === 'update')).toHaveLength(2);
  });
});
