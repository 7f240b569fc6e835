import { words } from '../../../units/words.ts';
import { diskBuses } from '../disk-buses.ts';
import type { MachineShape } from '../machine-shape.ts';

export const ppc64le: MachineShape = {
  program: 'qemu-system-ppc64',
  programVariable: 'CRASHSEAL_QEMU_PPC64LE',
  package: 'qemu-system-ppc',
  machine: 'pseries',
  cpu: 'power9',
  console: 'hvc0',
  // The first terminal of the hypervisor is the console; commands come by a virtio port.
  consoles: words`
    -no-reboot -serial chardev:console -device virtio-serial-pci
    -device virtserialport,chardev=port,name=commands
  `,
  kernelWords: ['panic=-1'],
  disk: (disk, drive) => diskBuses.virtio.disk(disk, 0, drive),
  port: '/dev/vport*p1',
  portDrivers: ['virtio_pci', 'virtio_console'],
};
