/** The ways in which a machine of ours has its disks, and what a kernel needs to see them. */

type Disk = { readonly serial?: string; readonly id?: string };

type DiskBusShape = {
  /** Modules beside those that they depend on. */
  readonly drivers: readonly string[];
  /** QEMU's words for what disks are plugged into; once for all of them. */
  readonly controller?: string;
  readonly disk: (disk: Disk, number: number, drive: string) => string;
  /** What the kernel calls the disk with that number, and its partitions before their own number. */
  readonly node: (number: number) => { readonly disk: string; readonly partition: string };
};

const letter = (number: number): string => String.fromCharCode('a'.charCodeAt(0) + number);
const lettered = (start: string) => (number: number) => {
  const disk = `${start}${letter(number)}`;
  return { disk, partition: disk };
};

/** The words that are the same on every bus. */
export const diskWords = ({ serial, id }: Disk): string =>
  `${serial === undefined ? '' : `,serial=${serial}`}${id === undefined ? '' : `,id=${id}`}`;

/** Of SCSI, which these disks look like. */
const scsiNode = lettered('sd');

export const diskBuses = {
  virtio: {
    drivers: ['virtio_pci', 'virtio_blk'],
    disk: (disk, _number, drive) => `virtio-blk-pci,drive=${drive}${diskWords(disk)}`,
    node: lettered('vd'),
  },
  nvme: {
    drivers: ['nvme'],
    // QEMU makes none without a serial number.
    disk: (disk, number, drive) =>
      `nvme,drive=${drive}${diskWords({ ...disk, serial: disk.serial ?? `disk${number}` })}`,
    node: (number) => ({ disk: `nvme${number}n1`, partition: `nvme${number}n1p` }),
  },
  ahci: {
    drivers: ['ahci', 'sd_mod'],
    controller: 'ich9-ahci,id=ahci',
    disk: (disk, number, drive) => `ide-hd,bus=ahci.${number},drive=${drive}${diskWords(disk)}`,
    node: scsiNode,
  },
  'virtio-scsi': {
    drivers: ['virtio_pci', 'virtio_scsi', 'sd_mod'],
    controller: 'virtio-scsi-pci,id=scsi',
    disk: (disk, number, drive) =>
      `scsi-hd,bus=scsi.0,lun=${number},drive=${drive}${diskWords(disk)}`,
    node: scsiNode,
  },
  usb: {
    drivers: ['xhci_pci', 'usb_storage', 'sd_mod'],
    controller: 'qemu-xhci,id=usb',
    disk: (disk, _number, drive) => `usb-storage,bus=usb.0,drive=${drive}${diskWords(disk)}`,
    node: scsiNode,
  },
} as const satisfies Readonly<Record<string, DiskBusShape>>;

/** In the order in which they are preferred. */
export type DiskBus = keyof typeof diskBuses;
export const diskBusNames = Object.keys(diskBuses) as readonly DiskBus[];

export const diskBus = (name: DiskBus): DiskBusShape => diskBuses[name];
