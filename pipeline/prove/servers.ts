/** Servers that stand in for those of the targets, the network that leads to them, and what a machine brings for them. */
import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { writeCpio } from '../format/cpio.ts';
import type { MachineShape } from '../guest/machines/machine-shape.ts';
import type { Host } from '../host/host.ts';
import { fail, ok, type Result } from '../problem/result.ts';
import type { ServerSeat } from './bench.ts';
import type { KernelModules } from './drivers.ts';
import { networkFor, networkWords } from './guest-network.ts';
import { startNfsServer } from './nfs-server.ts';
import type { Sealed, SealedServer } from './sealed.ts';
import { startSshServer } from './ssh-server.ts';
import { type Credentials, startWebServer } from './web-server.ts';

/** By target; undefined for one that is on no other machine. */
export type ServerOrNot = ServerSeat | { readonly cannot: string } | undefined;

export type Servers = {
  readonly seats: readonly ServerOrNot[];
  /** QEMU's words for the network. */
  readonly words: readonly string[];
  readonly overlay: string | undefined;
  readonly stop: () => Promise<void>;
};

type Around = {
  /** Modules in the initramfs. */
  readonly own: ReadonlySet<string> | undefined;
  readonly modules: KernelModules;
  readonly machine: MachineShape;
  readonly folder: string;
  readonly key: string | undefined;
  readonly certificate: string | undefined;
  readonly hostKey: string | undefined;
};

export async function serversFor(
  host: Host,
  { targets, network }: Sealed,
  around: Around,
): Promise<Result<Servers>> {
  const { own, modules, machine, folder } = around;
  const secret = randomBytes(16).toString('hex');
  const ssh = await sshKeysFor(
    host,
    targets.flatMap(({ server }) => (server?.kind === 'ssh' ? [server] : [])),
    around,
  );
  if (!ssh.ok) return ssh;
  const overlay = writeOverlay(
    folder,
    new Map(
      targets.flatMap(({ localFiles, server }) =>
        localFiles.map((path) => [
          path,
          path === server?.identity && ssh.value?.machine !== undefined
            ? ssh.value.machine.secret
            : `${secret}\n`,
        ]),
      ),
    ),
  );
  const seats: ServerOrNot[] = targets.map(({ kind, server }) =>
    server === undefined
      ? undefined
      : { cannot: `this tool starts no server for a target of the kind ${kind}` },
  );
  const wanted = targets.flatMap(({ server }, index) =>
    server === undefined ? [] : [{ server, index }],
  );
  const none = { seats, words: [], overlay, stop: async () => {} };
  if (wanted.length === 0 || network === undefined) return ok(none);
  const found = networkFor(
    network,
    wanted.map(({ server }) => server.host),
    own ?? new Set(),
    modules,
    machine.networkCard,
  );
  if ('cannot' in found) {
    for (const { index } of wanted) seats[index] = found;
    return ok(none);
  }
  const credentials = await credentialsFor(
    host,
    wanted.map(({ server }) => server),
    around,
  );
  if (!credentials.ok) return credentials;
  const started: { readonly server: SealedServer; readonly seat: ServerSeat }[] = [];
  for (const { server, index } of wanted) {
    const own = join(folder, `${server.kind}-${index + 1}`);
    const seat = await {
      http: () => webSeat(server, secret, credentials.value),
      ssh: () => sshSeat(host, server, ssh.value, own),
      nfs: () => nfsSeat(host, server, own),
    }[server.kind]();
    seats[index] = seat;
    if ('kind' in seat) started.push({ server, seat });
  }
  const bridge = join(folder, 'bridge.cjs');
  writeFileSync(bridge, bridgeScript);
  const words = networkWords(
    found.network,
    started.map(({ server, seat }) => ({
      address: server.host,
      port: server.port,
      to: seat.standIn.at,
    })),
    `${process.execPath} ${bridge}`,
  );
  return ok({
    seats,
    words,
    overlay,
    stop: async () => {
      for (const { seat } of started) await seat.standIn.stop();
    },
  });
}

/** QEMU gives it a connection of the guest as its standard input and output. */
const bridgeScript = `const [, , at] = process.argv;
const { connect } = require('node:net');
const socket = at.startsWith('/') ? connect(at) : connect(Number(at), '127.0.0.1');
process.stdin.pipe(socket);
socket.pipe(process.stdout);
const end = () => process.exit(0);
socket.on('error', end).on('close', end);
process.stdout.on('error', end);
`;

/** A file of the machine for each that a target names, with a text that opens the servers that stand in here. */
function writeOverlay(folder: string, texts: ReadonlyMap<string, string>): string | undefined {
  if (texts.size === 0) return undefined;
  const file = join(folder, 'overlay');
  const entries = [...texts].map(
    ([path, text]) =>
      ({
        kind: 'file',
        path: path.replace(/^\/+/, ''),
        mode: 0o600,
        bytes: new TextEncoder().encode(text),
      }) as const,
  );
  writeFileSync(file, writeCpio(entries));
  return file;
}

type SeatOrNot = ServerSeat | { readonly cannot: string };

