/**
 * Ways to a server that no test of every change takes. What there is besides: test/e2e/nfs-target-holds-vmcore and
 * test/e2e/named-servers-are-found.
 */
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { blankDisk } from '../../pipeline/guest/file-systems.ts';
import { dmesgOf, rearrange } from '../../pipeline/guest/makedumpfile.ts';
import { virtioDisk } from '../../pipeline/guest/system-initramfs.ts';
import { words } from '../../pipeline/units/words.ts';
import { armCommand, boot } from '../support/capture.ts';
import { expectEncryptedDump, makeIdentity } from '../support/encrypted-dump.ts';
import { expectOneDump } from '../support/file-systems.ts';
import { testKernelTree } from '../support/kernel-tree.ts';
import { guestOf, hostAddress, nfsTargetOf, savedBy } from '../support/nfs-guest.ts';
import { ledgerOf, markerOf } from '../support/raw-records.ts';
import { localOverlay } from '../support/servers/beside-guest.ts';
import { BondedPartner } from '../support/servers/bonded-partner.ts';
import { startNfsServer } from '../support/servers/nfs-server.ts';
import { PrivateNetwork, startNameServer } from '../support/servers/private-network.ts';
import { startSshServer } from '../support/servers/ssh-server.ts';
import { VlanSwitch } from '../support/servers/vlan-switch.ts';
import { startWebServer } from '../support/servers/web-server.ts';
import { withWorkFolder } from '../support/work-folder.ts';

test('SSH and HTTPS servers by name, of a name server that DHCP tells, encrypted, over a link that comes late', () =>
  withWorkFolder('late-link', async (folder) => {
    const network = await PrivateNetwork.start(folder);
    const [host, web] = ['dumps.example.test', 'web.example.test'];
    const names = await startNameServer(folder, network, {
      [host]: hostAddress,
      [web]: hostAddress,
    });
    const ssh = await startSshServer(folder, { network });
    const https = await startWebServer(folder, { host: web, network });
    try {
      const { identity, recipient } = makeIdentity(folder);
      const targets = [
        {
          kind: 'http',
          url: `https://${web}:${https.port}/crash`,
          ca: https.certificate,
          token: '/etc/crashseal/http/token',
          what: 'dmesg',
        },
        { kind: 'ssh', host, port: ssh.port, hostKey: ssh.hostKey },
      ];
      const settings = { interface: 'eth0' };
      const guest = guestOf('late-link', '6.1', targets, settings, network.cards);
      const { system } = await boot(folder, {
        ...guest,
        profile: { ...guest.profile, recipient, localOverlay: { max: '64K' } },
        files: [
          localOverlay(folder, 'overlay', {
            'etc/crashseal/http/token': https.token,
            'etc/crashseal/ssh/id': ssh.identity,
          }),
        ],
      });
      await system.mustRun(`${armCommand} --overlay /overlay`);
      const link = (up: boolean) => system.guest.qmp.execute('set_link', { name: 'card0', up });
      await link(false);
      const mark = await system.panic();
      await system.guest.console.waitFor(/crashseal: target 1 of 2/);
      await setTimeout(5000);
      expect(system.guest.console.text()).not.toContain('crashseal: network:');
      await link(true);
      const said = await savedBy(system);
      expect(said).toContain('crashseal: network: eth0 has 10.0.2.15');
      expect(names.log).toContain(`query[A] ${host} from 127.0.0.1`);
      expect(names.log).toContain(`query[A] ${web} from 127.0.0.1`);

      /** Of what a server has got: a file without its ending, opened. */
      const opened = (server: { readonly folder: string }, name: string): string => {
        const [dump = ''] = readdirSync(server.folder);
        const encrypted = readFileSync(join(server.folder, dump, `${name}.age`));
        expect(encrypted.includes(mark.nonce)).toBe(false);
        const to = join(folder, name);
        writeFileSync(
          to,
          execFileSync('age', ['-d', '-i', identity], { input: encrypted, maxBuffer: 2 ** 30 }),
        );
        return to;
      };
      for (const server of [https, ssh])
        expect(readFileSync(opened(server, 'vmcore-dmesg.txt'), 'latin1')).toContain(mark.nonce);
      const vmcore = join(folder, 'vmcore');
      rearrange(opened(ssh, 'vmcore.flat'), vmcore);
      expect(dmesgOf(vmcore)).toContain(mark.nonce);
    } finally {
      await Promise.all([https.stop(), ssh.stop(), names.stop()]);
      network.stop();
    }
  }));

