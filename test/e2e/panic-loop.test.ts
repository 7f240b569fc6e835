/**
 * A machine that panics again and again: the first dump is the one worth keeping, and the ledger tells of them all.
 * A guest that arms and panics as soon as it has started, and another one after it with the same disk.
 */
import { mkdirSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { Guest } from '../../pipeline/guest/guest.ts';
import { dmesgOf, rearrange } from '../../pipeline/guest/makedumpfile.ts';
import { scriptedInit, systemInitramfs } from '../../pipeline/guest/system-initramfs.ts';
import { bundlesFolder, loaderFiles, testProfile } from '../support/capture.ts';
import { buildBundle, developmentKeys } from '../support/crashseal.ts';
import { testKernelTree } from '../support/kernel-tree.ts';
import { extract, ledgerOf, markerOf } from '../support/raw-records.ts';
import { withWorkFolder } from '../support/work-folder.ts';

const panics = 2;

test('first-dump-survives-a-panic-loop, ledger-tells-of-every-panic', () =>
  withWorkFolder('panic-loop', async (folder) => {
    const kernel = await testKernelTree('6.1');
    const keys = developmentKeys(join('out', 'e2e'));
    const scenario = {
      name: 'panic-loop',
      kernel: '6.1',
      profile: {
        target: { kind: 'raw', device: 'SERIAL=crashdump' },
        dump: { format: 'kdump' },
        finalAction: 'reboot',
        failureAction: 'reboot',
      },
    } as const;
    mkdirSync(folder, { recursive: true });
    const bundle = buildBundle(folder, testProfile(scenario, kernel), keys, bundlesFolder);
    const disk = join(folder, 'disk.raw');
    writeFileSync(disk, '');
    truncateSync(disk, 128 * 2 ** 20);
    const initrd = join(folder, 'system.cpio');
    const init = scriptedInit(
      `echo "crashseal-test: mark $(cat /proc/sys/kernel/random/uuid)" >/dev/kmsg
crashseal-load --trust /etc/trust.pem /bundle && echo c >/proc/sysrq-trigger
poweroff -f`,
    );
    writeFileSync(
      initrd,
      systemInitramfs({ kernel, init, files: loaderFiles('x86_64', bundle, keys.trust) }),
    );
    const marks: string[] = [];
    for (let panic = 1; panic <= panics; panic++) {
      const guest = await Guest.start({
        name: `${scenario.name}-${panic}`,
        kernel: kernel.vmlinuz,
        initrd,
        memory: '512M',
        append: 'console=ttyS0 crashkernel=160M',
        disks: [{ path: disk, serial: 'crashdump' }],
      });
      const { match } = await guest.console.waitFor(/crashseal-test: mark ([0-9a-f-]+)/);
      marks.push(match[1] ?? '');
      // QEMU ends where a machine would start again.
      expect((await guest.ended()).reason).toBe('guest-reset');
    }

    const marker = markerOf(disk);
    expect(marker).toMatchObject({ state: 'complete' });
    extract(disk, marker, 'dump', join(folder, 'dump.flat'));
    rearrange(join(folder, 'dump.flat'), join(folder, 'vmcore'));
    const log = dmesgOf(join(folder, 'vmcore'));
    expect(marks.map((mark) => log.includes(mark))).toEqual([true, false]);

    const ledger = ledgerOf(disk);
    expect(ledger.map(({ seq, outcome }) => [seq, outcome])).toEqual([
      ['1', 'saved'],
      ['2', 'nothing'],
    ]);
    for (const entry of ledger)
      expect(entry.panic).toBe('Kernel panic - not syncing: sysrq triggered crash');
    expect(ledger[1]?.reason).toContain('keeps what nobody has collected');
    const times = ledger.map(({ time }) => Number(time));
    expect(times).toEqual(times.toSorted((a, b) => a - b));
    expect(new Set(times).size).toBe(panics);
  }));
