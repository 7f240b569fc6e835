/** A disk that is pulled out while a dump is on its way to it is given up, and the next target takes the dump. */
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { blankDisk, makeFileSystem } from '../../pipeline/guest/file-systems.ts';
import { dmesgOf, rearrange } from '../../pipeline/guest/makedumpfile.ts';
import { virtioDisk } from '../../pipeline/guest/system-initramfs.ts';
import { words } from '../../pipeline/units/words.ts';
import { armCommand, boot } from '../support/capture.ts';
import { written } from '../support/disk-traffic.ts';
import { consoleOf } from '../support/file-systems.ts';
import { extract, markerOf } from '../support/raw-records.ts';
import { withWorkFolder } from '../support/work-folder.ts';

const mebibyte = 2 ** 20;
/** More than a log, and less than a dump. */
const halfWay = 6 * mebibyte;

test('gone-half-way-falls-back: a USB disk with a file system, then a raw device', () =>
  withWorkFolder('pulled-out', async (folder) => {
    const stick = makeFileSystem(join(folder, 'stick'), 'ext4', 'stick', 256);
    const disk = blankDisk(join(folder, 'disk'), 256);
    const { system } = await boot(folder, {
      name: 'pulled-out',
      kernel: '6.12',
      crashkernel: ['192M'],
      profile: {
        target: undefined,
        targets: [
          { kind: 'filesystem', device: 'LABEL=stick', type: 'ext4', removable: true },
          { kind: 'raw', device: 'SERIAL=crashdump' },
        ],
        initramfs: {
          from: 'composed',
          compression: 'none',
          drivers: [...virtioDisk, 'xhci_pci', 'usb_storage', 'sd_mod'],
        },
        dump: { format: 'kdump' },
        failureAction: 'halt',
      },
      guest: {
        disks: [{ path: disk, serial: 'crashdump' }],
        extraArgs: words`
          -device qemu-xhci -drive if=none,id=stick,file=${stick},format=raw,throttling.bps-write=${4 * mebibyte}
          -device usb-storage,drive=stick,id=plug,removable=on
        `,
      },
    });
    await system.mustRun(armCommand);
    const before = await written(system, 'stick');
    const mark = await system.panic();
    const ended = system.guest.ended();
    let over = false;
    void ended.then(() => {
      over = true;
    });
    while (!over && (await written(system, 'stick')) - before < halfWay) await setTimeout(50);
    await system.guest.qmp.execute('device_del', { id: 'plug' });
    const end = await ended;
    const said = consoleOf(system);
    expect([end.reason, said]).toEqual([
      'guest-shutdown',
      expect.stringMatching(/vmcore saved: \d+ bytes to \/dev\/vda/),
    ]);
    expect(said).toMatch(/usb \d+-\d+: USB disconnect/);
    const marker = markerOf(disk);
    expect(marker).toMatchObject({ state: 'complete' });
    expect(marker.previous).toMatch(/^target 1 \(.*"stick".*\): /);
    extract(disk, marker, 'dump', join(folder, 'dump.flat'));
    rearrange(join(folder, 'dump.flat'), join(folder, 'vmcore'));
    expect(dmesgOf(join(folder, 'vmcore'))).toContain(mark.nonce);
  }));
