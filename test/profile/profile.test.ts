import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { memoryHost } from '../../pipeline/host/memory-host.ts';
import type { Problem } from '../../pipeline/problem/problem.ts';
import type { Result } from '../../pipeline/problem/result.ts';
import type { Profile } from '../../pipeline/profile/keys/keys.ts';
import {
  parseProfile,
  parseProfileFiles,
  parseProfileText,
} from '../../pipeline/profile/profile.ts';
import { smallest, withLines } from './profile-texts.ts';

const sound = (text: string): Profile => soundOf(parseProfileText('web.yaml', text));

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
    const { placeOf: _, ...profile } = sound(smallest);
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
      },
      tools: { kind: 'apt' },
      crashkernel: { options: ['256M'], smallest: 256n << 20n },
      limits: { cpus: 512, memoryRanges: 128 },
      commandLine: { inherit: undefined, append: [], remove: [] },
      target: {
        kind: 'raw',
        device: { by: 'partlabel', value: 'crashdump' },
        waitSeconds: 30,
        online: [],
      },
      dump: { level: 31, format: 'kdump', compression: 'lzo' },
      finalAction: 'reboot',
      failureAction: 'reboot',
      onCorruption: [{ kind: 'reset' }],
      testing: false,
      memoryMap: 'e820',
      elfcorehdr: 'passed',
      backend: 'segments',
      hotplug: 'rearm',
      localOverlay: undefined,
      match: [],
      epoch: 0n,
      notAfter: undefined,
      console: { kind: 'none' },
    });
  });

  test('with a console a corrupted image is told on it', () => {
    const profile = sound(withLines('console: { device: ttyS1 }'));
    expect(profile.console).toEqual({ kind: 'uart', port: 0x2f8, baud: 115200, device: 'ttyS1' });
    expect(profile.onCorruption).toEqual([{ kind: 'message' }, { kind: 'reset' }]);
  });

  test('an ELF dump is neither filtered nor compressed', () => {
    expect(sound(withLines('dump: { format: elf }')).dump).toEqual({
      level: 0,
      format: 'elf',
      compression: 'none',
    });
  });

  test.each([
    ['commandLine: { remove: [nokaslr] }', 'compressed'],
    ['backend: file', 'compressed'],
    ['backend: auto', 'compressed'],
    ['commandLine: { remove: [quiet] }', 'direct'],
  ])('%s: the kernel form is %s', (line, form) => {
    expect(sound(withLines(line)).kernelForm).toBe(form);
  });
});

describe('values', () => {
  test.each([
    ['/dev/vdb', { by: 'path', value: '/dev/vdb' }],
    ['PARTUUID=12-ab', { by: 'partuuid', value: '12-ab' }],
    ['PARTLABEL=crash dump', { by: 'partlabel', value: 'crash dump' }],
    ['UUID=12-ab', { by: 'uuid', value: '12-ab' }],
    ['SERIAL=a=b', { by: 'serial', value: 'a=b' }],
  ])('device %s', (device, expected) => {
    const text = smallest.replace('PARTLABEL=crashdump', `"${device}"`);
    expect(sound(text).target.device).toEqual(expected);
  });

  test.each([
    ['notAfter: 2027-12-31', Date.UTC(2027, 11, 31, 23, 59, 59) / 1000],
    ['notAfter: 2028-02-29', Date.UTC(2028, 1, 29, 23, 59, 59) / 1000],
    ['notAfter: "2027-12-31T18:00:00Z"', Date.UTC(2027, 11, 31, 18) / 1000],
    ['notAfter: never', undefined],
  ])('%s', (line, expected) => {
    expect(sound(withLines(line)).notAfter).toBe(expected);
  });

  test('a port is a number or text', () => {
    for (const port of ['0x3e8', '"0x3e8"', '1000'])
      expect(sound(withLines(`console: { device: ttyS9, port: ${port} }`)).console).toMatchObject({
        port: 1000,
      });
  });

  test('match rules name files below the root', () => {
    const profile = sound(
      withLines(
        'match:',
        '  - { file: /sys/class/dmi/id/sys_vendor, equals: QEMU }',
        '  - { file: sys/firmware/efi, exists: false }',
        '  - { file: /etc/machine-id, exists: true }',
        '  - { file: /proc/cmdline, prefix: BOOT_IMAGE }',
      ),
    );
    expect(profile.match).toEqual([
      { file: 'sys/class/dmi/id/sys_vendor', test: { kind: 'equals', value: 'QEMU' } },
      { file: 'sys/firmware/efi', test: { kind: 'absent' } },
      { file: 'etc/machine-id', test: { kind: 'present' } },
      { file: 'proc/cmdline', test: { kind: 'prefix', value: 'BOOT_IMAGE' } },
    ]);
  });

  test('pvpanic has a port', () => {
    expect(sound(withLines('onCorruption: [pvpanic, reset]')).onCorruption[0]).toEqual({
      kind: 'pvpanic',
      port: 0x505,
    });
    expect(
      sound(withLines('onCorruption: [{ step: pvpanic, port: 0x600 }, halt]')).onCorruption[0],
    ).toEqual({ kind: 'pvpanic', port: 0x600 });
  });

  test('where a key stands is known, and of a default where it would belong', () => {
    const profile = sound(withLines('dump: { level: 1 }'));
    expect(profile.placeOf('target.device')).toEqual({ file: 'web.yaml', line: 4, column: 30 });
    expect(profile.placeOf('dump.compression')).toEqual({ file: 'web.yaml', line: 5, column: 7 });
    expect(profile.placeOf('epoch')).toEqual({ file: 'web.yaml', line: 1, column: 1 });
  });
});

