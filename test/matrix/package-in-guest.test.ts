/**
 * The package of the loader, as `make deb` makes it, installed by Debian's dpkg of the architecture on a machine of
 * that architecture; what it installed arms the machine, and a panic is captured. A system that is one initramfs: there
 * is no systemd, so that its units are not started. With systemd, x86_64 does it (installed-package-arms-at-boot).
 */
import { execFileSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { complaintsAbout } from '../../pipeline/guest/dump-complaints.ts';
import type { GuestArch } from '../../pipeline/guest/machines/machines.ts';
import { boot, endWithDump } from '../support/capture.ts';
import type { TestKernelName } from '../support/kernels.ts';
import { packagePrograms } from '../support/packages.ts';
import { testSystems } from '../support/systems/systems.ts';
import { withWorkFolder } from '../support/work-folder.ts';

const rows: readonly { readonly arch: GuestArch; readonly kernel: TestKernelName }[] = [
  { arch: 'arm64', kernel: '6.12' },
  { arch: 'riscv64', kernel: '6.12' },
  { arch: 'i386', kernel: '6.1' },
  { arch: 'ppc64le', kernel: '6.1' },
];

const program = '/usr/sbin/crashseal-load';
// By its path: busybox has one of its own, which its shell takes first. It looks for programs that only packages of
// libraries and daemons need.
const dpkg = 'PATH=/opt/bin:$PATH /opt/bin/dpkg --force-bad-path';

test.each(rows)('the package for $arch arms its machine', ({ arch, kernel }) => {
  const name = `package-${arch}`;
  return withWorkFolder(name, async (folder) => {
    const made = execFileSync('make', ['-s', 'deb'], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const deb = made.split(/\s+/).find((path) => path.endsWith(`_${testSystems[arch].debian}.deb`));
    if (deb === undefined) throw new Error(`no package for ${arch} among ${made}`);
    const tools = await packagePrograms(arch, {
      dpkg: ['usr/bin/dpkg', 'usr/bin/dpkg-deb', 'usr/bin/dpkg-split', 'usr/bin/dpkg-query'],
      tar: 'bin/tar',
    });
    const booted = await boot(folder, {
      name,
      arch,
      kernel,
      cpus: 2,
      files: [
        ...tools.map((file) => ({
          ...file,
          path: file.path.replace(/^(usr\/)?bin\//, 'opt/bin/'),
        })),
        { path: 'crashseal-load.deb', content: { from: deb } },
        { path: 'var/lib/dpkg/status', content: { text: '' } },
        { path: 'var/lib/dpkg/available', content: { text: '' } },
        { path: 'var/lib/dpkg/info/format', content: { text: '1\n' } },
        { path: 'var/lib/dpkg/updates/.keep', content: { text: '' } },
        { path: 'var/lib/dpkg/triggers/.keep', content: { text: '' } },
      ],
    });
    const { system, disk } = booted;
    // What tests otherwise arm with is not to be mistaken for it.
    await system.mustRun('rm /sbin/crashseal-load');
    await system.mustRun(`${dpkg} --install /crashseal-load.deb`);
    expect(await system.mustRun(`${dpkg} --status crashseal-load`)).toContain(
      'Status: install ok installed',
    );
    await system.mustRun(`${dpkg} --purge crashseal-load && ! ls ${program}`);
    await system.mustRun('mkdir -p /etc/crashseal && mv /bundle /etc/crashseal/bundle');
    await system.mustRun('mv /etc/trust.pem /etc/crashseal/trust.pem');
    await system.mustRun(`${dpkg} --install /crashseal-load.deb`);
    // What the unit would run.
    const unit = '/lib/systemd/system/crashseal.service';
    const command = (await system.mustRun(`sed -n 's/^ExecStart=//p' ${unit}`)).trim();
    expect(command).toMatch(new RegExp(`^${program} [^\\n]+$`));
    await system.mustRun(`mkdir -p /var/lib/crashseal && ${command}`);
    expect(await system.mustRun(`${program} --status`)).toMatch(/^armed/);
    const mark = await system.panic(1);
    await endWithDump(system, disk);
    expect(complaintsAbout(disk, { ...booted, mark, cpus: 2 })).toEqual([]);
  });
});
