/**
 * A Debian with systemd panics, and at its next boot its dump is in /var/crash: whole, with its log and a report;
 * hooks have run; and it is collected once. The same dump is fetched from the disk elsewhere, by the tool, and is read by
 * makedumpfile and by drgn.
 */
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { completionMarker, makeDumpDevice } from '../../pipeline/guest/dump-device.ts';
import { dmesgOf, rearrange } from '../../pipeline/guest/makedumpfile.ts';
import { SystemGuest } from '../../pipeline/guest/system-guest.ts';
import type { Report } from '../../pipeline/savecore/report.ts';
import { bundlesFolder, endWithDump, testProfile } from '../support/capture.ts';
import { buildBundle, crashseal, developmentKeys } from '../support/crashseal.ts';
import { debianDisk, debianInitramfs, debianWords } from '../support/debian-system.ts';
import { testKernelTree } from '../support/kernel-tree.ts';
import { withWorkFolder } from '../support/work-folder.ts';

const memory = 1024;
const unit = 'crashseal-savecore.service';
/** What every boot of a real system leads to. */
const toTheEnd = 'systemd.wants=multi-user.target systemd.getty_auto=no';

test('savecore-collects-at-next-boot', ({ annotate }) =>
  withWorkFolder('savecore', async (folder) => {
    const kernel = await testKernelTree('6.1');
    const keys = developmentKeys(join('out', 'e2e'));
    const scenario = { name: 'savecore', kernel: '6.1', crashkernel: ['256M'] } as const;
    const profile = { ...testProfile(scenario, kernel), dump: { format: 'kdump', level: 31 } };
    const bundle = buildBundle(folder, profile, keys, bundlesFolder);
    const made = execFileSync('make', ['-s', 'deb'], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [deb = ''] = made.match(/\S+_amd64\.deb/) ?? [];
    const disk = debianDisk(folder);
    const target = join(folder, 'dump.raw');
    makeDumpDevice(target, 512);
    const initrd = join(folder, 'system.cpio');
    writeFileSync(
      initrd,
      debianInitramfs(kernel, [
        { path: 'crashseal-load.deb', content: { from: deb } },
        { path: 'etc/crashseal/bundle', content: { from: bundle } },
        { path: 'etc/crashseal/trust.pem', content: { from: keys.trust } },
        // The test's disk is small.
        { path: 'etc/crashseal/savecore.conf', content: { text: 'keep_free=32\n' } },
        {
          path: 'etc/crashseal/collected.d/note',
          mode: 0o755,
          content: { text: '#!/bin/sh\necho "$1" >>/var/noted\necho "a hook was here"\n' },
        },
      ]),
    );
    const boot = (which: string) =>
      SystemGuest.start({
        name: `savecore-${which}`,
        kernel: kernel.vmlinuz,
        initrd,
        cpus: 1,
        memory: `${memory}M`,
        append: `console=ttyS0 crashkernel=256M ${debianWords} ${toTheEnd}`,
        disks: [{ path: disk }, { path: target, serial: 'crashdump' }],
      });
    const settled = (system: SystemGuest) =>
      system.mustRun(
        `until [ "$(systemctl show --value --property=ActiveState ${unit})" = inactive ] &&
 [ "$(systemctl show --value --property=ExecMainExitTimestampMonotonic ${unit})" != 0 ]; do sleep 0.2; done`.replace(
          '\n',
          '',
        ),
      );

    const first = await boot('first');
    await first.mustRun('dpkg --install /crashseal-load.deb');
    expect(await first.mustRun(`systemctl is-enabled ${unit}`)).toContain('enabled');
    // Nothing is there yet.
    await first.mustRun('crashseal-savecore && test ! -e /var/noted && sync');
    const mark = await first.panic();
    await endWithDump(first, target);

    const bytes = readFileSync(target);
    const second = await boot('second');
    await settled(second);
    const journal = await second.mustRun(
      `journalctl --boot --no-hostname --output=cat --unit=${unit}`,
    );
    await annotate(journal);
    expect(journal).toMatch(/^collected \/dev\/vdb slot 1 into \/var\/crash\/\d{4}-/m);
    expect(journal).toContain('a hook was here');
    const [place = ''] = /\/var\/crash\/\S+/.exec(journal) ?? [];
    expect(await second.mustRun('cat /var/noted')).toBe(`${place}\n`);
    expect(await second.mustRun(`ls ${place}`)).toBe('dmesg.txt\nreport.json\nvmcore\n');
    // Collected once.
    expect(await second.mustRun('crashseal-savecore --list')).toBe('');
    await second.mustRun(`systemctl start ${unit} && test "$(ls /var/crash | wc -l)" = 1`);
    expect(await second.mustRun('wc -l </var/noted')).toBe('1\n');
    await second.mustRun('sync');
    await second.stop();
    expect(completionMarker(target)).toContain('state=collected\n');

    const fetched = (name: string): string => {
      const to = join(folder, `guest-${name}`);
      execFileSync('debugfs', ['-R', `dump ${place}/${name} ${to}`, disk], { stdio: 'pipe' });
      return to;
    };
    const report = JSON.parse(readFileSync(fetched('report.json'), 'utf8')) as Report;
    expect(report).toMatchObject({
      cause: null,
      dump: { state: 'complete', format: 'kdump', why: null },
      panic: 'sysrq triggered crash',
      profile: 'savecore',
      release: kernel.release,
      captureRelease: kernel.release,
    });
    expect(report.buildId).toMatch(/^[0-9a-f]{40}$/);
    expect(report.frames).toEqual(expect.arrayContaining(['panic', 'sysrq_handle_crash']));
    expect(readFileSync(fetched('dmesg.txt'), 'latin1')).toContain(mark.nonce);
    const vmcore = fetched('vmcore');
    expect(dmesgOf(vmcore)).toContain(mark.nonce);

    // Elsewhere, from a copy of the device as the capture kernel left it: the same bytes, as makedumpfile makes them too.
    writeFileSync(target, bytes);
    const listed = crashseal(['savecore', '--list', target]);
    expect(listed.stdout).toMatch(/^slot 1 .* whole, with a log/);
    const saved = crashseal(['savecore', target, '--out', join(folder, 'dumps'), '--json']);
    expect([saved.stderr, saved.exitCode]).toEqual(['', 0]);
    const { dumps } = JSON.parse(saved.stdout) as {
      dumps: readonly { readonly folder: string; readonly report: Report }[];
    };
    const [elsewhere] = dumps;
    if (elsewhere === undefined) throw new Error('nothing was saved');
    const theirs = join(folder, 'makedumpfile');
    rearrange(target, theirs);
    for (const other of [join(elsewhere.folder, 'vmcore'), theirs])
      execFileSync('cmp', [vmcore, other], { stdio: 'pipe' });
    expect({ ...elsewhere.report, collected: '', from: '' }).toEqual({
      ...report,
      collected: '',
      from: '',
    });

    const drgn = `import drgn, sys
program = drgn.Program()
program.set_core_dump(sys.argv[1])
print(program["UTS_RELEASE"].string_().decode())`;
    // Debian's own Python has Debian's modules.
    const seen = execFileSync('/usr/bin/python3', ['-c', drgn, vmcore], { encoding: 'utf8' });
    expect(seen.trim()).toBe(kernel.release);
  }));
