/**
 * What cannot take the dump is passed over with the reason, and the next target takes it: a file system that is
 * damaged, one that can only be read, one that is of another type than the profile says, one that fills up half-way, one
 * whose disk breaks half-way; then a good one. A raw device that is never needed keeps a record of it all.
 */
import { execFileSync } from 'node:child_process';
import { closeSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { blankDisk, makeFileSystem, takeOut } from '../../pipeline/guest/file-systems.ts';
import { words } from '../../pipeline/units/words.ts';
import { armCommand, boot } from '../support/capture.ts';
import { consoleOf, expectOneDump } from '../support/file-systems.ts';
import { ledgerOf } from '../support/raw-records.ts';
import { withWorkFolder } from '../support/work-folder.ts';

/** The root directory's inode, in the first inode table, is gone. */
function damage(image: string): void {
  const [, table = ''] =
    /Inode table at (\d+)/.exec(
      execFileSync('dumpe2fs', [image], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }),
    ) ?? [];
  const file = openSync(image, 'r+');
  writeSync(file, Buffer.alloc(4096, 0xff), 0, 4096, Number(table) * 4096);
  closeSync(file);
}

/** Every 16 MiB there is a sector that takes no write: whatever is as large as a dump meets one. */
const brokenSectors = Array.from(
  { length: 15 },
  (_, index) =>
    `,inject-error.${index}.event=none,inject-error.${index}.iotype=write,inject-error.${index}.sector=${(index + 1) * 32768 - 64},inject-error.${index}.errno=5`,
).join('');

test('bad-file-systems-fall-back: six file systems, of which the last takes the dump', () =>
  withWorkFolder('bad-file-systems', async (folder) => {
    const ext4 = (name: string, size: number, ...more: readonly string[]) =>
      makeFileSystem(join(folder, name), 'ext4', name, size, ['-b', '4096', ...more]);
    const damaged = ext4('damaged', 64);
    damage(damaged);
    const readonly = ext4('readonly', 64);
    execFileSync('tune2fs', ['-O', 'read-only', readonly], { stdio: 'pipe' });
    const wrong = makeFileSystem(join(folder, 'wrong'), 'xfs', 'wrong');
    const records = blankDisk(join(folder, 'records'), 16);
    const full = ext4('full', 24);
    const breaking = ext4('breaking', 256);
    const good = makeFileSystem(join(folder, 'good'), 'xfs', 'good');
    const target = (label: string) => ({
      kind: 'filesystem',
      device: `LABEL=${label}`,
      waitSeconds: 20,
    });
    const { system, kernel } = await boot(folder, {
      name: 'bad-file-systems',
      kernel: '6.1',
      crashkernel: ['192M'],
      profile: {
        target: undefined,
        targets: [
          ...['damaged', 'readonly'].map(target),
          { ...target('wrong'), type: 'ext4', waitSeconds: 2 },
          { ...target('full'), keepFree: '4M' },
          ...['breaking', 'good'].map(target),
          { kind: 'raw', device: 'SERIAL=records' },
        ],
        dump: { format: 'kdump' },
      },
      guest: {
        disks: [
          ...[damaged, readonly, full, good, wrong].map((path) => ({ path })),
          { path: records, serial: 'records' },
        ],
        extraArgs: [
          ...words`
          -blockdev driver=file,node-name=plain,filename=${breaking}
          -blockdev driver=blkdebug,node-name=breaking,image=plain${brokenSectors}
          -device virtio-blk-pci,drive=breaking
        `,
        ],
      },
    });
    await system.mustRun(armCommand);
    const mark = await system.panic();
    const end = await system.guest.ended();
    const said = consoleOf(system);
    expect(end.reason, said).toBe('guest-shutdown');
    expect(said).toMatch(/the ext4 file system on \/dev\/vda cannot be mounted: /);
    expect(said).toMatch(/the ext4 file system on \/dev\/vdb can only be read/);
    const otherType = /it holds an xfs[^\n]* and the profile wants ext4/i;
    expect(said).toMatch(otherType);
    expect(said).toMatch(
      /\/dev\/vdc:\/var\/crash is full after \d+ bytes, with 4 MiB that stay free/,
    );
    expect(said).toMatch(/\/dev\/vdg:\S+ (failed|cannot be)/);
    expect(said).toMatch(/vmcore saved: \d+ bytes to \/dev\/vdd:\/var\/crash\//);
    const out = join(folder, 'dumps');
    await takeOut(good, 'xfs', '/var/crash', out, { kernel });
    expectOneDump(out, mark);
    // The log went out first, and what was cut off does not fill the disk for ever.
    const left = join(folder, 'left');
    await takeOut(full, 'ext4', '/var/crash', left, { kernel });
    const kept = execFileSync('find', [left, '-type', 'f', '-printf', '%f\n'], {
      encoding: 'utf8',
    });
    expect(kept).toBe('vmcore-dmesg.txt\n');
    const report = execFileSync('find', [out, '-name', 'report', '-exec', 'cat', '{}', ';'], {
      encoding: 'utf8',
    });
    for (const number of [1, 2, 3, 4, 5]) expect(report).toContain(`previous=target ${number} (`);
    expect(report).toMatch(/^previous=target 3 \(.*it holds .*xfs.* and the profile wants ext4/im);
    expect(ledgerOf(records)).toMatchObject([
      {
        outcome: 'saved',
        where: '/var/crash on the file system labelled "good"',
        reason: expect.stringContaining(
          '"damaged"): the ext4 file system on /dev/vda cannot be mounted: ',
        ),
      },
    ]);
  }));
