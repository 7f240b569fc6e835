import { describe, expect, test } from 'vitest';
import type { IplDevice, PolicyStep } from '../../pipeline/arch/policy-step.ts';
import { parseS390xImage } from '../../pipeline/arch/s390x/image.ts';
import { builtFor, checkMachineLevel } from '../../pipeline/arch/s390x/machine-level.ts';
import { s390x } from '../../pipeline/arch/s390x/s390x.ts';
import { buildComponents } from '../../pipeline/components/build-components.ts';
import { decode } from '../../pipeline/format/layout.ts';
import {
  purgatoryHead,
  purgatoryRegion,
  purgatoryStep,
} from '../../pipeline/format/purgatory-layout.ts';
import { realHost } from '../../pipeline/host/real-host.ts';
import type { ResolvedInputs } from '../../pipeline/inputs/resolved-inputs.ts';
import { planSegments } from '../../pipeline/plan/plan.ts';
import type { Profile } from '../../pipeline/profile/keys/keys.ts';
import { seal } from '../../pipeline/seal/seal.ts';
import {
  inputs,
  kindsOf,
  purgatoryStandIn,
  profile as x86Profile,
} from '../fixtures/profile-and-inputs.ts';
import { must } from '../fixtures/results.ts';
import { makeS390xImage, sampleSize } from '../fixtures/s390x-image.ts';
import { silentProgress } from '../fixtures/silent-progress.ts';
import { makeBzImage } from '../fixtures/x86-64-image.ts';

const image = makeS390xImage();
const profile: Profile = {
  ...x86Profile,
  arch: 's390x',
  kernelForm: 'image',
  memoryMap: 'swap',
  elfcorehdr: 'none',
  console: { kind: 'sclp', device: undefined },
  onCorruption: [
    { kind: 'message' },
    { kind: 'return', in: 'check' },
    { kind: 'wait', code: undefined },
  ],
};

/** A head and some code; stack and zeroed data up to 0x5000. */
const purgatory = purgatoryStandIn(22, 0x4800);

const build = (changes: Partial<Profile> = {}, other: Partial<ResolvedInputs> = {}) =>
  buildComponents(
    realHost(),
    { ...inputs(image), ...other, profile: { ...profile, ...changes } },
    purgatory,
    silentProgress,
  );
const kernel = (bytes: Uint8Array) => ({
  image: bytes,
  origin: 'image',
  release: undefined,
  config: undefined,
});

describe('an image', () => {
  test('is loaded from its 64th KiB on, to its fixed place', () => {
    expect(must(s390x.prepareKernel(image, 'image', new Uint8Array()))).toMatchObject({
      bytes: image.subarray(0x10000),
      memorySize: 0x2000n,
      fixedPlace: 0x10000n,
      entryOffset: 0x10n,
      release: '6.1.0-test-s390x',
      commandLineMaximum: 4095,
    });
  });

  test.each([
    [0n, 895],
    [896n, 895],
    [0x1000n, 0xfff],
  ])('whose room for the command line is %i takes %i characters', (stated, maximum) => {
    const made = makeS390xImage({ maxCommandLineSize: stated });
    expect(must(s390x.prepareKernel(made, 'image', new Uint8Array())).commandLineMaximum).toBe(
      maximum,
    );
  });

  test.each<[string, Uint8Array, string]>([
    ['nothing', new Uint8Array(), 'kernel-not-image'],
    ['an x86 kernel', makeBzImage(new Uint8Array(8)), 'kernel-not-image'],
    ['without its magic', makeS390xImage({ magic: 'S390EQ' }), 'kernel-not-image'],
    ['cut in its parameter area', image.subarray(0, 0x10470), 'kernel-not-image'],
    ['cut in its command line', image.subarray(0, 0x11000), 'kernel-truncated'],
    ['with little room', makeS390xImage({ maxCommandLineSize: 895n }), 'kernel-command-line-room'],
    [
      'with wild room',
      makeS390xImage({ maxCommandLineSize: (1n << 63n) + 1n }),
      'kernel-command-line-room',
    ],
  ])('%s is refused', (_what, bytes, kind) => {
    expect(kindsOf(parseS390xImage(bytes))).toBe(kind);
  });

  test.each([
    ['none', undefined],
    ['an empty one', ''],
    ['no plain one', '(6.1)'],
  ])('with %s as its version has no release', (_what, version) => {
    expect(s390x.imageRelease(makeS390xImage({ version }))).toBeUndefined();
  });

  test('whose version lies outside has no release', () => {
    const wild = makeS390xImage();
    new DataView(wild.buffer).setBigUint64(0x10428, BigInt(sampleSize));
    expect(s390x.imageRelease(wild)).toBeUndefined();
  });
});

