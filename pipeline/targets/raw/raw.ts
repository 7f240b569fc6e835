/** A block device, written from its first byte on. */
import * as z from 'zod';
import { choice, shape, text, whole } from '../../schema/takes.ts';
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
import type { TargetContext, TargetKind } from '../target.ts';
import script from './target-raw.sh';

type RawTarget = BlockDevice & {
  readonly kind: 'raw';
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
  ...blockDeviceKeys,
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

/** Bytes: init refuses less (target-raw.sh, check_device). */
const smallestDevice = 4n << 20n;

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
  problems: blockDeviceProblems,
  settle: (input, context) => ({
    kind: 'raw',
    ...settleBlockDevice(input, context, 'dump'),
    slots: input.slots,
    onUncollected: uncollectedOf(input, context),
  }),
  needs: blockDeviceNeeds,
  script,
  probes: (target) =>
    deviceProbes(target, { overwritten: true, minimum: smallestDevice, type: '' }),
  describe: ({ device }) => describeDevice(device),
  settings: (target) => ({
    ...blockDeviceSettings(target),
    target_slots: String(target.slots),
    target_uncollected: target.onUncollected,
  }),
};
