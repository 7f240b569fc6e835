/** A web server that stands in for the one of a target: what is sent there becomes files in a folder. */
import { once } from 'node:events';
import { createWriteStream, existsSync, mkdirSync, renameSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { SealedServer } from './sealed.ts';
import type { StandIn } from './stand-in.ts';

export type Credentials = { readonly certificate: string; readonly key: string };

/** Below the folder of the URL: one folder, and a file in it. */
const isPlain = (path: string): boolean =>
  path.split('/').every((part) => /^[A-Za-z0-9][A-Za-z0-9._:-]*$/.test(part));

export async function startWebServer(
  { path: base, token }: SealedServer,
  secret: string,
  credentials: Credentials | undefined,
): Promise<StandIn> {
  let folder: string | undefined;
  let reached = 0;
  const answer = async (request: IncomingMessage): Promise<number> => {
    const path = decodeURIComponent(request.url ?? '');
    if (token !== undefined && request.headers.authorization !== `Bearer ${secret}`) return 401;
    const below = path.startsWith(`${base}/`) ? path.slice(base.length + 1) : '';
    if (folder === undefined || !isPlain(below)) return 404;
    const file = join(folder, below);
    switch (request.method) {
      case 'HEAD':
        return existsSync(file) ? 200 : 404;
      case 'PUT':
      case 'POST':
        mkdirSync(dirname(file), { recursive: true });
        await pipeline(request, createWriteStream(`${file}.new`));
        renameSync(`${file}.new`, file);
        return 201;
      default:
        return 405;
    }
  };
  const serve = (request: IncomingMessage, response: ServerResponse): void => {
    answer(request).then(
      (status) => {
        request.resume();
        response.writeHead(status).end();
      },
      () => request.destroy(),
    );
  };
  const server =
    credentials === undefined
      ? createServer(serve)
      : createTlsServer({ cert: credentials.certificate, key: credentials.key }, serve);
  server.on('connection', (socket: Socket) => {
    reached += 1;
    if (folder === undefined) socket.destroy();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    at: (server.address() as AddressInfo).port,
    serve: (to) => {
      folder = to;
      reached = 0;
    },
    reached: () => reached,
    stop: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
