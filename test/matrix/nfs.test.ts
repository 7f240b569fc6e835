/**
 * Every version of NFS on both kernels, and other ways to the server: what test/e2e/nfs-target-holds-vmcore shows by
 * example, in full.
 */
import { expect, test } from 'vitest';
import { words } from '../../pipeline/units/words.ts';
import { armCommand, boot } from '../support/capture.ts';
import { expectOneDump } from '../support/file-systems.ts';
import { guestOf, hostAddress, nfsTargetOf, savedBy } from '../support/nfs-guest.ts';
import { startNfsServer } from '../support/servers/nfs-server.ts';
import { VlanSwitch } from '../support/servers/vlan-switch.ts';
import { withWorkFolder } from '../support/work-folder.ts';

const rows = (['6.1', '6.12'] as const).flatMap((kernel) =>
  (['4.2', '4.1', '4.0', '3'] as const).map((version) => ({ kernel, version })),
);

test.each(rows)(
  'nfs-target-holds-vmcore: version $version on Linux $kernel',
  ({ kernel, version }) =>
    withWorkFolder(`nfs-${version}-${kernel}`, async (folder) => {
      const server = await startNfsServer(folder);
      try {
        const more = { version, ...(version === '3' ? { mountPort: server.mountPort } : {}) };
        const guest = guestOf(`nfs-${version}-${kernel}`, kernel, [nfsTargetOf(server, more)], {});
        const { system } = await boot(folder, guest);
        await system.mustRun(armCommand);
        const mark = await system.panic();
        expect(await savedBy(system)).toContain('crashseal: network: eth0 has 10.0.2.15');
        expectOneDump(server.folder, mark);
      } finally {
        await server.stop();
      }
    }),
);

test('nfs-target-holds-vmcore: version 3, from a static address in a VLAN, over a bond with a dead member', () =>
  withWorkFolder('nfs-bond-vlan', async (folder) => {
    const server = await startNfsServer(folder);
    const vlan = 42;
    const ports = await VlanSwitch.start(vlan, 2);
    try {
      const macs = ['52:54:00:00:00:0a', '52:54:00:00:00:0b'];
      const cards = ports.netdevs.flatMap(
        (netdev, index) => words`
          -netdev ${netdev} -device virtio-net-pci,netdev=net${index},id=card${index},mac=${macs[index] ?? ''}
        `,
      );
      const target = nfsTargetOf(server, { version: 3, mountPort: server.mountPort });
      const network = {
        bond: { mode: 'active-backup', members: macs.map((mac) => `MAC=${mac}`) },
        vlan,
        address: '10.0.2.77/24',
        gateway: hostAddress,
      };
      const { system } = await boot(
        folder,
        guestOf('nfs-bond-vlan', '6.1', [target], network, cards),
      );
      await system.mustRun(armCommand);
      await system.guest.qmp.execute('set_link', { name: 'card0', up: false });
      const mark = await system.panic();
      const said = await savedBy(system);

      expect(said).toContain('crashseal: network: bond0.42 has 10.0.2.77');
      expectOneDump(server.folder, mark);
      expect(ports.received[0]).toBe(0);
      expect(ports.received[1]).toBeGreaterThan(1000);
    } finally {
      ports.stop();
      await server.stop();
    }
  }));

test('nfs-target-holds-vmcore: version 4.2 over IPv6, from an address that a router announces', () =>
  withWorkFolder('nfs-ipv6', async (folder) => {
    const server = await startNfsServer(folder, { address: '::1' });
    try {
      const target = nfsTargetOf(server, { server: 'fec0::2', version: 4.2 });
      const network = { interface: 'DRIVER=virtio_net', address: 'slaac' };
      const { system } = await boot(folder, guestOf('nfs-ipv6', '6.1', [target], network));
      await system.mustRun(armCommand);
      const mark = await system.panic();
      const said = await savedBy(system);
      expect(said).toMatch(/crashseal: network: eth0 has fec0::/);
      expectOneDump(server.folder, mark);
    } finally {
      await server.stop();
    }
  }));
