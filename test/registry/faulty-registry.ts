/** A registry that does what a test says: a small server on this machine's loopback, without encryption. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { httpClient } from '../../pipeline/host/http-client.ts';
import { realHost } from '../../pipeline/host/real-host.ts';
import { repositories } from '../../pipeline/registry/registry.ts';
import type { Repository } from '../../pipeline/registry/repository.ts';

export type Asked = {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: Buffer;
};

/** True when it has answered. */
export type Answering = (asked: Asked, response: ServerResponse) => void;

export type Faulty = {
  readonly host: string;
  readonly asked: readonly Asked[];
  readonly close: () => Promise<void>;
};

export async function serve(
  answer: Answering,
  /** Called with the question before its body is read; true: it deals with it alone. */
  early?: (request: IncomingMessage, response: ServerResponse) => boolean,
): Promise<Faulty> {
  const asked: Asked[] = [];
  const server: Server = createServer((request, response) => {
    if (early?.(request, response) === true) return;
    const pieces: Buffer[] = [];
    request.on('error', () => undefined);
    request.on('data', (piece: Buffer) => pieces.push(piece));
    request.on('end', () => {
      const one: Asked = {
        method: request.method ?? '',
        path: request.url ?? '',
        headers: request.headers,
        body: Buffer.concat(pieces),
      };
      asked.push(one);
      answer(one, response);
    });
  });
  await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready));
  return {
    host: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    close: () =>
      new Promise((closed) => {
        server.close(() => closed());
        server.closeAllConnections();
      }),
  };
}

export type Client = {
  readonly repository: Repository;
  /** Milliseconds that were waited before asking again; none of them passed. */
  readonly waits: readonly number[];
  readonly close: () => void;
};

export function clientOf(
  host: string,
  options: {
    readonly idleMs?: number;
    readonly logins?: string;
    readonly env?: Record<string, string>;
  } = {},
): Client {
  const waits: number[] = [];
  const client = httpClient({
    env: (name) => options.env?.[name],
    idleMs: options.idleMs ?? 20_000,
  });
  const repositoryOf = repositories(
    { ...realHost(), env: () => undefined, now: () => 1_800_000_000 },
    {
      client,
      plain: true,
      ...(options.logins === undefined ? {} : { logins: options.logins }),
      wait: async (ms) => {
        waits.push(ms);
      },
    },
  );
  return {
    repository: repositoryOf({ kind: 'registry', host, repository: 'kdump' }),
    waits,
    close: client.close,
  };
}
