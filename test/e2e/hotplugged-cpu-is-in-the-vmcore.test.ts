/**
 * A CPU that comes after arming has its registers in the dump: with `hotplug: kernel` the running kernel
 * rewrites the ELF core header, with `rearm` the loader is run again. Before, it was missing.
 */
import { expect, test } from 'vitest';
import { complaintsAbout } from '../../pipeline/guest/dump-complaints.ts';
import type { SystemGuest } from '../../pipeline/guest/system-guest.ts';
import { armCommand, boot, endWithDump } from '../support/capture.ts';
import { withWorkFolder } from '../support/work-folder.ts';

/**
 * Since late 6.12 Linux believes in CPUs to come only on a hypervisor that it knows, and QEMU's translator is
 * none to it: so this machine claims to be VMware's, by serial number and I/O port.
 */
const oneMoreCpu = {
  machine: 'q35,vmport=on',
  cpu: 'max,-hypervisor',
  extraArgs: ['-smp', '1,maxcpus=2,sockets=2', '-smbios', 'type=1,serial=VMware-test'],
};

type Slot = { readonly type: string; readonly props: object; readonly 'qom-path'?: string };

/** A second CPU is plugged, and set online as a udev rule of the distribution would. */
async function plugCpu(system: SystemGuest): Promise<void> {
  const slots = (await system.guest.qmp.execute('query-hotpluggable-cpus')) as readonly Slot[];
  const free = slots.find((slot) => slot['qom-path'] === undefined);
  if (free === undefined) throw new Error('no CPU can be plugged');
  await system.guest.qmp.execute('device_add', { driver: free.type, id: 'cpu1', ...free.props });
  const online = '/sys/devices/system/cpu/cpu1/online';
  await system.mustRun(`until [ -e ${online} ]; do sleep 0.1; done; echo 1 >${online}`);
  expect((await system.mustRun('cat /sys/devices/system/cpu/online')).trim()).toBe('0-1');
}

const crashHotplug = '/sys/devices/system/cpu/crash_hotplug';

test.each([
  { what: 'the kernel rewrites the header', hotplug: 'kernel', again: false, notes: 2 },
  { what: 'the loader is run again', hotplug: 'rearm', again: true, notes: 2 },
  { what: 'nobody does anything', hotplug: 'rearm', again: false, notes: 1 },
] as const)('hotplugged-cpu-is-in-the-vmcore: $what: $notes', ({ hotplug, again, notes }) => {
  const name = `hotplug-${hotplug}-${notes}`;
  return withWorkFolder(name, async (folder) => {
    const booted = await boot(folder, {
      name,
      kernel: '6.12',
      profile: { hotplug },
      guest: oneMoreCpu,
    });
    const { system, disk } = booted;
    const report = JSON.parse(await system.mustRun(`${armCommand} --json 2>/dev/null`));
    expect(report.guarantees).toMatchObject({
      crashHotplug: hotplug === 'kernel',
      digestsCheckedAfterPanic: true,
    });
    expect((await system.mustRun(`cat ${crashHotplug}`)).trim()).toBe(
      hotplug === 'kernel' ? '1' : '0',
    );
    await plugCpu(system);
    if (again) await system.mustRun(armCommand);
    const mark = await system.panic();
    await endWithDump(system, disk);
    expect(complaintsAbout(disk, { ...booted, mark, cpus: notes })).toEqual([]);
  });
});
