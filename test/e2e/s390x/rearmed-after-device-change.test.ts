/**
 * s390x: the dump device changes on a running machine. The udev rule that we ship arms again, and the next panic
 * finds the new device. The kernel's own events are taken, and the rule is read by udev's own program; only
 * systemd, which starts the command, is not there.
 */
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { flipBit, loadedImage } from '../../../pipeline/guest/loaded-image.ts';
import type { SystemGuest } from '../../../pipeline/guest/system-guest.ts';
import type { InitramfsFile } from '../../../pipeline/guest/system-initramfs.ts';
import { armCommand } from '../../support/capture.ts';
import { packagePrograms } from '../../support/packages.ts';
import { bootS390x, toolBusId, toolDeviceId } from '../../support/s390x/capture.ts';
import {
  markCommand,
  markedPages,
  newMark,
  toolDone,
  waitOf,
  writeDumpTool,
} from '../../support/s390x/tools.ts';
import { withWorkFolder } from '../../support/work-folder.ts';

const script = (path: string, text: string): InitramfsFile => ({
  path,
  mode: 0o755,
  content: { text: `#!/bin/sh\n${text}` },
});

/** What is left of a device that is gone: what its event said. No parents, as udev often finds none either. */
const gone = '/gone';

/** For each event, as its environment tells it: what the rules say is to be run, is run. */
const handler = script(
  'sbin/on-event',
  `root=/
if [ "$ACTION" = remove ]; then
	root=${gone}
	mkdir -p "${gone}/sys$DEVPATH"
	ln -s "/sys/bus/$SUBSYSTEM" "${gone}/sys$DEVPATH/subsystem"
	env >"${gone}/sys$DEVPATH/uevent"
fi
SYSTEMD_DEVICE_VERIFY_SYSFS=0 chroot $root udevadm test --action="$ACTION" "/sys$DEVPATH" 2>/dev/null |
	sed -n "s/^run: '\\(.*\\)'$/\\1/p" |
	while read -r command; do echo "$ACTION $DEVPATH" >>/tmp/events; $command; done
`,
);

/** Takes its place: what the timer comes to in the end, without the time. */
const systemctl = script(
  'usr/bin/systemctl',
  `[ "$*" = "--no-block start crashseal-rearm.timer" ] || exit 1
read -r began _ </proc/uptime
/usr/sbin/crashseal-load /etc/crashseal/bundle >>/tmp/rearmed 2>&1
code=$?
read -r ended _ </proc/uptime
echo "exit code $code, uptime $began to $ended" >>/tmp/rearmed
`,
);

const place = [
  'mkdir -p /etc/crashseal /usr/sbin /run/udev',
  'ln -s /bundle /etc/crashseal/bundle',
  'ln -s /etc/trust.pem /etc/crashseal/trust.pem',
  'ln -sf /sbin/crashseal-load /usr/sbin/crashseal-load',
].join(' && ');

/** All as it is but for /sys, where the handler writes. */
const placeForGone = [
  `mkdir ${gone}`,
  `mount -o rbind / ${gone}`,
  `mount -t tmpfs sys ${gone}/sys`,
].join(' && ');

const dumpDevice = '/sys/firmware/dump/ccw/device';
const newBusId = '0.0.0300';

/** A disk comes, as on a running machine. */
async function plug(system: SystemGuest, path: string): Promise<void> {
  await system.guest.qmp.execute('blockdev-add', {
    driver: 'raw',
    'node-name': 'new',
    file: { driver: 'file', filename: path },
  });
  await system.guest.qmp.execute('device_add', {
    driver: 'virtio-blk-ccw',
    id: 'new',
    drive: 'new',
    devno: `fe${newBusId.slice(1)}`,
  });
}

test('rearmed-after-device-change', ({ annotate }) =>
  withWorkFolder('s390x-rearmed', async (folder) => {
    const [oldTool, newTool] = [join(folder, 'old.disk'), join(folder, 'new.disk')];
    const [oldMark, mark] = [newMark(), newMark()];
    writeDumpTool(oldTool, { memory: 768, mark: oldMark });
    writeDumpTool(newTool, { memory: 768, mark: mark });
    const { system } = await bootS390x(folder, {
      name: 's390x-rearmed',
      series: '6.1',
      cpus: 2,
      profile: { testing: true, onCorruption: ['message', { step: 'ipl', from: 'dump' }] },
      disks: [{ path: oldTool, busId: toolBusId, id: toolDeviceId }],
      files: [
        ...(await packagePrograms('s390x', { udev: 'bin/udevadm' })),
        {
          path: 'etc/udev/rules.d/80-crashseal-rearm.rules',
          content: { from: 'loader/udev/80-crashseal-rearm.rules' },
        },
        handler,
        systemctl,
      ],
    });
    await system.mustRun(`${place}; ${placeForGone}`);
    await system.mustRun(markCommand(mark, 512));
    await system.mustRun(
      `echo ccw >/sys/firmware/dump/dump_type; echo ${toolBusId} >${dumpDevice}`,
    );
    const started = performance.now();
    await system.mustRun(armCommand);
    await annotate(`armed in ${Math.round(performance.now() - started)} ms, in translated code`);
    await system.mustRun('uevent /sbin/on-event >/dev/null 2>&1 &');

    // A device that is not there yet: refused, and what was armed stays.
    await system.mustRun(`echo ${newBusId} >${dumpDevice}`);
    expect((await system.run(armCommand)).output).toContain(newBusId);

    await plug(system, newTool);
    await system.mustRun("until grep -q 'exit code 0' /tmp/rearmed; do sleep 0.1; done");

    // The old one goes, which no bundle asks for any more.
    await system.guest.qmp.execute('device_del', { id: toolDeviceId });
    await system.guest.qmp.event('DEVICE_DELETED');
    await system.mustRun("until grep -q '^remove .*/css0/' /tmp/events; do sleep 0.1; done");
    // What came after the one that arming needed must have been answered too.
    await system.mustRun('killall uevent; while pidof on-event; do sleep 0.1; done; true');
    const events = (await system.mustRun('cat /tmp/events')).split('\n');
    expect(events.filter((event) => event.includes(newBusId))).not.toEqual([]);
    expect(events.filter((event) => event.startsWith('remove'))).toContainEqual(
      expect.stringMatching(new RegExp(`/${toolBusId}$`)),
    );
    await annotate(`${events.join(', ')}\n${await system.mustRun('cat /tmp/rearmed')}`);

    const image = await loadedImage(system, folder);
    const kernel = image.regions.find(({ name }) => name === 'kernel');
    await flipBit(system, (kernel?.start ?? 0n) + 0x1234n, 2);
    await system.panic();
    expect(waitOf(await system.guest.ended()).address).toBe(toolDone);
    // Only the new device's tool knows what to look for.
    expect(markedPages(system.guest.console)).toBeGreaterThanOrEqual(512);
  }));
