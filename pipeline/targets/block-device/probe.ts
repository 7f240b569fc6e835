/** What the running machine can tell of a target's device. */
import type { ProbeName } from '../../format/probe-layout.ts';
import type { TargetProbe } from '../target.ts';
import type { BlockDevice } from './block-device.ts';
import type { Device } from './device.ts';

const names: Readonly<Record<Device['by'], ProbeName>> = {
  path: 'path',
  partuuid: 'partuuid',
  partlabel: 'partlabel',
  uuid: 'uuid',
  serial: 'serial',
  fsuuid: 'fsUuid',
  fslabel: 'fsLabel',
  mapper: 'mapper',
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
  { device, removable, luks }: BlockDevice,
  { overwritten, minimum, type }: Wanted,
): readonly TargetProbe[] {
  const probe = {
    kind: 'device',
    flags: [
      ...(removable ? (['removable'] as const) : []),
      ...(overwritten && luks === undefined ? (['overwritten'] as const) : []),
    ],
  } as const;
  // What is in a LUKS volume can be seen while the running machine has it open, which it need not have.
  if (luks !== undefined)
    return [{ ...probe, by: 'fsUuid', value: luks.uuid, minimum: 0n, type: 'crypto_LUKS' }];
  return [
    device.array === undefined
      ? { ...probe, by: names[device.by], value: device.value, minimum, type }
      : { ...probe, by: 'array', value: device.array, minimum, type },
  ];
}
