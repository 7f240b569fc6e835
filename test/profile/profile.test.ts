import { execFileSync } from 'node:child_process';
import { mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { memoryHost } from '../../pipeline/host/memory-host.ts';
import { realHost } from '../../pipeline/host/real-host.ts';
import type { Problem } from '../../pipeline/problem/problem.ts';
import type { Result } from '../../pipeline/problem/result.ts';
import type { Profile } from '../../pipeline/profile/keys/keys.ts';
import { parseProfile, parseProfileFiles } from '../../pipeline/profile/profile.ts';
import { largestProfile } from '../../pipeline/profile/source-tree.ts';
import { parseProfileText } from '../fixtures/profile-text.ts';
import { kindsWith, settled, smallest } from './profile-texts.ts';

function soundOf(result: Result<Profile>): Profile {
  if (!result.ok) throw new Error(JSON.stringify(result.problems));
  return result.value;
}

const problemsOf = (result: Result<Profile>): readonly Problem[] =>
  result.ok ? [] : result.problems;
const kinds = (text: string): readonly string[] =>
  problemsOf(parseProfileText('web.yaml', text)).map(({ kind }) => kind);

describe('defaults', () => {
  test('five keys are enough', () => {
    // No target is on another machine: the network is of no account (keys/network.test.ts).
    const { placeOf: _, placeOfTarget: __, network: ___, ...profile } = settled();
    expect(profile).toEqual({
      name: 'web',
      file: 'web.yaml',
      arch: 'x86_64',
      kernel: { kind: 'apt', package: 'linux-image-amd64', version: undefined },
      kernelForm: 'direct',
      machineLevel: undefined,
      initramfs: {
        kind: 'composed',
        compression: 'zstd',
        drivers: ['virtio_pci?', 'virtio_blk?', 'virtio_scsi?', 'nvme?', 'ahci?', 'sd_mod?'],
        firmware: [],
      },
      tools: { kind: 'apt' },
      crashkernel: { options: ['256M'], smallest: 256n << 20n },
      limits: { cpus: 512, memoryRanges: 128 },
      commandLine: { inherit: undefined, append: [], remove: [] },
      targets: [
        {
          kind: 'raw',
          device: { by: 'partlabel', value: 'crashdump' },
          waitSeconds: 30,
          removable: false,
          online: [],
          stack: [],
          slots: 1,
          onUncollected: 'keep',
          timeout: 600,
          what: 'vmcore',
        },
      ],
      budget: 1800,
      recipient: [],
      dump: { level: 31, format: 'kdump', compression: 'lzo' },
      finalAction: 'reboot',
      failureAction: 'reboot',
      onCorruption: [{ kind: 'reset' }],
      testing: false,
      memoryMap: 'e820',
      elfcorehdr: 'passed',
      backend: 'segments',
      hotplug: 'rearm',
      limitLoads: false,
      localOverlay: undefined,
      match: [],
      epoch: 0n,
      notAfter: undefined,
      console: { kind: 'none' },
    });
  });

  test('where a key stands is known, and of a default where it would belong', () => {
    const profile = settled('dump: { level: 1 }');
    expect(profile.placeOf('target.device')).toEqual({ file: 'web.yaml', line: 4, column: 30 });
    expect(profile.placeOf('dump.compression')).toEqual({ file: 'web.yaml', line: 5, column: 7 });
    expect(profile.placeOf('epoch')).toEqual({ file: 'web.yaml', line: 1, column: 1 });
  });
});

describe('mistakes', () => {
  test.each([
    ['fianlAction: reboot', ['unknown-key']],
    ['a: &x 1\nb: *x', ['unknown-key', 'unsupported-yaml']],
    ['<<: { a: 1 }', ['unsupported-yaml']],
    ['epoch: !mine 1', ['syntax']],
    ['epoch: 1\nepoch: 2', ['key-twice']],
    ['limits: { cpus: 1', ['syntax']],
    ['---\nname: second', ['second-document']],
    ['epoch:', []],
    ['limits:\n- 1\nepoch', ['syntax']],
  ])('%j', (line, expected) => {
    expect(kindsWith(line)).toEqual(expected);
  });

  test.each([
    ['', 'not-a-map'],
    ['- a', 'not-a-map'],
    ['just text', 'not-a-map'],
  ])('%j is no profile', (text, kind) => {
    expect(kinds(text)).toEqual([kind]);
  });

  test('bytes that are not UTF-8 are no profile', () => {
    const files = new Map([['a.yaml', Uint8Array.of(0x6e, 0xff, 0xfe)]]);
    expect(problemsOf(parseProfileFiles('a.yaml', files)).map(({ kind }) => kind)).toEqual([
      'not-text',
    ]);
  });

  test('three mistakes give three messages', () => {
    const text = smallest.replace('256M', '0256M').replace('raw', 'tape');
    expect(kinds(`${text}finalAktion: reboot\n`)).toEqual([
      'crashkernel',
      'wrong-value',
      'unknown-key',
    ]);
  });

  test('any text gives a profile or problems', () => {
    const pieces = fc.constantFrom(
      ...'name kernel from apt target : - [ ] { } " \' &a *a << !t # 0x1 07 null ~ __proto__ |'.split(
        ' ',
      ),
      ' ',
      '\n',
      '  ',
      '\t',
    );
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 40 }), (parts) => {
        const result = parseProfileText('any.yaml', parts.join(''));
        expect(result.ok || result.problems.length > 0).toBe(true);
      }),
      { numRuns: 1000 },
    );
  });
});