describe('mistakes', () => {
  const table: readonly (readonly [string, readonly string[]])[] = [
    ['fianlAction: reboot', ['unknown-key']],
    ['finalAction: rebot', ['wrong-value']],
    ['limits: { cpus: 0 }', ['wrong-value']],
    ['limits: { cpus: 8193 }', ['wrong-value']],
    ['limits: { cpus: 1.5 }', ['wrong-value']],
    ['limits: { cpus: "8" }', ['wrong-value']],
    ['limits: { cpus: 99999999999999999999 }', ['wrong-value']],
    ['limits: { cpus: 0x10 }', []],
    ['limits: { cpus: 0755 }', ['unsupported-yaml']],
    ['limits: [8]', ['wrong-value']],
    ['epoch: -1', ['wrong-value']],
    ['epoch: 9007199254740993', ['wrong-value']],
    ['dump: { level: 32 }', ['wrong-value']],
    ['notAfter: 2027-02-31', ['wrong-value']],
    ['notAfter: tomorrow', ['wrong-value']],
    ['console: ttyS0', ['wrong-value']],
    ['console: { device: ttyS9 }', ['uart-port-unknown']],
    ['console: { device: ttyS0, port: 0x10000 }', ['wrong-value']],
    ['console: { device: ttyS0, baud: 1200 }', ['wrong-value']],
    ['onCorruption: []', ['wrong-value']],
    ['onCorruption: [pvpanic]', ['policy-not-final']],
    ['onCorruption: [halt, reset]', ['policy-after-final']],
    ['onCorruption: [message, reset]', ['message-without-console']],
    ['onCorruption: [pvpanic, pvpanic, reset]', ['policy-step-twice']],
    ['onCorruption: [{ step: pvpanic, port: 0 }, reset]', ['wrong-value']],
    ['onCorruption: [{ step: pvpanic, prot: 1 }, reset]', ['unknown-key']],
    ['dump: { format: elf, level: 31 }', ['elf-takes-all']],
    ['dump: { format: elf, compression: zlib }', ['elf-takes-all']],
    ['dump: { format: elf, level: 0, compression: none }', []],
    ['kernelForm: direct\ncommandLine: { remove: [nokaslr] }', ['form-needs-word']],
    ['kernelForm: direct\nbackend: file', ['needs-segments']],
    ['kernelForm: direct\nbackend: auto', ['needs-segments']],
    ['memoryMap: memmap\nbackend: file', ['needs-segments']],
    ['onCorruption: [reset]\nbackend: file', ['needs-segments']],
    ['onCorruption: [reset]\nbackend: auto', []],
    ['hotplug: kernel\nbackend: file', ['needs-segments']],
    ['hotplug: kernel\nbackend: auto', []],
    ['hotplug: udev', ['wrong-value']],
    ['localOverlay: { max: 64K }', []],
    ['localOverlay: { max: 1M }', []],
    ['localOverlay: { max: 2M }', ['wrong-value']],
    ['localOverlay: { max: 3K }', ['wrong-value']],
    ['localOverlay: {}', ['missing-key']],
    ['localOverlay: { max: 4K, file: x }', ['unknown-key']],
    ['initramfs: { from: file, path: x, drivers: [a] }', ['key-of-other-shape']],
    ['initramfs: { from: file, path: x }\ndump: { level: 1 }', ['own-initramfs']],
    ['initramfs: { from: file, path: x }\nfinalAction: halt', ['own-initramfs']],
    ['initramfs: { from: file, path: x }', []],
    ['initramfs: { from: dracut }', ['wrong-value']],
    ['initramfs: { drivers: [a] }', ['missing-key']],
    ['commandLine: { append: [elfcorehdr=0x1] }', ['own-word']],
    ['commandLine: { append: [memmap=exactmap] }', ['own-word']],
    ['commandLine: { append: [memmap=1G@0] }', ['own-word']],
    ['commandLine: { append: [acpi-rsdp=0x1] }', ['own-word']],
    ['commandLine: { append: ["memmap=64K$0x10000"] }', ['own-word']],
    ['commandLine: { append: ["a b"] }', ['wrong-value']],
    ['commandLine: { append: [\'dyndbg="file a +p"\'] }', []],
    ['commandLine: { append: [quiet], remove: [quiet] }', ['appended-and-removed']],
    ['match: [{ file: /a }]', ['match-tests']],
    ['match: [{ file: /a, equals: x, exists: true }]', ['match-tests']],
    ['match: [{ file: /a/../b, exists: true }]', ['wrong-value']],
    ['match: [{ equals: x }]', ['missing-key']],
    ['tools: { from: debs, paths: [] }', ['wrong-value']],
    ['a: &x 1\nb: *x', ['unsupported-yaml']],
    ['<<: { a: 1 }', ['unsupported-yaml']],
    ['epoch: !mine 1', ['syntax']],
    ['name: twice', ['syntax']],
    ['limits: { cpus: 1', ['syntax']],
    ['---\nname: second', ['syntax']],
    ['epoch:', []],
    ['target:\n', ['syntax']],
  ];
  test.each(table)('%s: %j', (line, expected) => {
    expect(kinds(withLines(line))).toEqual(expected);
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

  test('a broken key does not lead to contradictions with it', () => {
    expect(kinds(withLines('consol: { device: ttyS0 }', 'onCorruption: [message, reset]'))).toEqual(
      ['unknown-key'],
    );
    expect(kinds(withLines('console: { device: 3 }', 'onCorruption: [message, reset]'))).toEqual([
      'wrong-value',
    ]);
  });

  test('any text gives a profile or problems', () => {
    const pieces = fc.constantFrom(
      ...['name', 'kernel', 'from', 'apt', 'target', ':', ' ', '\n', '  ', '-', '[', ']', '{', '}'],
      ...['"', "'", '&a', '*a', '<<', '!t', '#', '0x1', '07', 'null', '~', '__proto__', '\t', '|'],
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
    expect(profile.target).toMatchObject({ device: { value: '/dev/vdc' }, waitSeconds: 60 });
    expect(profile.onCorruption).toEqual([{ kind: 'reset' }]);
  });

  test('a relative path counts from the file that says it', async () => {
    const profile = soundOf(
      await read({
        '/p/web.yaml': 'extends: shared/base.yaml\ninitramfs: { from: file, path: own.img }\n',
        '/p/shared/base.yaml': base,
      }),
    );
    expect(profile.kernel).toEqual({ kind: 'deb', path: '/p/shared/linux.deb' });
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

  test('a value of extends that is no path is refused', async () => {
    const problems = problemsOf(await read({ '/p/web.yaml': `${base}extends: { a: 1 }\n` }));
    expect(problems).toMatchObject([{ kind: 'wrong-value', key: 'extends' }]);
  });
});
