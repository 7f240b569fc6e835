import { words } from '../../../units/words.ts';
import { diskBuses } from '../disk-buses.ts';
import type { MachineShape } from '../machine-shape.ts';

export const riscv64: MachineShape = {
  program: 'qemu-system-riscv64',
  programVariable: 'CRASHSEAL_QEMU_RISCV64',
  package: 'qemu-system-misc',
  machine: 'virt',
  // Debian 12's QEMU has no `max` for it.
  cpu: 'rv64',
  console: 'ttyS0',
  // The machine has one UART, whose output is the console; commands come by a virtio port.
  consoles: words`
    -no-reboot -serial chardev:console -device virtio-serial-pci
    -device virtserialport,chardev=port,name=commands
  `,
  kernelWords: ['panic=-1'],
  disk: (disk, drive) => diskBuses.virtio.disk(disk, 0, drive),
  port: '/dev/vport*p1',
  // By the device that the firmware has for it, sifive_test.
  powerOffIsUnsaid: true,
  portDrivers: ['virtio_pci', 'virtio_console'],
};
