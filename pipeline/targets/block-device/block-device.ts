/** What every kind of target says that has a block device: how it is found, and what puts it together. */
import * as z from 'zod';
import { those } from '../../arch/in-words.ts';
import { readBusId } from '../../format/bus-id.ts';
import type { ProfileProblem } from '../../problem/profile-problem.ts';
import { showFound } from '../../schema/show-found.ts';
import { choice, loose, text, whole, yesOrNo } from '../../schema/takes.ts';
import type { TargetContext, TargetNeeds } from '../target.ts';
import { type Device, type DeviceUse, readDevice } from './device.ts';
import { pathDrivers } from './device-path.ts';
import { type Layer, layers } from './layer.ts';

export type BlockDevice = {
  readonly device: Device;
  readonly waitSeconds: number;
  /** Whether it may be a device that can be pulled out. */
  readonly removable: boolean;
  /** CCW devices that must be set online before there is a target, as bus ids. */
  readonly online: readonly string[];
  /** What makes the device of disks, from these up. */
  readonly stack: readonly Layer[];
  readonly luks?: LuksVolume;
};
type LuksVolume = {
  readonly uuid: string;
  /** Where the machine's local overlay puts the volume key. */
  readonly volumeKey: string;
};

const refused =
  'Refused, with the reason: the capture kernel opens a volume by its volume key only.';
const stackWords = `a list of ${layers.join(', ')}, from the disks up, each once`;

export const blockDeviceKeys = {
  waitSeconds: whole(0, 3600).default(30).meta({
    description: 'How long the device may take to appear.',
  }),
  removable: yesOrNo().default(false).meta({
    description:
      'Whether the device may be removable: on USB, a memory card, or in a slot that leads out of the machine. Without it a stick that somebody has labelled like the target is passed over.',
  }),
  online: z
    .array(loose('a bus id such as 0.0.4711'), { error: 'a list of bus ids' })
    .default([])
    .meta({
      description: `${those((rules) => rules.ccwDevices)}: CCW devices (DASDs, FCP adapters) that the capture kernel must set online first; a virtio disk needs none.`,
      examples: [['0.0.0201']],
    }),
  stack: z
    .array(choice(layers), { error: stackWords })
    .refine((all) => new Set(all).size === all.length, { error: stackWords })
    .default([])
    .meta({
      description:
        'What puts the device together, from the disks up: `md` (arrays), `lvm` (linear and striped volumes), `luks`. Then `device` names what comes out of the last one: `/dev/VG/LV`, the UUID of an array as `mdadm --detail` shows it, `/dev/mapper/NAME`, or the file system on it.',
      examples: [['lvm'], ['md', 'lvm']],
    }),
  luks: z
    .strictObject(
      {
        uuid: text(
          'the UUID of a LUKS volume',
          /^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$/,
        ).meta({
          description: 'As `cryptsetup luksUUID` shows it.',
          examples: ['6f2a1c9e-7d51-4f0a-9b43-1d0c2e8f7a55'],
        }),
        volumeKey: text('an absolute path', /^\/[!-~]+$/)
          .default('/etc/crashseal/volume-key')
          .meta({
            description:
              "File of the machine's local overlay with the volume key, as `cryptsetup luksDump --dump-volume-key --volume-key-file FILE` writes it. No passphrase opens a volume: Argon2 takes up to 1 GiB of memory, which a crash region does not have.",
          }),
        passphrase: text('nothing').optional().meta({ description: refused }),
        keyFile: text('nothing').optional().meta({ description: refused }),
      },
      { error: 'a map with `uuid`' },
    )
    .optional()
    .meta({
      description: 'The LUKS volume that `stack: [luks]` opens.',
      defaultText: 'none',
      examples: [{ uuid: '6f2a1c9e-7d51-4f0a-9b43-1d0c2e8f7a55' }],
    }),
};

const keysObject = z.object(blockDeviceKeys);
type BlockDeviceInput = z.output<typeof keysObject> & { readonly device: string };

export const blockDeviceProblems: readonly ProfileProblem['kind'][] = [
  'unknown-key',
  'not-on-arch',
  'device-useless',
  'bus-id-malformed',
  'bus-id-ssid',
  'luks-passphrase',
  'luks-not-said',
  'luks-not-in-stack',
];

