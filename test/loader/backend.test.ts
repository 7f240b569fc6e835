/** By which call a bundle is loaded, what the kernel may rewrite, and what a machine may add of its own. */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmodSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { beforeAll, describe, expect, test } from 'vitest';
import { type CpioEntry, writeCpio } from '../../pipeline/format/cpio.ts';
import type { BundleMember } from '../../pipeline/seal/archive.ts';
import type { Seal } from '../../pipeline/seal/seal-codec.ts';
import { lossWords } from '../../pipeline/seal/words.ts';
import { sealedDigests } from '../fixtures/bytes.ts';
import { now } from '../fixtures/now.ts';
import { regionAt } from '../fixtures/purgatory-head.ts';
import { sealedLive, sealedNumber } from '../fixtures/sealed-live.ts';
import {
  at,
  commandLine,
  memberBytes,
  sampleLive,
  sampleSeal,
  signedBundle,
} from '../fixtures/x86-64-bundle.ts';
import { changed, type MachineFiles, sampleMachine } from '../fixtures/x86-64-machine.ts';
import { loaderDriver } from '../support/loader-host.ts';
import { bench, run } from './running.ts';

let here: Awaited<ReturnType<typeof bench>>;
beforeAll(async () => {
  here = await bench('loader-backend');
}, 120_000);

const sealedFor = (backend: Seal['backend']): Promise<Uint8Array> =>
  signedBundle(here.keys, { ...sampleSeal, backend });

const locked = { 'sys/kernel/security/lockdown': 'none [integrity] confidentiality\n' };
const losses = lossWords.map(([name]) => name);

/** Bytes of a segment as it would be loaded. */
function emitted(bundle: Uint8Array, files: MachineFiles, name: string, ...args: string[]): Buffer {
  const folder = join(here.folder, 'emitted');
  rmSync(folder, { recursive: true, force: true });
  const report = here.report(bundle, files, '--emit', folder, ...args);
  const file = readdirSync(folder).find((one) => one.startsWith(`${name}@`));
  if (file === undefined) throw new Error(`no ${name}: ${JSON.stringify(report)}`);
  return readFileSync(join(folder, file));
}

describe('a bundle that leaves the call to the machine', () => {
  test('is loaded by segments where the kernel allows it, with every guarantee', async () => {
    const report = here.report(await sealedFor('auto'));
    expect(report).toMatchObject({ status: 'ok', backend: 'segments', guaranteesGone: [] });
    expect(report.backendBecause).toBeUndefined();
    expect(report.segments).toHaveLength(sampleSeal.segments.length);
  });

  test('is loaded as files under lockdown, which is said with its reason and its price', async () => {
    const report = here.report(await sealedFor('auto'), changed(locked));
    expect(report).toMatchObject({
      status: 'ok',
      backend: 'file',
      backendBecause: 'locked-down',
      guaranteesGone: losses,
      commandLine,
    });
    expect(report.guarantees).toMatchObject({
      signature: true,
      memberDigests: true,
      elfCoreHeaderChecked: false,
      digestsCheckedAfterPanic: false,
      crashHotplug: false,
    });
    // Where the kernel puts them is its choice.
    expect(report.segments).toBeUndefined();
  });

  test('says it to people as well', async () => {
    const path = here.write('bundle', await sealedFor('auto'));
    const root = here.machine(changed(locked));
    const args = ['--trust', here.trust, '--root', root, '--now', '1800000000', path];
    const { stdout } = run(here.program, ...args);
    expect(stdout).toMatch(/^would arm: .+\n.*\bkexec_file_load\b.*\n$/);
    for (const loss of losses) expect(stdout).toContain(loss);
  });
});

