/**
 * A machine that is reset while its dump is on its way: what is there of it is collected at the next boot, with its log
 * and with the word that it was cut; dumps that were there before are whole. On a raw device and on a file system.
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { blankDisk, makeFileSystem } from '../../pipeline/guest/file-systems.ts';
import type { DiskOptions } from '../../pipeline/guest/machines/machine-shape.ts';
import { dmesgOf } from '../../pipeline/guest/makedumpfile.ts';
import { SystemGuest } from '../../pipeline/guest/system-guest.ts';
import { systemInitramfs, virtioDisk } from '../../pipeline/guest/system-initramfs.ts';
import type { Report } from '../../pipeline/savecore/report.ts';
import { asStream, kdumpFile } from '../fixtures/flattened-stream.ts';
import { oopsLog } from '../fixtures/kernel-logs.ts';
import { armCommand, bundlesFolder, loaderFiles, testProfile } from '../support/capture.ts';
import { buildBundle, crashseal, developmentKeys } from '../support/crashseal.ts';
import { written } from '../support/disk-traffic.ts';
import { testKernelTree } from '../support/kernel-tree.ts';
import { markerOf } from '../support/raw-records.ts';
import { withWorkFolder } from '../support/work-folder.ts';

/** More than a log, and less than a dump. */
const halfWay = 6 << 20;
const earlier = 'web1-2026-01-02-03:04:05';

test('cut-dump-is-collected, older-dumps-survive-a-reset', ({ annotate }) =>
  withWorkFolder('cut-dump', async (folder) => {
    const name = 'cut-dump';
    const kernel = await testKernelTree('6.12');
    const keys = developmentKeys(join('out', 'e2e'));
    const scenario = {
      name,
      kernel: '6.12',
      profile: {
        target: undefined,
        targets: [
          { kind: 'raw', device: 'SERIAL=crashdump', slots: 2, waitSeconds: 5 },
          { kind: 'filesystem', device: '/dev/vda', type: 'ext4', directory: '/crash' },
        ],
        dump: { format: 'kdump' },
      },
    } as const;
    const bundle = buildBundle(folder, testProfile(scenario, kernel), keys, bundlesFolder);

    const before = join(folder, 'before/crash', earlier);
    mkdirSync(before, { recursive: true });
    writeFileSync(join(before, 'vmcore.flat'), asStream(kdumpFile()));
    writeFileSync(join(before, 'vmcore-dmesg.txt'), oopsLog);
    const files = makeFileSystem(join(folder, 'files'), 'ext4', 'files', 256, [
      '-d',
      join(folder, 'before'),
    ]);
    const raw = blankDisk(join(folder, 'raw'), 256);
    const collected = makeFileSystem(join(folder, 'collected'), 'ext4', 'collected', 256);
    const initrd = join(folder, 'system.cpio');
    writeFileSync(
      initrd,
      systemInitramfs({
        kernel,
        drivers: [...virtioDisk, 'ext4'],
        files: [
          ...loaderFiles('x86_64', bundle, keys.trust),
          { path: 'etc/crashseal/savecore.conf', content: { text: 'keep_free=1\n' } },
          {
            path: 'sbin/crashseal-savecore',
            mode: 0o755,
            content: { from: 'loader/savecore/crashseal-savecore' },
          },
          {
            path: 'usr/lib/crashseal/crashseal-rearrange',
            mode: 0o755,
            content: { from: 'out/native/x86_64/crashseal-rearrange' },
          },
        ],
      }),
    );
    const rawDisk: DiskOptions = { path: raw, serial: 'crashdump' };
    const boot = (which: string, ...more: readonly DiskOptions[]) =>
      SystemGuest.start({
        name: `${name}-${which}`,
        kernel: kernel.vmlinuz,
        initrd,
        memory: '512M',
        append: 'console=ttyS0 crashkernel=160M',
        disks: [{ path: files }, ...more],
      });
    /** Panics, and is reset when half of the dump is on the drive. */
    const cutOn = async (which: string, drive: string, ...more: readonly DiskOptions[]) => {
      const system = await boot(which, ...more);
      await system.mustRun(armCommand);
      const mark = await system.panic();
      await system.guest.console.waitFor(/crashseal: target 1 of 2/);
      const begun = await written(system, drive);
      while ((await written(system, drive)) - begun < halfWay) await setTimeout(50);
      await system.guest.qmp.execute('system_reset');
      // QEMU ends where a machine would start again.
      expect((await system.guest.ended()).reason).toBe('host-qmp-system-reset');
      expect(system.guest.console.text()).not.toContain('vmcore saved');
      return mark;
    };

    const first = await boot('whole', rawDisk);
    await first.mustRun(armCommand);
    const whole = await first.panic();
    expect((await first.guest.ended()).reason, first.guest.console.tail()).toBe('guest-shutdown');
    const onRaw = await cutOn('on-raw', 'disk1', rawDisk);
    const onFiles = await cutOn('on-files', 'disk0');
    expect([markerOf(raw, 1).state, markerOf(raw, 2).state]).toEqual(['complete', 'writing']);

    // Elsewhere, from a copy of the device.
    const listed = crashseal(['savecore', raw, '--list']).stdout;
    expect(listed).toMatch(/^slot 1 .* whole, with a log/m);
    expect(listed).toMatch(/^slot 2 .* cut/m);

    const last = await boot('collects', rawDisk, { path: collected });
    await last.mustRun('ln -s /bundle /etc/crashseal/bundle');
    await last.mustRun('mkdir -p /var/crash && mount /dev/vdc /var/crash');
    const said = await last.mustRun('crashseal-savecore 2>&1');
    await annotate(said);
    expect(await last.mustRun('crashseal-savecore --list')).toBe('');
    await last.mustRun('umount /var/crash');
    await last.stop();

    const out = join(folder, 'out');
    mkdirSync(out);
    execFileSync('debugfs', ['-R', `rdump / ${out}`, collected], { stdio: 'pipe' });
    /** What was collected from there: its report, and a file beside it. */
    const from = (place: string) => {
      const [, into = ''] =
        new RegExp(`^collected ${place} into /var/crash/(\\S+)$`, 'm').exec(said) ?? [];
      const at = (file: string): string => join(out, into, file);
      return { at, report: JSON.parse(readFileSync(at('report.json'), 'utf8')) as Report };
    };
    const survived = from('/dev/vdb slot 1');
    expect(survived.report.dump).toMatchObject({ state: 'complete', why: null });
    expect(dmesgOf(survived.at('vmcore'))).toContain(whole.nonce);
    expect(from(`/dev/vda:/crash/${earlier}`).report.dump).toMatchObject({ state: 'complete' });
    for (const [place, mark, states] of [
      ['/dev/vdb slot 2', onRaw, ['cut']],
      // A file has the size that its file system has last told the disk, which may be none yet.
      [`/dev/vda:/crash/${onFiles.hostName}-\\S+`, onFiles, ['cut', 'none']],
    ] as const) {
      const { at, report } = from(place);
      expect(report).toMatchObject({
        dump: { why: 'it was cut while it was written' },
        panic: 'sysrq triggered crash',
        log: 'dmesg.txt',
      });
      expect(states).toContain(report.dump.state);
      expect(readFileSync(at('dmesg.txt'), 'latin1')).toContain(mark.nonce);
      if (report.dump.state === 'cut')
        expect(statSync(at('vmcore.incomplete')).size).toBeGreaterThan(0);
    }
  }));
