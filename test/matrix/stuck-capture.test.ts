/**
 * A capture kernel whose PID 1 hangs does not stay down: the hardware watchdog ends it, also where no process runs at
 * all, and where there is none the process that sleeps beside PID 1. A disk that hangs: test/e2e/capture-always-ends.
 */
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { blankDisk } from '../../pipeline/guest/file-systems.ts';
import { virtioDisk } from '../../pipeline/guest/system-initramfs.ts';
import { armCommand, boot } from '../support/capture.ts';
import { markerOf } from '../support/raw-records.ts';
import { localOverlay } from '../support/servers/beside-guest.ts';
import { withWorkFolder } from '../support/work-folder.ts';

/** No signal stops PID 1, but a frozen group does. */
const freeze = (processes: string): string =>
  `mkdir /tmp/groups && mount -t cgroup2 none /tmp/groups && mkdir /tmp/groups/ice
for process in ${processes}; do echo $process >/tmp/groups/ice/cgroup.procs; done 2>/dev/null
echo "crashseal-test: $(wc -l </tmp/groups/ice/cgroup.procs) processes freeze" >/dev/kmsg
echo 1 >/tmp/groups/ice/cgroup.freeze
sleep 600`;
const freezePid1 = freeze('1');
/** The kernel's own threads do not go there. */
const freezeAll = freeze('$(ls /proc | grep -x "[0-9]*")');

/** A capture whose makedumpfile runs these lines instead; it has a minute and a little. */
async function captureThat(
  folder: string,
  name: string,
  lines: string,
  drivers: readonly string[],
  extraArgs: readonly string[],
) {
  const disk = blankDisk(join(folder, 'disk'), 256);
  const makedumpfile = `#!/bin/busybox sh
case "$*" in *--dump-dmesg*) exit 1 ;; esac
echo 'crashseal-test: stuck' >/dev/kmsg
${lines}
`;
  const overlay = localOverlay(folder, 'overlay', { 'usr/bin/makedumpfile': makedumpfile }, 0o755);
  const { system } = await boot(folder, {
    name,
    kernel: '6.12',
    profile: {
      target: { kind: 'raw', device: '/dev/vda' },
      budget: 60,
      initramfs: { from: 'composed', compression: 'none', drivers: [...virtioDisk, ...drivers] },
      dump: { format: 'kdump' },
      localOverlay: { max: '64K' },
      failureAction: 'reboot',
    },
    files: [overlay],
    guest: { disks: [{ path: disk }], extraArgs },
  });
  await system.mustRun(`${armCommand} --overlay /overlay`);
  await system.panic();
  const end = await system.guest.ended();
  const said = system.guest.console.text();
  expect(said).toContain('crashseal-test: stuck');
  // The next boot can see that it was cut.
  expect(markerOf(disk).state).toBe('writing');
  return { said, reason: end.reason, events: end.events.map(({ event }) => event) };
}

test.each([
  ['whose PID 1 hangs', freezePid1, /: 1 processes freeze/],
  ['on which no process runs any more', freezeAll, /: ([4-9]|\d\d) processes freeze/],
])('the watchdog ends a machine %s', (_, lines, frozen) =>
  withWorkFolder('watchdog-bites', async (folder) => {
    const { said, events } = await captureThat(
      folder,
      'watchdog-bites',
      lines,
      ['i6300esb'],
      ['-device', 'i6300esb', '-watchdog-action', 'reset'],
    );
    expect(said).toMatch(frozen);
    expect(said).toContain('the watchdog resets this machine when it stands still for 30 s');
    expect(events).toContain('WATCHDOG');
    expect(said).not.toContain('crashseal: action:');
    expect(said).not.toContain('the time for everything is over');
  }),
);

test('without a watchdog the process beside PID 1 resets it', () =>
  withWorkFolder('reset-beside', async (folder) => {
    const { said, reason, events } = await captureThat(folder, 'reset-beside', freezePid1, [], []);
    expect(reason).toBe('guest-reset');
    expect(events).not.toContain('WATCHDOG');
    expect(said).toContain('crashseal: the time for everything is over');
    expect(said).not.toContain('crashseal: action:');
  }));