describe('extends', () => {
  const base = `
name: base
kernel: { from: deb, path: linux.deb }
crashkernel: 256M
target: { kind: raw, device: /dev/vdb, waitSeconds: 60 }
onCorruption: [reset]
`;
  const read = (files: Readonly<Record<string, string>>): Promise<Result<Profile>> =>
    parseProfile(memoryHost(files), '/p/web.yaml');

  test('maps merge key by key, the rest is replaced', async () => {
    const profile = soundOf(
      await read({
        '/p/web.yaml': 'name: web\nextends: shared/base.yaml\ntarget: { device: /dev/vdc }\n',
        '/p/shared/base.yaml': base,
      }),
    );
    expect(profile.name).toBe('web');
    expect(profile.targets).toMatchObject([{ device: { value: '/dev/vdc' }, waitSeconds: 60 }]);
    expect(profile.onCorruption).toEqual([{ kind: 'reset' }]);
  });

  test('a relative path counts from the file that says it', async () => {
    const profile = soundOf(
      await read({
        '/p/web.yaml': 'extends: shared/base.yaml\ninitramfs: { from: file, path: own.img }\n',
        '/p/shared/base.yaml': base,
      }),
    );
    expect(profile.kernel).toEqual({ kind: 'packages', paths: ['/p/shared/linux.deb'] });
    expect(profile.initramfs).toEqual({ kind: 'file', path: '/p/own.img' });
    expect(profile.placeOf('kernel.path').file).toBe('/p/shared/base.yaml');
  });

  test('a map of another shape inherits nothing', async () => {
    const profile = soundOf(
      await read({
        '/p/web.yaml': 'extends: base.yaml\nkernel: { from: apt, package: linux-image-amd64 }\n',
        '/p/base.yaml': base,
      }),
    );
    expect(profile.kernel).toEqual({
      kind: 'apt',
      package: 'linux-image-amd64',
      version: undefined,
    });
  });

  test('null drops what was inherited', async () => {
    const profile = soundOf(
      await read({
        '/p/web.yaml': 'extends: base.yaml\nonCorruption: null\nbackend: file\n',
        '/p/base.yaml': base,
      }),
    );
    expect(profile.backend).toBe('file');
  });

  test('a later file wins over an earlier one, and one base may be reached twice', async () => {
    const profile = soundOf(
      await read({
        '/p/web.yaml': 'extends: [a.yaml, b.yaml]\n',
        '/p/a.yaml': 'extends: base.yaml\nepoch: 1\nfinalAction: halt\n',
        '/p/b.yaml': 'extends: base.yaml\nepoch: 2\n',
        '/p/base.yaml': base,
      }),
    );
    expect(profile.epoch).toBe(2n);
    expect(profile.finalAction).toBe('halt');
  });

  test('a mistake in a shared file is told there, once', async () => {
    const problems = problemsOf(
      await read({
        '/p/web.yaml': 'extends: [a.yaml, b.yaml]\n',
        '/p/a.yaml': 'extends: base.yaml\n',
        '/p/b.yaml': 'extends: base.yaml\n',
        '/p/base.yaml': `${base}consolle: none\n`,
      }),
    );
    expect(problems).toMatchObject([
      { kind: 'unknown-key', place: { file: '/p/base.yaml', line: 7 } },
    ]);
  });

  test('a circle is refused, and a missing file with who asked for it', async () => {
    const circle = await read({
      '/p/web.yaml': 'extends: a.yaml\n',
      '/p/a.yaml': 'extends: web.yaml\n',
    });
    expect(problemsOf(circle)).toMatchObject([
      {
        kind: 'extends-cycle',
        files: ['/p/web.yaml', '/p/a.yaml', '/p/web.yaml'],
        place: { file: '/p/a.yaml' },
      },
    ]);
    const missing = await read({ '/p/web.yaml': 'extends: gone.yaml\nepock: 1\n' });
    expect(problemsOf(missing)).toMatchObject([
      { kind: 'no-file', file: '/p/gone.yaml', askedBy: { line: 1 } },
      { kind: 'unknown-key' },
    ]);
    expect(problemsOf(await read({}))).toMatchObject([{ kind: 'no-file', askedBy: undefined }]);
  });

  test('a base that many files share is read once, however many ways lead to it', async () => {
    const files: Record<string, string> = {
      '/p/web.yaml': `extends: [${'f0.yaml, '.repeat(50)}]\n`,
      '/p/f14.yaml': base.replace('epoch', 'x'),
    };
    for (let index = 0; index < 14; index++)
      files[`/p/f${index}.yaml`] = `extends: [${`f${index + 1}.yaml, `.repeat(50)}]\n`;
    expect(soundOf(await read(files)).name).toBe('base');
    const broken = problemsOf(await read({ ...files, '/p/f14.yaml': `${base}consolle: none\n` }));
    expect(broken).toMatchObject([{ kind: 'unknown-key' }]);
  });

  test('more files than anyone shares are refused', async () => {
    const names = Array.from({ length: 80 }, (_, index) => `f${index}.yaml`);
    const files = Object.fromEntries(names.map((name) => [`/p/${name}`, 'epoch: 1\n']));
    const problems = problemsOf(
      await read({ ...files, '/p/web.yaml': `${base}extends: [${names.join(', ')}]\n` }),
    );
    expect(problems.map(({ kind }) => kind)).toContain('extends-too-many');
  });

  test('a profile that is no file is refused, and does not make anyone wait', async () => {
    const folder = join('out', 'test', 'profile');
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder, { recursive: true });
    execFileSync('mkfifo', [join(folder, 'fifo')]);
    symlinkSync('fifo', join(folder, 'link'));
    writeFileSync(join(folder, 'large'), new Uint8Array(largestProfile + 1));
    writeFileSync(join(folder, 'web'), `extends: fifo\n${base}`);
    const kinds = async (path: string) =>
      problemsOf(await parseProfile(realHost(), path)).map(({ kind }) => kind);
    for (const name of ['fifo', 'link', 'web', '.'])
      expect(await kinds(join(folder, name))).toEqual(['not-a-file']);
    expect(await kinds('/dev/zero')).toEqual(['not-a-file']);
    expect(await kinds(join(folder, 'large'))).toEqual(['too-large']);
  });

  test('a value of extends that is no path is refused', async () => {
    const problems = problemsOf(await read({ '/p/web.yaml': `${base}extends: { a: 1 }\n` }));
    expect(problems).toMatchObject([{ kind: 'wrong-value', key: 'extends' }]);
  });
});
