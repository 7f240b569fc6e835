/**
 * A Debian with systemd: the package is installed with dpkg, a bundle is put in place, and from then on every boot
 * arms it, in its sandbox, before anything could forbid it. CPUs that go and come make it arm again; a panic is
 * captured. Removed and purged, the package leaves nothing.
 */
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { loaderStatuses } from '../../pipeline/format/loader-status.ts';
import { complaintsAbout } from '../../pipeline/guest/dump-complaints.ts';
import { completionMarker, makeDumpDevice } from '../../pipeline/guest/dump-device.ts';
import { crashRegionsOf } from '../../pipeline/guest/loaded-image.ts';
import { SystemGuest } from '../../pipeline/guest/system-guest.ts';
import { realHost } from '../../pipeline/host/real-host.ts';
import { inspectBundle } from '../../pipeline/seal/inspect.ts';
import { must } from '../fixtures/results.ts';
import { bundlesFolder, endWithDump, testProfile } from './capture.ts';
import { buildBundle, developmentKeys } from './crashseal.ts';
import { debianDisk, debianInitramfs, debianWords } from './debian-system.ts';
import { testKernelTree } from './kernel-tree.ts';
import { withWorkFolder } from './work-folder.ts';

const memory = 1024;
const cpus = 2;
const unit = 'crashseal.service';
const timer = 'crashseal-rearm.timer';
const statusUnit = 'crashseal-status.service';
const statusTimer = 'crashseal-status.timer';
const installed = 'dpkg --install /crashseal-load.deb';

const says = async (system: SystemGuest, line: string): Promise<string> =>
  (await system.mustRun(line)).trimEnd();

/** Every file there is, but for what dpkg itself keeps. */
const files = async (system: SystemGuest): Promise<readonly string[]> =>
  (await says(system, 'find / -xdev -not -path "/var/lib/dpkg/*" -not -path "/var/log/*"'))
    .split('\n')
    .sort();

const property = (system: SystemGuest, name: string, of = unit): Promise<string> =>
  says(system, `systemctl show --value --property=${name} ${of}`);

/** What crashseal-setup-check finds, by name. */
async function checkedSetup(system: SystemGuest) {
  const { exitCode, output } = await system.run('crashseal-setup-check --json');
  const { checks } = JSON.parse(output) as {
    readonly checks: readonly { readonly name: string; readonly state: string }[];
  };
  return {
    exitCode,
    output,
    states: Object.fromEntries(checks.map(({ name, state }) => [name, state])),
  };
}

const journal = `journalctl --boot --no-hostname --unit=${unit}`;
const armed = `${journal} --output=cat | grep -c ^armed`;

/** Waits until the loader has said so often that it has armed. */
const untilArmed = (system: SystemGuest, times: number): Promise<string> =>
  system.mustRun(`until [ "$(${armed})" -ge ${times} ]; do sleep 0.2; done`);

const notArmed = 3;