export function settleBlockDevice(
  input: BlockDeviceInput,
  context: TargetContext,
  holds: DeviceUse['holds'],
): BlockDevice {
  const luks = luksOf(input, context);
  return {
    device: deviceOf(input, context, holds),
    waitSeconds: input.waitSeconds,
    removable: input.removable,
    online: onlineOf(input, context),
    stack: input.stack,
    ...(luks === undefined ? {} : { luks }),
  };
}

function deviceOf(
  input: BlockDeviceInput,
  { key, place, report }: TargetContext,
  holds: DeviceUse['holds'],
): Device {
  const read = readDevice(input.device, { holds, stack: input.stack });
  if ('device' in read) return read.device;
  report({
    kind: 'device-useless',
    place: place('device'),
    key: key('device'),
    found: showFound(input.device),
    mistake: read.mistake,
  });
  return { by: 'path', value: input.device };
}

function onlineOf(input: BlockDeviceInput, context: TargetContext): readonly string[] {
  const { arch, ccwDevices, key, place, report, says } = context;
  if (!ccwDevices) {
    if (says('online'))
      report({
        kind: 'not-on-arch',
        place: place('online'),
        key: key('online'),
        value: '[…]',
        arch,
        known: [],
      });
    return [];
  }
  return input.online.flatMap((id, index) => {
    const read = readBusId(String(id), 3);
    if ('busId' in read) return [read.busId];
    report({
      ...read.mistake,
      place: place('online', index),
      key: key('online', index),
      found: showFound(id),
    });
    return [];
  });
}

function luksOf(
  { luks, stack }: BlockDeviceInput,
  { key, place, report }: TargetContext,
): LuksVolume | undefined {
  for (const word of ['passphrase', 'keyFile'] as const)
    if (luks?.[word] !== undefined)
      report({ kind: 'luks-passphrase', place: place('luks', word), key: key('luks', word) });
  const opened = stack.includes('luks');
  if (opened && luks === undefined)
    report({ kind: 'luks-not-said', place: place('stack'), key: key('luks') });
  if (!opened && luks !== undefined)
    report({ kind: 'luks-not-in-stack', place: place('luks'), key: key('luks') });
  return luks === undefined
    ? undefined
    : { uuid: luks.uuid.toLowerCase(), volumeKey: luks.volumeKey };
}

/** What the kernel loads by itself when it opens such a device. */
const layerNeeds: Readonly<Record<Layer, Required<Pick<TargetNeeds, 'tools' | 'onDemand'>>>> = {
  md: {
    tools: [{ name: 'mdadm', package: 'mdadm' }],
    onDemand: ['md_mod', 'raid0?', 'raid1?', 'raid10?', 'raid456?', 'linear?'],
  },
  lvm: { tools: [{ name: 'lvm', package: 'lvm2' }], onDemand: ['dm_mod'] },
  luks: {
    tools: [{ name: 'cryptsetup', package: 'cryptsetup-bin' }],
    // The cipher that cryptsetup takes unless it is told otherwise.
    onDemand: ['dm_crypt', 'xts?', 'ecb?', 'cbc?', 'essiv?', 'aes?', 'sha256?'],
  },
};

export const blockDeviceNeeds = ({ device, stack, luks }: BlockDevice): TargetNeeds => ({
  drivers: device.by === 'path' && device.array === undefined ? pathDrivers(device.value) : [],
  onDemand: stack.flatMap((layer) => layerNeeds[layer].onDemand),
  tools: stack.flatMap((layer) => layerNeeds[layer].tools),
  localFiles: luks === undefined ? [] : [luks.volumeKey],
  ...(luks === undefined ? {} : { decrypts: true }),
});

/** Words of configuration for find-device.sh, ccw-devices.sh and stack.sh. */
export const blockDeviceSettings = ({
  device,
  waitSeconds,
  removable,
  online,
  stack,
  luks,
}: BlockDevice): Readonly<Record<string, string>> => ({
  target_by: device.by,
  target_value: device.value,
  target_wait: String(waitSeconds),
  ...(removable ? { target_removable: 'yes' } : {}),
  ...(online.length === 0 ? {} : { target_online: online.join(' ') }),
  ...(stack.length === 0 ? {} : { target_stack: stack.join(' ') }),
  ...(device.volume === undefined ? {} : { target_lv: device.volume }),
  ...(device.array === undefined ? {} : { target_md: device.array }),
  ...(luks === undefined
    ? {}
    : {
        target_luks: luks.uuid,
        target_volume_key: luks.volumeKey,
        target_mapping:
          device.by === 'mapper' && device.volume === undefined ? device.value : 'crashseal',
      }),
});
