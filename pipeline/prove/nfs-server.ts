/**
 * NFS-Ganesha, an NFS server in user space, under the export of a target. It opens files by their handles, which the
 * kernel lets nobody but root do, in no namespace either. It believes whoever reaches it to be whom they say: so it
 * serves on the loopback of a network of its own, and the way there is a socket in a folder that is root's alone.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { join, resolve } from 'node:path';
import type { Host } from '../host/host.ts';
import { nfsPort, type SealedServer } from './sealed.ts';
import type { StandIn } from './stand-in.ts';

/** Of its log, from the end: more than it takes to start. */
const saidMost = 65_536;
/** Linux, sun_path: 108 bytes with the zero at the end. */
const socketPathMost = 107;
const listens = 'LISTENS';
const serving = 'NFS SERVER INITIALIZED';

/** FOLDER CONFIG PID NODE SCRIPT SOCKET: what it exports must be a mount point of its own. */
const inNamespaces = `ip link set lo up
mount --bind "$1" "$1"
"$4" -e "$5" "$6" &
exec ganesha.nfsd -F -L STDOUT -f "$2" -p "$3"
`;

/** From a socket, whose name holds in every network, to the server. */
const wayIn = `const net = require('node:net');
net.createServer((one) => {
  const other = net.connect(${nfsPort}, '127.0.0.1');
  one.pipe(other).pipe(one);
  const end = () => { one.destroy(); other.destroy(); };
  for (const each of [one, other]) each.on('error', end).on('close', end);
}).listen(process.argv[1], () => console.log('${listens}'));
`;

/** No address to bind to: without another, its network has the loopback alone, and names none to who looks them up. */
const configOf = (exported: string, name: string, state: string): string => `
NFS_CORE_PARAM {
  NFS_Port = ${nfsPort}; Protocols = 4; Enable_NLM = false; Enable_RQUOTA = false;
}
# Nobody was here before who could claim a lock again.
NFSV4 { Graceless = true; RecoveryRoot = "${state}"; }
NFS_KRB5 { Active_krb5 = false; }
EXPORT {
  Export_Id = 1; Path = "${exported}"; Pseudo = "${name}"; Protocols = 4; Transports = TCP;
  Access_Type = RW; Squash = No_Root_Squash; SecType = sys;
  # The way in connects from any port.
  PrivilegedPort = false;
  FSAL { Name = VFS; }
}
LOG { Default_Log_Level = EVENT; }
`;

type Running = {
  /** Where it is reached; undefined: it has ended. */
  readonly socket: Promise<string | undefined>;
  /** Resolves when it is gone. */
  readonly stop: () => Promise<void>;
};

/** A server of `exported`, started once `before` is over. `folder` has its settings, its state and its socket. */
function start(before: Promise<void>, name: string, exported: string, folder: string): Running {
  let child: ChildProcess | undefined;
  let stopped = false;
  let ended: Promise<unknown> = before;
  const socket = before.then(async () => {
    if (stopped) return undefined;
    const [config, state, inner] = ['ganesha.conf', 'state', 'inner'].map((file) =>
      join(folder, file),
    ) as [string, string, string];
    mkdirSync(exported, { recursive: true });
    mkdirSync(state, { recursive: true });
    writeFileSync(config, configOf(exported, name, state));
    rmSync(inner, { force: true });
    // With this tool it ends, however that ends.
    const own = spawn(
      'setpriv',
      [
        ...['--pdeathsig', 'KILL', '--'],
        ...['unshare', '--mount', '--net', '--pid', '--fork', '--kill-child', 'sh', '-ec'],
        ...[inNamespaces, 'sh', exported, config, join(folder, 'pid')],
        ...[process.execPath, wayIn, inner],
      ],
      { stdio: ['ignore', 'pipe', 'ignore'] },
    );
    child = own;
    ended = new Promise((end) => own.on('error', end).on('close', end));
    let said = '';
    const serves = new Promise<boolean>((answer) => {
      own.stdout.on('data', (bytes: Buffer) => {
        said = (said + bytes.toString('latin1')).slice(-saidMost);
        if (said.includes(listens) && said.includes(serving)) answer(true);
      });
      ended.then(() => answer(false));
    });
    return (await serves) ? inner : undefined;
  });
  return {
    // Where it cannot be started, it has ended.
    socket: socket.catch(() => undefined),
    stop: async () => {
      stopped = true;
      child?.kill('SIGKILL');
      await ended;
    },
  };
}

/** `folder` is made, and is the server's own. */
export async function startNfsServer(
  host: Host,
  { path, version }: Pick<SealedServer, 'path' | 'version'>,
  folder: string,
): Promise<StandIn | { readonly cannot: string }> {
  if (version === '3') return { cannot: 'this tool starts a server for NFS 4 only' };
  if (process.getuid?.() !== 0)
    return { cannot: 'an NFS server takes root here: run test-crash as root, with nfs-ganesha' };
  // In quotes, its configuration has no way to write one.
  if (/["\\\n]/.test(path + folder)) return { cannot: `NFS-Ganesha cannot be told of ${path}` };
  const found = await host.run('ganesha.nfsd', ['-v']);
  if (!found.ok)
    return { cannot: 'NFS-Ganesha is not installed: apt-get install nfs-ganesha nfs-ganesha-vfs' };
  const at = resolve(join(folder, 'outer'));
  if (Buffer.byteLength(at) > socketPathMost)
    return { cannot: `no socket can be named ${at}: set TMPDIR to a shorter path` };
  // Whoever reaches the sockets in it is believed.
  mkdirSync(folder, { mode: 0o700 });
  let running: Running | undefined;
  let before = Promise.resolve();
  const end = (): void => {
    before = running?.stop() ?? before;
    running = undefined;
  };
  const open = (to: string): Running => start(before, path, resolve(to), resolve(folder));

  // That it starts at all is seen before a guest depends on it.
  running = open(join(folder, 'tried'));
  const tried = await running.socket;
  end();
  if (tried === undefined)
    return { cannot: 'NFS-Ganesha does not start here: is nfs-ganesha-vfs installed?' };

  let reached = 0;
  const server = createServer((socket) => {
    reached += 1;
    socket.on('error', () => undefined);
    (running?.socket ?? Promise.resolve(undefined)).then((inner) => {
      if (inner === undefined || socket.destroyed) {
        socket.destroy();
        return;
      }
      const back = connect(inner);
      socket.pipe(back).pipe(socket);
      back.on('error', () => socket.destroy()).on('close', () => socket.destroy());
      socket.on('close', () => back.destroy());
    });
  });
  server.listen(at);
  await once(server, 'listening');
  return {
    at,
    serve: (to) => {
      end();
      reached = 0;
      if (to !== undefined) running = open(to);
    },
    reached: () => reached,
    stop: async () => {
      end();
      await before;
      server.close();
    },
  };
}
