/**
 * Targets on other machines: a server stands in under the address of the real one, and proves to be it only with its key.
 * NFS servers, and an SSH server with the right key, stand in only where `make test-matrix` runs this.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { virtioDisk } from '../../pipeline/guest/system-initramfs.ts';
import { crashseal, type ProfileText } from '../support/crashseal.ts';
import { testInFull } from '../support/examples.ts';
import { withGanesha } from '../support/servers/nfs-server.ts';
import { makeSshKey, withSshd } from '../support/servers/ssh-server.ts';
import { makeCertificate } from '../support/servers/upload-server.ts';
import { bundleWords, tryBundle } from '../support/tried-bundle.ts';
import { withWorkFolder } from '../support/work-folder.ts';

const composed = { from: 'composed', compression: 'none', drivers: virtioDisk };
const address = '203.0.113.80';
const scenario = (name: string, profile: ProfileText) =>
  ({
    name,
    kernel: '6.1',
    profile: {
      target: undefined,
      initramfs: composed,
      dump: { level: 31 },
      ...profile,
    },
  }) as const;

test('with the key of the server, all of it is shown: address, token, certificate, dump', () =>
  withWorkFolder('test-crash-https', async (folder) => {
    const { certificate } = makeCertificate(folder, 'server', undefined, address);
    const { exitCode, proof, wrong } = await tryBundle(
      folder,
      scenario('test-crash-https', {
        targets: [
          {
            kind: 'http',
            url: `https://${address}/crash/web`,
            ca: certificate,
            token: '/etc/crashseal/http/token',
          },
        ],
        localOverlay: { max: '64K' },
        network: {
          address: '198.51.100.5/24',
          gateway: '198.51.100.1',
          drivers: ['virtio_net'],
        },
      }),
      [
        '--quick',
        '--server-key',
        join(folder, 'server.key'),
        '--server-cert',
        join(folder, 'server.pem'),
      ],
    );
    expect(wrong).toEqual([]);
    expect([exitCode, proof.outcome]).toEqual([0, 'passed']);
  }));

testInFull(
  'without the key of the server, one is reached and refused, and that is not proven; the next target has the dump',
  () =>
    withWorkFolder('test-crash-stranger', async (folder) => {
      const { certificate } = makeCertificate(folder, 'real');
      const { exitCode, proof, wrong } = await tryBundle(
        folder,
        scenario('test-crash-stranger', {
          targets: [
            { kind: 'http', url: `https://${address}`, ca: certificate },
            { kind: 'http', url: 'http://203.0.113.81:8080/crash' },
          ],
          network: { address: 'dhcp', drivers: ['e1000e'] },
        }),
        ['--quick'],
      );
      expect([exitCode, proof.outcome]).toEqual([4, 'not proven']);
      const passed = proof.findings.filter(({ outcome }) => outcome === 'passed');
      expect(passed.map(({ check }) => check)).toEqual(
        expect.arrayContaining([
          'the capture kernel reaches the server',
          'a server without the pinned key gets nothing',
          'the machine ends as the profile says',
        ]),
      );
      expect(wrong).toEqual([expect.stringMatching(/belongs to the real server.*--server-key/)]);
      const log = readFileSync(join(proof.logs ?? '', 'capture.log'), 'latin1');
      expect(log).toMatch(/vmcore saved: \d+ bytes to http:\/\/203\.0\.113\.81:8080\/crash/);
    }),
);

const sshScenario = (name: string, hostKey: string) =>
  scenario(name, {
    targets: [
      { kind: 'ssh', host: address, port: 2222, user: 'dumps-of-web', hostKey },
      { kind: 'http', url: 'http://203.0.113.81:8080/crash' },
    ],
    localOverlay: { max: '64K' },
    network: { address: 'dhcp', drivers: ['virtio_net'] },
    initramfs: composed,
  });

testInFull(
  'an SSH server with the pinned host key takes the dump as a user that this machine does not have',
  () =>
    withWorkFolder('test-crash-ssh', async (folder) => {
      makeSshKey(folder, 'host');
      const hostKey = readFileSync(join(folder, 'host.pub'), 'utf8').trim();
      const { exitCode, proof, wrong } = await tryBundle(
        folder,
        sshScenario('test-crash-ssh', hostKey),
        ['--quick', '--server-host-key', join(folder, 'host')],
        withSshd(folder),
      );
      expect(wrong).toEqual([]);
      expect([exitCode, proof.outcome]).toEqual([0, 'passed']);
      const log = readFileSync(join(proof.logs ?? '', 'capture.log'), 'latin1');
      expect(log).toMatch(/vmcore saved: \d+ bytes to dumps-of-web@203\.0\.113\.80/);
    }),
);

test('an SSH server without the pinned host key gets nothing, which is seen, and the target is not proven', () =>
  withWorkFolder('test-crash-ssh-stranger', async (folder) => {
    const { public: hostKey } = makeSshKey(folder, 'real');
    const strange = sshScenario('test-crash-ssh-stranger', hostKey);
    const env = withSshd(folder);
    const { exitCode, proof, wrong } = await tryBundle(folder, strange, ['--quick'], env);
    expect([exitCode, proof.outcome]).toEqual([4, 'not proven']);
    const passed = proof.findings.filter(({ outcome }) => outcome === 'passed');
    expect(passed.map(({ check }) => check)).toEqual(
      expect.arrayContaining([
        'the capture kernel reaches the server',
        'a server without the pinned key gets nothing',
        'the machine ends as the profile says',
      ]),
    );
    expect(wrong).toEqual([expect.stringMatching(/belongs to the real server.*--server-host-key/)]);
    const log = readFileSync(join(proof.logs ?? '', 'capture.log'), 'latin1');
    expect(log).toMatch(/vmcore saved: \d+ bytes to http:\/\/203\.0\.113\.81:8080\/crash/);

    // A key of another server is refused before anything runs, and so is what is no key.
    makeSshKey(folder, 'other');
    const words = await bundleWords(folder, strange);
    const told = (file: string) => {
      const key = ['--server-host-key', join(folder, file)];
      const ran = crashseal(['test-crash', ...key, ...words], env);
      return [ran.exitCode, ran.stdout, ran.stderr];
    };
    expect(told('other')).toEqual([1, '', expect.stringMatching(/no ssh target .* pins/)]);
    expect(told('real.pub')).toEqual([1, '', expect.stringMatching(/no private key/)]);
    expect(told('none')).toEqual([1, '', expect.stringMatching(/the key of the server/)]);
  }));

testInFull(
  'NFS servers take the dump, one after the other; a version that they do not have is not proven',
  () =>
    withWorkFolder('test-crash-nfs', async (folder) => {
      const target = { kind: 'nfs', server: address, directory: '/machines/web', keepFree: '1M' };
      const nfs = scenario('test-crash-nfs', {
        targets: [
          { ...target, export: '/srv/crash' },
          { ...target, export: '/srv/other', version: '4.0', port: 3049 },
          { ...target, export: '/srv/old', version: '3' },
        ],
        network: { address: 'dhcp', drivers: ['virtio_net'] },
      });
      const { exitCode, proof, wrong } = await tryBundle(folder, nfs, [], withGanesha(folder));
      expect(wrong).toEqual([
        expect.stringMatching(/^setting: target 3 .*\/srv\/old: .*NFS 4 only$/),
        expect.stringMatching(/^fall-back-3: target 3 gets the dump: not proven/),
      ]);
      expect([exitCode, proof.outcome]).toEqual([4, 'not proven']);
      const saved = ['panic-1', 'fall-back-2-1'].map((run) => {
        const log = readFileSync(join(proof.logs ?? '', `${run}.log`), 'latin1');
        return / vmcore saved: \d+ bytes to (\S+\/machines\/web)\//.exec(log)?.[1];
      });
      expect(saved).toEqual([
        `${address}:/srv/crash/machines/web`,
        `${address}:/srv/other/machines/web`,
      ]);
    }),
);
