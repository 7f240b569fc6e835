/**
 * A dump goes to nginx beside the guest, in parts; a server with another certificate gets nothing, and neither does
 * one that refuses; then the next target is tried in the same boot.
 */
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect, test } from 'vitest';
import { dmesgOf, rearrange } from '../../pipeline/guest/makedumpfile.ts';
import { virtioDisk } from '../../pipeline/guest/system-initramfs.ts';
import { firmwarePackage } from '../fixtures/firmware-package.ts';
import { armCommand, boot } from '../support/capture.ts';
import { hostOfGuest, localOverlay } from '../support/servers/beside-guest.ts';
import { makeCertificate, startUploadServer } from '../support/servers/upload-server.ts';
import { startWebServer } from '../support/servers/web-server.ts';
import { withWorkFolder } from '../support/work-folder.ts';

/**
 * A card whose driver, e100, brings no link up without firmware: as many zeros as it wants, which QEMU does not look
 * at, and three numbers of words in them.
 */
const card = ['-netdev', 'user,id=net0', '-device', 'i82551,netdev=net0,romfile='];
const microcode = 'e100/d102e_ucode.bin';
const microcodeSize = 134 * 4 + 3;

test('firmware-from-a-package-is-loaded, http-target-holds-vmcore, wrong-certificate-gets-nothing', () =>
  withWorkFolder('http-target', async (folder) => {
    const certificate = makeCertificate(join(folder, 'tls'), 'another');
    const imposter = await startUploadServer(undefined, certificate);
    const full = await startUploadServer(({ path }) => (path.endsWith('000002') ? 507 : 201));
    const server = await startWebServer(folder);
    const token = '/etc/crashseal/http/token';
    const at = (port: number): string => `https://${hostOfGuest}:${port}/crash`;
    const { system } = await boot(folder, {
      name: 'http-target',
      kernel: '6.1',
      profile: {
        target: undefined,
        targets: [
          { kind: 'http', url: at(imposter.port), ca: server.certificate, token },
          { kind: 'http', url: `http://${hostOfGuest}:${full.port}`, part: '4M' },
          { kind: 'http', url: at(server.port), ca: server.certificate, token },
        ],
        network: { address: 'dhcp', drivers: ['e100'] },
        initramfs: {
          from: 'composed',
          compression: 'none',
          drivers: virtioDisk,
          firmware: [
            firmwarePackage(resolve(folder), 'firmware-e100', {
              [`${microcode}.xz`]: new Uint8Array(microcodeSize),
            }),
          ],
        },
        localOverlay: { max: '64K' },
        dump: { format: 'kdump' },
      },
      guest: { extraArgs: card },
      files: [localOverlay(folder, 'overlay', { 'etc/crashseal/http/token': server.token })],
    });
    await system.mustRun(`${armCommand} --overlay /overlay`);
    const { nonce } = await system.panic();
    expect((await system.guest.ended()).reason).toBe('guest-shutdown');
    const said = system.guest.console.text();
    expect(said).toContain(`firmware: direct-loading firmware ${microcode}`);
    expect(said).toMatch(/cannot be reached: SSL certificate problem/);
    expect(said).toMatch(/did not store vmcore.flat.part-000002: HTTP status 507/);
    expect(said).toMatch(/crashseal: vmcore saved: \d+ bytes to https:\/\/10.0.2.2/);
    await Promise.all([imposter.stop(), full.stop(), server.stop()]);

    expect(imposter.uploads).toEqual([]);
    expect([...full.stored.keys()].some((path) => path.endsWith('.parts'))).toBe(false);
    const [directory = ''] = readdirSync(server.folder);
    const received = join(server.folder, directory);
    const names = readdirSync(received).sort();
    expect(names).toEqual([
      'report',
      'vmcore-dmesg.txt',
      ...names.filter((name) => /^vmcore\.flat\.part-\d{6}$/.test(name)),
      'vmcore.flat.parts',
    ]);
    expect(readFileSync(join(received, 'vmcore-dmesg.txt'), 'latin1')).toContain(nonce);
    expect(readFileSync(join(received, 'report'), 'latin1').match(/^previous=/gm)?.length).toBe(2);

    const run = (line: string): void => {
      execFileSync('bash', ['-c', line], { cwd: received, stdio: 'pipe' });
    };
    run('sha256sum --check --strict --quiet vmcore.flat.parts');
    run('cat vmcore.flat.part-* >vmcore.flat');
    rearrange(join(received, 'vmcore.flat'), join(folder, 'vmcore'));
    expect(dmesgOf(join(folder, 'vmcore'))).toContain(nonce);
  }));
