/** One place for a dump of each kind, with what a guest needs for it: for what is tried with all kinds alike. */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { blankDisk, fileSystems, makeFileSystem } from '../../pipeline/guest/file-systems.ts';
import type { Scenario } from './capture.ts';
import { makeIdentity } from './encrypted-dump.ts';
import { hostOfGuest, localOverlay, userNetwork } from './servers/beside-guest.ts';
import { startNfsServer } from './servers/nfs-server.ts';
import { startSshServer } from './servers/ssh-server.ts';
import { startWebServer } from './servers/web-server.ts';
import {
  arrayUuid,
  luksUuid,
  makeArray,
  makeLuks,
  makeVolume,
  stackMaker,
  volumeKey,
} from './stacks.ts';

export type Place = {
  /** Keys of the scenario; the disks are blank, or have an empty file system. */
  readonly scenario: Partial<Scenario>;
  /** What the guest runs before it is armed. */
  readonly prepare?: readonly string[];
  /** The local overlay, as a file of the guest. */
  readonly overlay?: string;
  readonly stop?: () => Promise<void>;
};

type MakePlace = (folder: string) => Place | Promise<Place>;

const dump = { format: 'kdump' };

const onDisks = (
  disks: readonly string[],
  target: object,
  more: Scenario['profile'] = {},
): Partial<Scenario> => ({
  profile: { target, dump, failureAction: 'halt', ...more },
  guest: { disks: disks.map((path) => ({ path })) },
});

const rawDisk = (folder: string): string => blankDisk(join(folder, 'disk'), 256);

/** The capture kernel has the drivers of that card alone. */
const onServer = (target: object, more: Scenario['profile'] = {}): Partial<Scenario> => ({
  profile: {
    target,
    dump,
    failureAction: 'halt',
    network: { drivers: ['virtio_net'] },
    initramfs: { from: 'composed', compression: 'none', drivers: ['virtio_pci'] },
    ...more,
  },
  guest: { disks: [], extraArgs: userNetwork },
});

export const targetPlaces: Readonly<Record<string, MakePlace>> = {
  raw: (folder) => ({ scenario: onDisks([rawDisk(folder)], { kind: 'raw', device: '/dev/vda' }) }),
  'raw, encrypted to an age recipient': (folder) => {
    rmSync(join(folder, 'identity'), { force: true });
    const { recipient } = makeIdentity(folder);
    return {
      scenario: onDisks([rawDisk(folder)], { kind: 'raw', device: '/dev/vda' }, { recipient }),
    };
  },
  ...Object.fromEntries(
    fileSystems.map((type): [string, MakePlace] => [
      type,
      (folder) => ({
        scenario: onDisks([makeFileSystem(join(folder, 'disk'), type, 'CRASH')], {
          kind: 'filesystem',
          device: 'LABEL=CRASH',
          type,
        }),
      }),
    ]),
  ),
  'ext4 on LVM': (folder) => ({
    scenario: {
      ...stackMaker(),
      ...onDisks([blankDisk(join(folder, 'disk'), 512)], {
        kind: 'filesystem',
        device: '/dev/v-g0/lv-crash',
        stack: ['lvm'],
        type: 'ext4',
      }),
    },
    prepare: [makeVolume('/dev/vda'), 'mkfs.ext4 -q /dev/dm-0 2>&1 && sync'],
  }),
  'raw on md': (folder) => ({
    scenario: {
      ...stackMaker(),
      ...onDisks(
        ['one', 'other'].map((name) => blankDisk(join(folder, name), 256)),
        { kind: 'raw', device: `UUID=${arrayUuid}`, stack: ['md'] },
      ),
    },
    prepare: [makeArray('/dev/vda', '/dev/vdb')],
  }),
  'raw on LUKS': (folder) => ({
    scenario: {
      ...stackMaker(),
      files: [
        ...stackMaker().files,
        localOverlay(folder, 'overlay', { 'etc/crashseal/volume-key': volumeKey }),
      ],
      ...onDisks(
        [blankDisk(join(folder, 'disk'), 256)],
        { kind: 'raw', device: '/dev/mapper/dump', stack: ['luks'], luks: { uuid: luksUuid } },
        { localOverlay: { max: '64K' } },
      ),
    },
    prepare: [makeLuks('/dev/vda')],
    overlay: '/overlay',
  }),
  'NFS 4.2': async (folder) => {
    const server = await startNfsServer(folder);
    return {
      scenario: onServer({
        kind: 'nfs',
        server: hostOfGuest,
        export: '/crash',
        port: server.port,
        directory: '/',
        keepFree: '1M',
      }),
      stop: () => server.stop(),
    };
  },
  SSH: async (folder) => {
    const server = await startSshServer(folder);
    const { port, hostKey } = server;
    return {
      scenario: {
        ...onServer(
          { kind: 'ssh', host: hostOfGuest, port, hostKey },
          {
            localOverlay: { max: '64K' },
          },
        ),
        files: [localOverlay(folder, 'overlay', { 'etc/crashseal/ssh/id': server.identity })],
      },
      overlay: '/overlay',
      stop: () => server.stop(),
    };
  },
  HTTPS: async (folder) => {
    const server = await startWebServer(folder);
    const url = `https://${hostOfGuest}:${server.port}/crash`;
    const token = '/etc/crashseal/http/token';
    return {
      scenario: {
        ...onServer(
          { kind: 'http', url, ca: server.certificate, token },
          {
            localOverlay: { max: '64K' },
          },
        ),
        files: [localOverlay(folder, 'overlay', { 'etc/crashseal/http/token': server.token })],
      },
      overlay: '/overlay',
      stop: () => server.stop(),
    };
  },
};
