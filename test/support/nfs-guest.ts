/** A guest without a disk, whose dumps go to an NFS server beside it. */
import { expect } from 'vitest';
import type { SystemGuest } from '../../pipeline/guest/system-guest.ts';
import { words } from '../../pipeline/units/words.ts';
import type { Scenario } from './capture.ts';
import { nfsExport } from './servers/nfs-server.ts';

/** This machine, as QEMU's user network shows it to a guest. */
export const hostAddress = '10.0.2.2';

/** What a profile says of the server. */
export const nfsTargetOf = (server: { readonly port: number }, more: object = {}) => ({
  kind: 'nfs',
  server: hostAddress,
  export: nfsExport,
  port: server.port,
  directory: '/',
  keepFree: '1M',
  ...more,
});

const card = words`-netdev user,id=net0 -device virtio-net-pci,netdev=net0,mac=52:54:00:00:00:0a`;

/** A guest without a disk, and with that network, whose dumps go to these targets. */
export const guestOf = (
  name: string,
  kernel: Scenario['kernel'],
  targets: readonly object[],
  network: object,
  extraArgs: readonly string[] = card,
): Scenario => ({
  name,
  kernel,
  crashkernel: ['192M'],
  memory: 768,
  profile: {
    target: undefined,
    targets,
    network: { drivers: ['virtio_net'], ...network },
    initramfs: { from: 'composed', compression: 'none', drivers: ['virtio_pci'] },
    dump: { format: 'kdump' },
    failureAction: 'halt',
  },
  guest: { disks: [], extraArgs },
});

/** What was said until the machine was off, with a dump saved. */
export async function savedBy(system: SystemGuest): Promise<string> {
  const end = await system.guest.ended();
  const said = system.guest.console.text();
  expect([end.reason, said]).toEqual(['guest-shutdown', expect.stringContaining('vmcore saved: ')]);
  return said;
}
