/** A file system on a block device: a directory for each dump. */
import * as z from 'zod';
import { choice, shape, text } from '../../schema/takes.ts';
import {
  type BlockDevice,
  blockDeviceKeys,
  blockDeviceNeeds,
  blockDeviceProblems,
  blockDeviceSettings,
  settleBlockDevice,
} from '../block-device/block-device.ts';
import { describeDevice } from '../block-device/device.ts';
import { deviceProbes } from '../block-device/probe.ts';
import {
  type DumpDirectory,
  directoryKeys,
  directorySettings,
  settleDirectory,
} from '../directory.ts';
import type { TargetKind } from '../target.ts';
import script from './target-filesystem.sh';

const types = ['ext4', 'xfs', 'btrfs', 'vfat'] as const;
type Type = (typeof types)[number];

type FileSystemTarget = BlockDevice &
  DumpDirectory & {
    readonly kind: 'filesystem';
    /** What it may be; one, where the profile says which. */
    readonly types: readonly Type[];
  };

const schema = z.strictObject({
  kind: shape('filesystem'),
  device: text(
    'a device: UUID=…, LABEL=…, PARTUUID=…, PARTLABEL=…, SERIAL=… or /dev/NAME',
    /^(\/dev\/\S+|(UUID|LABEL|PARTUUID|PARTLABEL|SERIAL)=\S[^\n]*)$/,
  ).meta({
    description:
      'Block device with the file system. `UUID=` and `LABEL=` are those of the file system, as `lsblk -f` shows them. If several devices answer, such as a disk and its copy, none is taken.',
    examples: ['LABEL=crash', 'UUID=6f2a1c9e-7d51-4f0a-9b43-1d0c2e8f7a55'],
  }),
  type: choice(types)
    .optional()
    .meta({
      description:
        'Kind of file system; `ext4` stands for ext2 and ext3, too. Where it is said, the capture kernel needs the modules of this one alone. A FAT has no owners and no file of more than 4 GiB.',
      defaultText: 'whichever of them is there',
      examples: ['xfs'],
    }),
  ...directoryKeys,
  ...blockDeviceKeys,
});

const drivers: Readonly<Record<Type, readonly string[]>> = {
  ext4: ['ext4'],
  xfs: ['xfs'],
  btrfs: ['btrfs'],
  // Code page and character set that it asks for at the mount (CONFIG_FAT_DEFAULT_…).
  vfat: ['vfat', 'nls_cp437?', 'nls_ascii?', 'nls_utf8?', 'nls_iso8859_1?'],
};

/** By the form of its UUID, where there is one: only FAT has eight digits. */
function possibleTypes({ by, value }: BlockDevice['device']): readonly Type[] {
  if (by !== 'fsuuid') return types;
  return value.length === 9 ? ['vfat'] : types.filter((type) => type !== 'vfat');
}

export const filesystem: TargetKind<typeof schema, FileSystemTarget> = {
  schema,
  example: { kind: 'filesystem', device: 'LABEL=crash', directory: '/var/crash' },
  problems: [...blockDeviceProblems, 'wrong-value'],
  settle: (input, context) => {
    const place = settleBlockDevice(input, context, 'filesystem');
    return {
      kind: 'filesystem',
      ...place,
      types: input.type === undefined ? possibleTypes(place.device) : [input.type],
      ...settleDirectory(input),
    };
  },
  needs: (target) => {
    const block = blockDeviceNeeds(target);
    const said = target.types.length === 1;
    const own = target.types.flatMap((type) => drivers[type]);
    return {
      ...block,
      // One that is not said need not be there, and the mount asks for it.
      onDemand: [
        ...(block.onDemand ?? []),
        ...own.map((name) => (said || name.endsWith('?') ? name : `${name}?`)),
      ],
    };
  },
  script,
  probes: (target) =>
    deviceProbes(target, {
      overwritten: false,
      minimum: 0n,
      type: target.types.length === 1 ? (target.types[0] ?? '') : '',
    }),
  limit: ({ types: [first, ...others] }) =>
    first === 'vfat' && others.length === 0
      ? 'a FAT has no file of 4 GiB, so a larger dump goes to the next target, and only its log stays here'
      : undefined,
  describe: ({ device, directory }) => `${directory || '/'} on ${describeDevice(device)}`,
  settings: (target) => ({
    ...blockDeviceSettings(target),
    ...directorySettings(target),
    target_types: target.types.join(' '),
  }),
};
