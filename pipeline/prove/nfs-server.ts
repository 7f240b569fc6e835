/**
 * NFS-Ganesha, an NFS server in user space, under the export of a target. It opens files by their handles, which the
 * kernel lets nobody but root do, in no namespace either. It serves NFS 4 alone, on one port of this machine's loopback.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { type AddressInfo, connect, createServer } from 'node:net';
import { join, resolve } from 'node:path';
import type { Host } from '../host/host.ts';
import type { SealedServer } from './sealed.ts';
import type { StandIn } from './stand-in.ts';

/** FOLDER CONFIG PID: what it exports must be a mount point of its own. */
const inNamespace = `mount --bind "$1" "$1"
exec ganesha.nfsd -F -L STDOUT -f "$2" -p "$3"
`;

const ready = 'NFS SERVER INITIALIZED';

const configOf = (port: number, exported: string, name: string, state: string): string => `
NFS_CORE_PARAM {
  NFS_Port = ${port}; Protocols = 4; Bind_addr = 127.0.0.1; Enable_NLM = false; Enable_RQUOTA = false;
}
# Nobody was here before who could claim a lock again.
NFSV4 { Graceless = true; RecoveryRoot = "${state}"; }
NFS_KRB5 { Active_krb5 = false; }
EXPORT {
  Export_Id = 1; Path = "${exported}"; Pseudo = "${name}"; Protocols = 4; Transports = TCP;
  Access_Type = RW; Squash = No_Root_Squash; SecType = sys;
  # QEMU's network connects from any port.
  PrivilegedPort = false;
  FSAL { Name = VFS; }
}
LOG { Default_Log_Level = EVENT; }
`;

/** A port that nobody listens on now. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

type Running = {
  /** Where it serves; undefined: it has ended. */
  readonly port: Promise<number | undefined>;
  /** Resolves when it is gone, and its port is free. */
  readonly stop: () => Promise<void>;
};

/** A server of `exported`, started once `before` is over. `folder` has its settings and its state. */
function start(before: Promise<void>, name: string, exported: string, folder: string): Running {
  let child: ChildProcess | undefined;
  let stopped = false;
  let ended: Promise<unknown> = before;
  const port = before.then(async () => {
    const wanted = await freePort();
    if (stopped) return undefined;
    const [config, state] = [join(folder, 'ganesha.conf'), join(folder, 'state')];
    mkdirSync(exported, { recursive: true });
    mkdirSync(state, { recursive: true });
    writeFileSync(config, configOf(wanted, exported, name, state));
    // With this tool it ends, however that ends.
    const own = spawn(
      'setpriv',
      [
        ...['--pdeathsig', 'KILL', '--', 'unshare', '--mount', '--pid', '--fork', '--kill-child'],
        ...['sh', '-ec', inNamespace, 'sh', exported, config, join(folder, 'pid')],
      ],
      { stdio: ['ignore', 'pipe', 'ignore'] },
    );
    child = own;
    ended = new Promise((end) => own.on('error', end).on('close', end));
    let said = '';
    const serves = new Promise<boolean>((answer) => {
      own.stdout.on('data', (bytes: Buffer) => {
        said = (said + bytes.toString('latin1')).slice(-4096);
        if (said.includes(ready)) answer(true);
      });
      ended.then(() => answer(false));
    });
    return (await serves) ? wanted : undefined;
  });
  return {
    port,
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
  let running: Running | undefined;
  let before = Promise.resolve();
  const end = (): void => {
    before = running?.stop() ?? before;
    running = undefined;
  };
  const open = (to: string): Running => start(before, path, resolve(to), resolve(folder));

  // That it starts at all is seen before a guest depends on it.
  running = open(join(folder, 'tried'));
  const tried = await running.port;
  end();
  if (tried === undefined)
    return { cannot: 'NFS-Ganesha does not start here: is nfs-ganesha-vfs installed?' };

  let reached = 0;
  const server = createServer((socket) => {
    reached += 1;
    socket.on('error', () => undefined);
    (running?.port ?? Promise.resolve(undefined)).then((port) => {
      if (port === undefined) {
        socket.destroy();
        return;
      }
      const back = connect(port, '127.0.0.1');
      socket.pipe(back).pipe(socket);
      back.on('error', () => socket.destroy()).on('close', () => socket.destroy());
      socket.on('close', () => back.destroy());
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
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
