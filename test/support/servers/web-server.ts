/** nginx with its DAV module: it takes files by PUT below /crash/, from who has the token. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { DebianServer, freePort, type ServerOptions } from './debian-server.ts';
import { makeCertificate } from './upload-server.ts';

export type WebServer = DebianServer & {
  readonly port: number;
  /** What it is known by, in PEM. */
  readonly certificate: string;
  readonly token: string;
  /** What was received. */
  readonly folder: string;
};

export async function startWebServer(
  folder: string,
  options: {
    readonly name?: string;
    /** A host name that its certificate is for, beside its address. */
    readonly host?: string;
    readonly network?: ServerOptions['network'];
  } = {},
): Promise<WebServer> {
  const name = options.name ?? 'web';
  const received = join(folder, `${name}.received`);
  mkdirSync(received, { recursive: true });
  const port = await freePort();
  const token = 'a-token-of-the-test';
  const { certificate, key } = makeCertificate(join(folder, `${name}.tls`), name, options.host);
  const config = `user www-data;
daemon off;
error_log stderr notice;
pid /run/nginx.pid;
events {}
http {
  access_log /dev/stdout;
  server {
    listen 127.0.0.1:${port} ssl;
    ssl_certificate /etc/nginx/test.pem;
    ssl_certificate_key /etc/nginx/test.key;
    client_max_body_size 64m;
    root /srv;
    location /crash/ {
      if ($http_authorization != "Bearer ${token}") { return 401; }
      dav_methods PUT;
      create_full_put_path on;
      dav_access user:rw;
    }
  }
}
`;
  const server = await DebianServer.start(folder, {
    name,
    ...(options.network === undefined ? {} : { network: options.network }),
    files: {
      '/etc/nginx/test.conf': config,
      '/etc/nginx/test.pem': certificate,
      '/etc/nginx/test.key': key,
    },
    folders: { '/srv/crash': received },
    before: 'chown www-data /srv/crash',
    run: ['/usr/sbin/nginx', '-c', '/etc/nginx/test.conf'],
    ready: /start worker process \d/,
  });
  return Object.assign(server, { port, certificate, token, folder: received });
}
