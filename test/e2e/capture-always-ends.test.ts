/** Whatever a capture meets, it has an end, and the machine does what the profile says. */
import { truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { writeCpio } from '../../pipeline/format/cpio.ts';
import { virtioDisk } from '../../pipeline/guest/system-initramfs.ts';
import { words } from '../../pipeline/units/words.ts';
import { armCommand, boot } from '../support/capture.ts';
import { ledgerOf, markerOf } from '../support/raw-records.ts';
import { withWorkFolder } from '../support/work-folder.ts';

const mebibyte = 2 ** 20;

function blankDisk(path: string, mebibytes: number): string {
  writeFileSync(path, '');
  truncateSync(path, mebibytes * mebibyte);
  return path;
}

test('hung-disk-ends-in-failure-action', () =>
  withWorkFolder('hung-disk', async (folder) => {
    const slow = blankDisk(join(folder, 'slow.raw'), 1024);
    const { system } = await boot(folder, {
      name: 'hung-disk',
      kernel: '6.12',
      memory: 512,
      crashkernel: ['160M'],
      profile: {
        target: undefined,
        targets: [
          { kind: 'raw', device: 'SERIAL=slow', timeout: 30, waitSeconds: 10 },
          // The same disk by another name.
          { kind: 'raw', device: '/dev/vda', timeout: 30, waitSeconds: 2 },
        ],
        initramfs: {
          from: 'composed',
          compression: 'none',
          drivers: [...virtioDisk, 'i6300esb'],
        },
        dump: { format: 'elf' },
        failureAction: 'poweroff',
      },
      guest: {
        disks: [],
        // A disk that takes so little behaves like one that is dead: nothing that waits for it ends.
        extraArgs: words`
          -drive if=none,id=slow,file=${slow},format=raw,throttling.bps-write=49152
          -device virtio-blk-pci,drive=slow,serial=slow
          -device i6300esb -watchdog-action reset
        `,
      },
    });
    await system.mustRun(armCommand);
    await system.panic();
    const end = await system.guest.ended();
    expect(end.reason).toBe('guest-shutdown');
    const said = system.guest.console.text();
    // It would have reset a machine whose PID 1 waits for that disk.
    expect(said).toContain('the watchdog resets this machine when it stands still for 30 s');
    expect(said).toMatch(/crashseal: target 1: not done after 30 s/);
    expect(said).toMatch(/crashseal: processes [\d ]+ do not end and are left behind/);
    expect(said).toContain('not used, because somebody waits for it without end: vda');
    expect(said).toMatch(/crashseal: no vmcore was saved: target 1 .*; target 2 /);
    expect(said).toContain('crashseal: action: poweroff');
    // What was on its way when the time was over is known to be cut short.
    expect(['writing', 'failed']).toContain(markerOf(slow).state);
    expect(Number(markerOf(slow).dmesg_size)).toBeGreaterThan(1000);
  }));

test('out-of-memory-ends-in-failure-action', () =>
  withWorkFolder('out-of-memory', async (folder) => {
    const small = blankDisk(join(folder, 'small.raw'), 16);
    // In the place of makedumpfile, what takes all memory that there is.
    const hungry = `#!/bin/busybox sh
exec busybox awk 'BEGIN { for (;;) all[i++] = sprintf("%4096d", i) }'
`;
    const overlay = join(folder, 'overlay');
    writeFileSync(
      overlay,
      writeCpio([
        { kind: 'file', path: 'usr/bin/makedumpfile', mode: 0o755, bytes: Buffer.from(hungry) },
      ]),
    );
    const { system } = await boot(folder, {
      name: 'out-of-memory',
      kernel: '6.1',
      memory: 512,
      crashkernel: ['128M'],
      profile: {
        target: { kind: 'raw', device: 'SERIAL=small' },
        dump: { format: 'kdump' },
        failureAction: 'poweroff',
        localOverlay: { max: '4K' },
      },
      files: [{ path: 'overlay', mode: 0o600, content: { from: overlay } }],
      guest: { disks: [{ path: small, serial: 'small' }] },
    });
    await system.mustRun(`${armCommand} --overlay /overlay`);
    await system.panic();
    const end = await system.guest.ended();
    expect(end.reason).toBe('guest-shutdown');
    const said = system.guest.console.text();
    expect(said).toMatch(/Out of memory: Killed process \d+ \(busybox\)/);
    expect(said).toContain('the vmcore does not fit');
    expect(said).toContain('crashseal: action: poweroff');
    expect(ledgerOf(small)).toMatchObject([
      { outcome: 'nothing', reason: expect.stringContaining('does not fit') },
    ]);
  }));
