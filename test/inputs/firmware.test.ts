/** Firmware from packages and folders as they really are: built by dpkg-deb, compressed as distributions do it. */
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { architectures } from '../../pipeline/arch/arch.ts';
import { realHost } from '../../pipeline/host/real-host.ts';
import { nothingShared } from '../../pipeline/host/shared-work.ts';
import { folderStore } from '../../pipeline/host/store.ts';
import type { Apt } from '../../pipeline/inputs/apt.ts';
import { findFirmware, firmwareFolders } from '../../pipeline/inputs/firmware.ts';
import type { LockedProfile } from '../../pipeline/inputs/lock.ts';
import type { FirmwareFile } from '../../pipeline/inputs/resolved-inputs.ts';
import { treeBelow } from '../../pipeline/inputs/tree.ts';
import { ok } from '../../pipeline/problem/result.ts';
import type { FirmwareSource } from '../../pipeline/profile/keys/initramfs.ts';
import { sha256 } from '../../pipeline/units/sha256.ts';
import { firmwarePackage } from '../fixtures/firmware-package.ts';
import { must, problemsOf } from '../fixtures/results.ts';
import { composedWith, inputProfile } from './input-profile.ts';

const host = realHost();
const release = '6.9';

type Setting = {
  readonly store: string;
  readonly names: readonly string[];
  readonly firmware?: readonly FirmwareSource[];
  readonly root?: string;
  readonly apt?: Partial<Apt>;
  readonly locked?: LockedProfile;
};

const unasked = () => {
  throw new Error('apt was asked');
};

function find({ store, names, firmware = [], root, apt = {}, locked }: Setting) {
  const profile = inputProfile({
    kernel: { kind: 'installed', root: '/', release },
    initramfs: { ...composedWith('x'), firmware } as ReturnType<typeof composedWith>,
  });
  const context = {
    host,
    profile,
    machine: architectures.x86_64,
    apt: { find: unasked, fetch: unasked, ...apt },
    storeFolder: store,
    shared: nothingShared,
    store: folderStore(host, store),
    locked,
    say: () => undefined,
  };
  const own =
    root === undefined
      ? []
      : [{ tree: treeBelow(host, root), folders: firmwareFolders(release), digest: undefined }];
  return findFirmware(context, { names, release, own });
}

const shown = (files: readonly FirmwareFile[]): readonly string[] =>
  files.map(({ path, bytes }) => `${path} ${Buffer.from(bytes)}`);

test('comes out of a package that the profile names, plain, and the lock pins the package', async () => {
  await host.withTempFolder(async (temp) => {
    const deb = firmwarePackage(temp, 'firmware-sample', {
      'sample/a.bin.zst': 'first',
      'sample/b.bin.xz': 'second',
      'c.bin': 'third',
      'unasked.bin': 'x',
    });
    const bytes = Uint8Array.from(readFileSync(deb));
    const from = {
      package: 'firmware-sample',
      version: '1',
      architecture: 'all',
      digest: sha256(bytes),
      size: bytes.length,
    };
    const found = { ...from, depends: [], exactly: new Map<string, string>() };
    const fetched = { path: deb, bytes, digest: from.digest };
    const setting = {
      store: `${temp}/store`,
      names: ['sample/a.bin', 'c.bin', 'sample/b.bin', 'sample/none.bin'],
      firmware: [{ kind: 'package', name: 'firmware-sample' }] as const,
    };
    const part = must(
      await find({
        ...setting,
        apt: { find: async () => ok(found), fetch: async () => ok(fetched) },
      }),
    );
    const files = ['c.bin third', 'sample/a.bin first', 'sample/b.bin second'];
    expect(shown(part.value)).toEqual(files);
    expect(part.asked).toBe('apt firmware-sample');
    expect(part.inputs.map(({ record }) => `${record.name}: ${record.origin}`)).toEqual([
      'firmware/firmware-sample: firmware-sample 1 all',
    ]);
    // With the lock nobody asks which version there is.
    const locked = {
      firmware: { asked: 'apt firmware-sample', inputs: part.inputs.map(({ locked: one }) => one) },
    };
    const again = must(
      await find({
        ...setting,
        store: `${temp}/other`,
        locked,
        apt: { fetch: async () => ok(fetched) },
      }),
    );
    expect(shown(again.value)).toEqual(files);
    const another = [{ kind: 'package', name: 'firmware-other' }] as const;
    expect(problemsOf(await find({ ...setting, firmware: another, locked }))).toMatchObject([
      { kind: 'lock-differs', part: 'firmware' },
    ]);
  });
}, 120_000);

test('comes out of a package file, and of a folder before the system that the kernel is of', async () => {
  await host.withTempFolder(async (temp) => {
    const deb = firmwarePackage(temp, 'firmware-sample', { 'a.bin': 'of the package' });
    const folder = `${temp}/copy`;
    mkdirSync(`${folder}/sub`, { recursive: true });
    writeFileSync(`${folder}/sub/real.bin`, 'of the folder');
    symlinkSync('sub/real.bin', `${folder}/b.bin`);
    symlinkSync('/etc/passwd', `${folder}/out.bin`);
    const system = firmwarePackage(temp, 'system', {
      'a.bin': 'of the system',
      'b.bin': 'too',
      'd.bin': 'only',
    });
    const part = must(
      await find({
        store: `${temp}/store`,
        names: ['a.bin', 'b.bin', 'd.bin', 'out.bin'],
        firmware: [
          { kind: 'path', path: deb },
          { kind: 'path', path: folder },
        ],
        root: system.replace(/\.deb$/, ''),
      }),
    );
    expect(shown(part.value)).toEqual([
      'a.bin of the package',
      'b.bin of the folder',
      'd.bin only',
    ]);
    expect(part.inputs.map(({ record }) => record.name)).toEqual([
      'firmware/firmware-sample.deb',
      'firmware/b.bin',
      'firmware/d.bin',
    ]);
  });
}, 120_000);

test('a name that leads out of the folder of firmware is not looked for', async () => {
  await host.withTempFolder(async (temp) => {
    mkdirSync(`${temp}/lib/firmware`, { recursive: true });
    writeFileSync(`${temp}/secret`, 'x');
    const names = ['../../secret', '/secret', 'a/../../../secret', 'with space', ''];
    const part = must(await find({ store: `${temp}/store`, names, root: temp }));
    expect(part).toEqual({ value: [], asked: undefined, inputs: [] });
  });
});

test('a package that is not there is told with its place in the profile', async () => {
  await host.withTempFolder(async (temp) => {
    const firmware = [{ kind: 'path', path: `${temp}/none.deb` }] as const;
    expect(problemsOf(await find({ store: temp, names: ['a.bin'], firmware }))).toMatchObject([
      { kind: 'file-missing', role: 'package' },
    ]);
  });
});
