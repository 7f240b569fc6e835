/** The device that a target names: text -> what the capture kernel looks for. Read here and nowhere else. */
import type { DeviceMistake } from '../../problem/device-mistake.ts';
import { pathMistake } from './device-path.ts';

export type Device = {
  readonly by: 'path' | 'partuuid' | 'partlabel' | 'uuid' | 'serial';
  readonly value: string;
};

const tags = {
  PARTUUID: 'partuuid',
  PARTLABEL: 'partlabel',
  UUID: 'uuid',
  SERIAL: 'serial',
} as const;

/** Names below /dev/disk that udev makes, by what they stand for: there is no udev in the capture kernel. */
const udevLink = /^\/dev\/disk\/by-(partuuid|partlabel|uuid)\/([^/]+)$/;

export function readDevice(
  text: string,
): { readonly device: Device } | { readonly mistake: DeviceMistake } {
  const device = deviceOf(text);
  const mistake = device === undefined ? ({ kind: 'udev' } as const) : mistakeIn(device);
  if (mistake !== undefined) return { mistake };
  return device === undefined ? { mistake: { kind: 'udev' } } : { device };
}

/** Undefined for a name that only udev makes. */
function deviceOf(text: string): Device | undefined {
  const [, tag = '', tagged = ''] = /^([A-Z]+)=(.*)$/.exec(text) ?? [];
  if (Object.hasOwn(tags, tag)) return { by: tags[tag as keyof typeof tags], value: tagged };
  const [, by, escaped] = udevLink.exec(text) ?? [];
  if (by !== undefined && escaped !== undefined)
    return { by: by as Device['by'], value: unescaped(escaped) };
  return /^\/dev\/disk\/by-\w+\/[^/]+$/.test(text) ? undefined : { by: 'path', value: text };
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
const isNil = (uuid: string): boolean => /^[0-]+$/.test(uuid);

function mistakeIn({ by, value }: Device): DeviceMistake | undefined {
  switch (by) {
    case 'path':
      return pathMistake(value);
    case 'partlabel':
      return textMistake('PARTLABEL', value, labelMaximum, 'a partition label');
    case 'serial':
      return textMistake('SERIAL', value, serialMaximum, 'a serial number');
    case 'partuuid':
      if (mbrPartition.test(value) || (guid.test(value) && !isNil(value))) return undefined;
      return { kind: 'form', what: 'a PARTUUID', forms: [guidForm, 'xxxxxxxx-NN, in hex digits'] };
    case 'uuid':
      if (guid.test(value) && !isNil(value)) return undefined;
      if (/^[0-9a-f]{4}-[0-9a-f]{4}$/i.test(value)) return { kind: 'file-system', of: 'a FAT' };
      if (/^[0-9a-f]{16}$/i.test(value)) return { kind: 'file-system', of: 'an NTFS' };
      if (/^[0-9a-f]{8}(:[0-9a-f]{8}){3}$/i.test(value))
        return { kind: 'stack', what: 'an md array' };
      if (/^\w{6}(-\w{4}){5}-\w{6}$/.test(value)) return { kind: 'stack', what: 'LVM' };
      return { kind: 'form', what: 'a UUID', forms: [guidForm] };
  }
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

export function describeDevice({ by, value }: Device): string {
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
  }
}