describe('a bundle for kexec_file_load', () => {
  test('hands over its own command line, whatever was tried before', () => {
    const tried = run(loaderDriver('file-load'), 'quiet console=ttyS0', 'quiet', 'quiet nokaslr');
    expect(tried.stdout).toBe('20 quiet console=ttyS0\\0\n6 quiet\\0\n14 quiet nokaslr\\0\n');
  });

  test('says on any machine what is gone', async () => {
    const report = here.report(await sealedFor('file'));
    expect(report).toMatchObject({ status: 'ok', backend: 'file', guaranteesGone: losses });
    expect(report.backendBecause).toBeUndefined();
  });

  test('needs nothing that only segments need', async () => {
    const bare = changed({
      ...locked,
      'proc/kcore': undefined,
      'sys/kernel/vmcoreinfo': undefined,
    });
    expect(here.report(await sealedFor('file'), bare).status).toBe('ok');
    expect(
      here.report(await sealedFor('segments'), changed({ 'proc/kcore': undefined })).status,
    ).toBe('hidden-addresses');
  });

  test('still must fit the crash region', async () => {
    const iomem = String(sampleMachine['proc/iomem']);
    const small = changed({
      'proc/iomem': iomem.replace('2c000000-33ffffff', '2c000000-2dffffff'),
    });
    expect(here.report(await sealedFor('file'), small).status).toBe('crash-region-small');
  });

  test('is refused where its digests are wrong, as any', async () => {
    const bytes = (memberBytes[1]?.bytes ?? new Uint8Array()).slice();
    bytes[7] = (bytes[7] ?? 0) ^ 1;
    const members = memberBytes.with(1, { name: 'kernel', bytes });
    const seal = { ...sampleSeal, backend: 'file' as const };
    const report = here.report(await signedBundle(here.keys, seal, members), changed(locked));
    expect(report.status).toBe('bad-digest');
  });
});

describe('a header that the kernel may rewrite', () => {
  const flagsAt = regionAt(5) + 0x18;
  const live = sealedNumber('hotplug', at.purgatory, flagsAt + 1, 1, { about: at.elfcorehdr });
  const sealed = (): Promise<Uint8Array> =>
    signedBundle(here.keys, { ...sampleSeal, flags: ['hotplug'], live: [live, ...sampleLive] });
  const wants = (bytes: number) => changed({ 'sys/kernel/crash_elfcorehdr_size': `${bytes}\n` });

  test('is left out of the digests where the kernel does so', async () => {
    const bundle = await sealed();
    expect(here.report(bundle, wants(4000)).guarantees).toMatchObject({ crashHotplug: true });
    expect(emitted(bundle, wants(4000), 'purgatory')[flagsAt + 1]).toBe(1);
  });

  test('is digested as ever where the kernel does not', async () => {
    const bundle = await sealed();
    expect(here.report(bundle).guarantees).toMatchObject({ crashHotplug: false });
    expect(emitted(bundle, sampleMachine, 'purgatory')[flagsAt + 1]).toBe(0);
  });

  test('is refused where the kernel wants more room than there is', async () => {
    const report = here.report(await sealed(), wants(917616));
    expect(report).toMatchObject({ status: 'too-many-ranges', detail: 'header-room' });
    expect(report.hint).toBeTruthy();
  });

  test('stays as it is sealed without the flag', async () => {
    const report = here.report(await signedBundle(here.keys), wants(917616));
    expect(report).toMatchObject({ status: 'ok', guarantees: { crashHotplug: false } });
  });
});

