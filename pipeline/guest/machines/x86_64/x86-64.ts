import { words } from '../../../units/words.ts';
import { diskBuses } from '../disk-buses.ts';
import type { MachineShape } from '../machine-shape.ts';

export const x86_64: MachineShape = {
  program: 'qemu-system-x86_64',
  programVariable: 'CRASHSEAL_QEMU',
  package: 'qemu-system-x86',
  machine: 'q35',
  cpu: 'max',
  console: 'ttyS0',
  consoles: words`-no-reboot -serial chardev:console -serial chardev:port`,
  // Its IO-APIC's timer is late on a busy host, which the kernel takes for one that does not work.
  kernelWords: ['panic=-1', 'no_timer_check'],
  disk: (disk, drive) => diskBuses.virtio.disk(disk, 0, drive),
  port: '/dev/ttyS1',
  portDrivers: [],
  otherConsoles: {
    ttyS1: {
      consoles: words`-no-reboot -serial chardev:port -serial chardev:console`,
      port: '/dev/ttyS0',
    },
  },
  busyHost: /IO-APIC \+ timer doesn't work/,
  pvpanic: words`-device pvpanic -action panic=none`,
  panicOnNmi: '/proc/sys/kernel/unknown_nmi_panic',
};
