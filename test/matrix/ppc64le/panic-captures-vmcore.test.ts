/**
 * ppc64le: from a profile to a vmcore that independent tools read, on a hypervisor's partition: a kernel with pages of
 * 64 KiB and the MMU with a tree, the panic on a CPU that is not the first; one with pages of 4 KiB, the MMU with a
 * hash table, and the panic on the first. The other pairs are in test/matrix. The first machine also shows what else
 * is promised of it before it panics: it refuses a bundle that was tampered with, and does what `crashseal plan` says.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import type { LoaderReport } from '../../../pipeline/format/loader-report.ts';
import { complaintsAbout } from '../../../pipeline/guest/dump-complaints.ts';
import type { Plan } from '../../../pipeline/rehearse/rehearse.ts';
import { armCommand, boot, endWithDump } from '../../support/capture.ts';
import { crashseal, developmentKeys } from '../../support/crashseal.ts';
import { withoutFirmware } from '../../support/ppc64le/firmware.ts';
import { withWorkFolder } from '../../support/work-folder.ts';

test('panic-captures-vmcore: 64 KiB pages, POWER9, on the last of two CPUs', () =>
  withWorkFolder('ppc64le-6.1', async (folder) => {
    const booted = await boot(folder, {
      name: 'ppc64le-6.1',
      arch: 'ppc64le',
      kernel: '6.1',
      cpus: 2,
      guest: { cpu: 'power9' },
    });
    const { system, bundle, disk } = booted;
    const { trust } = developmentKeys(join('out', 'e2e'));

    // tampered-bundle-is-refused: one bit in the middle of what is largest.
    const half = Math.floor(readFileSync(bundle).length / 2);
    await system.mustRun(
      `cp /bundle /run/tampered && printf '\\377' | dd of=/run/tampered bs=1 seek=${half} conv=notrunc`,
    );
    const refused = await system.run(
      `${armCommand.replace('/bundle', '/run/tampered')} --json 2>/dev/null`,
    );
    expect(JSON.parse(refused.output)).toMatchObject({ status: 'bad-digest' });
    expect((await system.mustRun('cat /sys/kernel/kexec_crash_loaded')).trim()).toBe('0');
    await system.mustRun('rm /run/tampered');

    // plan-is-what-happens
    await system.mustRun('crashseal-load --trust /etc/trust.pem --facts /run/facts.tar /bundle');
    const facts = join(folder, 'facts.tar');
    const packed = await system.mustRun('gzip -c /run/facts.tar | base64');
    writeFileSync(facts, gunzipSync(Buffer.from(packed, 'base64')));
    const planned = crashseal(['plan', '--json', '--trust', trust, '--facts', facts, bundle]);
    expect(planned.exitCode, planned.stderr).toBe(0);
    const shown = (JSON.parse(planned.stdout) as Plan).bundles[0]?.report;
    const armed = JSON.parse(
      (await system.run(`${armCommand} --json 2>/dev/null`)).output,
    ) as LoaderReport;
    expect(armed.status).toBe('ok');
    for (const key of ['segments', 'entry', 'commandLine', 'machine', 'bundle', 'signers'] as const)
      expect(shown?.[key]).toEqual(armed[key]);

    const mark = await system.panic(1);
    await endWithDump(system, disk);
    expect(system.guest.console.text()).toMatch(/CPU: 1 PID/);
    const crashRegions = booted.crashRegions.flatMap(withoutFirmware('6.1'));
    expect(complaintsAbout(disk, { ...booted, mark, cpus: 2, crashRegions })).toEqual([]);
  }));

test('panic-captures-vmcore: 4 KiB pages, POWER8, one CPU', () =>
  withWorkFolder('ppc64le-6.12', async (folder) => {
    const booted = await boot(folder, {
      name: 'ppc64le-6.12',
      arch: 'ppc64le',
      kernel: '6.12',
      guest: { cpu: 'power8' },
    });
    await booted.system.mustRun(armCommand);
    const mark = await booted.system.panic();
    await endWithDump(booted.system, booted.disk);
    const crashRegions = booted.crashRegions.flatMap(withoutFirmware('6.12'));
    expect(complaintsAbout(booted.disk, { ...booted, mark, cpus: 1, crashRegions })).toEqual([]);
  }));
