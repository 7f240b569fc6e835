/** A web server in this process that takes files, and can be told to behave badly. */
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readFileSync } from 'node:fs';
import { type IncomingMessage, createServer as plainServer, type ServerResponse } from 'node:http';
import { createServer as tlsServer } from 'node:https';
import { join } from 'node:path';

export type Certificate = { readonly certificate: string; readonly key: string };

/** Of an authority of its own, which is made in that folder; for 127.0.0.1, for QEMU's address of this machine, and for that name and address. */
export function makeCertificate(
  folder: string,
  name: string,
  host?: string,
  address?: string,
): Certificate {
  mkdirSync(folder, { recursive: true });
  const [key, certificate] = [join(folder, `${name}.key`), join(folder, `${name}.pem`)];
  execFileSync(
    'openssl',
    [
      ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'],
      ...['-days', '30', '-subj', `/CN=${name}`, '-keyout', key, '-out', certificate],
      '-addext',
      `subjectAltName=IP:127.0.0.1,IP:10.0.2.2${host === undefined ? '' : `,DNS:${host}`}${address === undefined ? '' : `,IP:${address}`}`,
    ],
    { stdio: 'ignore' },
  );
  return {
    certificate: readFileSync(certificate, 'utf8'),
    key: readFileSync(key, 'utf8'),
  };
}

export type Upload = {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
};

/** What becomes of a request that sends a file: a status, or what is done instead of an answer. */
export type Answer = number | 'cut' | 'stall';

export type UploadServer = {
  readonly url: string;
  readonly port: number;
  readonly uploads: readonly Upload[];
  /** By path. */
  readonly stored: ReadonlyMap<string, Buffer>;
  readonly stop: () => Promise<void>;
};

/** `answer` is asked for each file; one that is refused is not stored. */
export async function startUploadServer(
  answer: (upload: Upload, number: number) => Answer = () => 201,
  certificate?: Certificate,
  /** What it says to HEAD. */
  has?: (path: string) => boolean,
  /** What it says to a file, beside the status. */
  words: string | Uint8Array = '',
): Promise<UploadServer> {
  const uploads: Upload[] = [];
  const stored = new Map<string, Buffer>();
  const serve = (request: IncomingMessage, response: ServerResponse): void => {
    const path = decodeURIComponent(request.url ?? '');
    if (request.method === 'HEAD') {
      response.writeHead((has?.(path) ?? stored.has(path)) ? 200 : 404).end();
      return;
    }
    const upload = { method: request.method ?? '', path, headers: request.headers };
    const said = answer(upload, uploads.push(upload));
    if (said === 'stall') return;
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => {
      chunks.push(chunk);
      if (said === 'cut') request.socket.destroy();
    });
    request.on('end', () => {
      if (said === 'cut') return;
      if (said < 300) stored.set(path, Buffer.concat(chunks));
      response.writeHead(said).end(words);
    });
  };
  const server =
    certificate === undefined
      ? plainServer(serve)
      : tlsServer({ cert: certificate.certificate, key: certificate.key }, serve);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' ? (address?.port ?? 0) : 0;
  return {
    url: `${certificate === undefined ? 'http' : 'https'}://127.0.0.1:${port}`,
    port,
    uploads,
    stored,
    stop: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