describe('a bundle that limits loads', () => {
  const sealed = (): Promise<Uint8Array> =>
    signedBundle(here.keys, { ...sampleSeal, flags: ['limitLoads'] });
  const limit = 'proc/sys/kernel/kexec_load_limit_panic';

  test('says so before it is armed', async () => {
    expect(here.report(await sealed()).guarantees).toMatchObject({ loadsLimited: true });
    expect(here.report(await signedBundle(here.keys)).guarantees).toMatchObject({
      loadsLimited: false,
    });
  });

  test('is armed with a warning where the kernel cannot limit them', async () => {
    const { [limit]: _, ...older } = sampleMachine;
    expect(here.report(await sealed(), older)).toMatchObject({
      status: 'ok',
      guarantees: { loadsLimited: false },
    });
    const words = ['--dry-run', '--trust', here.trust, '--now', `${now}`];
    const ran = run(
      here.program,
      ...words,
      '--root',
      here.machine(older),
      here.write('b', await sealed()),
    );
    expect(ran.stderr).toMatch(/^warning: .*\bkernel\.kexec_load_limit_panic\b/m);
  });

  test('is what sets the limit to 0', () => {
    const life = loaderDriver('life');
    const root = here.machine();
    expect(run(life, 'limit', root).stdout).toBe('0\n');
    expect(readFileSync(join(root, limit), 'latin1')).toMatch(/^0\n/);
    const { [limit]: _, ...older } = sampleMachine;
    expect(Number(run(life, 'limit', here.machine(older)).stdout)).toBeLessThan(0);
  });
});

