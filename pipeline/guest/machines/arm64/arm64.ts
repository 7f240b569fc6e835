import { words } from '../../../units/words.ts';
import { diskBuses } from '../disk-buses.ts';
import type { MachineShape } from '../machine-shape.ts';

export const arm64: MachineShape = {
  program: 'qemu-system-aarch64',
  programVariable: 'CRASHSEAL_QEMU_ARM64',
  package: 'qemu-system-arm',
  machine: 'virt',
  // Pointer authentication by the architecture's own cipher costs more than all other instructions together.
  cpu: 'max,pauth-impdef=on',
  console: 'ttyAMA0',
  // The machine has one UART, whose output is the console; commands come by a virtio port.
  consoles: words`
    -no-reboot -serial chardev:console -device virtio-serial-pci
    -device virtserialport,chardev=port,name=commands
  `,
  kernelWords: ['panic=-1'],
  disk: (disk, drive) => diskBuses.virtio.disk(disk, 0, drive),
  port: '/dev/vport*p1',
  portDrivers: ['virtio_pci', 'virtio_console'],
};
