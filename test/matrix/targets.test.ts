/** Every file system and every stack on both kernel series. Too long for each change: `make test-matrix`. */
import { execFileSync } from 'node:child_process';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { completionMarker } from '../../pipeline/guest/dump-device.ts';
import {
  blankDisk,
  fileSystems,
  makeFileSystem,
  takeOut,
} from '../../pipeline/guest/file-systems.ts';
import { dmesgOf, rearrange } from '../../pipeline/guest/makedumpfile.ts';
import type { PanicMark } from '../../pipeline/guest/system-guest.ts';
import type { InitramfsFile } from '../../pipeline/guest/system-initramfs.ts';
import { armCommand, boot, type Scenario } from '../support/capture.ts';
import { expectEncryptedDump, makeIdentity } from '../support/encrypted-dump.ts';
import { consoleOf, expectOneDump } from '../support/file-systems.ts';
import { expectDumpOnRoot } from '../support/root-file-system.ts';
import { localOverlay } from '../support/servers/beside-guest.ts';
import {
  arrayDataAt,
  arrayUuid,
  firstExtent,
  luksUuid,
  makeArray,
  makeLuks,
  makeVolume,
  openLuks,
  stackMaker,
  volumeKey,
} from '../support/stacks.ts';
import { withWorkFolder } from '../support/work-folder.ts';

const kernels = ['6.1', '6.12'] as const;
const dump = { format: 'kdump' };

/** What a raw target holds, whole and of this panic. */
function expectRawDump(path: string, mark: PanicMark): void {
  expect(completionMarker(path)).toContain('state=complete');
  const vmcore = `${path}.vmcore`;
  rmSync(vmcore, { force: true });
  rearrange(path, vmcore);
  expect(dmesgOf(vmcore)).toContain(mark.nonce);
}

