/** What differs between the machines that QEMU makes: the program, the buses, and the port for commands. */

import type { DiskBus } from './disk-buses.ts';

export type DiskOptions = {
  /** A raw image; sparse is fine. */
  readonly path: string;
  /** What `/sys/block/vdX/serial` says. */
  readonly serial?: string;
  /** Where devices have bus ids: the device as the guest names it, `0.0.0200`; the order of these is that of `vdX`. */
  readonly busId?: string;
  /** Where firmware chooses by it: the lowest is IPLed where no kernel is given. */
  readonly bootIndex?: number;
  /** QEMU's name of the device, to unplug it. */
  readonly id?: string;
  /** What it is plugged into, where that is another bus than the machine's usual one. */
  readonly bus?: DiskBus;
};

export type MachineShape = {
  /** QEMU's program, and the variable that names another one. */
  readonly program: string;
  readonly programVariable: string;
  /** Debian's package with the program. */
  readonly package: string;
  readonly machine: string;
  readonly cpu: string;
  /** QEMU's words for consoles, for the character devices `console` and `port`. */
  readonly consoles: readonly string[];
  /** The device that the kernel calls its console; undefined: it finds it by itself. */
  readonly console: string | undefined;
  /** Where the kernel can have its console elsewhere: the same by the name of that device. */
  readonly otherConsoles?: Readonly<Record<string, Pick<MachineShape, 'consoles' | 'port'>>>;
  /** Words for the device that tells the hypervisor of a panic: the event only, what is next is the guest's to say. */
  readonly pvpanic?: readonly string[];
  /** The setting that makes an NMI from outside a panic. */
  readonly panicOnNmi?: string;
  /** What a kernel without {@link kernelWords} says of this machine on a busy host alone. */
  readonly busyHost?: RegExp;
  /** Words for every kernel: a panic with nothing armed ends the guest, instead of being waited for. */
  readonly kernelWords: readonly string[];
  /** Its usual disk, of virtio. */
  readonly disk: (disk: DiskOptions, drive: string) => string;
  /** How else it can have disks; undefined: in every way. */
  readonly buses?: readonly DiskBus[];
  /** What a card of QEMU is called on this machine's bus, where that is not PCI. */
  readonly networkCard?: (card: string) => string;
  /** Modules of the usual disk, where they are others than those of virtio on PCI. */
  readonly usualDrivers?: readonly string[];
  /** A pattern for the one file that is the guest's end of the port that carries no kernel messages. */
  readonly port: string;
  /** Whether a guest that switches itself off ends QEMU without an event, with status 0. */
  readonly powerOffIsUnsaid?: boolean;
  /** Modules that the port needs, beside those of the disk. */
  readonly portDrivers: readonly string[];
};
