/**
 * Captures on ppc64le that are not in test/e2e: each kernel on each MMU, with one CPU, with several, by a kernel with
 * pages of another size, with dynamic memory, to disks of several queues, and without a hypervisor, where OPAL is the
 * firmware; and what OPAL does for a corrupted image. Debian's kernels for it have no KASLR (CONFIG_RANDOMIZE_BASE is of
 * 32-bit POWER alone), so that no row has it.
 */
import { expect, test } from 'vitest';
import { complaintsAbout } from '../../pipeline/guest/dump-complaints.ts';
import type { GuestOptions } from '../../pipeline/guest/guest.ts';
import { flipBit, loadedImage } from '../../pipeline/guest/loaded-image.ts';
import { type DiskBus, diskBus } from '../../pipeline/guest/machines/disk-buses.ts';
import { openVmcore, reaches } from '../../pipeline/guest/vmcore.ts';
import { words } from '../../pipeline/units/words.ts';
import { armCommand, boot, capture, disksOn, endWithDump } from '../support/capture.ts';
import { testKernelTree } from '../support/kernel-tree.ts';
import { withWorkFolder } from '../support/work-folder.ts';

const rows = [
  { kernel: '6.1', cpu: 'power9', cpus: 1, panicOn: 0 },
  { kernel: '6.1', cpu: 'power8', cpus: 2, panicOn: 1 },
  { kernel: '6.12', cpu: 'power9', cpus: 4, panicOn: 3 },
  { kernel: '6.12', cpu: 'power8', cpus: 1, panicOn: 0 },
  { kernel: '6.12', cpu: 'power8', cpus: 2, panicOn: 1 },
] as const;

test.each(rows)('panic-captures-vmcore: %o', (row) => {
  const { kernel, cpu, cpus, panicOn } = row;
  const name = `ppc64le-${kernel}-${cpu}-${cpus}`;
  return withWorkFolder(name, async (folder) => {
    const scenario = { name, arch: 'ppc64le', kernel, cpus, guest: { cpu } } as const;
    const captured = await capture(folder, scenario, panicOn);
    expect(complaintsAbout(captured.disk, { ...captured, cpus })).toEqual([]);
  });
});

/**
 * Disks with a queue, and so an interrupt, for each CPU. Before Linux 6.7 a capture kernel uses the first queue alone, of
 * which CPU 0 is told: that CPU must be up beside the one that panicked, or the interrupt be the old one of the whole
 * device, which goes to any CPU (docs/decisions/0030).
 */
const queued: readonly {
  readonly bus: DiskBus;
  readonly commandLine?: { readonly append: readonly string[]; readonly remove: readonly string[] };
}[] = [
  { bus: 'nvme' },
  { bus: 'virtio-scsi' },
  { bus: 'nvme', commandLine: { remove: ['maxcpus='], append: ['maxcpus=1', 'pci=nomsi'] } },
  { bus: 'virtio-scsi', commandLine: { remove: ['maxcpus='], append: ['maxcpus=1', 'pci=nomsi'] } },
];

test.each(queued)(
  'panic-captures-vmcore to a disk of several queues: %o',
  ({ bus, commandLine }) => {
    const name = `ppc64le-6.1-${bus}${commandLine === undefined ? '' : '-one-cpu'}`;
    return withWorkFolder(name, async (folder) => {
      const { drivers } = diskBus(bus);
      const captured = await capture(
        folder,
        {
          name,
          arch: 'ppc64le',
          kernel: '6.1',
          cpus: 4,
          profile: {
            initramfs: { from: 'composed', compression: 'none', drivers },
            ...(commandLine === undefined ? {} : { commandLine }),
          },
          bootedBy: disksOn(bus),
        },
        3,
      );
      expect(complaintsAbout(captured.disk, { ...captured, cpus: 4 })).toEqual([]);
      const console = captured.system.guest.console.text();
      const up = commandLine === undefined ? 2 : 1;
      expect(console).toContain(`Brought up 1 node, ${up} CPU`);
      if (bus === 'nvme') expect(console).toMatch(/nvme0: [14]\/0\/0 default/);
    });
  },
);

/** Pages of 64 KiB crash and are saved by a kernel with those of 4 KiB, and the reverse. */
test.each([
  { system: '6.1', capturing: '6.12' },
  { system: '6.12', capturing: '6.1' },
] as const)('panic-captures-vmcore with pages of another size: %o', ({ system, capturing }) => {
  const name = `ppc64le-${system}-by-${capturing}`;
  return withWorkFolder(name, async (folder) => {
    const { deb } = await testKernelTree(capturing, 'ppc64le');
    const profile = { kernel: { from: 'deb', path: deb } };
    const scenario = { name, arch: 'ppc64le', kernel: system, cpus: 2, profile } as const;
    const captured = await capture(folder, scenario, 1);
    expect(complaintsAbout(captured.disk, { ...captured, cpus: 2 })).toEqual([]);
  });
});

