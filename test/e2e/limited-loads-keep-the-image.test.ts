/**
 * With `limitLoads` nobody replaces or unloads the capture kernel before the next boot, root included, and
 * what was armed still saves its dump. Before, root could load any other image at any time.
 */
import { expect, test } from 'vitest';
import { complaintsAbout } from '../../pipeline/guest/dump-complaints.ts';
import { armCommand, boot, endWithDump } from '../support/capture.ts';
import { withWorkFolder } from '../support/work-folder.ts';

test('limited-loads-keep-the-image', () =>
  withWorkFolder('limited-loads', async (folder) => {
    const booted = await boot(folder, {
      name: 'limited-loads',
      kernel: '6.12',
      profile: { limitLoads: true },
    });
    const { system, disk } = booted;
    const armed = JSON.parse(await system.mustRun(`${armCommand} --json 2>/dev/null`));
    expect(armed).toMatchObject({ action: 'armed', guarantees: { loadsLimited: true } });
    const limit = await system.mustRun('cat /proc/sys/kernel/kexec_load_limit_panic');
    expect(limit.trim()).toBe('0');
    const again = await system.mustRun(`${armCommand} --json 2>/dev/null || true`);
    expect(JSON.parse(again)).toMatchObject({ status: 'load-disabled', action: 'refused' });
    await system.mustRun('! crashseal-load --unload 2>/dev/null');
    expect((await system.mustRun('cat /sys/kernel/kexec_crash_loaded')).trim()).toBe('1');
    const mark = await system.panic();
    await endWithDump(system, disk);
    expect(complaintsAbout(disk, { ...booted, mark, cpus: 1 })).toEqual([]);
  }));