describe.each(kernels)('with Linux %s', (kernel) => {
  test.each(fileSystems)('filesystem-target-holds-vmcore: %s', (type) =>
    withWorkFolder(`matrix-${type}`, async (folder) => {
      const image = makeFileSystem(join(folder, 'image'), type, 'CRASH');
      const booted = await boot(folder, {
        name: `matrix-${type}`,
        kernel,
        crashkernel: ['192M'],
        profile: { target: { kind: 'filesystem', device: 'LABEL=CRASH', directory: '/a/b' }, dump },
        guest: { disks: [{ path: image }] },
      });
      await booted.system.mustRun(armCommand);
      const mark = await booted.system.panic();
      const end = await booted.system.guest.ended();
      expect([end.reason, consoleOf(booted.system)]).toEqual([
        'guest-shutdown',
        expect.stringMatching(/vmcore saved: \d+ bytes to \/dev\/vda:\/a\/b\//),
      ]);
      const out = join(folder, 'dumps');
      await takeOut(image, type, '/a/b', out, booted);
      expectOneDump(out, mark, type !== 'vfat');
    }),
  );

  test('encrypted-dump-opens-with-age: on ext4', () =>
    withWorkFolder('matrix-encrypted', async (folder) => {
      const { identity, recipient } = makeIdentity(folder);
      const image = makeFileSystem(join(folder, 'image'), 'ext4', 'CRASH');
      const booted = await boot(folder, {
        name: 'matrix-encrypted',
        kernel,
        crashkernel: ['192M'],
        profile: { target: { kind: 'filesystem', device: 'LABEL=CRASH' }, recipient, dump },
        guest: { disks: [{ path: image }] },
      });
      await booted.system.mustRun(armCommand);
      const mark = await booted.system.panic();
      expect([(await booted.system.guest.ended()).reason, consoleOf(booted.system)]).toEqual([
        'guest-shutdown',
        expect.stringMatching(/vmcore saved: \d+ bytes to \/dev\/vda:/),
      ]);
      const out = join(folder, 'dumps');
      await takeOut(image, 'ext4', '/var/crash', out, { kernel: booted.kernel });
      expectEncryptedDump(out, mark, identity);
    }));

  test.each(['xfs', 'btrfs'] as const)(
    'filesystem-target-holds-vmcore: the root file system, which is an %s',
    (type) =>
      withWorkFolder(`matrix-${type}-root`, (folder) => expectDumpOnRoot(folder, type, kernel)),
  );

  /** A guest that makes a stack of the one or two disks, then panics; its console, and the nonce. */
  const panicOn = async (
    folder: string,
    name: string,
    disks: readonly string[],
    target: Readonly<Record<string, unknown>>,
    prepare: readonly string[],
    more: { readonly profile?: Scenario['profile']; readonly overlay?: InitramfsFile } = {},
  ) => {
    const { files, drivers } = stackMaker();
    const { system, kernel: tree } = await boot(folder, {
      name,
      kernel,
      crashkernel: ['256M'],
      memory: 1024,
      drivers,
      files: [...files, ...(more.overlay === undefined ? [] : [more.overlay])],
      profile: { target, dump, failureAction: 'halt', ...more.profile },
      guest: { disks: disks.map((path) => ({ path })) },
    });
    for (const command of prepare) await system.mustRun(command);
    const overlay = more.overlay === undefined ? '' : ` --overlay /${more.overlay.path}`;
    await system.mustRun(armCommand + overlay);
    const mark = await system.panic();
    const end = await system.guest.ended();
    expect([end.reason, consoleOf(system)]).toEqual([
      'guest-shutdown',
      expect.stringMatching(/vmcore saved: \d+ bytes to /),
    ]);
    return { mark, tree };
  };

  test('md-target-holds-vmcore: an array as a raw device', () =>
    withWorkFolder('matrix-md', async (folder) => {
      const disks = ['one', 'other'].map((name) => blankDisk(join(folder, name), 512));
      const { mark } = await panicOn(
        folder,
        'matrix-md',
        disks,
        { kind: 'raw', device: `UUID=${arrayUuid}`, stack: ['md'] },
        [makeArray('/dev/vda', '/dev/vdb')],
      );
      // Both members have it.
      for (const path of disks) {
        const at = arrayDataAt(path);
        const size = Number(
          /Array Size : (\d+)/.exec(
            execFileSync('mdadm', ['--examine', path], { encoding: 'utf8' }),
          )?.[1],
        );
        const array = join(folder, 'array');
        writeFileSync(array, readFileSync(path).subarray(at, at + size * 1024));
        expectRawDump(array, mark);
      }
    }));

  test('lvm-target-holds-vmcore: a volume that is found by the label of its file system', () =>
    withWorkFolder('matrix-lvm', async (folder) => {
      const disk = blankDisk(join(folder, 'disk'), 512);
      const { mark, tree } = await panicOn(
        folder,
        'matrix-lvm',
        [disk],
        { kind: 'filesystem', device: 'LABEL=on-lvm', stack: ['lvm'] },
        [makeVolume('/dev/vda'), 'mkfs.ext4 -q -L on-lvm /dev/dm-0 2>&1 && sync'],
      );
      const out = join(folder, 'dumps');
      await takeOut(`${disk}?offset=${firstExtent}`, 'ext4', '/var/crash', out, { kernel: tree });
      expectOneDump(out, mark);
    }));

  test('luks-target-holds-vmcore: opened with the volume key of the local overlay', () =>
    withWorkFolder('matrix-luks', async (folder) => {
      const disk = blankDisk(join(folder, 'disk'), 512);
      const { mark } = await panicOn(
        folder,
        'matrix-luks',
        [disk],
        {
          kind: 'raw',
          device: '/dev/mapper/dump',
          stack: ['luks'],
          luks: { uuid: luksUuid },
        },
        [makeLuks('/dev/vda')],
        {
          profile: { localOverlay: { max: '64K' } },
          overlay: localOverlay(folder, 'overlay', { 'etc/crashseal/volume-key': volumeKey }),
        },
      );
      // On the disk itself nothing of it can be read; with the key all of it can.
      expect(readFileSync(disk).includes(mark.nonce)).toBe(false);
      expect(readFileSync(disk).includes('makedumpfile')).toBe(false);
      const volume = join(folder, 'volume');
      writeFileSync(volume, openLuks(disk));
      expectRawDump(volume, mark);
    }));
});
