/** A server that is reached with OpenSSH's client, and that runs receive-dump. */
import * as z from 'zod';
import { shape, text, whole } from '../../schema/takes.ts';
import { hostName } from '../host-name.ts';
import { localFile, localFileOf } from '../local-file.ts';
import type { TargetContext, TargetKind } from '../target.ts';
import { readHostKey } from './host-key.ts';
import script from './target-ssh.sh';

type SshTarget = {
  readonly kind: 'ssh';
  readonly host: string;
  readonly port: number;
  readonly user: string;
  /** `ssh-ed25519 AAAA…` */
  readonly hostKey: string;
  /** In the capture kernel. */
  readonly identity: string;
};

const usualIdentity = '/etc/crashseal/ssh/id';

const schema = z.strictObject({
  kind: shape('ssh'),
  host: hostName().meta({
    description: 'Server that the dump goes to; it runs `receive-dump` as a forced command.',
    examples: ['dumps.example.org', '192.0.2.7'],
  }),
  port: whole(1, 65535).default(22).meta({ description: 'Port of the SSH server.' }),
  user: text('a user name', /^[A-Za-z_][A-Za-z0-9_.-]{0,31}$/)
    .default('crashdump')
    .meta({ description: 'User on the server.' }),
  hostKey: z.string({ error: 'the public key of the server, such as ssh-ed25519 AAAA…' }).meta({
    description:
      'Public key of the server: `ssh-ed25519`, `ecdsa-sha2-nistp256` (384, 521) or `ssh-rsa`. A server with another key gets nothing.',
    examples: ['ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGZuzoynuNhlrNNsqOoh4xpvBhVqoJ8PVvjHTZu3lqPY'],
  }),
  identity: localFile('the private key').default(usualIdentity).meta({
    description:
      'Where the private key of the machine is in the capture kernel: its local overlay brings it. Without it the loader does not arm the bundle.',
  }),
});
type SshInput = z.output<typeof schema>;

function hostKeyOf({ hostKey }: SshInput, { key, place, report }: TargetContext): string {
  const read = readHostKey(hostKey);
  if ('hostKey' in read) return read.hostKey;
  report({
    kind: 'server-useless',
    place: place('hostKey'),
    key: key('hostKey'),
    mistake: read.mistake,
  });
  return '';
}

export const ssh: TargetKind<typeof schema, SshTarget> = {
  schema,
  example: {
    kind: 'ssh',
    host: 'dumps.example.org',
    hostKey: 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGZuzoynuNhlrNNsqOoh4xpvBhVqoJ8PVvjHTZu3lqPY',
  },
  problems: ['unknown-key', 'server-useless'],
  settle: (input, context) => ({
    kind: 'ssh',
    host: input.host,
    port: input.port,
    user: input.user,
    hostKey: hostKeyOf(input, context),
    identity: localFileOf(input.identity, 'identity', usualIdentity, context),
  }),
  needs: ({ host, identity }) => ({
    drivers: [],
    server: host,
    tools: [{ name: 'ssh', package: 'openssh-client' }],
    localFiles: [identity],
  }),
  script,
  describe: ({ user, host, port }) =>
    `${user}@${host}${port === 22 ? '' : `, port ${port},`} by SSH`,
  settings: ({ host, port, user, hostKey, identity }) => ({
    target_host: host,
    target_port: String(port),
    target_user: user,
    target_host_key: hostKey,
    target_identity: identity,
  }),
};
