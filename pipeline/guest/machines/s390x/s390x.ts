import { words } from '../../../units/words.ts';
import { diskWords } from '../disk-buses.ts';
import type { MachineShape } from '../machine-shape.ts';

export const s390x: MachineShape = {
  program: 'qemu-system-s390x',
  programVariable: 'CRASHSEAL_QEMU_S390X',
  package: 'qemu-system-misc',
  machine: 's390-ccw-virtio',
  cpu: 'max',
  console: undefined,
  // An IPL from purgatory is a reset: `-no-reboot` would turn it into the end.
  // Input on the SCLP consoles may stick until another key comes; a virtio port does not.
  consoles: words`
    -serial chardev:console -device virtio-serial-ccw
    -device virtserialport,chardev=port,name=commands
  `,
  // There it stops in a disabled wait, by which QEMU ends.
  kernelWords: [],
  disk: (disk, drive) =>
    `virtio-blk-ccw,drive=${drive}${diskWords(disk)}${
      disk.busId === undefined ? '' : `,devno=fe${disk.busId.slice(1)}`
    }${disk.bootIndex === undefined ? '' : `,bootindex=${disk.bootIndex}`}`,
  buses: ['virtio'],
  usualDrivers: ['virtio_blk'],
  networkCard: (card) => card.replace('-pci', '-ccw'),
  // Ports and disks share one numbering, in the order in which the kernel finds them.
  port: '/dev/vport*p1',
  portDrivers: [],
};
