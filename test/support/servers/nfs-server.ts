/** nfs-ganesha: an NFS server in user space, for versions 3 to 4.2, which exports one folder of this machine. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { DebianServer, freePort, type ServerOptions, serverRoot } from './debian-server.ts';

export type NfsServer = DebianServer & {
  readonly port: number;
  readonly mountPort: number;
  /** What is stored there. */
  readonly folder: string;
};

/** The name by which clients mount it. */
export const nfsExport = '/crash';

/** What has programs find NFS-Ganesha as Debian has it, with its plug-ins, where it is not installed. */
export function withGanesha(folder: string): Readonly<Record<string, string>> {
  const bin = resolve(folder, 'bin');
  mkdirSync(bin);
  const inRoot = `mount --bind ${serverRoot()}/usr /usr && exec ganesha.nfsd "$@"`;
  writeFileSync(
    join(bin, 'ganesha.nfsd'),
    `#!/bin/sh\nPATH=\${PATH#*:} exec unshare --mount sh -c '${inRoot}' sh "$@"\n`,
    { mode: 0o755 },
  );
  return { PATH: `${bin}:${process.env.PATH}` };
}

export async function startNfsServer(
  folder: string,
  options: {
    readonly name?: string;
    readonly address?: string;
    readonly network?: ServerOptions['network'];
  } = {},
): Promise<NfsServer> {
  const name = options.name ?? 'nfs';
  const exported = join(folder, `${name}.exported`);
  mkdirSync(exported, { recursive: true });
  const [port, mountPort] = [await freePort(), await freePort()];
  // The file handles of FSAL VFS are those of the file system; an export must be a mount point of its own.
  const config = `
NFS_CORE_PARAM {
  NFS_Port = ${port}; MNT_Port = ${mountPort}; Protocols = 3, 4; Bind_addr = ${options.address ?? '127.0.0.1'};
  Enable_NLM = false; Enable_RQUOTA = false;
}
NFSV4 { Graceless = true; RecoveryRoot = /run/ganesha; }
NFS_KRB5 { Active_krb5 = false; }
EXPORT {
  Export_Id = 1; Path = ${nfsExport}; Pseudo = ${nfsExport}; Protocols = 3, 4; Transports = TCP;
  Access_Type = RW; Squash = No_Root_Squash; SecType = sys;
  # QEMU's user network connects from any port.
  PrivilegedPort = false;
  FSAL { Name = VFS; }
}
LOG { Default_Log_Level = EVENT; }
`;
  const server = await DebianServer.start(folder, {
    name,
    ...(options.network === undefined ? {} : { network: options.network }),
    files: { '/etc/ganesha.conf': config },
    folders: { [nfsExport]: exported },
    // It registers NFS 3 with rpcbind, which is reached through a socket file: nothing of it is on the network.
    before: `mkdir -p /run/ganesha
ln -sf /proc/self/mounts /etc/mtab
unshare --net rpcbind`,
    run: [
      '/usr/bin/ganesha.nfsd',
      '-F',
      '-L',
      '/dev/stdout',
      '-f',
      '/etc/ganesha.conf',
      '-p',
      '/run/ganesha/pid',
    ],
    ready: /NFS SERVER INITIALIZED/,
  });
  return Object.assign(server, { port, mountPort, folder: exported });
}
