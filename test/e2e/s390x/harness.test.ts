/**
 * The harness itself, on s390x: a dump that kexec-tools led to passes every check, and the stand-alone programs
 * tell the truth: what is IPLed finds the memory of the kernel that crashed, and the block that was given.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { complaintsAbout } from '../../../pipeline/guest/dump-complaints.ts';
import { makeDumpDevice } from '../../../pipeline/guest/dump-device.ts';
import { crashRegionsOf } from '../../../pipeline/guest/loaded-image.ts';
import { scriptedInit } from '../../../pipeline/guest/system-initramfs.ts';
import { examples } from '../../support/examples.ts';
import { makedumpfileOf, packagePrograms } from '../../support/packages.ts';
import { s390xKernel, s390xSeries } from '../../support/s390x/kernels.ts';
import { s390xInitramfs, startS390x } from '../../support/s390x/system.ts';
import {
  iplOnPanic,
  iplReader,
  markCommand,
  markedPages,
  newMark,
  printedBlock,
  toolDone,
  waitMask,
  waitOf,
  writeDumpTool,
} from '../../support/s390x/tools.ts';
import { withWorkFolder } from '../../support/work-folder.ts';

/** Copies the dump to the second disk as it is, and switches the machine off. */
const copyDump = scriptedInit(`dd if=/proc/vmcore of=/dev/vdb bs=1M
sync
poweroff -f`);

describe.each(examples(s390xSeries, 1))('kernel %s', (series) => {
  test('a dump made with kexec-tools passes the checks, and wrong expectations do not', () =>
    withWorkFolder('s390x-harness', async (folder) => {
      const capture = join(folder, 'capture.cpio');
      const disk = join(folder, 'disk.raw');
      makeDumpDevice(disk, 640);
      writeFileSync(capture, await s390xInitramfs([], copyDump));
      const { image } = await s390xKernel(series);
      const system = await startS390x(folder, {
        name: `s390x-harness-${series}`,
        series,
        cpus: 2,
        files: [
          ...(await packagePrograms('s390x', { 'kexec-tools': 'sbin/kexec' })),
          { path: 'image', content: { from: image } },
          { path: 'capture.cpio', content: { from: capture } },
        ],
        disks: [{ path: disk, busId: '0.0.0200' }],
      });
      await system.mustRun("kexec -p -c /image --initrd=/capture.cpio --append='nr_cpus=1'");
      const crashRegions = await crashRegionsOf(system);
      const mark = await system.panic(1);
      expect((await system.guest.ended()).reason).toBe('guest-shutdown');

      const makedumpfile = await makedumpfileOf('s390x');
      expect(complaintsAbout(disk, { cpus: 2, mark, crashRegions, makedumpfile })).toEqual([]);
      const low = { start: 0x100000n, end: 0x200000n };
      const stranger = { nonce: 'not-this-run', hostName: 'not-this-host' };
      const wrong = { cpus: 1, mark: stranger, crashRegions: [low], makedumpfile };
      expect(complaintsAbout(disk, wrong)).toEqual([
        '2 NT_PRSTATUS for 1 CPUs',
        'the crash region at 0x100000 is in the dump',
        `host name "${mark.hostName}" is not this run's`,
        "the dmesg does not have this run's nonce",
      ]);
    }));

  test('the dump tool finds the memory of the kernel that panicked', () =>
    withWorkFolder('s390x-dump-tool', async (folder) => {
      const path = join(folder, 'tool.disk');
      const mark = newMark();
      writeDumpTool(path, { memory: 768, mark });
      const system = await startS390x(folder, {
        name: `s390x-dump-tool-${series}`,
        series,
        cpus: 2,
        disks: [{ path, busId: '0.1.0200' }],
      });
      const release = await system.mustRun('uname -r');
      await system.mustRun(markCommand(mark, 1024));
      await system.mustRun(iplOnPanic('0.1.0200'));
      await system.panic();
      const end = await system.guest.ended();
      expect(waitOf(end)).toEqual({ mask: waitMask, address: toolDone });
      expect(markedPages(system.guest.console)).toBeGreaterThanOrEqual(1024);
      expect(system.guest.console.text()).toContain(`vmcoreinfo OSRELEASE=${release}`);
    }));
});

test('the reader prints the block that the machine was given', () =>
  withWorkFolder('s390x-ipl-reader', async (folder) => {
    const system = await startS390x(folder, {
      name: 's390x-ipl-reader',
      series: '6.1',
      bootFrom: 'kernel',
      guest: { extraArgs: ['-bios', iplReader()] },
    });
    await system.mustRun(iplOnPanic('0.2.4711'));
    await system.panic();
    expect(waitOf(await system.guest.ended()).address).toBe(toolDone);
    // CCW: length 200, block 0 of 192, type 2; subchannel set and device number.
    const block = Buffer.alloc(200);
    block.writeUInt32BE(200, 0);
    block.writeUInt32BE(192, 8);
    block.writeUInt8(2, 12);
    block.writeUInt8(2, 0x6d);
    block.writeUInt16BE(0x4711, 0x6e);
    expect(printedBlock(system.guest.console).toString('hex')).toBe(block.toString('hex'));
  }));
