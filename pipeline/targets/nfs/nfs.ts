/** A directory of an NFS server: a directory for each dump. */
import * as z from 'zod';
import { choice, shape, text, whole } from '../../schema/takes.ts';
import {
  type DumpDirectory,
  directoryKeys,
  directorySettings,
  settleDirectory,
} from '../directory.ts';
import { hostName } from '../host-name.ts';
import type { TargetContext, TargetKind } from '../target.ts';
import script from './target-nfs.sh';

type NfsTarget = DumpDirectory & {
  readonly kind: 'nfs';
  readonly server: string;
  readonly export: string;
  readonly version: (typeof versions)[number];
  readonly port?: number;
  readonly mountPort?: number;
  readonly options: readonly string[];
};

/** The first is the default. A newer one has nothing that a dump needs; see docs/capture.md. */
const versions = ['4.1', '4.2', '4.0', '3'] as const;

const schema = z.strictObject({
  kind: shape('nfs'),
  server: hostName().meta({
    description: 'NFS server that the dump goes to, by name or address.',
    examples: ['nfs.example.org', '192.0.2.7'],
  }),
  export: text('the path that the server exports, such as /srv/crash', /^\/[^\s:]*$/).meta({
    description:
      'What is mounted: the path of an export, as `showmount -e` or the `exports` file of the server has it.',
    examples: ['/srv/crash'],
  }),
  version: z
    .union([choice(versions), z.literal([4.2, 4.1, 4, 3])], {
      error: `one of ${versions.join(', ')}`,
    })
    .default(versions[0])
    .meta({
      description: 'Version of the protocol. The server must have it: no other is tried.',
    }),
  port: whole(1, 65535)
    .optional()
    .meta({
      description: 'Port of the NFS service.',
      defaultText: "2049; with version 3, what the server's rpcbind says",
      examples: [2049],
    }),
  mountPort: whole(1, 65535)
    .optional()
    .meta({
      description: 'Version 3: port of the mount service.',
      defaultText: "what the server's rpcbind says",
      examples: [20048],
    }),
  options: z
    .array(text('an option of an NFS mount, such as wsize=65536', /^[a-z0-9_]+(=[^\s,]+)?$/), {
      error: 'a list of mount options',
    })
    .default([])
    .meta({
      description:
        'More mount options, as nfs(5) has them. Addresses, versions and ports are other keys; Kerberos is not supported.',
      examples: [['wsize=65536']],
    }),
  ...directoryKeys,
});
type NfsInput = z.output<typeof schema>;

/** YAML takes what is written without quotes for a number, and 4.0 for 4. */
const versionOf = ({ version }: NfsInput): NfsTarget['version'] =>
  version === 4 ? '4.0' : (String(version) as NfsTarget['version']);

/** What init itself says, and what would keep a dump from being written or make it wait on others. */
const refused: readonly (readonly [option: RegExp, instead: string])[] = [
  [/^(vers|nfsvers|minorversion|v[34](\.\d)?|v2)(=|$)/, 'use `version`'],
  [/^(port)=/, 'use `port`'],
  [/^(mountport)=/, 'use `mountPort`'],
  [
    /^(addr|clientaddr|mountaddr|mounthost|mountproto|mountvers|proto|tcp|udp|rdma)(=|$)/,
    'drop it: init writes it',
  ],
  [
    /^(hard|soft|softerr|softreval|bg|fg|retry|timeo|retrans)(=|$)/,
    'drop it: `timeout` of the target says how long an attempt may take',
  ],
  [/^(lock|nolock|local_lock)(=|$)/, 'drop it: no file is locked'],
  [
    /^(ro|async|sync|noac|nosharecache)$/,
    'drop it: the dump is written, and the server confirms it at the end',
  ],
  [
    /^sec=krb5/,
    'use an export with `sec=sys` for dumps, in a network of its own, and `recipient` to encrypt them',
  ],
];

function optionsOf(input: NfsInput, { key, place, report }: TargetContext): readonly string[] {
  for (const [index, option] of input.options.entries()) {
    const instead = refused.find(([pattern]) => pattern.test(option))?.[1];
    if (instead !== undefined)
      report({
        kind: 'mount-option',
        place: place('options', index),
        key: key('options', index),
        found: option,
        instead,
      });
  }
  return input.options;
}

export const nfs: TargetKind<typeof schema, NfsTarget> = {
  schema,
  example: { kind: 'nfs', server: 'nfs.example.org', export: '/srv/crash' },
  problems: ['unknown-key', 'key-of-other-shape', 'mount-option'],
  settle: (input, context) => {
    if (input.mountPort !== undefined && versionOf(input) !== '3')
      context.report({
        kind: 'key-of-other-shape',
        place: context.place('mountPort'),
        key: context.key('mountPort'),
        chosen: `version: ${versionOf(input)}`,
        belongsTo: ['version: 3'],
      });
    return {
      kind: 'nfs',
      server: input.server,
      export: input.export,
      version: versionOf(input),
      ...(input.port === undefined ? {} : { port: input.port }),
      ...(input.mountPort === undefined ? {} : { mountPort: input.mountPort }),
      options: optionsOf(input, context),
      ...settleDirectory(input),
    };
  },
  needs: ({ server, version }) => ({
    // The mount asks for it, and no other module names it.
    drivers: [version === '3' ? 'nfsv3' : 'nfsv4'],
    tools: [],
    server,
  }),
  script,
  describe: ({ server, export: exported, directory }) =>
    `${directory || '/'} of the NFS export ${server}:${exported}`,
  settings: (target) => ({
    target_server: target.server,
    target_export: target.export,
    target_version: target.version,
    target_port: target.port === undefined ? '' : String(target.port),
    target_mount_port: target.mountPort === undefined ? '' : String(target.mountPort),
    target_options: target.options.join(','),
    ...directorySettings(target),
  }),
};
