/** What the running machine can tell of a target's device. */
import type { ProbeName } from '../../format/probe-layout.ts';
import type { TargetProbe } from '../target.ts';
import type { BlockDevice } from './block-device.ts';
import type { Device } from './device.ts';

/** A name that device mapper gives is another there as long as nothing has put the device together. */
const names: Readonly<Record<Device['by'], ProbeName | undefined>> = {
  path: 'path',
  partuuid: 'partuuid',
  partlabel: 'partlabel',
  uuid: 'uuid',
  serial: 'serial',
  fsuuid: 'fsUuid',
  fslabel: 'fsLabel',
  mapper: undefined,
};

type Wanted = {
  /** Whether the device itself is written to, not files on it. */
  readonly overwritten: boolean;
  /** Bytes that it must have. */
  readonly minimum: bigint;
  /** Of the file system; empty for any. */
  readonly type: string;
};

export function deviceProbes(
  { device, removable }: BlockDevice,
  { overwritten, minimum, type }: Wanted,
): readonly TargetProbe[] {
  const by = names[device.by];
  if (by === undefined || device.volume !== undefined || device.array !== undefined) return [];
  return [
    {
      kind: 'device',
      by,
      value: device.value,
      flags: [
        ...(removable ? (['removable'] as const) : []),
        ...(overwritten ? (['overwritten'] as const) : []),
      ],
      minimum,
      type,
    },
  ];
}
