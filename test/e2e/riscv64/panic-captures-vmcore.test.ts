/**
 * riscv64: from a profile to a vmcore that independent tools read, on QEMU's machine with OpenSBI and Debian's kernel.
 * Four harts, with the panic on the last of them; one hart is in test/matrix. Every PT_LOAD is read to its last byte: memory that the
 * firmware keeps for itself would end the copy with an error. The machine also shows what else is promised of it
 * before it panics: it refuses a bundle that was tampered with, and does what `crashseal plan` says of it.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import type { LoaderReport } from '../../../pipeline/format/loader-report.ts';
import { complaintsAbout } from '../../../pipeline/guest/dump-complaints.ts';
import { loadedImage, loadedProgramHeaders } from '../../../pipeline/guest/loaded-image.ts';
import { reaches } from '../../../pipeline/guest/vmcore.ts';
import type { Plan } from '../../../pipeline/rehearse/rehearse.ts';
import { armCommand, boot, endWithDump } from '../../support/capture.ts';
import { crashseal, developmentKeys } from '../../support/crashseal.ts';
import { withWorkFolder } from '../../support/work-folder.ts';

/** OpenSBI's own, at the start of memory; the hart faults when anything else reads it. */
const firmware = { start: 0x8000_0000n, end: 0x8008_0000n };

test('panic-captures-vmcore: four harts, on the last of them', () =>
  withWorkFolder('riscv64-4', async (folder) => {
    const booted = await boot(folder, {
      name: 'riscv64-4',
      arch: 'riscv64',
      kernel: '6.12',
      cpus: 4,
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

    const { regions } = await loadedImage(system, folder);
    expect(reaches(await loadedProgramHeaders(system, regions, folder), firmware)).toBe(false);

    const mark = await system.panic(3);
    await endWithDump(system, disk);
    expect(system.guest.console.text()).toMatch(/CPU: 3 UID: 0 PID/);
    expect(complaintsAbout(disk, { ...booted, mark, cpus: 4 })).toEqual([]);
  }));
