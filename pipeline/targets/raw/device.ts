/** The device that a target names: text -> what the capture kernel looks for. Read here and nowhere else. */
import type { DeviceMistake } from '../../problem/device-mistake.ts';

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

export function readDevice(text: string): { device: Device } | { mistake: DeviceMistake } {
  const [, tag = '', tagged = ''] = /^([A-Z]+)=(.*)$/.exec(text) ?? [];
  if (tag in tags) return { device: { by: tags[tag as keyof typeof tags], value: tagged } };
  if (!text.startsWith('/dev/disk/')) return { device: { by: 'path', value: text } };
  const [, by, escaped] = udevLink.exec(text) ?? [];
  if (by === undefined || escaped === undefined) return { mistake: { kind: 'udev' } };
  return { device: { by: by as Device['by'], value: unescaped(escaped) } };
}

/** udev escapes what is no plain character in a label. */
const unescaped = (text: string): string =>
  text.replace(/\\x([0-9a-f]{2})/g, (_all, code: string) =>
    String.fromCharCode(Number.parseInt(code, 16)),
  );

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
