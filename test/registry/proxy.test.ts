/** Proxies: which one is asked, and that a registry behind it is encrypted from end to end. */

import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { type AddressInfo, connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { httpClient } from '../../pipeline/host/http-client.ts';
import { memoryHost } from '../../pipeline/host/memory-host.ts';
import { proxyFor } from '../../pipeline/host/proxy.ts';
import { runCli } from '../cli/memory-world.ts';
import { must, problemsOf } from '../fixtures/results.ts';
import { makeTls } from '../support/servers/registry-server.ts';

describe('the variables', () => {
  const proxy = (url: string, env: Record<string, string>) =>
    must(proxyFor(new URL(url), (name) => env[name]))?.url.href;

  test.each([
    ['https://r.example/', { HTTPS_PROXY: 'http://p:3128' }, 'http://p:3128/'],
    ['https://r.example/', { https_proxy: 'http://a:1', HTTPS_PROXY: 'http://b:2' }, 'http://a:1/'],
    ['https://r.example/', { ALL_PROXY: 'p:3128' }, 'http://p:3128/'],
    ['https://r.example/', { http_proxy: 'http://p:3128' }, undefined],
    ['http://r.example/', { HTTP_PROXY: 'http://p:3128' }, undefined],
    ['http://r.example/', { http_proxy: 'http://p:3128' }, 'http://p:3128/'],
    ['https://r.example/', { HTTPS_PROXY: '' }, undefined],
    ['https://r.example/', { HTTPS_PROXY: 'p:1', NO_PROXY: 'example' }, undefined],
    ['https://r.example/', { HTTPS_PROXY: 'p:1', NO_PROXY: 'x, .r.example' }, undefined],
    ['https://r.example/', { HTTPS_PROXY: 'p:1', no_proxy: '*' }, undefined],
    ['https://other.example/', { HTTPS_PROXY: 'p:1', NO_PROXY: 'r.example' }, 'http://p:1/'],
    ['https://r.example:5000/', { HTTPS_PROXY: 'p:1', NO_PROXY: 'r.example:443' }, 'http://p:1/'],
    ['https://notr.example/', { HTTPS_PROXY: 'p:1', NO_PROXY: 'r.example' }, 'http://p:1/'],
  ])('%s with %o', (url, env, expected) => {
    expect(proxy(url, env)).toBe(expected);
  });

  test.each([
    [{ ALL_PROXY: 'socks5://me:secret@p:1' }, 'ALL_PROXY', 'socks5'],
    [{ https_proxy: 'socks5h://p:1', HTTPS_PROXY: 'http://p:2' }, 'https_proxy', 'socks5h'],
    [{ HTTPS_PROXY: 'http://me:secret@:port' }, 'HTTPS_PROXY', undefined],
    [{ HTTPS_PROXY: 'http://me:100%@p:1' }, 'HTTPS_PROXY', undefined],
  ])(
    '%o name no proxy that we can use, and none is not what they ask for',
    (env, variable, scheme) => {
      const url = new URL('https://r.example:5000/');
      const found = proxyFor(url, (name) => (env as Record<string, string>)[name]);
      expect(problemsOf(found)).toEqual([
        { area: 'registry', kind: 'proxy-unusable', where: 'r.example:5000', variable, scheme },
      ]);
      const all = { ...env, NO_PROXY: 'r.example' } as Record<string, string>;
      expect(must(proxyFor(url, (name) => all[name]))).toBeUndefined();
    },
  );
});

describe('a registry behind a proxy', () => {
  let folder = '';
  let ca: Uint8Array;
  const asked: string[] = [];
  const plain: string[] = [];
  const servers: { close: () => unknown; closeAllConnections: () => void }[] = [];
  let registry = 0;
  let proxy = 0;
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'proxy-'));
    const tls = makeTls(folder);
    ca = readFileSync(tls.ca);
    const target = createTlsServer(
      { cert: readFileSync(tls.cert), key: readFileSync(tls.key) },
      (request, response) => response.end(`seen ${request.headers.authorization}`),
    );
    const between = createServer((request, response) => {
      plain.push(request.url ?? '');
      response.end('from the proxy');
    });
    between.on('connect', (request, socket, head) => {
      asked.push(
        `${request.url} ${request.headers['proxy-authorization']} ${request.headers.authorization}`,
      );
      if (request.url?.startsWith('forbidden')) return socket.end('HTTP/1.1 403 No\r\n\r\n');
      const to = connect(registry, '127.0.0.1', () => {
        socket.write('HTTP/1.1 200 Yes\r\n\r\n');
        to.write(head);
        to.pipe(socket).pipe(to);
      });
      to.on('error', () => socket.destroy());
      return socket.on('error', () => to.destroy());
    });
    for (const server of [target, between])
      await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready));
    registry = (target.address() as AddressInfo).port;
    proxy = (between.address() as AddressInfo).port;
    servers.push(target, between);
  });
  afterAll(() => {
    for (const server of servers) {
      server.close();
      server.closeAllConnections();
    }
    rmSync(folder, { recursive: true, force: true });
  });

  const ask = async (url: string, env: Record<string, string>) => {
    const client = httpClient({ ca, env: (name) => env[name], idleMs: 20_000 });
    const answer = await client.send({
      method: 'GET',
      url: new URL(url),
      headers: { authorization: 'Basic secret' },
    });
    const text = answer.ok ? Buffer.from(must(await answer.value.read(1000))).toString() : '';
    client.close();
    return { answer, text };
  };

  test('is reached through it, which sees neither the request nor its password', async () => {
    const { text } = await ask(`https://localhost:${registry}/v2/`, {
      HTTPS_PROXY: `http://me:p%40ss@127.0.0.1:${proxy}`,
    });
    expect(text).toBe('seen Basic secret');
    expect(asked).toEqual([
      `localhost:${registry} Basic ${Buffer.from('me:p@ss').toString('base64')} undefined`,
    ]);
  });

  test('is told apart from another one that the proxy connects us to', async () => {
    const { answer } = await ask('https://registry.example/v2/', {
      HTTPS_PROXY: `http://127.0.0.1:${proxy}`,
    });
    expect(problemsOf(answer)).toMatchObject([
      { kind: 'registry-unreachable', code: 'ERR_TLS_CERT_ALTNAME_INVALID' },
    ]);
  });

  test('is not reached where the proxy does not want to', async () => {
    const { answer } = await ask('https://forbidden.example/v2/', {
      HTTPS_PROXY: `http://127.0.0.1:${proxy}`,
    });
    expect(problemsOf(answer)).toMatchObject([
      { kind: 'registry-unreachable', said: expect.stringContaining('403') },
    ]);
  });

  test('is not asked past one that we cannot use, nor more than once, and no password is told', async () => {
    const { answer } = await ask(`https://localhost:${registry}/v2/`, {
      ALL_PROXY: `socks5://me:secret@127.0.0.1:${proxy}`,
    });
    expect(problemsOf(answer)).toMatchObject([{ kind: 'proxy-unusable', scheme: 'socks5' }]);
    const host = memoryHost({}, { env: { ALL_PROXY: `socks5://me:secret@127.0.0.1:${proxy}` } });
    const { status, talk } = await runCli(['list', 'registry.example/kdump'], host);
    expect(status).toBe(1);
    expect(talk).toContain(
      'registry.example is not asked: ALL_PROXY names a proxy of the kind socks5, and only proxies of HTTP are known',
    );
    expect(talk).toContain('hint: set HTTPS_PROXY to http://HOST:PORT');
    expect(talk).not.toContain('secret');
  });

  test('is asked directly where NO_PROXY names it', async () => {
    const before = asked.length;
    const { text } = await ask(`https://localhost:${registry}/v2/`, {
      HTTPS_PROXY: `http://127.0.0.1:${proxy}`,
      NO_PROXY: 'localhost',
    });
    expect(text).toBe('seen Basic secret');
    expect(asked.length).toBe(before);
  });

  test('without encryption is given to the proxy with its whole address', async () => {
    const { text } = await ask('http://registry.example/v2/?a=b', {
      http_proxy: `http://127.0.0.1:${proxy}`,
    });
    expect(text).toBe('from the proxy');
    expect(plain).toEqual(['http://registry.example/v2/?a=b']);
  });
});
