/** What differs between the machines that QEMU makes: programs, buses, and the port that commands come over. */

export type GuestArch = 'x86_64' | 's390x';

export type DiskOptions = {
  /** A raw image; sparse is fine. */
  readonly path: string;
  /** What `/sys/block/vdX/serial` says. */
  readonly serial?: string;
  /** s390x: the device as the guest names it, `0.0.0200`; the order of these is that of `vdX`. */
  readonly busId?: string;
  /** s390x: the lowest is IPLed where no kernel is given. */
  readonly bootIndex?: number;
  /** QEMU's name of the device, to unplug it. */
  readonly id?: string;
};

type MachineShape = {
  readonly program: string;
  readonly machine: string;
  /** QEMU's words for consoles, for the character devices `console` and `port`. */
  readonly consoles: readonly string[];
  readonly disk: (disk: DiskOptions, drive: string) => string;
  /** A pattern for the one file that is the guest's end of the port that carries no kernel messages. */
  readonly port: string;
};

/** The words that are the same on every bus. */
const common = ({ serial, id }: DiskOptions): string =>
  `${serial === undefined ? '' : `,serial=${serial}`}${id === undefined ? '' : `,id=${id}`}`;

export const machines: Readonly<Record<GuestArch, MachineShape>> = {
  x86_64: {
    program: process.env.CRASHSEAL_QEMU ?? 'qemu-system-x86_64',
    machine: 'q35',
    consoles: ['-no-reboot', '-serial', 'chardev:console', '-serial', 'chardev:port'],
    disk: (disk, drive) => `virtio-blk-pci,drive=${drive}${common(disk)}`,
    port: '/dev/ttyS1',
  },
  s390x: {
    program: process.env.CRASHSEAL_QEMU_S390X ?? 'qemu-system-s390x',
    machine: 's390-ccw-virtio',
    // An IPL from purgatory is a reset: `-no-reboot` would turn it into the end.
    // Input on the SCLP consoles may stick until another key comes; a virtio port does not.
    consoles: [
      ...['-serial', 'chardev:console', '-device', 'virtio-serial-ccw'],
      ...['-device', 'virtserialport,chardev=port,name=commands'],
    ],
    disk: (disk, drive) =>
      `virtio-blk-ccw,drive=${drive}${common(disk)}${
        disk.busId === undefined ? '' : `,devno=fe${disk.busId.slice(1)}`
      }${disk.bootIndex === undefined ? '' : `,bootindex=${disk.bootIndex}`}`,
    // Numbered together with the disks, in whatever order they are found.
    port: '/dev/vport*p1',
  },
};
