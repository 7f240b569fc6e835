/**
 * Probes: what must be true of a machine for its dump to arrive. They stand in the seal, after the match rules.
 * A probe never forbids arming; the loader looks at it when it arms, in `plan` and for `--status`.
 */
import { codeTable } from './code-table.ts';
import { layout, u16, u32, u64 } from './layout.ts';

export const sealProbe = layout(
  'seal_probe',
  0x20,
  'What must be true of the machine for its dump to arrive; never a reason not to arm',
  {
    kind: u16(0x00, 'table "probe kinds"'),
    target: u16(0x02, 'which target of the profile it is about, from 1'),
    by: u16(0x04, 'what `value` is: table "probe names"'),
    flags: u16(0x06, 'table "probe flags"'),
    minimum: u64(0x08, 'bytes that a device must have'),
    valueOffset: u32(0x10, 'name of the device or interface: offset in the strings'),
    valueLength: u32(0x14, 'and length'),
    typeOffset: u32(0x18, 'type of the file system: offset in the strings'),
    typeLength: u32(0x1c, 'and length; 0 = any'),
  },
);

export const probeKinds = codeTable({
  device: { code: 1, doc: 'one block device answers to the name, and can take a dump' },
  interface: { code: 2, doc: 'one network interface answers to the name' },
});

/** Of a device up to `array`, of an interface the others. */
export const probeNames = codeTable({
  path: { code: 1, doc: '/dev/NAME' },
  partuuid: { code: 2, doc: 'UUID of a partition' },
  partlabel: { code: 3, doc: 'label of a GPT partition' },
  uuid: { code: 4, doc: "UUID of an NVMe namespace, of swap space, or of our dump's marker" },
  serial: { code: 5, doc: 'serial number of a disk, as its bus spells it' },
  fsUuid: { code: 6, doc: 'UUID of a file system' },
  fsLabel: { code: 7, doc: 'label of a file system' },
  mapper: { code: 8, doc: "device mapper's name of a logical volume" },
  array: { code: 9, doc: 'UUID of an md array' },
  mac: { code: 16, doc: 'MAC address' },
  driver: { code: 17, doc: 'driver of the interface' },
  interface: { code: 18, doc: "kernel's name of the interface" },
});
export type ProbeName = keyof typeof probeNames;

export const probeFlags = codeTable({
  removable: { code: 1, doc: 'the device may be removable' },
  overwritten: {
    code: 2,
    doc: 'the device itself is written to: what a known program put on it keeps the dump away',
  },
  oneOf: {
    code: 4,
    doc: 'of the probes of one target that have this flag, one that is true is enough: ports of a bond',
  },
});

/** What the loader found. The names stand in its report. */
export const probeAnswers = codeTable({
  good: { code: 0, doc: 'as it must be' },
  unknown: { code: 1, doc: 'cannot be seen by this user, or before udev has looked' },
  deviceMissing: { code: 2, doc: 'no device answers to the name' },
  deviceUnusable: {
    code: 3,
    doc: 'the device is hidden, empty, read-only, offline, in memory, or removable where the profile does not allow it',
  },
  deviceTwice: { code: 4, doc: 'several devices answer, and none of them is the one' },
  deviceSmall: { code: 5, doc: 'the device is too small' },
  deviceInUse: { code: 6, doc: 'the device holds something that a dump must not overwrite' },
  wrongType: { code: 7, doc: 'another file system than the profile says' },
  interfaceMissing: { code: 8, doc: 'no network interface answers to the name' },
  interfaceTwice: { code: 9, doc: 'several network interfaces answer to the name' },
});
