/** A dump goes to an NFS server, after others that fail. Other versions and networks: test/matrix/nfs. */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { armCommand, boot } from '../support/capture.ts';
import { expectOneDump } from '../support/file-systems.ts';
import { guestOf, nfsTargetOf, savedBy } from '../support/nfs-guest.ts';
import { freePort } from '../support/servers/debian-server.ts';
import { type NfsServer, startNfsServer } from '../support/servers/nfs-server.ts';
import { withWorkFolder } from '../support/work-folder.ts';

/** Stops the server as soon as some of a dump is there. */
async function stallInTheMiddle(server: NfsServer): Promise<void> {
  for (;;) {
    const [dump] = readdirSync(server.folder);
    const incomplete = join(server.folder, dump ?? '', 'vmcore-incomplete');
    if (dump !== undefined && (statSync(incomplete, { throwIfNoEntry: false })?.size ?? 0) > 0)
      break;
    await setTimeout(20);
  }
  server.pause();
}

test('unreachable-server-falls-back, stalled-server-ends-within-budget, nfs-target-holds-vmcore: version 3 by DHCP, after one of version 4.1', () =>
  withWorkFolder('nfs-falls-back', async (folder) => {
    const stalling = await startNfsServer(folder, { name: 'stalling' });
    const server = await startNfsServer(folder, { name: 'serving' });
    try {
      const targets = [
        nfsTargetOf({ port: await freePort() }),
        nfsTargetOf(stalling, { timeout: 30 }),
        nfsTargetOf(server, { version: 3, mountPort: server.mountPort }),
      ];
      const { system } = await boot(folder, guestOf('nfs-falls-back', '6.12', targets, {}));
      await system.mustRun(armCommand);
      const mark = await system.panic();
      await Promise.race([stallInTheMiddle(stalling), system.guest.ended()]);
      const said = await savedBy(system);

      expect(said).toContain('crashseal: network: eth0 has 10.0.2.15');
      expect(said).toMatch(/crashseal: 10\.0\.2\.2 takes no connection on port \d+: .*refused/);
      expect(said).toContain('crashseal: target 2: not done after 30 s');
      // Nobody waits for the stalled server any more: neither its attempt nor the last writing back.
      expect(said).not.toMatch(/left behind|disks do not take/);
      expect(said).toMatch(/vmcore saved: \d+ bytes to 10\.0\.2\.2:\/crash\/host-/);
      expectOneDump(server.folder, mark);
      // The dump tells of the attempts before it; what the other server has is no whole dump.
      const [dump = ''] = readdirSync(server.folder).filter((name) => name !== 'vmcore');
      const report = readFileSync(join(server.folder, dump, 'report'), 'utf8');
      expect(report).toMatch(/^previous=target 1 \(.*refused/m);
      expect(report).toMatch(/^previous=target 2 \(.*not done after 30 s/m);
      const [cut = ''] = readdirSync(stalling.folder);
      expect(readdirSync(join(stalling.folder, cut)).sort()).toEqual([
        'vmcore-dmesg.txt',
        'vmcore-incomplete',
      ]);
    } finally {
      await Promise.all([stalling.stop(), server.stop()]);
    }
  }));
