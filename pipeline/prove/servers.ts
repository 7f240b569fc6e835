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
import type { Sealed, SealedServer } from './sealed.ts';
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
};

export async function serversFor(
  host: Host,
  { targets, network }: Sealed,
  around: Around,
): Promise<Result<Servers>> {
  const { own, modules, machine, folder } = around;
  const secret = randomBytes(16).toString('hex');
  const overlay = writeOverlay(
    folder,
    targets.flatMap(({ localFiles }) => localFiles),
    secret,
  );
  const seats: ServerOrNot[] = targets.map(({ kind, server }) =>
    server === undefined && kind !== 'nfs'
      ? undefined
      : { cannot: `this tool starts no server for a target of the kind ${kind}` },
  );
  const wanted = targets.flatMap(({ server }, index) =>
    server?.kind === 'http' ? [{ server, index }] : [],
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
    const own = server.pinned === undefined ? undefined : credentials.value?.own;
    if (server.pinned !== undefined && own === undefined) {
      seats[index] = { cannot: 'openssl, which makes a certificate for it, is not installed here' };
      continue;
    }
    const standIn = await startWebServer(server, secret, own);
    const proves = server.pinned === undefined || credentials.value?.given === true;
    const seat: ServerSeat = { kind: 'server', standIn, proves };
    seats[index] = seat;
    started.push({ server, seat });
  }
  const bridge = join(folder, 'bridge.cjs');
  writeFileSync(bridge, bridgeScript);
  const words = networkWords(
    found.network,
    started.map(({ server, seat }) => ({
      address: server.host,
      port: server.port,
      to: seat.standIn.port,
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
const bridgeScript = `const socket = require('node:net').connect(Number(process.argv[2]), '127.0.0.1');
process.stdin.pipe(socket);
socket.pipe(process.stdout);
const end = () => process.exit(0);
socket.on('error', end).on('close', end);
process.stdout.on('error', end);
`;

/** A file of the machine for each that a target names; what is in it opens the servers that stand in here. */
function writeOverlay(
  folder: string,
  paths: readonly string[],
  secret: string,
): string | undefined {
  if (paths.length === 0) return undefined;
  const file = join(folder, 'overlay');
  const bytes = new TextEncoder().encode(`${secret}\n`);
  const entries = [...new Set(paths)].map(
    (path) => ({ kind: 'file', path: path.replace(/^\/+/, ''), mode: 0o600, bytes }) as const,
  );
  writeFileSync(file, writeCpio(entries));
  return file;
}

async function credentialsFor(
  host: Host,
  servers: readonly SealedServer[],
  { folder, key, certificate }: Around,
): Promise<Result<{ readonly own: Credentials; readonly given: boolean } | undefined>> {
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
