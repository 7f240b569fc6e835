/** A block device, written from its first byte on. */
import { z } from 'zod';
import { those } from '../../arch/in-words.ts';
import { readBusId } from '../../format/bus-id.ts';
import { showFound } from '../../schema/show-found.ts';
import { choice, loose, shape, text, whole, yesOrNo } from '../../schema/takes.ts';
import { type Device, describeDevice, readDevice } from '../block-device/device.ts';
import { pathDrivers } from '../block-device/device-path.ts';
import type { TargetContext, TargetKind } from '../target.ts';
import script from './target-raw.sh';

type RawTarget = {
  readonly kind: 'raw';
  readonly device: Device;
  readonly waitSeconds: number;
  /** Whether it may be a device that can be pulled out. */
  readonly removable: boolean;
  /** CCW devices that must be set online before there is a target, as bus ids. */
  readonly online: readonly string[];
  /** How many dumps it can hold. */
  readonly slots: number;
  readonly onUncollected: 'keep' | 'replace-oldest' | 'replace';
};

const schema = z.strictObject({
  kind: shape('raw'),
  device: text(
    'a device: /dev/NAME, PARTUUID=…, PARTLABEL=…, UUID=… or SERIAL=…',
    /^(\/dev\/\S+|(PARTUUID|PARTLABEL|UUID|SERIAL)=\S[^\n]*)$/,
  ).meta({
    description:
      'Block device that the dump is written to, from its first byte. **What is on it is lost at the first crash.** Names such as `/dev/sda` may change from boot to boot; the other forms do not. If several devices answer, the one that holds a dump of ours is taken, or else the only blank one; otherwise none.',
    examples: ['PARTLABEL=crashdump', '/dev/vdb', 'SERIAL=dump0'],
  }),
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
  slots: whole(1, 64)
    .default(1)
    .meta({
      description: 'How many dumps the device holds, each in an equal part of it.',
      examples: [4],
    }),
  onUncollected: choice(['keep', 'replace-oldest', 'replace']).default('keep').meta({
    description:
      'What to do when every slot holds a dump that nobody has collected. `keep`: the new one is not saved here. `replace-oldest`: with every dump that is saved the oldest makes room for the next one. `replace`: the oldest is overwritten, also if the new dump then fails.',
  }),
});
type RawInput = z.output<typeof schema>;

function deviceOf(input: RawInput, { key, place, report }: TargetContext): Device {
  const read = readDevice(input.device);
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

function onlineOf(input: RawInput, context: TargetContext): readonly string[] {
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

function uncollectedOf(
  { slots, onUncollected }: RawInput,
  { key, place, report }: TargetContext,
): RawTarget['onUncollected'] {
  // The one dump would be given up for one that may still fail.
  if (slots === 1 && onUncollected === 'replace-oldest')
    report({
      kind: 'wrong-value',
      place: place('onUncollected'),
      key: key('onUncollected'),
      found: onUncollected,
      expected: '`keep` or `replace` where there is one slot',
      example: undefined,
      nearest: undefined,
      instead:
        'give the device `slots: 2` or more: one of them is then always free for the next dump',
    });
  return onUncollected;
}

export const raw: TargetKind<typeof schema, RawTarget> = {
  schema,
  example: { kind: 'raw', device: 'PARTLABEL=crashdump' },
  problems: ['unknown-key', 'not-on-arch', 'device-useless', 'bus-id-malformed', 'bus-id-ssid'],
  settle: (input, context) => ({
    kind: 'raw',
    device: deviceOf(input, context),
    waitSeconds: input.waitSeconds,
    removable: input.removable,
    online: onlineOf(input, context),
    slots: input.slots,
    onUncollected: uncollectedOf(input, context),
  }),
  needs: ({ device }) => ({
    drivers: device.by === 'path' ? pathDrivers(device.value) : [],
    tools: [],
  }),
  script,
  describe: ({ device }) => describeDevice(device),
  settings: ({ device, waitSeconds, removable, online, slots, onUncollected }) => ({
    target_by: device.by,
    target_value: device.value,
    target_wait: String(waitSeconds),
    target_slots: String(slots),
    target_uncollected: onUncollected,
    ...(removable ? { target_removable: 'yes' } : {}),
    ...(online.length === 0 ? {} : { target_online: online.join(' ') }),
  }),
};
