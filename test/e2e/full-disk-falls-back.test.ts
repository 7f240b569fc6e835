/**
 * The first target is too small: the dump goes to the next one. It is encrypted before it leaves memory: what the
 * second has opens with age and holds the panic's log; what the first has opens up to where it was cut.
 */
import { spawnSync } from 'node:child_process';
import { readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { dmesgOf, rearrange } from '../../pipeline/guest/makedumpfile.ts';
import { armCommand, boot } from '../support/capture.ts';
import { makeIdentity } from '../support/encrypted-dump.ts';
import { extract, ledgerOf, markerOf } from '../support/raw-records.ts';
import { withWorkFolder } from '../support/work-folder.ts';

const age = (identity: string, from: string) =>
  spawnSync('age', ['-d', '-i', identity, from], { maxBuffer: 2 ** 30 });

test('full-disk-falls-back, encrypted-dump-opens-with-age', () =>
  withWorkFolder('full-disk', async (folder) => {
    const disk = (name: string, mebibytes: number): string => {
      const path = join(folder, `${name}.raw`);
      writeFileSync(path, '');
      truncateSync(path, mebibytes * 2 ** 20);
      return path;
    };
    const [small, large] = [disk('small', 6), disk('large', 256)];
    const { identity, recipient } = makeIdentity(folder);
    const { system } = await boot(folder, {
      name: 'full-disk',
      kernel: '6.12',
      memory: 512,
      crashkernel: ['160M'],
      profile: {
        target: undefined,
        targets: [
          { kind: 'raw', device: 'SERIAL=small' },
          { kind: 'raw', device: 'SERIAL=large', slots: 2 },
        ],
        recipient,
        dump: { format: 'kdump' },
      },
      guest: {
        disks: [
          { path: small, serial: 'small' },
          { path: large, serial: 'large' },
        ],
      },
    });
    await system.mustRun(armCommand);
    const mark = await system.panic();
    expect((await system.guest.ended()).reason).toBe('guest-shutdown');
    const said = system.guest.console.text();
    expect(said).toMatch(/crashseal: the dump does not fit: \/dev\/vda has room for \d+ bytes/);
    expect(said).toMatch(/crashseal: vmcore saved: \d+ bytes to \/dev\/vdb in \d+ s/);

    // The one that is whole.
    const marker = markerOf(large);
    expect(marker).toMatchObject({ state: 'complete', encryption: 'age', slot: '1' });
    expect(marker.previous).toMatch(/^target 1 \(.*"small"\): the dump does not fit/);
    extract(large, marker, 'dump', join(folder, 'dump.age'));
    extract(large, marker, 'log', join(folder, 'log.age'));
    const log = age(identity, join(folder, 'log.age'));
    expect(log.stdout.toString('latin1')).toContain(mark.nonce);
    const dump = age(identity, join(folder, 'dump.age'));
    expect(dump.status).toBe(0);
    writeFileSync(join(folder, 'dump.flat'), dump.stdout);
    rearrange(join(folder, 'dump.flat'), join(folder, 'vmcore'));
    expect(dmesgOf(join(folder, 'vmcore'))).toContain(mark.nonce);
    expect(readFileSync(large).includes(mark.nonce)).toBe(false);

    // The one that was cut: every byte up to the cut, but for the piece that it is in.
    const cut = markerOf(small);
    expect(cut).toMatchObject({ state: 'failed', encryption: 'age' });
    extract(small, cut, 'dump', join(folder, 'cut.age'));
    const opened = age(identity, join(folder, 'cut.age'));
    expect(opened.status).toBe(1);
    expect(opened.stdout.length).toBeGreaterThan(Number(cut.size) - 2 * 65536);
    expect(opened.stdout.toString('latin1', 0, 12)).toBe('makedumpfile');

    expect(ledgerOf(small)).toMatchObject([
      { outcome: 'saved', where: 'the disk with serial number "large"', slot: '' },
    ]);
    expect(ledgerOf(large)).toMatchObject([{ outcome: 'saved', slot: '1', bytes: marker.size }]);
  }));