describe('the machine level', () => {
  const config = (...options: readonly string[]) =>
    new Map(options.map((option) => [option, 'y'] as const));
  const check = (machineLevel: Profile['machineLevel'], ...options: readonly string[]) =>
    checkMachineLevel(config(...options), { ...profile, machineLevel }).map(({ kind }) => kind);

  test('is the one that the configuration names', () => {
    expect(builtFor(config('MARCH_ZEC12', 'HAVE_MARCH_Z13_FEATURES'))).toBe('zEC12');
  });

  test.each<[Profile['machineLevel'], readonly string[], readonly string[]]>([
    [undefined, ['MARCH_Z16'], []],
    ['z14', ['MARCH_Z14'], []],
    ['z14', ['MARCH_Z196'], []],
    ['z14', ['MARCH_Z15'], ['kernel-newer-machine']],
    ['z14', [], ['kernel-machine-unknown']],
  ])('%s, with a kernel of %j: %j', (level, options, expected) => {
    expect(check(level, ...options)).toEqual(expected);
  });

  test('that cannot be told is a problem', async () => {
    expect(kindsOf(await build({ machineLevel: 'z14' }))).toBe('kernel-machine-unknown');
  });
});

describe('the parts of a bundle', () => {
  test('are in archive order, the fixed ones in their place', async () => {
    const { parts, kernelFacts } = must(await build());
    expect(parts.map(({ name, fixedPlace }) => [name, fixedPlace])).toEqual([
      ['kernel', 0x10000n],
      ['initramfs.base', undefined],
      ['initramfs.overlay', undefined],
      ['purgatory', 0x2000n],
    ]);
    expect(kernelFacts).toMatchObject({ entryOffset: 0x10n, release: '6.1.0-test-s390x' });
  });

  test('the parameter area stands in the kernel, big-endian, what is live left zero', async () => {
    const { parts, commandLine } = must(await build());
    const [part, base, overlay] = parts;
    const view = Buffer.from(part?.bytes ?? []);
    const words = [0x400, 0x408, 0x410, 0x418, 0x420].map((at) => view.readBigUInt64BE(at));
    const size = (base?.memorySize ?? 0n) + BigInt(overlay?.bytes.length ?? 0);
    expect(words).toEqual([0x1122n, 0n, size, 0n, 0n]);
    expect(view.toString('latin1', 0x480, 0x480 + 4096).replace(/\0+$/, '')).toBe(commandLine);
    expect(commandLine).toContain('nr_cpus=1');
    // After the command line the image is as it was.
    expect(view.subarray(0x1480)).toEqual(Buffer.from(image.subarray(0x11480)));
    expect(part?.checked).toEqual([
      { name: 'kernel start', start: 0, end: 0x400 },
      { name: 'parameters', start: 0x400, end: 0x1480 },
      { name: 'kernel', start: 0x1480, end: 0x2000 },
    ]);
    expect(part?.live.map(({ source, offset, form }) => [source, offset, form])).toEqual([
      ['segmentOffset', 0x408n, 'big'],
      ['crashStart', 0x418n, 'big'],
      ['crashSize', 0x420n, 'big'],
    ]);
  });

  /** Old kernels subtract the crash region's start from `elfcorehdr=` themselves: it is a real address. */
  test('an ELF core header is big-endian, and its address is written on the command line', async () => {
    const { parts } = must(await build({ elfcorehdr: 'passed' }));
    const header = parts.find(({ name }) => name === 'elfcorehdr');
    expect([
      ...(header?.bytes.subarray(4, 6) ?? []),
      ...(header?.bytes.subarray(16, 20) ?? []),
    ]).toEqual([2, 2, 0, 4, 0, 22]);
    expect(parts[0]?.live.at(-1)).toMatchObject({
      source: 'segmentAddress',
      about: 'elfcorehdr',
      form: 'textHex',
      words: ` elfcorehdr=0x${header?.bytes.length.toString(16)}@0x`,
      offset: 0x480n,
      size: 4096n,
    });
  });

  test("a command line beyond the kernel's own maximum is refused", async () => {
    const append = ['x'.repeat(4000)];
    expect(kindsOf(await build({ commandLine: { ...profile.commandLine, append } }))).toBe(
      'command-line-too-long',
    );
  });

  test('the kernel of an older size takes less', async () => {
    const small = kernel(makeS390xImage({ maxCommandLineSize: 0n }));
    const append = { commandLine: { ...profile.commandLine, append: ['x'.repeat(800)] } };
    expect(kindsOf(await build(append, { kernel: small }))).toBe('command-line-too-long');
  });

  test('words that harm a capture kernel are not inherited', async () => {
    const inherit = 'zfcp.allow_lun_scan=0 prot_virt=1 dasd=0.0.0200 crashkernel=1G BOOT_IMAGE=0';
    const { commandLine } = must(await build({ commandLine: { ...profile.commandLine, inherit } }));
    expect(commandLine).toContain('dasd=0.0.0200');
    expect(commandLine).not.toMatch(/zfcp|prot_virt|crashkernel|BOOT_IMAGE/);
  });
});

