/**
 * Requests over HTTP, with Node's own client: connections that stay open, our own authorities, proxies, and limits
 * on everything that the other side decides. It knows nothing of redirects, passwords or what an answer means.
 */
import {
  type ClientRequest,
  type IncomingMessage,
  Agent as PlainAgent,
  request as plainRequest,
} from 'node:http';
import { Agent as TlsAgent, request as tlsRequest } from 'node:https';
import type { Duplex } from 'node:stream';
import { connect as tlsConnect } from 'node:tls';
import type { RegistryProblem } from '../problem/registry-problem.ts';
import { fail, ok, type Result } from '../problem/result.ts';
import { joinBytes } from '../units/bytes.ts';
import { proxyFor, type WebProxy } from './proxy.ts';

export type HttpBody = {
  readonly size: number;
  /** From the start, each time it is called. */
  readonly pieces: () => AsyncIterable<Uint8Array>;
};

export const bodyOf = (bytes: Uint8Array): HttpBody => ({
  size: bytes.length,
  pieces: async function* () {
    yield bytes;
  },
});

export type HttpRequest = {
  readonly method: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: HttpBody;
};

export type HttpAnswer = {
  readonly status: number;
  readonly header: (name: string) => string | undefined;
  /** All of it; one of more than `most` bytes is a problem, and is not read further. */
  readonly read: (most: number) => Promise<Result<Uint8Array>>;
  /** The same piece by piece, for what is too large to hold. */
  readonly each: (
    most: number,
    take: (bytes: Uint8Array) => Promise<void>,
  ) => Promise<Result<void>>;
  /** For who does not want it. */
  readonly discard: () => Promise<void>;
};

export type HttpTraffic = {
  readonly requests: number;
  /** Bytes of bodies. */
  readonly sent: number;
  readonly received: number;
};

export type HttpClient = {
  readonly send: (request: HttpRequest) => Promise<Result<HttpAnswer>>;
  readonly traffic: () => HttpTraffic;
  readonly close: () => void;
};

export type HttpSettings = {
  /** Authorities in PEM, instead of those that Node knows. */
  readonly ca?: Uint8Array;
  readonly env: (name: string) => string | undefined;
  /** For which nothing is sent or received, before the other side is given up. */
  readonly idleMs?: number;
  readonly connections?: number;
};

/** Slower than this on the whole is a stall too, whoever sends a byte now and then. */
const leastBytesPerSecond = 4096;
const discardMax = 64 << 10;

export function httpClient(settings: HttpSettings): HttpClient {
  const { idleMs = 60_000, connections = 8 } = settings;
  const ca = settings.ca === undefined ? {} : { ca: Buffer.from(settings.ca) };
  const keep = { keepAlive: true, maxSockets: connections, scheduling: 'lifo' } as const;
  const agents = new Map<string, PlainAgent>();
  const count = { requests: 0, sent: 0, received: 0 };

  function agentFor(url: URL, proxy: WebProxy | undefined): PlainAgent {
    const secure = url.protocol === 'https:';
    const key = `${secure} ${proxy?.url.href ?? ''}`;
    const known = agents.get(key);
    if (known !== undefined) return known;
    const agent = secure ? new TlsAgent({ ...keep, ...ca }) : new PlainAgent(keep);
    if (secure && proxy !== undefined)
      // What Node calls for a new connection, with a callback for those that take a while.
      Object.assign(agent, {
        createConnection: (to: Target, done: (error: Error | null, socket?: Duplex) => void) => {
          throughProxy(proxy, to, { ...ca, idleMs }).then(
            (socket) => done(null, socket),
            (error: Error) => done(error),
          );
        },
      });
    agents.set(key, agent);
    return agent;
  }

  function start(
    { body, headers, method, url }: HttpRequest,
    proxy: WebProxy | undefined,
  ): ClientRequest {
    const agent = agentFor(url, proxy);
    const all = {
      ...headers,
      ...(body === undefined && (method === 'GET' || method === 'HEAD')
        ? {}
        : { 'content-length': String(body?.size ?? 0) }),
    };
    if (url.protocol === 'https:')
      return tlsRequest(url, { method, headers: all, agent: agent as TlsAgent });
    if (proxy === undefined) return plainRequest(url, { method, headers: all, agent });
    // A proxy is given the whole address of what is not encrypted.
    return plainRequest({
      host: hostOf(proxy.url),
      port: portOf(proxy.url),
      path: url.href,
      method,
      headers: { ...all, host: url.host, ...proxy.headers },
      agent,
    });
  }

  async function send(request: HttpRequest): Promise<Result<HttpAnswer>> {
    const where = request.url.origin;
    const { body } = request;
    const proxy = proxyFor(request.url, settings.env);
    if (!proxy.ok) return proxy;
    count.requests++;
    const sending = start(request, proxy.value);
    const stalled = (): void => {
      sending.destroy(new Stalled());
    };
    sending.setTimeout(idleMs, stalled);
    const limit = deadline((body?.size ?? 0) + discardMax, idleMs, stalled);
    let unread: unknown;
    async function* piecesOf(body: HttpBody) {
      try {
        yield* body.pieces();
      } catch (error) {
        // Not the other side's: a file that is gone, for one.
        unread = error;
        throw error;
      }
    }
    try {
      const answered = new Promise<IncomingMessage>((resolve, reject) => {
        sending.on('response', resolve);
        sending.on('error', reject);
        sending.on('close', () => reject(new Error('the connection was closed')));
      });
      // Awaited below; a failure before that is no unhandled one.
      answered.catch(() => undefined);
      let over = false;
      answered.then(
        () => {
          over = true;
        },
        () => {
          over = true;
        },
      );
      if (body !== undefined)
        for await (const piece of piecesOf(body)) {
          // An answer before the end of the question is a refusal: the rest is for nobody.
          if (over) break;
          count.sent += piece.length;
          if (!sending.write(piece))
            await Promise.race([drained(sending), answered]).catch(() => undefined);
        }
      const early = over;
      if (!early) sending.end();
      const message = await answered;
      return ok(answerOf(message, where, idleMs, count, () => sending.destroy(), early));
    } catch (error) {
      sending.destroy();
      if (unread !== undefined) throw unread;
      return fail({ area: 'registry', ...failure(error, where, idleMs) });
    } finally {
      clearTimeout(limit);
    }
  }

  return {
    send,
    traffic: () => ({ ...count }),
    close: () => {
      for (const agent of agents.values()) agent.destroy();
    },
  };
}

