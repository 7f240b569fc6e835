/**
 * What comes after arming is in the dump: a CPU's registers, memory that virtio-mem plugs. With `hotplug: kernel`
 * the running kernel rewrites the ELF core header, with `rearm` the loader is run again. Before, it was missing.
 */
import { closeSync, openSync } from 'node:fs';
import { expect, test } from 'vitest';
import { complaintsAbout } from '../../pipeline/guest/dump-complaints.ts';
import { readAt } from '../../pipeline/guest/read-at.ts';
import type { SystemGuest } from '../../pipeline/guest/system-guest.ts';
import { virtioDisk } from '../../pipeline/guest/system-initramfs.ts';
import { openVmcore } from '../../pipeline/guest/vmcore.ts';
import { armCommand, boot, endWithDump } from '../support/capture.ts';
import { examples } from '../support/examples.ts';
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

const MiB = 1n << 20n;
/** Linux's memory blocks on a small x86_64 machine. virtio-mem plugs blocks of 2 MiB, and so parts of them. */
const memoryBlock = 128n * MiB;
/** Where QEMU puts the device's memory. */
const pluggableAt = 4096n * MiB;
const pluggedAtBoot = 64n * MiB;
const pluggedLater = memoryBlock + 64n * MiB;
const virtioMem = {
  /** Of the device. */
  path: '/machine/peripheral/memory',
  memory: '640M,maxmem=8G',
  extraArgs: [
    ...['-object', 'memory-backend-ram,id=pluggable,size=512M'],
    ...['-device', `virtio-mem-pci,id=memory,memdev=pluggable,requested-size=${pluggedAtBoot}`],
  ],
};

/** In two memory blocks: the second is plugged to its half. */
const places = {
  pluggedAtBoot: pluggableAt + 32n * MiB,
  pluggedLater: pluggableAt + memoryBlock + 32n * MiB,
  notPlugged: pluggableAt + memoryBlock + 96n * MiB,
};

async function untilPlugged(system: SystemGuest, size: bigint): Promise<void> {
  const last = `/sys/devices/system/memory/memory${(pluggableAt + size) / memoryBlock}/state`;
  await system.mustRun(`until grep -qx online ${last} 2>/dev/null; do sleep 0.1; done`);
  const plugged = () =>
    system.guest.qmp.execute('qom-get', { path: virtioMem.path, property: 'size' });
  while (BigInt((await plugged()) as number) !== size) await system.mustRun('sleep 0.1');
}

const testBytes = Buffer.from('crashseal memory'.repeat(4));

/** The bytes of the panicked machine change while the capture kernel starts, when nothing else writes there. */
async function writeTestBytes(system: SystemGuest, addresses: readonly bigint[]): Promise<void> {
  await system.guest.console.waitFor(/Command line:.*elfcorehdr=/);
  await system.guest.withMemory(async (memory) => {
    for (const address of addresses) await memory.write(address, testBytes);
  });
}

function inDump(device: string, address: bigint): 'test bytes' | 'zeros' | 'other' | 'nothing' {
  const load = openVmcore(device).loads.find(
    ({ paddr, memsz }) => paddr <= address && address < paddr + memsz,
  );
  if (load === undefined) return 'nothing';
  const file = openSync(device, 'r');
  const found = Buffer.from(readAt(file, load.offset + address - load.paddr, testBytes.length));
  closeSync(file);
  if (found.equals(testBytes)) return 'test bytes';
  return found.every((byte) => byte === 0) ? 'zeros' : 'other';
}

const rows = [
  { what: 'the kernel rewrites the header', hotplug: 'kernel', again: false, notes: 2 },
  { what: 'the loader is run again', hotplug: 'rearm', again: true, notes: 2 },
  { what: 'nobody does anything', hotplug: 'rearm', again: false, notes: 1 },
] as const;

test.each(examples(rows, 2))(
  'hotplugged-cpu-is-in-the-vmcore: $what: $notes',
  ({ hotplug, again, notes }) => {
    const name = `hotplug-${hotplug}-${notes}`;
    // One boot for both: memory comes where the kernel rewrites the header.
    const withMemory = hotplug === 'kernel';
    return withWorkFolder(name, async (folder) => {
      const booted = await boot(folder, {
        name,
        kernel: '6.12',
        profile: { hotplug },
        guest: withMemory
          ? {
              ...oneMoreCpu,
              memory: virtioMem.memory,
              extraArgs: [...oneMoreCpu.extraArgs, ...virtioMem.extraArgs],
            }
          : oneMoreCpu,
        ...(withMemory
          ? { drivers: [...virtioDisk, 'virtio_mem'], append: 'memhp_default_state=online' }
          : {}),
      });
      const { system, disk } = booted;
      if (withMemory) await untilPlugged(system, pluggedAtBoot);
      const report = JSON.parse(await system.mustRun(`${armCommand} --json 2>/dev/null`));
      expect(report.guarantees).toMatchObject({
        crashHotplug: hotplug === 'kernel',
        digestsCheckedAfterPanic: true,
      });
      expect((await system.mustRun(`cat ${crashHotplug}`)).trim()).toBe(
        hotplug === 'kernel' ? '1' : '0',
      );
      await plugCpu(system);
      if (withMemory) {
        const size = Number(pluggedLater);
        await system.guest.qmp.execute('qom-set', {
          path: virtioMem.path,
          property: 'requested-size',
          value: size,
        });
        await untilPlugged(system, pluggedLater);
      }
      if (again) await system.mustRun(armCommand);
      const mark = await system.panic();
      if (withMemory) await writeTestBytes(system, Object.values(places));
      await endWithDump(system, disk);
      expect(complaintsAbout(disk, { ...booted, mark, cpus: notes })).toEqual([]);
      if (!withMemory) return;
      expect(inDump(disk, places.pluggedAtBoot)).toBe('test bytes');
      expect(inDump(disk, places.pluggedLater)).toBe('test bytes');
      // The capture kernel's driver lets nobody read it: a hypervisor need not bear that.
      expect(inDump(disk, places.notPlugged)).toBe('zeros');
    });
  },
);
