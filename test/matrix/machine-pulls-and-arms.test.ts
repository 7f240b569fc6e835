/**
 * A Debian with systemd that has both packages, and this machine's docker-registry: the timer has it fetch what was
 * pushed, and the loader arms it. Then a changed bundle; then registries that lie; and the dump of a panic after all of
 * that.
 */
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { complaintsAbout } from '../../pipeline/guest/dump-complaints.ts';
import { makeDumpDevice } from '../../pipeline/guest/dump-device.ts';
import { crashRegionsOf } from '../../pipeline/guest/loaded-image.ts';
import { SystemGuest } from '../../pipeline/guest/system-guest.ts';
import { realHost } from '../../pipeline/host/real-host.ts';
import { inspectBundle } from '../../pipeline/seal/inspect.ts';
import { sha256 } from '../../pipeline/units/sha256.ts';
import { must } from '../fixtures/results.ts';
import { type Answering, endless, holding, honest } from '../pull/answers.ts';
import { bundlesFolder, endWithDump, testProfile } from '../support/capture.ts';
import { buildBundle, crashseal, developmentKeys } from '../support/crashseal.ts';
import { debianDisk, debianInitramfs, debianWords } from '../support/debian-system.ts';
import { testKernelTree } from '../support/kernel-tree.ts';
import { hostOfGuest, userNetwork } from '../support/servers/beside-guest.ts';
import { login, RegistryServer } from '../support/servers/registry-server.ts';
import { withWorkFolder } from '../support/work-folder.ts';

const name = 'machine-pulls-and-arms';
const memory = 1024;
const cpus = 2;
const unit = 'crashseal-pull.service';
/** Bytes of a changed profile beyond what it shares. */
const uniqueMost = 64 << 10;

const network = `[Match]
Driver=virtio_net
[Network]
Address=10.0.2.15/24
Gateway=${hostOfGuest}
# Whoever waits for the network is not to wait for what nobody here gives.
LinkLocalAddressing=no
IPv6AcceptRA=no
`;
/** An hour is too long for a test. */
const atOnce = '[Timer]\nOnBootSec=\nOnBootSec=1\nRandomizedDelaySec=0\n';
const settings = (port: number | string, more = ''): string =>
  `reference=${hostOfGuest}:${port}/kdump:web
ca=/etc/crashseal/ca.pem
login=/etc/crashseal/login
backoff=1
${more}`;

const seconds = (from: number): number => (performance.now() - from) / 1000;