/** Two nodes of 512 MiB, of which the CPU reaches the first alone in real mode, and a DIMM, which is dynamic memory. */
test.each(['6.1', '6.12'] as const)('panic-captures-vmcore with dynamic memory: %s', (kernel) => {
  const name = `ppc64le-${kernel}-dynamic`;
  return withWorkFolder(name, async (folder) => {
    const booted = await boot(folder, {
      name,
      arch: 'ppc64le',
      kernel,
      cpus: 2,
      memory: 1600,
      guest: {
        memory: '1024M,slots=2,maxmem=4G',
        extraArgs: words`
          -object memory-backend-ram,id=first,size=512M -numa node,nodeid=0,memdev=first
          -object memory-backend-ram,id=second,size=512M -numa node,nodeid=1,memdev=second
          -object memory-backend-ram,id=third,size=512M -device pc-dimm,memdev=third,node=1
        `,
      },
    });
    const { system, disk } = booted;
    const list = 'ibm,dynamic-reconfiguration-memory/ibm,dynamic-memory-v2';
    await system.mustRun(`test -s /proc/device-tree/${list}`);
    await system.mustRun(armCommand);
    const mark = await system.panic(1);
    await endWithDump(system, disk);
    expect(complaintsAbout(disk, { ...booted, mark, cpus: 2 })).toEqual([]);
    // The capture kernel uses nothing beyond the crash region, which ends where the first node does.
    const [, after = ''] = system.guest.console.text().split(mark.nonce);
    expect(after).toMatch(/Memory: \d+K\/524288K available/);
    expect(reaches(openVmcore(disk).loads, { start: 0x4000_0000n, end: 0x6000_0000n })).toBe(true);
  });
});

/**
 * A machine without a hypervisor: two host bridges, each with a port that takes one device, and a service processor,
 * which the firmware asks for a reset and to be switched off.
 */
const bare = async (_folder: string, options: GuestOptions): Promise<GuestOptions> => ({
  ...options,
  machine: 'powernv9',
  consoles: words`
    -no-reboot -serial chardev:console
    -device ipmi-bmc-sim,id=bmc -device isa-ipmi-bt,bmc=bmc,irq=10
    -device pnv-phb,index=0,chip-id=0 -device pnv-phb-root-port,bus=pnv-phb4-root.0
    -device pnv-phb,index=1,chip-id=0 -device pnv-phb-root-port,bus=pnv-phb4-root.1
    -device virtio-serial-pci,bus=pcie.1 -device virtserialport,chardev=port,name=commands
  `,
  disks: [],
  extraArgs: (options.disks ?? []).flatMap(
    ({ path, serial }) => words`
      -drive file=${path},format=raw,if=none,id=disk,cache=unsafe
      -device virtio-blk-pci,bus=pcie.0,drive=disk,serial=${serial ?? ''}
    `,
  ),
  readyLimitMs: 600_000,
});

/** Debian's driver for its clock is a module. */
const withoutClock = true;

test.each([
  { kernel: '6.1', cpus: 2, panicOn: 1 },
  { kernel: '6.12', cpus: 1, panicOn: 0 },
] as const)('panic-captures-vmcore without a hypervisor: %o', ({ kernel, cpus, panicOn }) => {
  const name = `ppc64le-${kernel}-powernv9-${cpus}`;
  return withWorkFolder(name, async (folder) => {
    const scenario = { name, arch: 'ppc64le', kernel, cpus, bootedBy: bare, withoutClock } as const;
    const captured = await capture(folder, scenario, panicOn);
    expect(complaintsAbout(captured.disk, { ...captured, cpus })).toEqual([]);
  });
});

/** QEMU does not keep this machine's state, so there is one flip: the others are of pseries. */
test('corrupted-image-runs-policy without a hypervisor: message and reset by OPAL', () => {
  const name = 'ppc64le-corrupted-powernv9';
  return withWorkFolder(name, async (folder) => {
    const profile = { onCorruption: ['message', 'reset'] };
    const scenario = { name, arch: 'ppc64le', kernel: '6.12', cpus: 2, profile } as const;
    const { system } = await boot(folder, { ...scenario, bootedBy: bare, withoutClock });
    await system.mustRun(armCommand);
    const { regions } = await loadedImage(system, folder);
    const kernel = regions.find((region) => region.name === 'kernel');
    await flipBit(system, (kernel?.start ?? 0n) + 4096n, 5);
    const { nonce } = await system.panic(1);
    expect((await system.guest.ended()).reason).toBe('guest-reset');
    const lines = system.guest.console.lines.map(({ text }) => text);
    const after = lines.slice(lines.findIndex((text) => text.includes(nonce))).join('\n');
    expect(after).toContain('corrupt region "kernel"');
    expect(after).toContain('policy: reset');
    expect(after).not.toContain('Linux version');
  });
});
