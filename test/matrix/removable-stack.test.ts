/** A volume group and an array on disks that can be pulled out are no place for a dump, unless the profile says so. */
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { blankDisk } from '../../pipeline/guest/file-systems.ts';
import { virtioDisk } from '../../pipeline/guest/system-initramfs.ts';
import { armCommand, boot } from '../support/capture.ts';
import { consoleOf } from '../support/file-systems.ts';
import { arrayUuid, makeArray, makeVolume, stackMaker } from '../support/stacks.ts';
import { withWorkFolder } from '../support/work-folder.ts';

const scsi = ['virtio_scsi', 'sd_mod'];

test('removable disks are part of a stack only where the profile allows it', () =>
  withWorkFolder('removable-stack', async (folder) => {
    const disks = ['volume', 'one', 'other'].map((name) => blankDisk(join(folder, name), 256));
    const { files, drivers } = stackMaker();
    const volume = { kind: 'filesystem', device: '/dev/v-g0/lv-crash', type: 'ext4' };
    const array = { kind: 'raw', device: `UUID=${arrayUuid}`, stack: ['md'] };
    const short = { waitSeconds: 5 };
    const { system } = await boot(folder, {
      name: 'removable-stack',
      kernel: '6.12',
      crashkernel: ['256M'],
      memory: 1024,
      files,
      drivers: [...drivers, ...scsi],
      profile: {
        target: undefined,
        targets: [
          { ...volume, stack: ['lvm'], ...short },
          { ...array, ...short },
          { ...volume, stack: ['lvm'], removable: true, what: 'dmesg' },
          { ...array, removable: true },
        ],
        initramfs: { from: 'composed', compression: 'none', drivers: [...virtioDisk, ...scsi] },
        dump: { format: 'kdump' },
        failureAction: 'halt',
      },
      guest: {
        disks: [],
        extraArgs: [
          ...['-device', 'virtio-scsi-pci'],
          ...disks.flatMap((path, index) => [
            ...['-drive', `if=none,id=stick${index},file=${path},format=raw`],
            ...['-device', `scsi-hd,drive=stick${index},removable=on`],
          ]),
        ],
      },
    });
    await system.mustRun(makeVolume('/dev/sda'));
    await system.mustRun('mkfs.ext4 -q /dev/dm-0 2>&1 && sync');
    await system.mustRun(makeArray('/dev/sdb', '/dev/sdc'));
    await system.mustRun(armCommand);
    await system.panic();
    const end = await system.guest.ended();
    const said = consoleOf(system);
    expect([end.reason, said]).toEqual([
      'guest-shutdown',
      expect.stringMatching(/vmcore saved: \d+ bytes to /),
    ]);
    const left = 'not looked at for a part of it, because removable';
    expect(said.split(left).length - 1).toBeGreaterThanOrEqual(2);
    expect(said).toMatch(/target 2 of 4[\s\S]*no device with[\s\S]*target 3 of 4/);
    expect(said).toMatch(/log saved to \/dev\/dm-0:/);
  }));
