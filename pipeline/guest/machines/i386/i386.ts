import { words } from '../../../units/words.ts';
import { diskBuses } from '../disk-buses.ts';
import type { MachineShape } from '../machine-shape.ts';

export const i386: MachineShape = {
  program: 'qemu-system-i386',
  programVariable: 'CRASHSEAL_QEMU_I386',
  package: 'qemu-system-x86',
  // The board of the time, with PCI and IDE alone.
  machine: 'pc',
  cpu: 'max',
  console: 'ttyS0',
  consoles: words`-no-reboot -serial chardev:console -serial chardev:port`,
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
  // Its IO-APIC's timer is late on a busy host, which the kernel takes for one that does not work.
  kernelWords: ['panic=-1', 'no_timer_check'],
};
