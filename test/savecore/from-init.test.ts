/** What the capture kernel's own init leaves on a device is what savecore reads, on the target and elsewhere. */
import { execFileSync, spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { expect, test } from 'vitest';
import { realHost } from '../../pipeline/host/real-host.ts';
import type { Report } from '../../pipeline/savecore/report.ts';
import { listDumps, saveDumps } from '../../pipeline/savecore/savecore.ts';
import { device, inFolder, shell } from '../components/init/shell.ts';
import { asStream, kdumpFile } from '../fixtures/flattened-stream.ts';
import { sysrqLog } from '../fixtures/kernel-logs.ts';
import { silentProgress } from '../fixtures/silent-progress.ts';

const dump = kdumpFile();

/** One capture: it goes well, or the machine is reset in the middle of the dump. */
function capture(started: number, slots: number, end: 'saved' | 'reset'): string {
  writeFileSync(inFolder('stream'), asStream(dump));
  writeFileSync(inFolder('log'), sysrqLog);
  return shell(
    `set_online() { :; }
wait_for_device() { device=${inFolder('device')}; }
previous=$run/previous
echo 'nfs: no route' >$previous
(
raw_open
raw_store dmesg <${inFolder('log')}
${
  end === 'reset'
    ? `head -c 90000 ${inFolder('stream')} | raw_store vmcore.flat; exit`
    : `raw_store vmcore.flat <${inFolder('stream')}`
}
bytes=$(stored) seconds=3
echo report | raw_store report
raw_finish && echo saved
) 2>&1
rm -rf $run/*`,
    {
      target_by: 'serial',
      target_value: 'x',
      target_slots: String(slots),
      target_uncollected: 'keep',
      target_number: '1',
      target_shown: 'the disk',
      encryption: 'none',
      attempt_what: 'vmcore',
      dump_format: 'kdump',
      profile: 'web',
      bundle: 'abcd',
      started: String(started),
      panic_line: 'Kernel panic - not syncing: sysrq triggered crash',
      vmcore: inFolder('vmcore'),
    },
  );
}

/** The program of the target, with the device as a disk of its machine. */
function collectOnTarget(): void {
  const put = (path: string, text: string): void => {
    mkdirSync(dirname(inFolder('root', path)), { recursive: true });
    writeFileSync(inFolder('root', path), text);
  };
  put('sys/class/block/vdb/uevent', 'DEVNAME=vdb\n');
  put('etc/crashseal/savecore.conf', 'devices=/dev/vdb\n');
  put('dev/vdb', '');
  put('usr/lib/crashseal/crashseal-rearrange', '');
  copyFileSync(
    'out/native/x86_64/crashseal-rearrange',
    inFolder('root/usr/lib/crashseal/crashseal-rearrange'),
  );
  execFileSync('chmod', ['+x', inFolder('root/usr/lib/crashseal/crashseal-rearrange')]);
  copyFileSync(inFolder('device'), inFolder('root/dev/vdb'));
  const ran = spawnSync('sh', ['loader/savecore/crashseal-savecore'], {
    encoding: 'utf8',
    env: { PATH: process.env.PATH, CRASHSEAL_ROOT: inFolder('root') },
  });
  expect([ran.stderr, ran.status]).toEqual(['', 0]);
  copyFileSync(inFolder('root/dev/vdb'), inFolder('device'));
}

const times = ['1970-01-01-00:16:40', '1970-01-01-00:33:20', '1970-01-01-00:50:00'];

test.each([1, 3])(
  'a device of %s slots gives every dump, and what is collected makes room',
  async (slots) => {
    device();
    expect(capture(1000, slots, 'saved')).toContain('saved');
    if (slots > 1) {
      expect(capture(2000, slots, 'reset')).not.toContain('saved\n');
      expect(capture(3000, slots, 'saved')).toContain('saved');
    } else expect(capture(2000, slots, 'saved')).toContain('keeps what nobody has collected');

    const listing = await listDumps(realHost(), inFolder('device'));
    const found = listing.ok ? listing.value : undefined;
    expect(found?.dumps.map(({ state, log }) => [state, log])).toEqual(
      (slots > 1 ? ['complete', 'cut', 'complete'] : ['complete']).map((state) => [state, true]),
    );
    expect(found?.ledger[0]).toMatchObject({ seq: 1, outcome: 'writing', time: 1000 });

    const result = await saveDumps(
      realHost(),
      silentProgress,
      inFolder('device'),
      inFolder('out'),
      [],
    );
    expect(result.ok && result.value.problems).toEqual([]);
    collectOnTarget();
    const wanted = slots > 1 ? times : times.slice(0, 1);
    for (const out of [inFolder('out'), inFolder('root/var/crash')]) {
      expect(readdirSync(out).sort()).toEqual(wanted);
      for (const name of wanted) {
        const report = JSON.parse(readFileSync(`${out}/${name}/report.json`, 'utf8')) as Report;
        const cut = name === times[1];
        expect(report).toMatchObject({
          bundle: 'abcd',
          dump: { state: cut ? 'cut' : 'complete' },
          panic: 'sysrq triggered crash',
          previous: ['nfs: no route'],
          profile: 'web',
          release: '6.12.1-test',
        });
        if (!cut) expect(readFileSync(`${out}/${name}/vmcore`).equals(dump)).toBe(true);
      }
    }

    // There is room for the next panic, and the program has nothing more to do.
    expect(capture(4000, slots, 'saved')).toContain('saved');
    collectOnTarget();
    collectOnTarget();
    expect(readdirSync(inFolder('root/var/crash'))).toHaveLength(wanted.length + 1);
  },
);
