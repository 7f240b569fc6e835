/** Registries that are busy, broken, badly set up or lying: what the tool does, and what it never does. */
import { mkdtempSync, rmSync } from 'node:fs';
import type { ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { Refusal } from '../../pipeline/host/system-refusal.ts';
import type { BlobSource, Descriptor } from '../../pipeline/registry/repository.ts';
import { digest, pattern } from '../fixtures/bytes.ts';
import { must, problemsOf } from '../fixtures/results.ts';
import { writeLogins } from '../support/servers/registry-server.ts';
import { type Answering, type Client, clientOf, type Faulty, serve } from './faulty-registry.ts';

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'faulty-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const open: { close: () => unknown }[] = [];
afterEach(async () => {
  for (const each of open.splice(0)) await each.close();
});
const server = async (...words: Parameters<typeof serve>): Promise<Faulty> => {
  const made = await serve(...words);
  open.push(made);
  return made;
};
const client = (...words: Parameters<typeof clientOf>): Client => {
  const made = clientOf(...words);
  open.push(made);
  return made;
};

const bytes = pattern(100_000, 1);
const blob: Descriptor = { mediaType: 'x', digest: digest(bytes), size: bytes.length };
const source = (content: Uint8Array): BlobSource => ({
  digest: digest(content),
  size: content.length,
  read: async (at, size) => content.subarray(at, at + size),
});
const manifest = Buffer.from('{"schemaVersion":2}');
const stored = { digest: digest(manifest), mediaType: 'application/json', bytes: manifest };
const say = (
  response: ServerResponse,
  status: number,
  text: string | Uint8Array = '',
  headers = {},
) => {
  response.writeHead(status, headers);
  response.end(text);
};

async function readAll(one: Client, wanted: Descriptor = blob) {
  const got = Buffer.alloc(wanted.size);
  const result = await one.repository.readBlob(wanted, async (at, piece) => {
    got.set(piece, at);
  });
  return { result, got };
}

describe('a registry that is busy', () => {
  test('is asked again after the time that it says', async () => {
    let left = 2;
    const { host } = await server((_, response) =>
      left-- > 0 ? say(response, 429, '', { 'retry-after': '7' }) : say(response, 200, manifest),
    );
    const one = client(host);
    expect(must(await one.repository.manifest({ tag: 'web' }))?.digest).toBe(stored.digest);
    expect(one.waits).toEqual([7000, 7000]);
  });

  test('understands a date as the time to wait', async () => {
    let left = 1;
    const at = new Date((1_800_000_000 + 30) * 1000).toUTCString();
    const { host } = await server((_, response) =>
      left-- > 0 ? say(response, 503, '', { 'retry-after': at }) : say(response, 200, manifest),
    );
    const one = client(host);
    must(await one.repository.manifest({ tag: 'web' }));
    expect(one.waits).toEqual([30_000]);
  });

  test('is left alone when it asks for an hour', async () => {
    const busy = await server((_, response) => say(response, 429, '', { 'retry-after': '3600' }));
    const one = client(busy.host);
    expect(problemsOf(await one.repository.manifest({ tag: 'web' }))).toMatchObject([
      { kind: 'registry-refused', status: 429, wait: 3600 },
    ]);
    expect(busy.asked.length).toBe(1);
  });

  test('is asked five times, each time later, and no more', async () => {
    const broken = await server((_, response) => say(response, 500));
    const one = client(broken.host);
    expect(problemsOf(await one.repository.manifest({ tag: 'web' }))).toMatchObject([
      { kind: 'registry-refused', status: 500 },
    ]);
    expect(broken.asked.length).toBe(5);
    for (const [index, ms] of one.waits.entries()) {
      expect(ms).toBeLessThanOrEqual(500 * 2 ** index);
      expect(ms).toBeGreaterThanOrEqual(250 * 2 ** index);
    }
  });
});

describe('a download that breaks off', () => {
  const cut = (response: ServerResponse, from: number, to: number, status = 200, headers = {}) => {
    response.writeHead(status, { 'content-length': String(bytes.length - from), ...headers });
    response.write(bytes.subarray(from, to), () => response.destroy());
  };

  test('goes on where it was', async () => {
    const broken = await server(({ headers }, response) => {
      const from = Number(/bytes=(\d+)-/.exec(headers.range ?? '')?.[1] ?? 0);
      if (from === 0) return cut(response, 0, 60_000);
      return say(response, 206, bytes.subarray(from), {
        'content-range': `bytes ${from}-${bytes.length - 1}/${bytes.length}`,
      });
    });
    const { result, got } = await readAll(client(broken.host));
    must(result);
    expect(got.equals(bytes)).toBe(true);
    expect(broken.asked.length).toBe(2);
    expect(broken.asked[1]?.headers.range).toMatch(/^bytes=[1-9]\d*-$/);
  });

  test('begins anew where the registry knows no parts', async () => {
    let left = 1;
    const { host } = await server((_, response) =>
      left-- > 0 ? cut(response, 0, 60_000) : say(response, 200, bytes),
    );
    const { result, got } = await readAll(client(host));
    must(result);
    expect(got.equals(bytes)).toBe(true);
  });

  test('again and again is given up', async () => {
    const broken = await server((_, response) => cut(response, 0, 100));
    const { result } = await readAll(client(broken.host));
    expect(problemsOf(result)).toMatchObject([{ kind: 'registry-unreachable' }]);
    expect(broken.asked.length).toBe(5);
  });
});

describe('an upload that breaks off', () => {
  const large = Uint8Array.from(Buffer.alloc(40_000_000, pattern(65_521, 3)));

  /** Takes chunks, and ends the connection in the middle of the second one. */
  const breaking = async (resumable: boolean) => {
    let kept = Buffer.alloc(0);
    let broke = false;
    const made = await server(
      ({ method, path, body }, response) => {
        const location = { location: `/v2/kdump/blobs/uploads/1?at=${kept.length}` };
        if (method === 'HEAD') return say(response, 404);
        if (method === 'POST') {
          kept = Buffer.alloc(0);
          return say(response, 202, '', { location: '/v2/kdump/blobs/uploads/1' });
        }
        if (method === 'GET')
          return resumable
            ? say(response, 204, '', { ...location, range: `0-${kept.length - 1}` })
            : say(response, 404);
        kept = Buffer.concat([kept, body]);
        if (method === 'PATCH')
          return say(response, 202, '', {
            location: `/v2/kdump/blobs/uploads/1?at=${kept.length}`,
            range: `0-${kept.length - 1}`,
          });
        const whole = path.endsWith(`sha256%3A${digest(kept)}`);
        return say(response, whole ? 201 : 400);
      },
      (request) => {
        if (request.method !== 'PATCH' || kept.length === 0 || broke) return false;
        request.on('error', () => undefined);
        const pieces: Buffer[] = [];
        request.on('data', (piece: Buffer) => {
          if (broke) return;
          pieces.push(piece);
          if (pieces.reduce((sum, { length }) => sum + length, 0) < 2_000_000) return;
          broke = true;
          kept = Buffer.concat([kept, ...pieces]);
          request.destroy();
        });
        return true;
      },
    );
    return { ...made, kept: () => kept };
  };

  test('goes on where the registry says', async () => {
    const broken = await breaking(true);
    expect(must(await client(broken.host).repository.putBlob(source(large)))).toBe('sent');
    expect(broken.kept().equals(large)).toBe(true);
    const sent = broken.asked.reduce((sum, { body }) => sum + body.length, 0);
    // No byte that it had was sent again: what it kept of the broken one is not among these.
    expect(sent).toBeLessThan(large.length - 1_900_000);
    expect(broken.asked.filter(({ method }) => method === 'POST').length).toBe(1);
  });

  test('begins anew where the registry has forgotten it', async () => {
    const broken = await breaking(false);
    expect(must(await client(broken.host).repository.putBlob(source(large)))).toBe('sent');
    expect(broken.kept().equals(large)).toBe(true);
    expect(broken.asked.filter(({ method }) => method === 'POST').length).toBe(2);
  });

  test('of which only the answer was lost is not made again', async () => {
    let puts = 0;
    const broken = await server(({ method }, response) => {
      if (method === 'HEAD') return say(response, puts > 0 ? 200 : 404);
      if (method === 'POST')
        return say(response, 202, '', { location: '/v2/kdump/blobs/uploads/1' });
      puts++;
      return response.destroy();
    });
    expect(must(await client(broken.host).repository.putBlob(source(bytes)))).toBe('sent');
    expect(puts).toBe(1);
  });
});

describe('a registry that takes a blob with the question', () => {
  test('gets three requests for a bundle of two slices and its manifest', async () => {
    const good = await server(({ method, path, body }, response) =>
      method === 'POST'
        ? say(response, path.includes(digest(body)) ? 201 : 400)
        : say(response, 201, ''),
    );
    const { repository } = client(good.host);
    for (const size of [10_000, 200_000])
      must(await repository.putBlob(source(pattern(size, 5)), { probablyNew: true }));
    must(await repository.putManifest(stored, 'web'));
    expect(good.asked.map(({ method }) => method)).toEqual(['POST', 'POST', 'PUT']);
  });
});

describe('a registry that does as it should', () => {
  test.each([10_000, 200_000])(
    'is not blamed for a blob of %d bytes that is gone',
    async (size) => {
      const good = await server(({ method }, response) =>
        method === 'HEAD'
          ? say(response, 404, '')
          : say(response, 202, '', { location: '/v2/kdump/blobs/uploads/1' }),
      );
      const gone = new Refusal({ area: 'seal', kind: 'bundle-missing', path: '/web.crashseal' });
      const read = () => Promise.reject(gone);
      const { repository } = client(good.host);
      const put = repository.putBlob({ ...source(pattern(size, 5)), read });
      await expect(put).rejects.toBe(gone);
    },
  );
});

describe('a registry that lies', () => {
  const blobIs = async (answer: Answering) =>
    problemsOf((await readAll(client((await server(answer)).host))).result);

  test('about the bytes of a blob is found out', async () => {
    const other = Uint8Array.from(bytes);
    other[50_000] = (other[50_000] ?? 0) ^ 1;
    expect(await blobIs((_, response) => say(response, 200, other))).toMatchObject([
      { kind: 'digest-wrong', what: 'blob' },
    ]);
  });

  test('about the size of a blob is not read further than its end', async () => {
    const endless: Answering = (_, response) => {
      const more = () => response.writable && response.write(bytes, more);
      response.on('error', () => undefined);
      more();
    };
    expect(await blobIs(endless)).toMatchObject([{ kind: 'answer-too-large', most: bytes.length }]);
    expect(
      await blobIs((_, response) => say(response, 200, Buffer.concat([bytes, bytes]))),
    ).toMatchObject([{ kind: 'answer-too-large' }]);
    expect(await blobIs((_, response) => say(response, 200, bytes.subarray(1)))).toMatchObject([
      { kind: 'size-wrong' },
    ]);
  });

  test('about a manifest is found out, by tag and by digest', async () => {
    const { host } = await server(({ path }, response) =>
      say(
        response,
        200,
        manifest,
        path.endsWith('/web') ? { 'docker-content-digest': `sha256:${'0'.repeat(64)}` } : {},
      ),
    );
    const { repository } = client(host);
    for (const name of [{ tag: 'web' }, { digest: digest(bytes) }])
      expect(problemsOf(await repository.manifest(name))).toMatchObject([
        { kind: 'digest-wrong', what: 'manifest' },
      ]);
  });

  test('with a manifest that has no end is not read to it', async () => {
    const { host } = await server((_, response) => {
      response.on('error', () => undefined);
      const more = () => response.writable && response.write(bytes, more);
      more();
    });
    expect(problemsOf(await client(host).repository.manifest({ tag: 'web' }))).toMatchObject([
      { kind: 'answer-too-large', most: 4 << 20 },
    ]);
  });

  test('with tags that have no end, or are none, is given up', async () => {
    let page = 0;
    const endless = await server((_, response) =>
      say(response, 200, JSON.stringify({ tags: [`t${page++}`] }), {
        link: `</v2/kdump/tags/list?n=1&last=${page}>; rel="next"`,
      }),
    );
    expect(problemsOf(await client(endless.host).repository.tags())).toMatchObject([
      { kind: 'answer-form', part: 'end of the tags' },
    ]);
    expect(endless.asked.length).toBe(100);
    const page2 = await server((_, response) => say(response, 200, '<html>log in to the network'));
    expect(problemsOf(await client(page2.host).repository.tags())).toMatchObject([
      { kind: 'answer-form' },
    ]);
  });

  test('says what it likes, in few words and none of them for the terminal', async () => {
    const { host } = await server((_, response) =>
      say(
        response,
        403,
        JSON.stringify({ errors: [{ code: 'DENIED', message: `\x1b[31m${'x'.repeat(5000)}` }] }),
      ),
    );
    const [problem] = problemsOf(await client(host).repository.manifest({ tag: 'web' }));
    expect(problem).toMatchObject({ kind: 'registry-refused', status: 403 });
    expect((problem as { said: string }).said).toMatch(/^DENIED: \?\[31mx{200,290}$/);
  });

  test('that is full says so', async () => {
    const { host } = await server(({ method }, response) =>
      method === 'HEAD'
        ? say(response, 404)
        : method === 'POST'
          ? say(response, 202, '', { location: '/v2/kdump/blobs/uploads/1' })
          : say(
              response,
              507,
              JSON.stringify({ errors: [{ code: 'UNKNOWN', message: 'no space left on device' }] }),
            ),
    );
    expect(problemsOf(await client(host).repository.putBlob(source(bytes)))).toMatchObject([
      { kind: 'registry-refused', status: 507, said: 'UNKNOWN: no space left on device' },
    ]);
  });
});

describe('a registry that stalls', () => {
  test('is given up when it does not answer', async () => {
    const { host } = await server(() => undefined);
    expect(
      problemsOf(await client(host, { idleMs: 100 }).repository.manifest({ tag: 'web' })),
    ).toMatchObject([{ kind: 'registry-stalled' }]);
  });

  test('is given up when it sends a byte now and then', async () => {
    const timers: NodeJS.Timeout[] = [];
    const { host } = await server((_, response) => {
      response.on('error', () => undefined);
      response.writeHead(200);
      timers.push(setInterval(() => response.write('x'), 20));
    });
    // Of a blob of one byte more than it will send.
    const tiny = { ...blob, size: 4096 };
    const { result } = await readAll(client(host, { idleMs: 100 }), tiny);
    for (const timer of timers) clearInterval(timer);
    expect(problemsOf(result)).toMatchObject([{ kind: 'registry-stalled' }]);
  });

  test('is given up when it takes a body and does not read it', async () => {
    const { host } = await server(
      ({ method }, response) =>
        method === 'HEAD'
          ? say(response, 404)
          : say(response, 202, '', { location: '/v2/kdump/blobs/uploads/1' }),
      (request) => request.method === 'PUT' || request.method === 'PATCH',
    );
    const result = await client(host, { idleMs: 100 }).repository.putBlob(
      source(new Uint8Array(30_000_000)),
    );
    expect(problemsOf(result)).toMatchObject([{ kind: 'registry-stalled' }]);
  });
});

describe('a redirect', () => {
  const withLogin = async (to: (path: string) => string) => {
    const registry = await server(({ headers, path }, response) =>
      headers.authorization === undefined
        ? say(response, 401, '', { 'www-authenticate': 'Basic realm="r"' })
        : say(response, 307, '', { location: to(path) }),
    );
    const logins = writeLogins(join(folder, 'logins'), registry.host);
    return { registry, one: client(registry.host, { logins }) };
  };

  test('to another host is followed, and the login does not go there', async () => {
    const store = await server((_, response) => say(response, 200, bytes));
    const { registry, one } = await withLogin(() => `http://${store.host}/somewhere?signed=1`);
    const { result, got } = await readAll(one);
    must(result);
    expect(got.equals(bytes)).toBe(true);
    expect(registry.asked.at(-1)?.headers.authorization).toMatch(/^Basic /);
    expect(store.asked.map(({ path, headers }) => [path, headers.authorization])).toEqual([
      ['/somewhere?signed=1', undefined],
    ]);
  });

  test('to another host that asks for a login gets none', async () => {
    const phisher = await server((_, response) =>
      say(response, 401, '', { 'www-authenticate': 'Basic realm="r"' }),
    );
    const { one } = await withLogin(() => `http://${phisher.host}/x`);
    expect(problemsOf((await readAll(one)).result)).toMatchObject([
      { kind: 'registry-refused', status: 401 },
    ]);
    expect(phisher.asked.every(({ headers }) => headers.authorization === undefined)).toBe(true);
  });

  test('of an upload to another host is followed without the login', async () => {
    const store = await server((_, response) => say(response, 201));
    const registry = await server(({ headers, method }, response) =>
      headers.authorization === undefined
        ? say(response, 401, '', { 'www-authenticate': 'Basic realm="r"' })
        : method === 'HEAD'
          ? say(response, 404)
          : say(response, 202, '', { location: `http://${store.host}/up` }),
    );
    const logins = writeLogins(join(folder, 'logins'), registry.host);
    must(await client(registry.host, { logins }).repository.putBlob(source(bytes)));
    expect(store.asked.map(({ method, headers }) => [method, headers.authorization])).toEqual([
      ['PUT', undefined],
    ]);
  });

  test('round and round, or to a file, is not followed', async () => {
    for (const to of [
      (path: string) => path,
      () => 'file:///etc/passwd',
      () => 'http://user:word@127.0.0.1/',
    ]) {
      const { one } = await withLogin(to);
      expect(problemsOf((await readAll(one)).result)).toMatchObject([{ kind: 'address-refused' }]);
    }
  });
});

describe('tokens', () => {
  /** Gives tokens that are good for so many requests. */
  const tokens = async (uses: number) => {
    let left = 0;
    let number = 0;
    const made: Faulty = await server(({ path, headers }, response) => {
      const self = `http://${headers.host}`;
      if (path.startsWith('/token')) {
        left = uses;
        return say(response, 200, JSON.stringify({ token: `t${++number}`, expires_in: 60 }));
      }
      if (headers.authorization === `Bearer t${number}` && left-- > 0)
        return say(response, 200, manifest);
      return say(response, 401, '', {
        'www-authenticate': `Bearer realm="${self}/token?a=b",service="s v",scope="repository:kdump:pull"`,
      });
    });
    return made;
  };

  test('are fetched where the registry says, once for many requests', async () => {
    const made = await tokens(100);
    const logins = writeLogins(join(folder, 'logins'), made.host);
    const { repository } = client(made.host, { logins });
    for (let each = 0; each < 3; each++) must(await repository.manifest({ tag: 'web' }));
    const asked = made.asked.filter(({ path }) => path.startsWith('/token'));
    expect(asked.map(({ path }) => path)).toEqual([
      '/token?a=b&service=s+v&scope=repository%3Akdump%3Apull',
    ]);
    expect(asked[0]?.headers.authorization).toMatch(/^Basic /);
  });

  test('that have run out are fetched anew', async () => {
    const made = await tokens(2);
    const { repository } = client(made.host);
    for (let each = 0; each < 5; each++) must(await repository.manifest({ tag: 'web' }));
    expect(made.asked.filter(({ path }) => path.startsWith('/token')).length).toBe(3);
  });

  test('that are never good enough end', async () => {
    const made = await tokens(0);
    expect(problemsOf(await client(made.host).repository.manifest({ tag: 'web' }))).toMatchObject([
      { kind: 'login-needed' },
    ]);
  });

  test('are not fetched from another host without encryption', async () => {
    const thief = await server((_, response) => say(response, 200, '{"token":"x"}'));
    const registry = await server((_, response) =>
      say(response, 401, '', { 'www-authenticate': `Bearer realm="http://${thief.host}/token"` }),
    );
    const logins = writeLogins(join(folder, 'logins'), registry.host);
    expect(
      problemsOf(await client(registry.host, { logins }).repository.manifest({ tag: 'web' })),
    ).toMatchObject([{ kind: 'address-refused', why: 'plain' }]);
    expect(thief.asked).toEqual([]);
  });
});

test('a registry elsewhere is not asked without encryption', async () => {
  expect(
    problemsOf(await client('registry.invalid').repository.manifest({ tag: 'web' })),
  ).toMatchObject([{ kind: 'plain-elsewhere' }]);
});
