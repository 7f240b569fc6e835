/**
 * docs/administrators.md, followed to the letter: a Debian with systemd and an empty disk panics, and at its next boot its
 * dump is in /var/crash, whole, with its log and a report; hooks have run; it is collected once. What an earlier panic
 * has left on a file system is collected too. The same dump is fetched from a copy of the partition by the tool, and is read by
 * makedumpfile, crash and drgn.
 */
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { expect, test } from 'vitest';
import { dmesgOf, rearrange } from '../../pipeline/guest/makedumpfile.ts';
import type { CommandResult, PanicMark } from '../../pipeline/guest/system-guest.ts';
import { SystemGuest } from '../../pipeline/guest/system-guest.ts';
import type { Report } from '../../pipeline/savecore/report.ts';
import { asStream, kdumpFile } from '../fixtures/flattened-stream.ts';
import { oopsLog } from '../fixtures/kernel-logs.ts';
import { debianDisk, debianInitramfs, debianWords } from '../support/debian-system.ts';
import { testKernelTree } from '../support/kernel-tree.ts';
import { withWorkFolder } from '../support/work-folder.ts';

const unit = 'crashseal-savecore.service';
/** What every boot of a real system leads to. */
const toTheEnd = 'systemd.wants=multi-user.target systemd.getty_auto=no';

const guide = readFileSync('docs/administrators.md', 'utf8');
/** Commands by where they run, in the order of the page. */
const blocks = [...guide.matchAll(/^```sh\n# on the ([^\n]*)\n([\s\S]*?)^```$/gm)].map(
  ([, place = '', text = '']) => ({ place, lines: text.trimEnd().split('\n') }),
);
const linesFor = (place: string): readonly string[] =>
  blocks.filter((block) => block.place === place).flatMap(({ lines }) => lines);

/** The guide's profile, with a kernel that is here already, and a second target. */
function profileText(kernelDeb: string): string {
  const [, text = ''] = /^```yaml\n([\s\S]*?)^```$/m.exec(guide) ?? [];
  const changed = text
    .replace(/from: apt\n {2}package: \S+/, `from: deb\n  path: ${kernelDeb}`)
    .replace(
      /^console:/m,
      '  - { kind: filesystem, device: LABEL=crashfs, directory: /crash }\nconsole:',
    );
  return `${changed}tools:\n  from: installed\nfinalAction: poweroff\n`;
}

