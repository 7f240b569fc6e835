/** The capture init on a real kernel: it finds its device, and leaves alone what belongs to somebody else. */
import { execFileSync } from 'node:child_process';
import { closeSync, openSync, writeSync } from 'node:fs';
import { expect, test } from 'vitest';
import { completionMarker } from '../../pipeline/guest/dump-device.ts';
import { armCommand, boot, type Scenario } from '../support/capture.ts';
import { withWorkFolder } from '../support/work-folder.ts';

/** Panics a guest whose disk `prepare` has changed; the init's lines, and what the disk's marker says. */
const panicWith = (
  scenario: Scenario,
  prepare: (disk: string) => void,
): Promise<{ readonly said: string; readonly marker: string }> =>
  withWorkFolder(scenario.name, async (folder) => {
    const { system, disk } = await boot(folder, {
      crashkernel: ['128M'],
      ...scenario,
      profile: { failureAction: 'poweroff', ...scenario.profile },
    });
    prepare(disk);
    await system.mustRun(armCommand);
    await system.panic();
    const end = await system.guest.ended();
    expect(end.reason).toBe('guest-shutdown');
    return { said: system.guest.console.tail(), marker: completionMarker(disk) };
  });

test('a device with a file system is left alone, and the failure action is taken', async () => {
  const { said, marker } = await panicWith({ name: 'foreign-target', kernel: '6.12' }, (disk) => {
    const file = openSync(disk, 'r+');
    writeSync(file, 'XFSB', 0);
    closeSync(file);
  });
  expect(said).toContain('crashseal: /dev/vda holds an XFS file system and is left alone');
  expect(said).toContain('crashseal: action: poweroff');
  expect(marker).toBe('');
});

// Linux 6.1 does not tell PARTUUIDs: the init reads the table.
test('a partition is found by its PARTUUID, and only that one is written to', async () => {
  const uuid = '11111111-2222-3333-4444-5566778899aa';
  const { said } = await panicWith(
    {
      name: 'partuuid-target',
      kernel: '6.1',
      profile: { target: { kind: 'raw', device: `PARTUUID=${uuid}` }, dump: { format: 'kdump' } },
    },
    (disk) => {
      const input = `label: gpt\nstart=2048, size=4096\nstart=8192, size=1048576, uuid=${uuid}\n`;
      execFileSync('sfdisk', ['-q', disk], { input });
    },
  );
  expect(said).toContain('crashseal: dump target /dev/vda2, 536870912 bytes');
  expect(said).toMatch(/crashseal: vmcore saved: \d+ bytes to \/dev\/vda2 in \d+ s/);
});

test('a device that never comes is said with what there is', async () => {
  const { said } = await panicWith(
    {
      name: 'missing-target',
      kernel: '6.12',
      profile: { target: { kind: 'raw', device: 'PARTLABEL=nowhere', waitSeconds: 2 } },
    },
    () => undefined,
  );
  expect(said).toContain('crashseal: no device with partlabel nowhere within 2 s; present: vda');
});