test('the next card, where nobody answers on the first', () =>
  withWorkFolder('no-dhcp', async (folder) => {
    const server = await startNfsServer(folder);
    try {
      // The first card has a link, and nobody at its other end.
      const cards = words`
        -netdev hubport,id=net0,hubid=7 -device virtio-net-pci,netdev=net0
        -netdev user,id=net1 -device virtio-net-pci,netdev=net1
      `;
      const targets = [nfsTargetOf(server)];
      const { system } = await boot(
        folder,
        guestOf('no-dhcp', '6.12', targets, { waitSeconds: 30 }, cards),
      );
      await system.mustRun(armCommand);
      const mark = await system.panic();
      expect(await savedBy(system)).toContain('crashseal: network: eth1 has 10.0.2.15');
      expectOneDump(server.folder, mark);
    } finally {
      await server.stop();
    }
  }));

test('a VLAN over one card; no route to one server, no answer of the name server for the other', () =>
  withWorkFolder('no-network', async (folder) => {
    const server = await startNfsServer(folder);
    const vlan = 7;
    const ports = await VlanSwitch.start(vlan, 1);
    try {
      const cards = words`-netdev ${ports.netdevs[0] ?? ''} -device virtio-net-pci,netdev=net0`;
      const targets = [
        nfsTargetOf(server, { server: '192.0.2.9' }),
        nfsTargetOf(server, { server: 'dumps.example.test' }),
        nfsTargetOf(server),
      ];
      // Nobody is at that address of the VLAN.
      const settings = { vlan, address: '10.0.2.77/24', dns: '10.0.2.99' };
      const { system } = await boot(
        folder,
        guestOf('no-network', '6.12', targets, settings, cards),
      );
      await system.mustRun(armCommand);
      const mark = await system.panic();
      const said = await savedBy(system);
      expect(said).toContain('crashseal: network: eth0.7 has 10.0.2.77');
      expect(said).toContain('no route leads to 192.0.2.9');
      expect(said).toContain('no name server knows dumps.example.test: asked 10.0.2.99');
      expectOneDump(server.folder, mark);
      expect(ports.received[0]).toBeGreaterThan(1000);
    } finally {
      ports.stop();
      await server.stop();
    }
  }));

test('a bond whose partner speaks LACP, of which one port is lost; encrypted', () =>
  withWorkFolder('lacp', async (folder) => {
    const server = await startNfsServer(folder);
    const macs = ['52:54:00:00:00:0a', '52:54:00:00:00:0b'];
    const partner = await BondedPartner.start(folder, await testKernelTree('6.1'), macs);
    try {
      const { identity, recipient } = makeIdentity(folder);
      const settings = { bond: { mode: '802.3ad', members: macs.map((mac) => `MAC=${mac}`) } };
      const guest = guestOf('lacp', '6.12', [nfsTargetOf(server)], settings, partner.cards);
      const { system } = await boot(folder, {
        ...guest,
        profile: { ...guest.profile, recipient },
      });
      await system.mustRun(armCommand);
      const mark = await system.panic();
      const ended = savedBy(system);
      const bond = await Promise.race([
        partner.bundledWith(macs[0] ?? '', macs.length),
        ended.then((said) => `the guest has ended\n${said}`),
      ]);
      expect(bond).toContain('Bonding Mode: IEEE 802.3ad Dynamic link aggregation');
      await partner.unplug(system.guest, 0);
      expect(await ended).toMatch(/crashseal: network: bond0 has 10\.0\.2\.\d+/);
      expectEncryptedDump(server.folder, mark, identity);
    } finally {
      await Promise.all([partner.stop(), server.stop()]);
    }
  }));

test('a disk of its own, where no DHCP server answers at all', () =>
  withWorkFolder('no-lease', async (folder) => {
    const disk = blankDisk(join(folder, 'disk'), 256);
    const cards = words`-netdev hubport,id=net0,hubid=7 -device virtio-net-pci,netdev=net0`;
    const targets = [nfsTargetOf({ port: 2049 }), { kind: 'raw', device: 'SERIAL=crashdump' }];
    const guest = guestOf('no-lease', '6.1', targets, { waitSeconds: 10 }, cards);
    const { system } = await boot(folder, {
      ...guest,
      profile: {
        ...guest.profile,
        initramfs: { from: 'composed', compression: 'none', drivers: virtioDisk },
      },
      guest: { ...guest.guest, disks: [{ path: disk, serial: 'crashdump' }] },
    });
    await system.mustRun(armCommand);
    const mark = await system.panic();
    const why = /no network: eth0 has a link, but no DHCP server answers within \d+ s/;
    expect(await savedBy(system)).toMatch(why);
    expect(markerOf(disk)).toMatchObject({
      state: 'complete',
      previous: expect.stringMatching(why),
    });
    expect(ledgerOf(disk)).toMatchObject([
      { outcome: 'saved', reason: expect.stringMatching(why) },
    ]);
    const vmcore = join(folder, 'vmcore');
    rearrange(disk, vmcore);
    expect(dmesgOf(vmcore)).toContain(mark.nonce);
  }));