describe('a local overlay', () => {
  const room = 4096;
  const local: BundleMember = { name: 'initramfs.local', bytes: new Uint8Array(room) };
  const index = memberBytes.findIndex(({ name }) => name === 'elfcorehdr');
  const members = memberBytes.toSpliced(index, 0, local);
  const own = sampleSeal.segments.length;
  const first = sampleLive.findIndex(({ source }) => source === 'elfcorehdr');
  const whole = { offset: 0n, size: BigInt(room) };
  const seal: Seal = {
    ...sampleSeal,
    flags: ['localOverlay'],
    members: members.map(({ name, bytes }) => ({
      name,
      size: BigInt(bytes.length),
      ...sealedDigests(bytes),
    })),
    segments: [
      ...sampleSeal.segments.map((segment) => ({
        ...segment,
        member: segment.member + (segment.member >= index ? 1 : 0),
      })),
      {
        name: 'initramfs.local',
        kind: 'initramfs',
        group: 9,
        member: index,
        bufOffset: 0n,
        bufsz: BigInt(room),
        memsz: BigInt(room),
        align: 4096n,
        place: 0x42_0000n,
        minAddress: 0n,
        flags: [],
      },
    ],
    live: sampleLive.toSpliced(
      first,
      0,
      sealedLive({ source: 'localOverlay', form: 'own', segment: own, ...whole }),
    ),
  };
  const secret = Buffer.from('070701 a key, let us say');
  const overlay = (bytes: Uint8Array = secret, mode = 0o600): string => {
    const path = here.write('overlay', bytes);
    chmodSync(path, mode);
    return path;
  };
  const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

  test.each(['segments', 'file'] as const)('is told with its digest: %s', async (backend) => {
    const bundle = await signedBundle(here.keys, { ...seal, backend }, members);
    const report = here.report(bundle, sampleMachine, '--overlay', overlay());
    expect(report.localOverlay).toEqual({ size: secret.length, sha256: sha256(secret) });
    expect(here.report(bundle).localOverlay).toBeNull();
  });

  test('lies after the sealed initramfs, zeros after it, and is digested', async () => {
    const bundle = await signedBundle(here.keys, seal, members);
    const bytes = Buffer.concat([secret, new Uint8Array(room - secret.length)]);
    const args = ['--overlay', overlay()];
    expect(emitted(bundle, sampleMachine, 'initramfs.local', ...args).equals(bytes)).toBe(true);
    const head = emitted(bundle, sampleMachine, 'purgatory', ...args);
    expect(head.subarray(regionAt(6) + 0x30, regionAt(6) + 0x50).toString('hex')).toBe(
      sha256(bytes),
    );
    const none = emitted(bundle, sampleMachine, 'initramfs.local');
    expect(none.equals(new Uint8Array(room))).toBe(true);
  });

  test.each([
    ['open to others', () => overlay(secret, 0o640), 'file-open', true],
    ['too large', () => overlay(new Uint8Array(room + 1)), 'file-large', false],
    ['no archive', () => overlay(Buffer.from('#!/bin/sh')), 'file-form', true],
    ['empty', () => overlay(new Uint8Array()), 'file-empty', false],
    ['not there', () => join(here.folder, 'none'), 'file-missing', true],
    [
      'a folder',
      () => {
        mkdirSync(join(here.folder, 'folder'), { recursive: true });
        return join(here.folder, 'folder');
      },
      'file-kind',
      true,
    ],
  ])('that is %s is refused', async (_, file, detail, hint) => {
    const bundle = await signedBundle(here.keys, seal, members);
    const path = file();
    const report = here.report(bundle, sampleMachine, '--overlay', path);
    expect(report).toMatchObject({ status: 'overlay-refused', exitCode: 51, detail, path });
    expect(report.hint !== '').toBe(hint);
  });

  describe('that a rule wants a file of', () => {
    const wanting: Seal = {
      ...seal,
      match: [...seal.match, { kind: 'inOverlay', path: 'etc/crashseal/ssh/id', value: '' }],
    };
    const index = seal.match.length;
    const file = (path: string, text = 'key\n', mode = 0o600): CpioEntry => ({
      kind: 'file',
      path,
      mode,
      bytes: Buffer.from(text),
    });
    const found = async (bytes: Uint8Array) =>
      here.report(
        await signedBundle(here.keys, wanting, members),
        sampleMachine,
        '--overlay',
        overlay(bytes),
      );
    /** As somebody packs it by hand: relative to a folder, as `find` names things. */
    const packed = (): Uint8Array => {
      mkdirSync(join(here.folder, 'tree/etc/crashseal/ssh'), { recursive: true });
      writeFileSync(join(here.folder, 'tree/etc/crashseal/ssh/id'), 'key\n');
      return execFileSync('bash', ['-c', 'find . | cpio -o -H newc'], {
        cwd: join(here.folder, 'tree'),
        stdio: ['ignore', 'pipe', 'ignore'],
      });
    };

    test.each([
      ['alone', () => writeCpio([file('etc/crashseal/ssh/id')])],
      ['as find names it', packed],
      [
        'in a second archive',
        () =>
          Buffer.concat([
            writeCpio([file('etc/other')]),
            new Uint8Array(512),
            writeCpio([file('etc/crashseal/ssh/id')]),
          ]),
      ],
    ])('is armed with it: %s', async (_, bytes) => {
      expect((await found(bytes())).status).toBe('ok');
    });

    test.each([
      ['another file', () => writeCpio([file('etc/crashseal/ssh/id2'), file('ssh/id')])],
      ['an empty one', () => writeCpio([file('etc/crashseal/ssh/id', '')])],
      [
        'a folder of that name',
        () => writeCpio([{ kind: 'directory', path: 'etc/crashseal/ssh/id', mode: 0o755 }]),
      ],
      [
        'one that is emptied later',
        () =>
          Buffer.concat([
            writeCpio([file('etc/crashseal/ssh/id')]),
            writeCpio([file('etc/crashseal/ssh/id', '')]),
          ]),
      ],
      ['a compressed archive', () => gzipSync(writeCpio([file('etc/crashseal/ssh/id')]))],
      ['an archive that is cut', () => writeCpio([file('etc/crashseal/ssh/id')]).slice(0, 130)],
    ])('is refused with %s', async (_, bytes) => {
      expect(await found(bytes())).toMatchObject({
        status: 'overlay-refused',
        detail: 'overlay-lacks-file',
        index,
        path: join(here.folder, 'overlay'),
      });
    });

    test('is planned for from the facts of a machine, which tell of no overlay', async () => {
      const bundle = await signedBundle(here.keys, wanting, members);
      expect(here.report(bundle).status).toBe('ok');
    });
  });

  test('that the bundle does not allow is refused', async () => {
    const report = here.report(
      await signedBundle(here.keys),
      sampleMachine,
      '--overlay',
      overlay(),
    );
    expect(report).toMatchObject({ status: 'overlay-refused', exitCode: 51 });
    expect(report.detail).toBe('overlay-not-allowed');
    expect(report.hint).toBeTruthy();
  });
});
