/** The device that a target names: text -> what the capture kernel looks for. Read here and nowhere else. */
import type { DeviceMistake } from '../../problem/device-mistake.ts';
import { pathMistake } from './device-path.ts';
import type { Layer } from './layer.ts';

export type Device = {
  readonly by:
    | 'path'
    | 'partuuid'
    | 'partlabel'
    | 'uuid'
    | 'serial'
    // A file system's own.
    | 'fsuuid'
    | 'fslabel'
    // The name of a device mapper table.
    | 'mapper';
  readonly value: string;
  /** `VG/LV`, of a logical volume that is named. */
  readonly volume?: string;
  /** UUID of an md array that is named. */
  readonly array?: string;
};

/** For what a device is sought: one that is overwritten, or the file system that is on it. */
export type DeviceUse = {
  readonly holds: 'dump' | 'filesystem';
  /** What makes the device, from the disks up. */
  readonly stack: readonly Layer[];
};

type Tags = Readonly<Record<string, Device['by']>>;
const tags: Readonly<Record<DeviceUse['holds'], Tags>> = {
  dump: { PARTUUID: 'partuuid', PARTLABEL: 'partlabel', UUID: 'uuid', SERIAL: 'serial' },
  filesystem: {
    PARTUUID: 'partuuid',
    PARTLABEL: 'partlabel',
    UUID: 'fsuuid',
    LABEL: 'fslabel',
    SERIAL: 'serial',
  },
};

/** Names below /dev/disk that udev makes, by what they stand for: there is no udev in the capture kernel. */
const udevLink = /^\/dev\/disk\/by-(partuuid|partlabel|uuid|label)\/([^/]+)$/;

type Read = { readonly device: Device } | { readonly mistake: DeviceMistake };

export function readDevice(text: string, use: DeviceUse): Read {
  const [, tag = '', tagged = ''] = /^([A-Z]+)=(.*)$/.exec(text) ?? [];
  const [, link = '', escaped = ''] = udevLink.exec(text) ?? [];
  const own = tags[use.holds];
  const by = own[tag] ?? own[link.toUpperCase()];
  const value = own[tag] === undefined ? unescaped(escaped) : tagged;
  if (by !== undefined) {
    const named = namedInStack(by, value, use);
    if (named !== undefined) return named;
    const mistake = mistakeIn(by, value);
    return mistake === undefined ? { device: { by, value } } : { mistake };
  }
  if (link !== '' || /^\/dev\/disk\/by-\w+\/[^/]+$/.test(text))
    return { mistake: { kind: 'udev' } };
  if (use.stack.length > 0) return pathInStack(text, use);
  const mistake = pathMistake(text);
  return mistake === undefined ? { device: { by: 'path', value: text } } : { mistake };
}

/** What a partition or a disk is called by, a stack of devices is not. */
function namedInStack(by: Device['by'], value: string, { stack }: DeviceUse): Read | undefined {
  const top = stack.at(-1);
  if (top === undefined) return undefined;
  if (top === 'md' && arrayUuid.test(value) && (by === 'uuid' || by === 'fsuuid'))
    // The only array that is put together then.
    return { device: { by: 'path', value: '/dev/md127', array: value.toLowerCase() } };
  return by === 'uuid' || by === 'fsuuid' || by === 'fslabel'
    ? undefined
    : { mistake: { kind: 'below-stack', top } };
}

/** What LVM allows in a name (lvm(8), VALID NAMES). */
const volumeName = '[A-Za-z0-9+_.][A-Za-z0-9+_.-]*';
const volumePath = new RegExp(`^/dev/(${volumeName})/(${volumeName})$`);

function pathInStack(path: string, { stack }: DeviceUse): Read {
  const top = stack.at(-1) ?? 'lvm';
  const [, mapped] = /^\/dev\/mapper\/([A-Za-z0-9+_.-]+)$/.exec(path) ?? [];
  if (top === 'luks' && mapped !== undefined) return { device: { by: 'mapper', value: mapped } };
  if (top === 'md' && /^\/dev\/md/.test(path)) return { mistake: { kind: 'array-by-path' } };
  if (top === 'lvm') {
    // In a table's name a dash of the volume group or the volume stands twice.
    const [, vg = '', lv = ''] =
      (mapped === undefined
        ? volumePath.exec(path)
        : /^((?:[^-]|--)+)-((?:[^-]|--)+)$/
            .exec(mapped)
            ?.map((name) => name.replaceAll('--', '-'))) ?? [];
    if (vg !== '' && !['mapper', 'md', 'disk'].includes(vg)) {
      const value = `${vg.replaceAll('-', '--')}-${lv.replaceAll('-', '--')}`;
      return { device: { by: 'mapper', value, volume: `${vg}/${lv}` } };
    }
  }
  return { mistake: { kind: 'below-stack', top } };
}