const ipl = (device: IplDevice) =>
  ({
    kind: 'ipl',
    device,
    loadparm: undefined,
    scpData: '',
    delaySeconds: 300,
    thenReipl: true,
  }) as const;

describe('a policy that IPLs', () => {
  const policy = async (onCorruption: readonly PolicyStep[], testing = false) => {
    const components = must(await build({ onCorruption, testing }));
    const part = components.parts.find(({ name }) => name === 'purgatory');
    if (part === undefined) throw new Error('no purgatory');
    const head = decode(purgatoryHead, part.bytes.subarray(0, 0x1000));
    if (!head.ok) throw new Error(head.why.fault);
    const entries = <T>(read: (index: number) => T, count: number): readonly T[] =>
      Array.from({ length: count }, (_, index) => read(index));
    return {
      components,
      part,
      head: head.value,
      steps: entries(
        (index) => decode(purgatoryStep, head.value.steps, index * purgatoryStep.size),
        head.value.stepCount,
      ).map((step) => (step.ok ? step.value : undefined)),
      regions: entries(
        (index) => decode(purgatoryRegion, head.value.regions, index * purgatoryRegion.size),
        head.value.regionCount,
      ).map((region) => (region.ok ? region.value : undefined)),
    };
  };

  test('has its block on a page after the stack, as a region of its own', async () => {
    const { components, part, head, steps, regions } = await policy([
      { kind: 'return', in: 'check' },
      ipl({ kind: 'ccw', busId: '0.1.4711' }),
    ]);
    expect([head.imageSize, head.memorySize, part.bytes.length]).toEqual([0x6000, 0x6000, 0x6000]);
    expect(steps).toMatchObject([
      { kind: 5, flags: 2, arg0: 0n },
      { kind: 6, flags: 0, arg0: 1n, arg1: 300n, arg2: 2n },
    ]);
    expect(regions[1]).toMatchObject({ name: 'ipl block', flags: 2, size: 4096n });
    expect(Buffer.from(part.bytes.subarray(0x5000, 0x50c8)).toString('hex')).toMatch(
      /^000000c800000000000000c002(00){96}014711(00){88}$/,
    );
    expect(components.match).toEqual([{ kind: 'online', path: '', value: '0.1.4711' }]);
  });

  test('has a bit for testing, one for each call, and a page for each block', async () => {
    const { steps, regions, part } = await policy(
      [
        { ...ipl({ kind: 'ccw', busId: '0.0.0200' }), in: 'check' },
        { ...ipl({ kind: 'nvme', fid: 1, nsid: 2, bootprog: 0, brLba: 0n }), in: 'start' },
      ],
      true,
    );
    expect(steps).toMatchObject([
      { flags: 2, arg0: 1n, arg2: 3n },
      { flags: 1, arg0: 2n, arg2: 3n },
    ]);
    expect(regions.slice(0, 4).map((region) => region?.name)).toEqual([
      'purgatory',
      'ipl block',
      'ipl block',
      'kernel start',
    ]);
    expect(part.bytes.length).toBe(0x7000);
  });

  test.each<[string, Parameters<typeof ipl>[0], readonly unknown[], readonly unknown[]]>([
    [
      'the CCW device of /sys/firmware/dump',
      { kind: 'firmware', of: 'dump', type: 'ccw' },
      [
        ['fileBusId', 'sys/firmware/dump/ccw/device', 0x506dn, 1, 16n],
        ['fileBusId', 'sys/firmware/dump/ccw/device', 0x506en, 2, 0n],
      ],
      [
        ['equals', 'sys/firmware/dump/dump_type', 'ccw'],
        ['onlineFrom', 'sys/firmware/dump/ccw/device', ''],
      ],
    ],
    [
      'the FCP device of /sys/firmware/reipl',
      { kind: 'firmware', of: 'reipl', type: 'fcp' },
      [
        ['fileBusId', 'sys/firmware/reipl/fcp/device', 0x514en, 2, 0n],
        ['fileHex', 'sys/firmware/reipl/fcp/wwpn', 0x5154n, 8, 0n, 1n],
        ['fileHex', 'sys/firmware/reipl/fcp/lun', 0x515cn, 8, 0n],
        ['fileDecimal', 'sys/firmware/reipl/fcp/bootprog', 0x5164n, 4, 0n],
        ['fileDecimal', 'sys/firmware/reipl/fcp/br_lba', 0x5174n, 8, 0n],
      ],
      [
        ['equals', 'sys/firmware/reipl/reipl_type', 'fcp'],
        ['prefix', 'sys/firmware/reipl/fcp/device', '0.0.'],
        ['onlineFrom', 'sys/firmware/reipl/fcp/device', ''],
      ],
    ],
    [
      'a SCSI disk',
      { kind: 'scsi', folder: 'sys/block/sda/device', bootprog: 1, brLba: 2n },
      [
        ['fileBusId', 'sys/block/sda/device/hba_id', 0x514en, 2, 0n],
        ['fileHex', 'sys/block/sda/device/wwpn', 0x5154n, 8, 0n, 1n],
        ['fileHex', 'sys/block/sda/device/fcp_lun', 0x515cn, 8, 0n],
      ],
      [
        ['prefix', 'sys/block/sda/device/hba_id', '0.0.'],
        ['onlineFrom', 'sys/block/sda/device/hba_id', ''],
      ],
    ],
  ])('reads %s when it is loaded', async (_what, device, live, match) => {
    const { part, components, regions } = await policy([ipl(device)]);
    const read = part.live.filter(({ text }) => text !== undefined);
    expect(
      read.map(({ source, text, offset, width, arg0, arg1 }) => [
        source,
        text,
        offset,
        width,
        arg0,
        // What is not configured has no port: zero is refused.
        ...(arg1 === undefined ? [] : [arg1]),
      ]),
    ).toEqual(live);
    expect(read.every(({ form }) => form === 'big')).toBe(true);
    expect(components.match.map(({ kind, path, value }) => [kind, path, value])).toEqual(match);
    expect(regions[1]?.flags).toBe(3);
  });

  test('passes the plan and the seal', async () => {
    for (const elfcorehdr of ['none', 'passed'] as const) {
      const components = must(
        await build({
          elfcorehdr,
          onCorruption: [ipl({ kind: 'firmware', of: 'dump', type: 'fcp' })],
        }),
      );
      const plan = must(planSegments(components, s390x.placement));
      const { seal: sealed } = must(seal(plan, { notBefore: undefined, toolVersion: '0' }));
      expect(sealed).toMatchObject({ machine: 22, byteOrder: 'big' });
      expect(sealed.crashSize % (1n << 20n)).toBe(0n);
      expect(
        sealed.segments.filter(({ flags }) => flags.includes('fixed')).map(({ name }) => name),
      ).toEqual(['kernel', ...(elfcorehdr === 'passed' ? ['elfcorehdr'] : []), 'purgatory']);
    }
  });

  test('with more blocks than there is room for is refused', async () => {
    const steps = Array.from({ length: 8 }, (_, index) => ({
      ...ipl({ kind: 'ccw', busId: `0.0.000${index}` }),
      delaySeconds: index,
    }));
    const large = purgatory.slice();
    new DataView(large.buffer).setUint32(0x60, 0xa000, true);
    const result = await buildComponents(
      realHost(),
      { ...inputs(image), profile: { ...profile, onCorruption: steps } },
      large,
      silentProgress,
    );
    expect(kindsOf(result)).toBe('purgatory-too-large');
  });
});
