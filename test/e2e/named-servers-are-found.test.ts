/**
 * Servers are named in the profile, and the capture kernel asks a name server for them, from static addresses of both
 * families. Other ways to addresses and names: nfs-target-holds-vmcore, and test/matrix.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { armCommand, boot } from '../support/capture.ts';
import { expectOneDump } from '../support/file-systems.ts';
import { guestOf, hostAddress, nfsTargetOf, savedBy } from '../support/nfs-guest.ts';
import { startNfsServer } from '../support/servers/nfs-server.ts';
import {
  hostOfGuest6,
  nameServerOfGuest,
  PrivateNetwork,
  startNameServer,
} from '../support/servers/private-network.ts';
import { withWorkFolder } from '../support/work-folder.ts';

test('from static addresses, by IPv6 and by IPv4; a name that nobody knows is passed over', () =>
  withWorkFolder('named-servers', async (folder) => {
    const network = await PrivateNetwork.start(folder);
    const names = await startNameServer(folder, network, {
      'six.example.test': hostOfGuest6,
      'four.example.test': hostAddress,
    });
    const six = await startNfsServer(folder, { name: 'six', address: '::1', network });
    const four = await startNfsServer(folder, { name: 'four', network });
    try {
      const targets = [
        nfsTargetOf(four, { server: 'nobody.example.test' }),
        nfsTargetOf(six, { server: 'six.example.test', version: 4.2, what: 'dmesg' }),
        nfsTargetOf(four, { server: 'four.example.test' }),
      ];
      const settings = {
        address: ['10.0.2.77/24', 'fec0::77/64'],
        gateway: [hostAddress, hostOfGuest6],
        dns: nameServerOfGuest,
      };
      const { system } = await boot(
        folder,
        guestOf('named-servers', '6.12', targets, settings, network.cards),
      );
      await system.mustRun(armCommand);
      const mark = await system.panic();
      const said = await savedBy(system);

      expect(said).toContain('crashseal: network: eth0 has 10.0.2.77');
      expect(said).toContain(
        `no name server knows nobody.example.test: asked ${nameServerOfGuest}`,
      );
      expect(said).toMatch(/log saved to six\.example\.test:/);
      expect(said).toMatch(/vmcore saved: \d+ bytes to four\.example\.test:/);
      expectOneDump(four.folder, mark);
      const [log = ''] = readdirSync(six.folder);
      expect(readFileSync(join(six.folder, log, 'vmcore-dmesg.txt'), 'latin1')).toContain(
        mark.nonce,
      );
      expect(names.log).toContain('query[A] nobody.example.test from 127.0.0.1');
      // Those addresses were used and no others; links have their own.
      const sources = network.sources();
      const guests = [...sources.keys()].filter(
        (source) =>
          !/^(::$|fe80:)/.test(source) &&
          ![hostAddress, hostOfGuest6, nameServerOfGuest].includes(source),
      );
      expect(guests.sort()).toEqual(['10.0.2.77', 'fec0::77']);
      for (const guest of guests) expect(sources.get(guest)).toBeGreaterThan(10);
    } finally {
      await Promise.all([six.stop(), four.stop(), names.stop()]);
      network.stop();
    }
  }));