async function webSeat(
  server: SealedServer,
  secret: string,
  credentials: WebCredentials | undefined,
): Promise<SeatOrNot> {
  const own = server.pinned === undefined ? undefined : credentials?.own;
  if (server.pinned !== undefined && own === undefined)
    return { cannot: 'openssl, which makes a certificate for it, is not installed here' };
  const standIn = await startWebServer(server, secret, own);
  return {
    kind: 'server',
    standIn,
    proves: server.pinned === undefined || credentials?.given === true,
  };
}

async function sshSeat(
  host: Host,
  { user, hostKey }: SealedServer,
  keys: SshKeys | undefined,
  folder: string,
): Promise<SeatOrNot> {
  if (keys === undefined) return { cannot: 'ssh-keygen, of openssh-client, is not installed here' };
  const given = keys.given?.public === hostKey ? keys.given : undefined;
  const standIn = await startSshServer(
    host,
    { user, hostKey: (given ?? keys.stranger).file, machineKey: keys.machine.public },
    folder,
  );
  return 'cannot' in standIn ? standIn : { kind: 'server', standIn, proves: given !== undefined };
}

/** A server of NFS proves nothing of itself: any under that address gets the dump. */
async function nfsSeat(host: Host, server: SealedServer, folder: string): Promise<SeatOrNot> {
  const standIn = await startNfsServer(host, server, folder);
  return 'cannot' in standIn ? standIn : { kind: 'server', standIn, proves: true };
}

type SshKey = { readonly file: string; readonly secret: string; readonly public: string };
type SshKeys = {
  /** What the local overlay brings. */
  readonly machine: SshKey;
  /** Of a server that no bundle knows. */
  readonly stranger: SshKey;
  /** Of the server that the bundle pins. */
  readonly given: SshKey | undefined;
};

async function sshKeysFor(
  host: Host,
  servers: readonly SealedServer[],
  { folder, hostKey }: Pick<Around, 'folder' | 'hostKey'>,
): Promise<Result<SshKeys | undefined>> {
  if (servers.length === 0) return ok(undefined);
  const decoder = new TextDecoder();
  const readKey = async (file: string): Promise<SshKey | undefined> => {
    // Without a passphrase: nobody is there to be asked for one.
    const shown = await host.run('ssh-keygen', ['-y', '-P', '', '-f', file]);
    const bytes = await host.readFile(file);
    if (!shown.ok || shown.value.exitCode !== 0 || bytes === undefined) return undefined;
    const [kind = '', key = ''] = decoder.decode(shown.value.stdout).trim().split(' ');
    return { file, secret: decoder.decode(bytes), public: `${kind} ${key}` };
  };
  const make = async (name: string): Promise<SshKey | undefined> => {
    const file = join(folder, name);
    const words = ['-q', '-t', 'ed25519', '-N', '', '-C', '', '-f', file];
    const made = await host.run('ssh-keygen', words);
    return made.ok && made.value.exitCode === 0 ? readKey(file) : undefined;
  };
  const [machine, stranger] = [await make('machine-key'), await make('stranger-key')];
  if (machine === undefined || stranger === undefined) return ok(undefined);
  if (hostKey === undefined) return ok({ machine, stranger, given: undefined });
  const secret = await host.readFile(hostKey);
  if (secret === undefined)
    return fail({ area: 'cli', kind: 'no-file', file: hostKey, what: 'the key of the server' });
  // OpenSSH reads no private key that others may read.
  const own = join(folder, 'server-host-key');
  await host.writeFile(own, secret, 0o600);
  const given = await readKey(own);
  if (given === undefined) return fail({ area: 'prove', kind: 'host-key-form', file: hostKey });
  return servers.some((one) => one.hostKey === given.public)
    ? ok({ machine, stranger, given })
    : fail({ area: 'prove', kind: 'host-key-other', file: hostKey, found: given.public });
}

type WebCredentials = { readonly own: Credentials; readonly given: boolean };

async function credentialsFor(
  host: Host,
  servers: readonly SealedServer[],
  { folder, key, certificate }: Around,
): Promise<Result<WebCredentials | undefined>> {
  const text = async (file: string): Promise<string | undefined> => {
    const bytes = await host.readFile(file);
    return bytes === undefined ? undefined : new TextDecoder().decode(bytes);
  };
  if (key !== undefined && certificate !== undefined) {
    const [secret, shown] = [await text(key), await text(certificate)];
    if (secret === undefined)
      return fail({ area: 'cli', kind: 'no-file', file: key, what: 'the key of the server' });
    if (shown === undefined)
      return fail({
        area: 'cli',
        kind: 'no-file',
        file: certificate,
        what: 'the certificate of the server',
      });
    return ok({ own: { key: secret, certificate: shown }, given: true });
  }
  const pinned = servers.filter((one) => one.pinned === 'ca');
  if (pinned.length === 0) return ok(undefined);
  const [secret, shown] = [join(folder, 'server.key'), join(folder, 'server.pem')];
  const names = pinned.map((one) => `IP:${one.host}`).join(',');
  const made = await host.run('openssl', [
    ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'],
    ...['-days', '2', '-subj', '/CN=crashseal test-crash', '-addext', `subjectAltName=${names}`],
    ...['-keyout', secret, '-out', shown],
  ]);
  if (!made.ok || made.value.exitCode !== 0) return ok(undefined);
  const own = { key: (await text(secret)) ?? '', certificate: (await text(shown)) ?? '' };
  return ok({ own, given: false });
}