class Stalled extends Error {}

const drained = (request: ClientRequest): Promise<void> =>
  new Promise((resolve) => request.once('drain', resolve));

const deadline = (bytes: number, idleMs: number, then: () => void): NodeJS.Timeout =>
  setTimeout(then, idleMs * 2 + (bytes / leastBytesPerSecond) * 1000);

function failure(error: unknown, where: string, idleMs: number): RegistryProblem {
  if (error instanceof Stalled) return { kind: 'registry-stalled', where, seconds: idleMs / 1000 };
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  const said = error instanceof Error ? error.message : String(error);
  return { kind: 'registry-unreachable', where, code, said };
}

function answerOf(
  message: IncomingMessage,
  where: string,
  idleMs: number,
  count: { received: number },
  end: () => void,
  /** The question was not sent to its end, so the connection cannot be used again. */
  early: boolean,
): HttpAnswer {
  const header = (name: string): string | undefined => {
    const value = message.headers[name];
    return Array.isArray(value) ? value.join(', ') : value;
  };
  const broken = (error: unknown) => fail({ area: 'registry', ...failure(error, where, idleMs) });
  const each = async (
    most: number,
    take: (bytes: Uint8Array) => Promise<void>,
  ): Promise<Result<void>> => {
    let left = most;
    const limit = deadline(most, idleMs, () => message.destroy(new Stalled()));
    message.setTimeout(idleMs, () => message.destroy(new Stalled()));
    let taken: unknown;
    try {
      for await (const chunk of message) {
        const bytes = chunk as Buffer;
        count.received += bytes.length;
        left -= bytes.length;
        if (left < 0) {
          end();
          return fail({ area: 'registry', kind: 'answer-too-large', where, most });
        }
        try {
          await take(new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length));
        } catch (error) {
          // Not the other side's: a full disk, for one.
          taken = error;
          throw error;
        }
      }
      if (!message.complete) return broken(new Error('the connection was closed'));
      return ok(undefined);
    } catch (error) {
      end();
      if (taken !== undefined) throw taken;
      return broken(error);
    } finally {
      clearTimeout(limit);
      if (early) end();
    }
  };
  return {
    status: message.statusCode ?? 0,
    header,
    each,
    read: async (most) => {
      const pieces: Uint8Array[] = [];
      const read = await each(most, async (bytes) => {
        pieces.push(bytes);
      });
      return read.ok ? ok(joinBytes(pieces)) : read;
    },
    discard: async () => {
      await each(discardMax, async () => undefined);
    },
  };
}

type Target = {
  readonly host: string;
  readonly port: number | string;
  readonly servername?: string;
};

const portOf = (url: URL): number => Number(url.port) || (url.protocol === 'https:' ? 443 : 80);
/** Without the brackets of an IPv6 address. */
const hostOf = (url: URL): string => url.hostname.replace(/^\[|\]$/g, '');

/** A connection to `to` that a proxy made, encrypted from here to there. */
async function throughProxy(
  proxy: WebProxy,
  to: Target,
  { ca, idleMs }: { readonly ca?: Buffer; readonly idleMs: number },
): Promise<Duplex> {
  const host = to.host.includes(':') ? `[${to.host}]` : to.host;
  const path = `${host}:${to.port}`;
  const secure = proxy.url.protocol === 'https:';
  const asking = (secure ? tlsRequest : plainRequest)({
    host: hostOf(proxy.url),
    port: portOf(proxy.url),
    method: 'CONNECT',
    path,
    headers: { host: path, ...proxy.headers },
    agent: false,
    timeout: idleMs,
    ...(secure && ca !== undefined ? { ca } : {}),
  });
  const tunnel = await new Promise<Duplex>((resolve, reject) => {
    asking.on('connect', (answer, socket) => {
      if (answer.statusCode === 200) return resolve(socket);
      socket.destroy();
      return reject(new Error(`the proxy ${proxy.url.host} answered ${answer.statusCode}`));
    });
    asking.on('timeout', () => asking.destroy(new Stalled()));
    asking.on('error', reject);
    asking.end();
  });
  return await new Promise<Duplex>((resolve, reject) => {
    const socket = tlsConnect(
      {
        socket: tunnel,
        ...(/^[0-9.]+$|:/.test(to.host) ? {} : { servername: to.servername ?? to.host }),
        // What the certificate is checked against.
        host: to.host,
        ...(ca === undefined ? {} : { ca }),
      },
      () => resolve(socket),
    );
    socket.on('error', reject);
  });
}