/** All of it, on this machine's Debian or on that one. */
export const expectArmsAtBoot = (
  name: string,
  annotate: (message: string) => Promise<unknown>,
  suite?: string,
): Promise<void> =>
  withWorkFolder(name, async (folder) => {
    const kernel = await testKernelTree('6.12');
    const keys = developmentKeys(join('out', 'e2e'));
    const scenario = { name, kernel: '6.12', crashkernel: ['256M'] } as const;
    const profile = testProfile(scenario, kernel);
    const bundle = buildBundle(folder, profile, keys, bundlesFolder);
    const hotplug = { ...profile, name: `${name}-hotplug`, hotplug: 'kernel' };
    const hotplugBundle = buildBundle(folder, hotplug, keys, bundlesFolder);
    const made = execFileSync('make', ['-s', 'deb'], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [deb = ''] = made.match(/\S+_amd64\.deb/) ?? [];
    const disk = debianDisk(folder, suite);
    const dump = join(folder, 'dump.raw');
    const initrd = join(folder, 'system.cpio');
    makeDumpDevice(dump, memory);
    writeFileSync(
      initrd,
      debianInitramfs(kernel, [
        { path: 'crashseal-load.deb', content: { from: deb } },
        { path: 'root/bundle', content: { from: bundle } },
        { path: 'root/hotplug', content: { from: hotplugBundle } },
        { path: 'root/trust.pem', content: { from: keys.trust } },
        {
          path: 'root/firmware.path',
          content: { from: 'loader/systemd-s390x/crashseal-firmware.path' },
        },
      ]),
    );
    const boot = (which: string) =>
      SystemGuest.start({
        name: `${name}-${which}`,
        kernel: kernel.vmlinuz,
        initrd,
        cpus,
        memory: `${memory}M`,
        append: `console=ttyS0 crashkernel=256M ${debianWords}`,
        disks: [{ path: disk }, { path: dump, serial: 'crashdump' }],
      });

    // Installed where there is no bundle, it is enabled, and nothing is started.
    const first = await boot('install');
    const before = await files(first);
    await first.mustRun(installed);
    expect(await says(first, `systemctl is-enabled ${unit}`)).toBe('enabled');
    expect(await property(first, 'ActiveState')).toBe('inactive');
    expect((await first.run('crashseal-load --status')).exitCode).toBe(notArmed);

    // What the machine still lacks is told, each with what to do.
    const lacks = await checkedSetup(first);
    expect(lacks.exitCode).toBe(1);
    expect(lacks.states).toEqual({
      kernel: 'ok',
      crashkernel: 'ok',
      target: 'missing',
      trust: 'missing',
      bundle: 'missing',
      units: 'ok',
      armed: 'missing',
    });
    await first.mustRun(`systemctl disable ${unit}`);
    expect((await checkedSetup(first)).states).toMatchObject({ units: 'missing' });
    await first.mustRun(`systemctl enable ${unit}`);

    // Where it is to arm all the same, as at a boot, it fails and is seen to.
    expect((await first.run(`systemctl start ${unit}`)).exitCode).not.toBe(0);
    expect(await property(first, 'ActiveState')).toBe('failed');
    expect(await property(first, 'ExecMainStatus')).toBe(`${loaderStatuses.noFile.code}`);
    await first.mustRun(`systemctl reset-failed ${unit}`);

    // Purged, it leaves nothing.
    await first.mustRun('dpkg --purge crashseal-load');
    expect(await files(first)).toEqual(before);

    // Installed where there is a bundle, it arms at once; removed, it disarms, and the administrator's files stay.
    await first.mustRun(
      'mkdir -p /etc/crashseal && mv /root/trust.pem /root/bundle /etc/crashseal/',
    );
    await first.mustRun(installed);
    expect(await says(first, 'crashseal-load --status')).toMatch(/^armed/);
    await first.mustRun(installed);
    expect(await says(first, armed), 'an upgrade leaves what is armed').toBe('1');
    await first.mustRun('dpkg --remove crashseal-load');
    expect(await says(first, 'cat /sys/kernel/kexec_crash_loaded')).toBe('0');
    await first.mustRun('cd /etc/crashseal && ls bundle trust.pem');
    await first.mustRun(`${installed} && sync`);
    await first.stop();

    // From now on every boot arms, before anything may forbid it.
    const system = await boot('boot');
    const crashRegions = await crashRegionsOf(system);
    expect(await says(system, 'crashseal-load --status')).toMatch(/^armed/);
    const whole = await checkedSetup(system);
    expect([whole.exitCode, ...new Set(Object.values(whole.states))], whole.output).toEqual([
      0,
      'ok',
    ]);
    expect(await property(system, 'ActiveState')).toBe('active');
    expect(await property(system, 'Result')).toBe('success');
    const moment = async (name: string, of: string) => Number(await property(system, name, of));
    const done = await moment('ActiveEnterTimestampMonotonic', unit);
    expect(done).toBeGreaterThan(0);
    for (const [name, of] of [
      ['ExecMainStartTimestampMonotonic', 'systemd-sysctl.service'],
      ['ActiveEnterTimestampMonotonic', 'sysinit.target'],
    ] as const)
      expect([of, (await moment(name, of)) >= done]).toEqual([of, true]);
    await annotate(await says(system, `systemctl status --full --plain ${unit}`));

    // A timer writes for node_exporter, where that is installed, what --status would say.
    expect(await says(system, `systemctl is-enabled ${statusTimer}`)).toBe('enabled');
    expect(await property(system, 'Unit', statusTimer)).toBe(statusUnit);
    const metrics = '/var/lib/prometheus/node-exporter';
    await system.mustRun(`systemctl start ${statusUnit} && ! ls ${metrics} 2>&1`);
    await system.mustRun(`mkdir -p ${metrics} && systemctl start ${statusUnit}`);
    expect(await says(system, `cat ${metrics}/*.prom`)).toMatch(/^crashseal_status 0$/m);

    // What runs in its sandbox can neither gain privileges nor write.
    await system.mustRun(`mkdir -p /run/systemd/system/${unit}.d`);
    await system.mustRun(
      `printf '[Service]\\nExecReload=cat /proc/self/status\\nExecReload=-touch /etc/hole\\n' >/run/systemd/system/${unit}.d/probe.conf`,
    );
    await system.mustRun(`systemctl daemon-reload && systemctl reload ${unit}`);
    await untilArmed(system, 2);
    const told = await says(system, `${journal} --output=cat`);
    expect(told).toMatch(/^NoNewPrivs:\s+1$/m);
    expect(told).toMatch(/^Seccomp:\s+2$/m);
    // CAP_SYS_RAWIO, CAP_SYS_ADMIN, CAP_SYS_BOOT.
    expect(told).toMatch(/^CapEff:\s+0000000000620000$/m);
    expect(told).toContain("cannot touch '/etc/hole': Read-only file system");
    await system.mustRun(`rm -r /run/systemd/system/${unit}.d && systemctl daemon-reload`);

    // What udev is told again at boot, of devices that were there, is no change.
    await system.mustRun('udevadm trigger --action=add --subsystem-match=cpu && udevadm settle');
    expect(await property(system, 'ActiveEnterTimestampMonotonic', timer)).toBe('0');

    // A CPU that goes and comes back.
    const cpu = '/sys/devices/system/cpu/cpu1/online';
    await system.mustRun(`echo 0 >${cpu}`);
    await untilArmed(system, 3);
    await system.mustRun(`echo 1 >${cpu}`);
    await untilArmed(system, 4);
    await annotate(await says(system, `${journal} --output=short-monotonic --unit=${timer}`));

    // What a program writes to sysfs, watched as on s390x; its files are other ones here.
    const firmware = '/sys/kernel/mm/transparent_hugepage';
    await system.mustRun(
      `sed 's|/sys/firmware/dump$|${firmware}|' /root/firmware.path >/run/systemd/system/firmware.path && systemctl daemon-reload && systemctl start firmware.path`,
    );
    await system.mustRun(`cat ${firmware}/enabled`);
    await system.mustRun(`echo never >${firmware}/enabled`);
    await untilArmed(system, 5);
    await system.mustRun(`echo madvise >${firmware}/enabled`);
    await untilArmed(system, 6);
    await system.mustRun('systemctl stop firmware.path');

    // A kernel that keeps the ELF core header right by itself needs no other load.
    const kernelCares = 'cat /sys/devices/system/cpu/crash_hotplug';
    expect(await says(system, kernelCares)).toBe('0');
    await system.mustRun('cd /etc/crashseal && mv bundle usual && mv /root/hotplug bundle');
    await system.mustRun(`systemctl reload ${unit}`);
    expect(await says(system, kernelCares)).toBe('1');
    const started = await property(system, 'ActiveEnterTimestampMonotonic', timer);
    await system.mustRun(`echo 0 >${cpu} && echo 1 >${cpu} && udevadm settle`);
    expect(await property(system, 'ActiveEnterTimestampMonotonic', timer)).toBe(started);
    await system.mustRun(`cd /etc/crashseal && mv usual bundle && systemctl reload ${unit}`);

    // A bundle that is refused: the unit says so, and what was armed stays.
    await system.mustRun('cd /etc/crashseal && mv bundle good && head -c 100000 good >bundle');
    expect((await system.run(`systemctl reload ${unit}`)).exitCode).not.toBe(0);
    expect(await says(system, 'crashseal-load --status')).toMatch(/^armed/);

    // Where nothing is armed, as after a boot, the bundle that was armed last is; and the unit is red all the same.
    for (const state of ['refused', 'missing']) {
      if (state === 'missing') await system.mustRun('rm /etc/crashseal/bundle');
      await system.mustRun('crashseal-load --unload');
      expect((await system.run(`systemctl restart ${unit}`)).exitCode).not.toBe(0);
      const { exitCode, output } = await system.run('crashseal-load --status');
      expect(output).toMatch(/^armed/);
      expect(output).toMatch(/^armed, but only the fallback: the last load was refused because /);
      expect([state, exitCode]).toEqual([state, loaderStatuses.fallbackArmed.code]);
      const ended = [
        await property(system, 'ActiveState'),
        await property(system, 'ExecMainStatus'),
      ];
      expect([state, ...ended]).toEqual([state, 'failed', `${loaderStatuses.fallbackArmed.code}`]);
    }
    expect(await says(system, `journalctl -b -o cat -u ${unit}`)).toMatch(
      /refused: \/etc\/crashseal\/bundle: /,
    );

    // Build, what is armed, and the marker on the dump's device name the bundle alike.
    const status = JSON.parse((await system.run('crashseal-load --status --json')).output);
    const built = must(await inspectBundle(realHost(), bundle));
    expect(status.record.sealDigest).toBe(built.sealDigest);
    expect(status.record.bundle.markerName).toBe(built.manifest?.markerName);

    const mark = await system.panic(0);
    await endWithDump(system, dump);
    expect(completionMarker(dump)).toContain(`bundle=${status.record.bundle.markerName}`);
    expect(complaintsAbout(dump, { cpus, mark, crashRegions })).toEqual([]);
  });
