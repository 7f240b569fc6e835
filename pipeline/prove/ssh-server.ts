/**
 * OpenSSH's server under the name of a target's user, who need not be a user of this machine, and without root: in
 * namespaces of its own, whoever runs this tool is that user. It runs receive-dump, and nothing else.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import type { Host } from '../host/host.ts';
import receiveDump from '../targets/ssh/receive-dump.sh';
import type { StandIn } from './stand-in.ts';

export type SshSeat = {
  /** Whom the machine logs in as. */
  readonly user: string;
  /** File of the private key by which the server proves what it is. */
  readonly hostKey: string;
  /** Public key that it lets in: one line. */
  readonly machineKey: string;
};

/** Within the namespace; nobody sees it. */
const user = 1000;

/** FILE USER WORD...: root of the namespace puts our list of users over the machine's, and gives its rights up again. */
const inNamespace = `mount --bind "$1" /etc/passwd
getent passwd "$2" >/dev/null || { echo "no user can be made here"; exit 1; } >&2
server=$(command -v sshd) || { echo "sshd is not installed: apt-get install openssh-server"; exit 1; } >&2
shift 2
exec unshare --user --map-user=${user} --map-group=${user} -- "$server" "$@"
`;

/** sshd lies in /usr/sbin, which an ordinary user's PATH leaves out. */
const searchPath = (): string => `${process.env.PATH ?? ''}:/usr/sbin:/sbin`;

/** `folder` is made, and is the server's own. */
export async function startSshServer(
  host: Host,
  { user: name, hostKey, machineKey }: SshSeat,
  folder: string,
): Promise<StandIn | { readonly cannot: string }> {
  const at = (file: string): string => join(folder, file);
  // A list of users has a colon between its columns.
  if (!/^[A-Za-z_][A-Za-z0-9_.-]*$/.test(name)) return { cannot: `${name} is no name of a user` };
  if (folder.includes(':')) return { cannot: `a list of users cannot name ${folder}` };
  mkdirSync(folder, { mode: 0o700 });
  copyFileSync(hostKey, at('host-key'));
  writeFileSync(at('receive-dump'), receiveDump);
  // Paths are below the home of the user, where every session begins.
  writeFileSync(
    at('machines'),
    `restrict,command="exec /bin/sh ./receive-dump ./received" ${machineKey}\n`,
  );
  writeFileSync(at('passwd'), `${name}:*:${user}:${user}::${folder}:/bin/sh\n`);
  const settings = [
    ...['AuthorizedKeysFile=machines', 'AuthenticationMethods=publickey'],
    ...['StrictModes=no', 'UsePAM=no', 'PidFile=none'],
  ].flatMap((one) => ['-o', one]);
  const command = [
    ...['--user', '--map-root-user', '--mount', '--', 'sh', '-ec', inNamespace, 'sh'],
    ...[at('passwd'), name, '-f', '/dev/null', '-h', at('host-key'), ...settings],
  ];
  const tried = await host.run('unshare', [...command, '-t']);
  if (!tried.ok) return { cannot: 'unshare, of util-linux, is not installed here' };
  if (tried.value.exitCode !== 0) {
    const said = tried.value.stderr.trim().split('\n').at(-1) ?? '';
    return { cannot: `OpenSSH's server does not start here: ${said}` };
  }

  let received: string | undefined;
  let reached = 0;
  const sessions = new Set<ChildProcess>();
  // One process for each connection: where this tool ends, its input ends, and so does the session.
  const server = createServer((socket) => {
    reached += 1;
    if (received === undefined) {
      socket.destroy();
      return;
    }
    const session = spawn('unshare', [...command, '-i'], {
      env: { PATH: searchPath() },
      stdio: ['pipe', 'pipe', 'ignore'],
    });
    sessions.add(session);
    socket.pipe(session.stdin);
    session.stdout.pipe(socket);
    const end = (): void => {
      sessions.delete(session);
      socket.destroy();
    };
    socket.on('error', () => session.kill());
    session.stdin.on('error', () => undefined);
    session.on('error', end).on('close', end);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    at: (server.address() as AddressInfo).port,
    serve: (to) => {
      received = to;
      reached = 0;
      rmSync(at('received'), { force: true });
      if (to === undefined) return;
      mkdirSync(to, { recursive: true });
      symlinkSync(to, at('received'));
    },
    reached: () => reached,
    stop: async () => {
      for (const session of sessions) session.kill();
      server.close();
      await once(server, 'close');
    },
  };
}
