/** Every version of NFS on both kernels. What test/e2e/nfs-target-holds-vmcore shows by example, in full. */
import { expect, test } from 'vitest';
import { armCommand, boot } from '../support/capture.ts';
import { expectOneDump } from '../support/file-systems.ts';
import { guestOf, nfsTargetOf, savedBy } from '../support/nfs-guest.ts';
import { startNfsServer } from '../support/servers/nfs-server.ts';
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