const escapes = /\\x([0-9a-f]{2})/gi;

/** udev escapes what is no plain character in a label. */
const unescaped = (text: string): string =>
  text.replace(escapes, (_all, code: string) => String.fromCharCode(Number.parseInt(code, 16)));

/** GPT's field: 36 units of UTF-16 (UEFI 2.10, table 5.6). */
const labelMaximum = 36;
/** INQUIRY's page 0x80 has a byte for its length, and four bytes before it (SPC-4). */
const serialMaximum = 251;

const guid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
const guidForm = 'xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx';
/** Linux, block/partitions/msdos.c: `%08x-%02x`. */
const mbrPartition = /^[0-9a-f]{8}-[0-9a-f]{2}$/i;
/** As `mdadm --detail` shows it. */
const arrayUuid = /^[0-9a-f]{8}(:[0-9a-f]{8}){3}$/i;
const fatSerial = /^[0-9a-f]{4}-[0-9a-f]{4}$/i;
/** btrfs has the longest label: BTRFS_LABEL_SIZE, with a zero at its end. */
const fileSystemLabelMaximum = 255;
const isNil = (uuid: string): boolean => /^[0-]+$/.test(uuid);

function mistakeIn(by: Device['by'], value: string): DeviceMistake | undefined {
  switch (by) {
    case 'path':
    case 'mapper':
      return undefined;
    case 'partlabel':
      return textMistake('PARTLABEL', value, labelMaximum, 'a partition label');
    case 'serial':
      return textMistake('SERIAL', value, serialMaximum, 'a serial number');
    case 'partuuid':
      if (mbrPartition.test(value) || (guid.test(value) && !isNil(value))) return undefined;
      return { kind: 'form', what: 'a PARTUUID', forms: [guidForm, 'xxxxxxxx-NN, in hex digits'] };
    case 'uuid':
      if (guid.test(value) && !isNil(value)) return undefined;
      if (fatSerial.test(value)) return { kind: 'file-system', of: 'a FAT' };
      if (/^[0-9a-f]{16}$/i.test(value)) return { kind: 'file-system', of: 'an NTFS' };
      return stackUuidMistake(value) ?? { kind: 'form', what: 'a UUID', forms: [guidForm] };
    case 'fsuuid':
      if (fatSerial.test(value) || (guid.test(value) && !isNil(value))) return undefined;
      return (
        stackUuidMistake(value) ?? {
          kind: 'form',
          what: 'the UUID of a file system that takes dumps',
          forms: [guidForm, 'XXXX-XXXX'],
        }
      );
    case 'fslabel':
      if (value.search(escapes) >= 0)
        return { kind: 'escaped', plain: `LABEL=${unescaped(value)}` };
      if (Buffer.byteLength(value) > fileSystemLabelMaximum)
        return {
          kind: 'too-long',
          length: Buffer.byteLength(value),
          maximum: fileSystemLabelMaximum,
          what: 'the label of a file system',
        };
      return undefined;
  }
}

function stackUuidMistake(value: string): DeviceMistake | undefined {
  if (arrayUuid.test(value)) return { kind: 'stack', what: 'an md array', layers: ['md'] };
  if (/^\w{6}(-\w{4}){5}-\w{6}$/.test(value))
    return { kind: 'stack', what: 'LVM', layers: ['lvm'] };
  return undefined;
}

function textMistake(
  tag: string,
  value: string,
  maximum: number,
  what: string,
): DeviceMistake | undefined {
  if (value.search(escapes) >= 0) return { kind: 'escaped', plain: `${tag}=${unescaped(value)}` };
  if (!/^[ -~]*$/.test(value)) return { kind: 'not-ascii' };
  if (value.length > maximum) return { kind: 'too-long', length: value.length, maximum, what };
  if (tag === 'SERIAL' && value.trim() !== value) return { kind: 'edge-blank' };
  return undefined;
}

export function describeDevice({ by, value, volume, array }: Device): string {
  if (array !== undefined) return `the md array ${array}`;
  switch (by) {
    case 'path':
      return value;
    case 'partuuid':
      return `the partition with UUID ${value}`;
    case 'partlabel':
      return `the partition labelled ${JSON.stringify(value)}`;
    case 'uuid':
      return `the device with UUID ${value}`;
    case 'serial':
      return `the disk with serial number ${JSON.stringify(value)}`;
    case 'fsuuid':
      return `the file system with UUID ${value}`;
    case 'fslabel':
      return `the file system labelled ${JSON.stringify(value)}`;
    case 'mapper':
      return volume === undefined ? `/dev/mapper/${value}` : `the logical volume ${volume}`;
  }
}