test('machine-pulls-and-arms, and lying-registry-harms-nothing', ({ annotate }) =>
  withWorkFolder(name, async (folder) => {
    const kernel = await testKernelTree('6.12');
    const keys = developmentKeys(join('out', 'e2e'));
    const profile = {
      ...testProfile({ name, kernel: '6.12', crashkernel: ['256M'] }, kernel),
      // As small as it gets: the machine, under emulation, digests every byte several times.
      kernelForm: 'compressed',
      initramfs: { from: 'composed', drivers: ['virtio_blk', 'virtio_pci'] },
    };
    const bundle = buildBundle(folder, profile, keys, bundlesFolder);
    const changed = { ...profile, name: `${name}-changed`, dump: { format: 'elf', level: 0 } };
    const changedBundle = buildBundle(folder, changed, keys, bundlesFolder);
    const stranger = developmentKeys(join(folder, 'stranger'));
    const forgedProfile = { ...profile, name: `${name}-forged` };
    const forged = buildBundle(folder, forgedProfile, stranger, bundlesFolder);
    const server = await RegistryServer.start(join(folder, 'registry'));
    onTestFinished(() => server.stop());
    const [, registryPort = ''] = server.host.split(':');
    const push = (path: string): void => {
      const pushed = crashseal(['push', ...server.options, `${server.host}/kdump:web`, path]);
      expect(pushed.exitCode, pushed.stderr).toBe(0);
    };

    const made = execFileSync('make', ['-s', 'deb'], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const packages = [/\S+load_\S+_amd64\.deb/, /\S+pull_\S+_all\.deb/].map(
      (form) => made.match(form)?.[0] ?? '',
    );
    const dump = join(folder, 'dump.raw');
    const initrd = join(folder, 'system.cpio');
    makeDumpDevice(dump, memory);
    const text = (path: string, content: string, mode = 0o644) => ({
      path,
      mode,
      content: { text: content },
    });
    writeFileSync(
      initrd,
      debianInitramfs(
        kernel,
        [
          ...packages.map((from, at) => ({ path: `root/${at}.deb`, content: { from } })),
          text('etc/systemd/network/guest.network', network),
          text('etc/systemd/system/crashseal-pull.timer.d/at-once.conf', atOnce),
          { path: 'etc/crashseal/trust.pem', content: { from: keys.trust } },
          { path: 'etc/crashseal/ca.pem', content: { from: server.tls.ca } },
          text('etc/crashseal/pull.conf', settings(registryPort)),
          text(
            'etc/crashseal/login',
            `machine ${hostOfGuest} login ${login.user} password "${login.password}"\n`,
            0o600,
          ),
        ],
        ['virtio_net'],
      ),
    );
    const system = await SystemGuest.start({
      name,
      kernel: kernel.vmlinuz,
      initrd,
      cpus,
      cpusTakeTurns: true,
      memory: `${memory}M`,
      append: `console=ttyS0 crashkernel=256M ${debianWords}`,
      disks: [{ path: debianDisk(folder) }, { path: dump, serial: 'crashdump' }],
      extraArgs: userNetwork,
    });
    onTestFinished(() => system.stop());
    const says = async (line: string): Promise<string> => (await system.mustRun(line)).trimEnd();
    const journal = `journalctl --boot --no-hostname --output=cat --unit=${unit}`;
    const set = (text: string): Promise<string> =>
      system.mustRun(`printf '${text.replaceAll('\n', '\\n')}' >/etc/crashseal/pull.conf`);
    /** What runs of the unit said since the last question. */
    const told = (): Promise<string> => says(`${journal} --cursor-file=/run/cursor`);
    const armed = async () => {
      const { output } = await system.run('crashseal-load --status --json');
      return {
        loaded: await says('cat /sys/kernel/kexec_crash_loaded'),
        seal: JSON.parse(output).record?.sealDigest,
        file: (await says('sha256sum /etc/crashseal/bundle')).slice(0, 64),
      };
    };
    const sealOf = async (path: string) => ({
      loaded: '1',
      seal: must(await inspectBundle(realHost(), path)).sealDigest,
      file: sha256(readFileSync(path)),
    });
    await system.mustRun('systemctl enable --now systemd-networkd.service 2>&1');
    const crashRegions = await crashRegionsOf(system);

    // Nothing is armed; the timer of the package that is installed has the bundle fetched, and armed.
    await system.mustRun('dpkg --install /root/0.deb && rm /root/0.deb');
    expect(await says('cat /sys/kernel/kexec_crash_loaded')).toBe('0');
    push(bundle);
    await system.mustRun('dpkg --install /root/1.deb && rm /root/1.deb');
    expect(await says('systemctl is-enabled crashseal-pull.timer')).toBe('enabled');
    await system.mustRun(
      `until [ "$(systemctl show --value --property=ExecMainExitTimestampMonotonic ${unit})" -gt 0 ]; do sleep 0.2; done`,
    );
    const first = await told();
    expect(first).toContain(`/kdump:web is armed: sha256:`);
    expect(await armed()).toEqual(await sealOf(bundle));
    const status = await system.run('crashseal-pull --status');
    expect([status.exitCode, status.output]).toEqual([0, expect.stringMatching(/^last +armed$/m)]);

    // Nothing new: one question.
    let before = server.requests.length;
    await system.mustRun(`systemctl start ${unit}`);
    expect(await told()).toContain('is the bundle that is here');
    expect(new Set(server.requests.slice(before))).toEqual(
      new Set(['GET /v2/kdump/manifests/web']),
    );

    // A changed bundle: head and tail are fetched, and it is armed.
    before = server.requests.length;
    const start = performance.now();
    push(changedBundle);
    const pushed = seconds(start);
    const questions = server.requests.length;
    await system.mustRun(`systemctl start ${unit}`);
    const whole = seconds(start);
    const second = await told();
    expect(await armed()).toEqual(await sealOf(changedBundle));
    const [, fetched = '', total = ''] = second.match(/(\d+) of (\d+) bytes fetched/) ?? [];
    expect(Number(total)).toBe(readFileSync(changedBundle).length);
    expect(Number(fetched)).toBeGreaterThan(0);
    expect(Number(fetched)).toBeLessThanOrEqual(uniqueMost);
    const blobs = server.requests.slice(questions).filter((one) => one.includes('/blobs/'));
    expect(new Set(blobs).size).toBe(2);
    await annotate(
      `from push to armed ${whole.toFixed(1)} s, of which push ${pushed.toFixed(1)} s; ${fetched} of ${total} bytes fetched`,
    );

    // Registries that lie, each in another way.
    let answering: Answering = (_, response) => response.destroy();
    const liar = createServer(
      { cert: readFileSync(server.tls.cert), key: readFileSync(server.tls.key) },
      ({ url = '', headers }, response) => {
        response.on('error', () => undefined);
        answering({ path: url, headers }, response);
      },
    ).listen(0, '127.0.0.1');
    await once(liar, 'listening');
    onTestFinished(() => {
      liar.closeAllConnections();
      liar.close();
    });
    const { port } = liar.address() as AddressInfo;
    const held = await holding(readFileSync(bundle));
    const spoiled = honest(held, (path, bytes) =>
      path.startsWith('blobs') ? Buffer.from(bytes).fill(1, 0, 1) : bytes,
    );
    const lies: readonly (readonly [Answering, string, string?])[] = [
      [spoiled, 'does not have its digest'],
      [honest(await holding(readFileSync(forged))), 'the loader refuses'],
      [endless, 'more than 65536 bytes'],
      [
        (one, response) =>
          one.path.includes('/blobs/') ? endless(one, response) : honest(held)(one, response),
        'more than',
      ],
      [() => undefined, 'does not answer', 'patience=2\n'],
      [(_, response) => response.destroy(), 'does not answer'],
      [
        (_, response) => response.writeHead(307, { location: `http://${hostOfGuest}:1/` }).end(),
        'answered 307',
      ],
      [(_, response) => response.end('{}'), 'is not a bundle'],
    ];
    for (const [answer, reason, more = ''] of lies) {
      answering = answer;
      await set(settings(port, more));
      // As if the last failure were long ago.
      await system.mustRun("sed -i 's/^again=.*/again=0/' /var/lib/crashseal/pull/state");
      expect((await system.run(`systemctl start ${unit}`)).exitCode).not.toBe(0);
      expect(await told()).toContain(reason);
      expect([reason, await armed()]).toEqual([reason, await sealOf(changedBundle)]);
      expect((await system.run('crashseal-pull --status')).exitCode).toBe(1);
    }
    const left = await says('du -sk /etc/crashseal/.crashseal-pull | cut -f 1');
    expect(Number(left)).toBeLessThan((2 * Number(total)) / 1024 + 1024);

    // The honest one again, and a panic: the dump is there.
    await set(settings(registryPort));
    await system.mustRun('crashseal-pull --now');
    expect((await system.run('crashseal-pull --status')).exitCode).toBe(0);
    expect(await armed()).toEqual(await sealOf(changedBundle));
    const mark = await system.panic(0);
    await endWithDump(system, dump);
    expect(complaintsAbout(dump, { cpus, mark, crashRegions })).toEqual([]);
  }));
