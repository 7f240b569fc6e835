/**
 * A dump goes to a real SSH server beside the guest; a server with another host key gets nothing, and the next
 * target is tried in the same boot. Without the machine's key in its local overlay nothing is armed.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { dmesgOf, rearrange } from '../../pipeline/guest/makedumpfile.ts';
import { armCommand, boot } from '../support/capture.ts';
import { hostOfGuest, localOverlay, userNetwork } from '../support/servers/beside-guest.ts';
import { startSshServer } from '../support/servers/ssh-server.ts';
import { withWorkFolder } from '../support/work-folder.ts';

test('ssh-target-holds-vmcore, wrong-host-key-gets-nothing', () =>
  withWorkFolder('ssh-target', async (folder) => {
    const imposter = await startSshServer(folder, { name: 'imposter' });
    const server = await startSshServer(folder);
    const { system } = await boot(folder, {
      name: 'ssh-target',
      kernel: '6.12',
      profile: {
        target: undefined,
        targets: [
          { kind: 'ssh', host: hostOfGuest, port: imposter.port, hostKey: server.hostKey },
          { kind: 'ssh', host: hostOfGuest, port: server.port, hostKey: server.hostKey },
        ],
        network: { address: 'dhcp' },
        localOverlay: { max: '64K' },
        dump: { format: 'kdump' },
      },
      guest: { extraArgs: userNetwork },
      files: [
        localOverlay(folder, 'foreign', { 'etc/other/key': server.identity }),
        localOverlay(folder, 'overlay', { 'etc/crashseal/ssh/id': server.identity }),
      ],
    });
    expect(await system.run(armCommand)).toMatchObject({
      exitCode: 51,
      output: expect.stringContaining(
        'there is no local overlay, which must bring /etc/crashseal/ssh/id',
      ),
    });
    expect(await system.run(`${armCommand} --overlay /foreign`)).toMatchObject({
      exitCode: 51,
      output: expect.stringContaining('/foreign does not bring /etc/crashseal/ssh/id'),
    });
    await system.mustRun(`${armCommand} --overlay /overlay`);
    const { nonce, hostName } = await system.panic();
    expect((await system.guest.ended()).reason).toBe('guest-shutdown');
    const said = system.guest.console.text();
    expect(said).toMatch(/the server has another host key than the profile pins/);
    expect(said).toMatch(/crashseal: vmcore saved: \d+ bytes to crashdump@10.0.2.2/);
    await imposter.stop();
    await server.stop();

    expect(readdirSync(imposter.folder)).toEqual([]);
    const [directory = ''] = readdirSync(server.folder);
    expect(directory).toMatch(
      new RegExp(`^${hostName}-\\d{4}-\\d\\d-\\d\\d-\\d\\d:\\d\\d:\\d\\d$`),
    );
    const at = (name: string): string => join(server.folder, directory, name);
    expect(readdirSync(at('')).sort()).toEqual(['report', 'vmcore-dmesg.txt', 'vmcore.flat']);
    expect(readFileSync(at('vmcore-dmesg.txt'), 'latin1')).toContain(nonce);
    expect(readFileSync(at('report'), 'latin1')).toMatch(
      /^previous=target 1 \(.*\): .* takes no dump: the server has another host key/m,
    );
    rearrange(at('vmcore.flat'), join(folder, 'vmcore'));
    expect(dmesgOf(join(folder, 'vmcore'))).toContain(nonce);
  }));
