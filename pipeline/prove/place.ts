/** What a dump target is in a machine of ours: a disk, and what must be on it. Pure. */
import { type FileSystem, fileSystems } from '../guest/file-systems.ts';
import { type DiskBus, diskBus } from '../guest/machines/disk-buses.ts';
import type { DiskDrivers } from './drivers.ts';
import type { SealedTarget } from './sealed.ts';

export type Partition = {
  readonly label?: string;
  readonly uuid?: string;
  /** Of a DOS partition table: its number, and that of the partition. */
  readonly dos?: { readonly disk: string; readonly number: number };
};

export type Place = {
  readonly bus: DiskBus;
  readonly serial: string | undefined;
  /** Undefined: the dump takes the whole disk. */
  readonly partition: Partition | undefined;
  /** Undefined: it is overwritten from its beginning. `swap` is what it is known by before that. */
  readonly fileSystem:
    | { readonly type: FileSystem; readonly label?: string; readonly uuid?: string }
    | undefined;
  readonly swap: string | undefined;
  readonly directory: string;
  readonly slots: number;
};

export type PlaceOrNot = { readonly place: Place } | { readonly cannot: string };

const cannot = (why: string): PlaceOrNot => ({ cannot: why });

/** Names of disks by the bus that they are on. */
const namedBuses: readonly (readonly [RegExp, readonly DiskBus[]])[] = [
  [/^\/dev\/vd/, ['virtio']],
  [/^\/dev\/nvme/, ['nvme']],
  [/^\/dev\/sd/, ['ahci', 'virtio-scsi', 'usb']],
];

/** `before`: the places of the targets before it, whose disks come first. */
export function placeOf(
  target: SealedTarget,
  before: readonly Place[],
  { buses, others }: DiskDrivers,
): PlaceOrNot {
  const { kind, device, stack, types, directory, slots, removable } = target;
  if (kind !== 'raw' && kind !== 'filesystem')
    return cannot(`this tool starts no server for a target of the kind ${kind}`);
  if (device === undefined) return cannot('the manifest does not name its device');
  if (stack.length > 0) return cannot(`this tool makes no ${stack.join(', ')}`);
  const files = kind === 'filesystem';
  const type = types.length === 0 ? fileSystems[0] : fileSystems.find((one) => types.includes(one));
  if (files && type === undefined) return cannot(`this tool makes no ${types.join(' or ')}`);

  const { by, value } = device;
  const named = by === 'path' ? namedBuses.find(([name]) => name.test(value))?.[1] : undefined;
  if (by === 'path' && named === undefined)
    return cannot(`no disk of a machine here is called ${value}`);
  // A stick is passed over, unless the profile allows it.
  const usable = buses.filter(
    (bus) => (bus !== 'usb' || removable) && (named?.includes(bus) ?? true),
  );
  if (usable.length === 0 && others.length > 0)
    return cannot(
      `the capture kernel has drivers for other disks than a machine here can have: ${others.join(', ')}`,
    );
  // Without any driver: on the usual disk it will show.
  const bus = usable[0] ?? named?.[0] ?? 'virtio';
  const fileSystem = files && type !== undefined ? { type } : undefined;
  const place: Place = {
    bus,
    serial: undefined,
    partition: undefined,
    fileSystem,
    swap: undefined,
    directory,
    slots,
  };
  switch (by) {
    case 'serial':
      return { place: { ...place, serial: value } };
    case 'partlabel':
      return { place: { ...place, partition: { label: value } } };
    case 'partuuid': {
      const [, disk = '', number = ''] = /^([0-9a-f]{8})-([0-9a-f]{2})$/i.exec(value) ?? [];
      const dos = { disk, number: Number.parseInt(number, 16) };
      if (disk === '') return { place: { ...place, partition: { uuid: value } } };
      return dos.number <= primaryPartitions
        ? { place: { ...place, partition: { dos } } }
        : cannot('this tool makes no logical partitions');
    }
    case 'uuid':
      return { place: { ...place, swap: value } };
    case 'fsuuid':
    case 'fslabel': {
      if (fileSystem === undefined) return cannot('it is found by what is on it');
      const name = by === 'fsuuid' ? { uuid: value } : { label: value };
      return { place: { ...place, fileSystem: { ...fileSystem, ...name } } };
    }
    case 'path': {
      const shape = diskBus(bus);
      const number = before.filter((one) => diskBus(one.bus).node === shape.node).length;
      const { disk, partition } = shape.node(number);
      if (value === `/dev/${disk}`) return { place };
      if (value === `/dev/${partition}1`) return { place: { ...place, partition: {} } };
      return cannot(`its disk would be /dev/${disk}, and the bundle names ${value}`);
    }
    default:
      return cannot(`this tool makes no device that is found by ${by}`);
  }
}

const primaryPartitions = 4;
