/** Registries and what is around them, from the root of servers; the programs run without it being theirs. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join, resolve } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { hostOfGuest } from './beside-guest.ts';
import { serverRoot } from './debian-server.ts';

/** With the libraries of the root. */
const libraries = (root: string): string =>
  ['usr/lib', 'lib'].map((folder) => join(root, folder, 'x86_64-linux-gnu')).join(':');

function fromRoot(program: string, words: readonly string[]): string {
  const root = serverRoot();
  return execFileSync(join(root, 'usr/bin', program), words, {
    encoding: 'utf8',
    env: { ...process.env, LD_LIBRARY_PATH: libraries(root) },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

export const skopeo = (words: readonly string[]): string =>
  fromRoot('skopeo', ['--insecure-policy', ...words]);

export type TlsFiles = { readonly ca: string; readonly cert: string; readonly key: string };

/** An authority of its own, and a certificate of this machine's loopback, as it is called here and by guests. */
export function makeTls(folder: string): TlsFiles {
  mkdirSync(folder, { recursive: true });
  const path = (name: string) => join(folder, name);
  const openssl = (...words: readonly string[]) =>
    execFileSync('openssl', words, { stdio: 'pipe' });
  const newKey = ['req', '-newkey', 'rsa:2048', '-nodes'];
  openssl(
    ...[...newKey, '-x509', '-days', '30', '-subj', '/CN=Authority of a test'],
    ...['-keyout', path('ca.key'), '-out', path('ca.pem')],
  );
  openssl(
    ...[...newKey, '-subj', '/CN=localhost', '-keyout', path('tls.key'), '-out', path('tls.csr')],
  );
  writeFileSync(path('names'), `subjectAltName=DNS:localhost,IP:127.0.0.1,IP:${hostOfGuest}\n`);
  openssl(
    ...['x509', '-req', '-in', path('tls.csr'), '-CA', path('ca.pem'), '-CAkey', path('ca.key')],
    ...['-CAcreateserial', '-days', '30', '-extfile', path('names'), '-out', path('tls.pem')],
  );
  return { ca: path('ca.pem'), cert: path('tls.pem'), key: path('tls.key') };
}

export const freePort = (): Promise<number> =>
  new Promise((found, failed) => {
    const server = createServer();
    server.on('error', failed);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      const port = typeof address === 'object' ? (address?.port ?? 0) : 0;
      server.close(() => found(port));
    });
  });

export const login = { user: 'builder', password: 'a secret: with a colon' } as const;

/** As `docker login` writes it. */
export function writeLogins(path: string, host: string, given: typeof login = login): string {
  const auth = Buffer.from(`${given.user}:${given.password}`).toString('base64');
  writeFileSync(path, JSON.stringify({ auths: { [host]: { auth } } }));
  return path;
}

/** Debian's docker-registry, encrypted, which lets in who has a password. */
export class RegistryServer {
  readonly host: string;
  readonly tls: TlsFiles;
  readonly logins: string;
  /** Options of the tool for it. */
  readonly options: readonly string[];
  readonly folder: string;
  #process: ChildProcess | undefined;

  private constructor(folder: string, port: number) {
    this.folder = folder;
    this.host = `localhost:${port}`;
    this.tls = makeTls(join(folder, 'tls'));
    this.logins = writeLogins(join(folder, 'logins.json'), this.host);
    this.options = ['--ca', this.tls.ca, '--authfile', this.logins];
    writeFileSync(
      join(folder, 'users'),
      fromRoot('htpasswd', ['-Bbn', '-C', '4', login.user, login.password]),
    );
  }

  static async start(folder: string): Promise<RegistryServer> {
    mkdirSync(folder, { recursive: true });
    const server = new RegistryServer(resolve(folder), await freePort());
    await server.run();
    return server;
  }

  /** `more`: further lines below `storage` of its configuration. */
  async run(more = ''): Promise<void> {
    const { folder, host, tls } = this;
    writeFileSync(
      join(folder, 'config.yml'),
      `version: 0.1
log: { accesslog: { disabled: false }, level: info }
storage:
  filesystem: { rootdirectory: ${join(folder, 'store')} }
  delete: { enabled: true }
${more}
http:
  addr: ${host.replace('localhost', '127.0.0.1')}
  secret: of-a-test
  tls: { certificate: ${tls.cert}, key: ${tls.key} }
auth:
  htpasswd: { realm: test, path: ${join(folder, 'users')} }
`,
    );
    const log = openSync(join(folder, 'log'), 'w');
    const root = serverRoot();
    const program = [join(root, 'usr/bin/docker-registry'), 'serve', join(folder, 'config.yml')];
    this.#process = spawn('setpriv', ['--pdeathsig', 'KILL', '--', ...program], {
      stdio: ['ignore', log, log],
    });
    closeSync(log);
    const limit = performance.now() + 60_000;
    while (!/listening on/.test(this.log)) {
      if (this.#process.exitCode !== null || performance.now() > limit)
        throw new Error(`docker-registry did not start:\n${this.log}`);
      await setTimeout(20);
    }
  }

  get log(): string {
    return readFileSync(join(this.folder, 'log'), 'utf8');
  }

  /** Method and path of each request that it logged. */
  get requests(): readonly string[] {
    return [...this.log.matchAll(/"((?:GET|HEAD|POST|PUT|PATCH|DELETE) \S+) HTTP/g)].map(
      ([, request = '']) => request,
    );
  }

  async stop(): Promise<void> {
    const process = this.#process;
    if (process === undefined || process.exitCode !== null) return;
    const ended = new Promise((end) => process.on('close', end));
    process.kill('SIGKILL');
    await ended;
  }
}
