import { words } from '../../../units/words.ts';
import { diskWords, type MachineShape } from '../machine-shape.ts';

export const x86_64: MachineShape = {
  program: 'qemu-system-x86_64',
  programVariable: 'CRASHSEAL_QEMU',
  machine: 'q35',
  cpu: 'max',
  consoles: words`-no-reboot -serial chardev:console -serial chardev:port`,
  kernelWords: ['panic=-1'],
  disk: (disk, drive) => `virtio-blk-pci,drive=${drive}${diskWords(disk)}`,
  port: '/dev/ttyS1',
  portDrivers: [],
};