test('savecore-collects-at-next-boot', ({ annotate }) =>
  withWorkFolder('savecore', async (folder) => {
    const kernel = await testKernelTree('6.1');
    expect(new Set(blocks.map(({ place }) => place))).toEqual(
      new Set([
        'build machine',
        'target',
        'target, after the reboot',
        'build machine, with a copy of the partition',
      ]),
    );

    // The build machine.
    const program = join(folder, 'bin/crashseal');
    mkdirSync(join(folder, 'bin'));
    writeFileSync(program, `#!/bin/sh\nexec node ${resolve('out/crashseal.mjs')} "$@"\n`);
    chmodSync(program, 0o755);
    writeFileSync(join(folder, 'web.yaml'), profileText(resolve(kernel.deb)));
    const here = (line: string): string =>
      execFileSync('bash', ['-c', line], {
        cwd: folder,
        encoding: 'utf8',
        env: { ...process.env, PATH: `${resolve(folder, 'bin')}:${process.env.PATH}` },
        stdio: ['ignore', 'pipe', 'pipe'],
      });
    for (const line of linesFor('build machine')) here(line);
    const made = execFileSync('make', ['-s', 'deb'], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [deb = ''] = made.match(/\S+_amd64\.deb/) ?? [];

    // The target, with an empty disk, and with what an earlier panic has left where nothing mounts it.
    const disk = debianDisk(folder);
    const target = join(folder, 'dump.raw');
    writeFileSync(target, '');
    truncateSync(target, 512 << 20);
    const earlier = 'web1-2026-01-02-03:04:05';
    const files = join(folder, 'files/crash', earlier);
    mkdirSync(files, { recursive: true });
    writeFileSync(join(files, 'vmcore.flat'), asStream(kdumpFile()));
    writeFileSync(join(files, 'vmcore-dmesg.txt'), oopsLog);
    const fileSystem = join(folder, 'files.ext4');
    execFileSync('mkfs.ext4', [
      '-q',
      '-L',
      'crashfs',
      '-d',
      join(folder, 'files'),
      fileSystem,
      '32M',
    ]);
    const initrd = join(folder, 'system.cpio');
    writeFileSync(
      initrd,
      debianInitramfs(kernel, [
        { path: `root/${basename(deb)}`, content: { from: deb } },
        { path: 'root/web.crashseal', content: { from: join(folder, 'out/web.crashseal') } },
        // A Debian with GRUB has this folder.
        { path: 'etc/default/grub.d/README', content: { text: '' } },
        { path: 'root/trust.pem', content: { from: join(folder, 'keys/trust.pem') } },
        // The test's disk is small.
        { path: 'etc/crashseal/savecore.conf', content: { text: 'keep_free=32\n' } },
        {
          path: 'etc/crashseal/collected.d/note',
          mode: 0o755,
          content: { text: '#!/bin/sh\necho "$1" >>/var/noted\n' },
        },
      ]),
    );
    const boot = (which: string) =>
      SystemGuest.start({
        name: `savecore-${which}`,
        kernel: kernel.vmlinuz,
        initrd,
        cpus: 1,
        memory: '1024M',
        append: `console=ttyS0 crashkernel=256M ${debianWords} ${toTheEnd}`,
        disks: [{ path: disk }, { path: target }, { path: fileSystem }],
      });

    const first = await boot('first');
    let mark: PanicMark | undefined;
    const checks: CommandResult[] = [];
    for (const line of linesFor('target')) {
      if (line.includes('sysrq-trigger')) mark = await first.panic();
      else if (line === 'crashseal-setup-check') checks.push(await first.run(line));
      else {
        const said = await first.mustRun(`cd /root && ${line}`);
        if (line.includes('kexec_crash_size')) expect(Number(said)).toBe(256 << 20);
        if (line.endsWith('--status')) expect(said).toMatch(/^armed/);
        if (line.endsWith('--write-grub'))
          expect(await first.mustRun('tail -n 1 /etc/default/grub.d/crashseal.cfg')).toBe(
            'GRUB_CMDLINE_LINUX="$GRUB_CMDLINE_LINUX crashkernel=256M"\n',
          );
      }
    }
    // Before and after what the guide says.
    const [lacks, good] = checks;
    expect(lacks).toMatchObject({
      exitCode: 1,
      output: expect.stringMatching(
        /^missing +target +no device has partlabel crashdump \(raw\)\n +do: .*sgdisk --new=0:0:/m,
      ),
    });
    expect(good).toMatchObject({
      exitCode: 0,
      output: expect.stringMatching(/^nothing is missing$/m),
    });
    if (mark === undefined) throw new Error('the guide does not panic the machine');
    expect((await first.guest.ended()).reason, first.guest.console.tail()).toBe('guest-shutdown');

    // A copy of the partition, as the capture kernel has left it.
    const { partitiontable } = JSON.parse(
      execFileSync('sfdisk', ['--json', target], { encoding: 'utf8' }),
    ) as { partitiontable: { partitions: readonly { start: number; size: number }[] } };
    const [partition = { start: 0, size: 0 }] = partitiontable.partitions;
    const image = join(folder, 'crashdump.img');
    execFileSync('dd', [
      `if=${target}`,
      `of=${image}`,
      'bs=512',
      `skip=${partition.start}`,
      `count=${partition.size}`,
      'conv=sparse',
      'status=none',
    ]);

    const second = await boot('second');
    const state = `systemctl show --value --property=ActiveState ${unit}`;
    const exit = `systemctl show --value --property=ExecMainExitTimestampMonotonic ${unit}`;
    await second.mustRun(
      `until [ "$(${state})" = inactive ] && [ "$(${exit})" != 0 ]; do sleep 2; done`,
    );
    const said: string[] = [];
    for (const line of linesFor('target, after the reboot')) said.push(await second.mustRun(line));
    const [journal = '', , grepped = '', tail = ''] = said;
    await annotate(journal);
    const [, place = ''] =
      /collected \/dev\/vdb1 slot 1 into (\/var\/crash\/\S+)/.exec(journal) ?? [];
    const other = '/var/crash/2026-01-02-03:04:05';
    expect(journal).toContain(`collected /dev/vdc:/crash/${earlier} into ${other}\n`);
    expect(grepped).toContain('"panic": "sysrq triggered crash"');
    expect(tail).toContain('Call Trace');
    expect(await second.mustRun('journalctl --boot --identifier=panic --output=cat')).toContain(
      `a dump is in ${place}\n`,
    );
    expect(await second.mustRun('cat /var/noted')).toBe(`${other}\n${place}\n`);
    for (const one of [place, other])
      expect(await second.mustRun(`ls -1 ${one}`)).toBe('dmesg.txt\nreport.json\nvmcore\n');
    // Collected once; what was mounted for it is so no more.
    expect(await second.mustRun('crashseal-savecore --list')).toBe('');
    await second.mustRun(`systemctl start ${unit} && test "$(ls /var/crash | wc -l)" = 2`);
    expect(await second.mustRun('wc -l </var/noted')).toBe('2\n');
    expect((await second.run('grep /dev/vdc /proc/mounts')).exitCode).toBe(1);
    await second.mustRun('sync');
    await second.stop();

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
      profile: 'web',
      release: kernel.release,
      captureRelease: kernel.release,
    });
    expect(report.buildId).toMatch(/^[0-9a-f]{40}$/);
    expect(report.frames).toEqual(expect.arrayContaining(['panic', 'sysrq_handle_crash']));
    expect(readFileSync(fetched('dmesg.txt'), 'latin1')).toContain(mark.nonce);
    const vmcore = fetched('vmcore');
    expect(dmesgOf(vmcore)).toContain(mark.nonce);

    // Elsewhere: the same bytes, as makedumpfile makes them too, and the same report.
    const [list = '', save = ''] = linesFor('build machine, with a copy of the partition').map(
      here,
    );
    expect(list).toMatch(/^slot 1 .* whole, with a log/);
    const [elsewhere = ''] = /^dumps\/\S+$/m.exec(save) ?? [];
    const theirs = join(folder, 'makedumpfile');
    rearrange(image, theirs);
    for (const one of [join(folder, elsewhere, 'vmcore'), theirs])
      execFileSync('cmp', [vmcore, one], { stdio: 'pipe' });
    const again = JSON.parse(
      readFileSync(join(folder, elsewhere, 'report.json'), 'utf8'),
    ) as Report;
    expect({ ...again, collected: '', from: '' }).toEqual({ ...report, collected: '', from: '' });

    // With the kernel's debug symbols they would tell more.
    const crash = execFileSync('crash', ['--osrelease', vmcore], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: 60_000,
    });
    expect(crash.trim()).toBe(kernel.release);
    const drgn = `import drgn, sys
program = drgn.Program()
program.set_core_dump(sys.argv[1])
print(program["UTS_RELEASE"].string_().decode())`;
    // Debian's own Python has Debian's modules.
    const seen = execFileSync('/usr/bin/python3', ['-c', drgn, vmcore], { encoding: 'utf8' });
    expect(seen.trim()).toBe(kernel.release);
  }));
