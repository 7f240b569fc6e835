/** Captures on arm64 with a kernel of 16 KiB pages, which Debian has since release 13; it has none of 64 KiB. */
import { expect, test } from 'vitest';
import { complaintsAbout } from '../../pipeline/guest/dump-complaints.ts';
import { type Level, levels } from '../support/arm64-machines.ts';
import { boot, endWithDump } from '../support/capture.ts';
import { armAsPlanned } from '../support/planned-as-armed.ts';
import { withWorkFolder } from '../support/work-folder.ts';

test.each<Level>(['el1', 'vhe'])('panic-captures-vmcore with pages of 16 KiB, %s', (level) => {
  const name = `arm64-16k-${level}`;
  return withWorkFolder(name, async (folder) => {
    const booted = await boot(folder, {
      name,
      arch: 'arm64',
      kernel: '6.12-16k',
      cpus: 2,
      guest: levels[level],
    });
    const { system, disk } = booted;
    expect(await system.mustRun('grep KernelPageSize /proc/self/smaps')).toMatch(/: +16 kB/);
    await armAsPlanned(booted, folder);
    const mark = await system.panic(1);
    await endWithDump(system, disk);
    expect(complaintsAbout(disk, { ...booted, mark, cpus: 2 })).toEqual([]);
  });
});
