/** OpenSSH's server, with receive-dump as the forced command of one key. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { DebianServer, freePort, type ServerOptions, serverRoot } from './debian-server.ts';

export type SshServer = DebianServer & {
  readonly port: number;
  /** As a profile pins it. */
  readonly hostKey: string;
  /** The private key that it lets in. */
  readonly identity: string;
  /** What was received. */
  readonly folder: string;
};

type KeyPair = { readonly secret: string; readonly public: string };

export function makeSshKey(
  folder: string,
  name: string,
  type = 'ed25519',
  options: readonly string[] = [],
): KeyPair {
  mkdirSync(folder, { recursive: true });
  const path = join(folder, name);
  execFileSync('ssh-keygen', ['-q', '-t', type, ...options, '-N', '', '-C', '', '-f', path]);
  return {
    secret: readFileSync(path, 'utf8'),
    public: readFileSync(`${path}.pub`, 'utf8').trim(),
  };
}

/** What has programs find OpenSSH's server as Debian has it, on a machine where it is not installed. */
export function withSshd(folder: string): Readonly<Record<string, string>> {
  const root = serverRoot();
  const bin = resolve(folder, 'bin');
  mkdirSync(bin);
  const libraries = `${root}/usr/lib/x86_64-linux-gnu`;
  writeFileSync(
    join(bin, 'sshd'),
    `#!/bin/sh\nLD_LIBRARY_PATH=${libraries} exec ${root}/usr/sbin/sshd "$@"\n`,
    { mode: 0o755 },
  );
  return { PATH: `${bin}:${process.env.PATH}` };
}

export async function startSshServer(
  folder: string,
  options: {
    readonly name?: string;
    readonly hostKeyType?: string;
    /** MiB that a file may have there. */
    readonly room?: number;
    readonly network?: ServerOptions['network'];
  } = {},
): Promise<SshServer> {
  const name = options.name ?? 'ssh';
  const received = join(folder, `${name}.received`);
  mkdirSync(received, { recursive: true });
  const port = await freePort();
  const host = makeSshKey(folder, `${name}.host-key`, options.hostKeyType);
  const machine = makeSshKey(folder, `${name}.machine-key`);
  const server = await DebianServer.start(folder, {
    name,
    ...(options.network === undefined ? {} : { network: options.network }),
    files: {
      '/etc/ssh/host_key': host.secret,
      '/etc/ssh/machines': `restrict,command="/usr/lib/crashseal/receive-dump /var/crash" ${machine.public}\n`,
      '/usr/lib/crashseal/receive-dump': readFileSync(
        'pipeline/targets/ssh/receive-dump.sh',
        'utf8',
      ),
      '/etc/ssh/config': `HostKey /etc/ssh/host_key
AuthorizedKeysFile /etc/ssh/machines
PasswordAuthentication no
KbdInteractiveAuthentication no
UsePAM no
`,
    },
    folders: { '/var/crash': resolve(received) },
    // Without PAM an account whose password is "!" is locked.
    before: `useradd --no-create-home --home-dir /var/crash --shell /bin/sh crashdump
usermod --password '*' crashdump
mkdir -p /run/sshd
${options.room === undefined ? '' : `trap '' XFSZ; ulimit -f ${options.room * 2048}`}
chown crashdump /var/crash
chmod 600 /etc/ssh/host_key
chmod 755 /etc/ssh /usr/lib/crashseal /usr/lib/crashseal/receive-dump
chmod 644 /etc/ssh/machines`,
    run: [
      ...(['/usr/sbin/sshd', '-D', '-e', '-f', '/etc/ssh/config'] as const),
      ...['-o', `ListenAddress=127.0.0.1:${port}`],
    ],
    ready: /Server listening on/,
  });
  return Object.assign(server, {
    port,
    hostKey: host.public,
    identity: machine.secret,
    folder: received,
  });
}
