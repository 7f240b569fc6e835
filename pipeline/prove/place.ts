/** What a dump target is in a machine of ours: a disk, and what must be on it. Pure. */
import { type FileSystem, fileSystems } from '../guest/file-systems.ts';
import type { SealedTarget } from './sealed.ts';

export type Place = {
  readonly serial: string | undefined;
  /** Undefined: the dump takes the whole disk. */
  readonly partition: { readonly label?: string; readonly uuid?: string } | undefined;
  readonly fileSystem:
    | { readonly type: FileSystem; readonly label?: string; readonly uuid?: string }
    | undefined;
  readonly directory: string;
  readonly slots: number;
};

export type PlaceOrNot = { readonly place: Place } | { readonly cannot: string };

const cannot = (why: string): PlaceOrNot => ({ cannot: why });

/** `number`: which of the disks it will be, from 0. */
export function placeOf(target: SealedTarget, number: number): PlaceOrNot {
  const { kind, device, stack, types, directory, slots } = target;
  if (kind !== 'raw' && kind !== 'filesystem')
    return cannot(`this tool starts no server for a target of the kind ${kind}`);
  if (device === undefined) return cannot('the manifest does not name its device');
  if (stack.length > 0) return cannot(`this tool makes no ${stack.join(', ')}`);
  const files = kind === 'filesystem';
  const type = types.length === 0 ? fileSystems[0] : fileSystems.find((one) => types.includes(one));
  if (files && type === undefined) return cannot(`this tool makes no ${types.join(' or ')}`);
  const fileSystem = files && type !== undefined ? { type } : undefined;
  const place: Place = { serial: undefined, partition: undefined, fileSystem, directory, slots };
  const { by, value } = device;
  switch (by) {
    case 'serial':
      return { place: { ...place, serial: value } };
    case 'partlabel':
      return { place: { ...place, partition: { label: value } } };
    case 'partuuid':
      // A short one is that of a DOS partition table.
      return value.length === 36
        ? { place: { ...place, partition: { uuid: value } } }
        : cannot('this tool makes no DOS partition table');
    case 'fsuuid':
    case 'fslabel': {
      if (fileSystem === undefined) return cannot('it is found by what is on it');
      const name = by === 'fsuuid' ? { uuid: value } : { label: value };
      return { place: { ...place, fileSystem: { ...fileSystem, ...name } } };
    }
    case 'path': {
      const disk = `/dev/vd${String.fromCharCode('a'.charCodeAt(0) + number)}`;
      if (value === disk) return { place };
      if (value === `${disk}1`) return { place: { ...place, partition: {} } };
      return cannot(`its disk would be ${disk}, and the bundle names ${value}`);
    }
    default:
      return cannot(`this tool makes no device that is found by ${by}`);
  }
}
