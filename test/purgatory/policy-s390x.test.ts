/** The s390x steps and console on a machine of paper: what QEMU's machine never does. */
import { describe, expect, test } from 'vitest';
import { encodeCommands } from '../../pipeline/format/cp-commands.ts';
import { encodeIplBlock } from '../../pipeline/format/ipl-block.ts';
import {
  consoles,
  type PurgatoryStep,
  purgatoryHead,
  purgatoryRegion,
  stepFlags,
  waitCodes,
} from '../../pipeline/format/purgatory-layout.ts';
import { joinBytes } from '../../pipeline/units/bytes.ts';
import { step } from '../fixtures/purgatory-head.ts';
import {
  type SampleRegion,
  sampleImage,
  sampleRegions,
  sampleSize,
} from '../fixtures/purgatory-image.ts';
import { makeNative, runNative, words } from './native.ts';

const program = 'out/native/host/policy-run-s390x';
const trap = 0xffff_ffff;
const sclp = { sound: 0, absent: 1, silent: 2, busy: 3, busyOnce: 4 };
const both = 0x4000_0040;
const channels = { sound: 0, none: 1, trap: 2, invalid: 3 };
const sets = { sound: 0, refused: 1, silent: 2, trap: 3 };

type Setting = {
  readonly call?: 'check' | 'start';
  readonly damage?: number;
  readonly cpus?: number;
  readonly stubborn?: number;
  readonly clockStopped?: boolean;
  readonly setResult?: number;
  readonly dumpResult?: number;
  readonly dumpBusy?: number;
  readonly sclp?: number;
  readonly listeners?: number;
  /** Set and number of the one device that is there. */
  readonly device?: number;
  readonly channels?: number;
  readonly sets?: number;
  readonly osInfo?: number;
  /** What CP answers; {@link trap}: there is no CP. */
  readonly cp?: number;
  readonly steps?: readonly PurgatoryStep[];
  readonly regions?: readonly SampleRegion[];
};

/** Of a type that nobody knows. */
const block = { name: 'ipl', start: 0x1380, bytes: new Uint8Array(32).fill(0xc2), policy: true };
const regions = [...sampleRegions, block];
/** The same with a block that names a device. */
const regionsWith = (bytes: Uint8Array): readonly SampleRegion[] => [
  ...sampleRegions,
  { ...block, start: sampleSize, bytes },
];
const blockIndex = regions.length - 1;
const kernelIndex = 2;
const kernelByte = 0x1210;

const ipl = (arg1 = 0n, arg2 = 0n): PurgatoryStep => ({
  ...step('ipl', BigInt(blockIndex)),
  arg1,
  arg2,
});

function run(setting: Setting = {}): string[] {
  makeNative(program);
  const image = sampleImage({
    regions: setting.regions ?? regions,
    steps: setting.steps ?? [],
    head: { consoleKind: consoles.sclp.code, imageSize: 2 * sampleSize },
  });
  const head = words(
    setting.call === 'check' ? 0 : 1,
    setting.damage ?? 0xffff_ffff,
    setting.cpus ?? 1,
    setting.stubborn ?? 0,
    setting.clockStopped === true ? 1 : 0,
    setting.setResult ?? 1,
    setting.dumpResult ?? trap,
    setting.dumpBusy ?? 0,
    setting.sclp ?? sclp.sound,
    setting.listeners ?? both,
    setting.device ?? 0xffff_ffff,
    setting.channels ?? channels.sound,
    setting.sets ?? sets.sound,
    setting.osInfo ?? 0,
    setting.cp ?? 0,
  );
  return runNative([program], joinBytes([head, image]))
    .trim()
    .split(/\r?\n/);
}

const hex = (value: number): string => `0x${value.toString(16)}`;
const wait = (code: number): string => `wait ${hex(code)}`;
const kernelBad = wait(waitCodes.regionBad.code + kernelIndex);

describe('a sound image', () => {
  test('gives the answer 0 and nothing else happens', () => {
    expect(run({ call: 'check' })).toEqual(['answer 0x0']);
  });

  test('is entered with the lowcore given back', () => {
    expect(run()).toEqual(['take lowcore', 'return lowcore', 'enter 0x1200']);
  });

  test('need not have a sound IPL block', () => {
    expect(run({ call: 'check', damage: 0x1388 })).toEqual(['answer 0x0']);
  });
});

// Property: a flag, or a reading of flags gone wrong, does not exempt purgatory's own code.
test('the first region is checked whatever its flags say', () => {
  const exempt = regions.map((region) => ({ ...region, policy: true }));
  const setting = { call: 'check', regions: exempt } as const;
  expect(run(setting)).toEqual(['answer 0x0']);
  expect(run({ ...setting, damage: 0x1010 })).toEqual(['answer 0x1']);
});

describe('the check call', () => {
  const check = { call: 'check', damage: kernelByte, cpus: 4 } as const;

  test.each([
    ['without steps', []],
    ['with a step `return`', [step('return'), step('wait', 1n)]],
    ['where all steps are for the other call', [{ ...step('wait'), flags: 1 }]],
    ['with steps of other machines', [step('pvpanic'), { ...step('halt'), kind: 99 }]],
  ])('%s only answers 1', (_, steps) => {
    expect(run({ ...check, steps })).toEqual(['answer 0x1']);
  });

  // The old kernel lives on: its CPUs, its consoles' masks and its requests are its own.
  test.each([
    ['return', [step('message'), step('return'), step('wait', 1n)]],
    ['no other step', [step('message'), { ...step('halt'), flags: 1 }]],
  ])('says what it found before %s, on the console that it shares', (_, steps) => {
    const lines = run({ ...check, steps });
    expect(lines.join('\n')).toContain('corrupt region "kernel" of profile "web-servers"');
    expect(lines[0]).toBe('take lowcore');
    expect(lines.slice(-2)).toEqual(['return lowcore', 'answer 0x1']);
    expect(lines.filter((line) => line.startsWith('stop'))).toEqual([]);
    for (const state of [sclp.absent, sclp.silent, sclp.busy, sclp.busyOnce])
      expect(run({ ...check, steps, sclp: state })).toEqual([
        'take lowcore',
        'return lowcore',
        'answer 0x1',
      ]);
  });

  test('with a policy that nobody can believe only answers 1', () => {
    const steps = [step('wait', 1n)];
    expect(run({ ...check, damage: 0x78, steps })).toEqual(['answer 0x1']);
  });

  test('stops the other CPUs before it waits, and leaves the lowcore alone', () => {
    const lines = run({ ...check, steps: [step('wait', 0xd0d0n)] });
    expect(lines).toEqual(['stop 0x1', 'stop 0x2', 'stop 0x3', 'wait 0xd0d0']);
  });

  test('leaves out what is for the start call alone', () => {
    const flags = stepFlags.notInStartCall.code;
    const steps = [{ ...step('wait', 0xd0d0n), flags }, step('wait', 0xe0e0n)];
    expect(run({ ...check, steps }).at(-1)).toBe('wait 0xd0d0');
    expect(run({ ...check, call: 'start', steps }).at(-1)).toBe('wait 0xe0e0');
  });

  test('takes lowcore and CPUs before the first service call', () => {
    const lines = run({ ...check, steps: [step('message'), step('wait')] });
    expect(lines.slice(0, 4)).toEqual(['take lowcore', 'stop 0x1', 'stop 0x2', 'stop 0x3']);
    expect(lines.join('\n')).toContain('corrupt region "kernel" of profile "web-servers"');
    expect(lines.at(-1)).toBe(kernelBad);
  });
});

test('a CPU that does not stop keeps nobody from the wait', () => {
  const setting = { damage: kernelByte, cpus: 4, stubborn: 2, steps: [step('halt')] };
  const lines = run(setting);
  expect(lines).toContain('stop 0x3');
  expect(lines.at(-1)).toBe(kernelBad);
});

describe('an IPL', () => {
  const start = { damage: kernelByte } as const;
  const subcodes = (lines: readonly string[]): string[] =>
    lines.filter((line) => line.startsWith('diag308')).map((line) => line.slice(8));

  test('sets the block, then loads without clearing', () => {
    const lines = run({ ...start, steps: [ipl()] });
    expect(subcodes(lines)).toEqual(['0x5', '0x4']);
    expect(lines).toContain('block 0x1380');
  });

  test('clears memory in a test alone', () => {
    expect(run({ ...start, steps: [ipl(0n, 1n)] }).slice(-2)).toEqual(['diag308 0x3', 'ipl']);
    expect(run({ ...start, steps: [ipl()] }).at(-1)).toBe(wait(waitCodes.iplFailed.code));
  });

  test('that fails without a program check is not tried otherwise', () => {
    const lines = run({ ...start, steps: [ipl(0n, 1n)], dumpResult: 0x0102 });
    expect(subcodes(lines)).toEqual(['0x5', '0x4']);
    expect(lines.at(-1)).toBe(wait(waitCodes.iplFailed.code));
  });

  test('tries again each second while another dump is under way', () => {
    const lines = run({ ...start, steps: [ipl(0n, 1n)], dumpBusy: 3 });
    expect(subcodes(lines)).toEqual(['0x5', '0x4', '0x4', '0x4', '0x4', '0x3']);
    expect(lines.filter((line) => line.startsWith('second'))).toEqual(
      ['0x0', '0x0', '0x1', '0x2', '0x3', '0x3'].map((at) => `second ${at}`),
    );
  });

  test('gives up on that after ten minutes', () => {
    const lines = run({ ...start, steps: [ipl()], dumpBusy: 100_000 });
    expect(subcodes(lines).length).toBe(1 + 601);
    expect(lines.at(-1)).toBe(wait(waitCodes.iplBusy.code));
  });

  test.each([
    ['an answer', 0x0402],
    ['a program check', trap],
  ])('with a block that is refused by %s waits', (_, setResult) => {
    const lines = run({ ...start, steps: [ipl(0n, 1n)], setResult });
    expect(subcodes(lines)).toEqual(['0x5']);
    expect(lines.at(-1)).toBe(wait(waitCodes.iplBlockRefused.code));
  });

  test.each([
    [5n, '0x5'],
    [2n ** 64n - 1n, '0x15180'],
  ])('waits %s seconds before, a day at most', (delay, second) => {
    const lines = run({ ...start, steps: [ipl(delay)] });
    expect(lines).toContain(`second ${second}`);
  });

  test('sleeps while it waits, for a delay as for another dump', () => {
    expect(run({ ...start, steps: [ipl(5n)] })).not.toContain('spun on the clock');
    const lines = run({ ...start, steps: [ipl(7n)], dumpBusy: 2 });
    expect(lines.filter((line) => line.startsWith('sleep'))).toEqual([
      'sleep 0x7',
      'sleep 0x1',
      'sleep 0x1',
    ]);
    expect(lines).not.toContain('spun on the clock');
  });

  // The lowcore words that zipl's dump tools look at, filled as the kernel's "dump_reipl" fills them.
  test('names the block to IPL from after the dump', () => {
    const reipls = (arg2: bigint, osInfo = 0): boolean => {
      const lines = run({ ...start, steps: [ipl(0n, arg2)], osInfo });
      expect(lines).not.toContain('another re-IPL');
      expect(lines.at(-1)).toBe(wait(waitCodes.iplFailed.code));
      return lines.includes('then re-IPL');
    };
    expect(reipls(2n)).toBe(true);
    expect(reipls(0n)).toBe(false);
    for (const damaged of [1, 2, 3, 4]) expect(reipls(2n, damaged)).toBe(false);
  });

  test('does not wait where the clock stands still', () => {
    const lines = run({ ...start, steps: [ipl(600n)], clockStopped: true, dumpBusy: 2 });
    expect(subcodes(lines)).toEqual(['0x5', '0x4', '0x4', '0x4']);
  });

  test.each([
    ['which is not there', BigInt(regions.length), regions.length],
    ['far outside the table', 2n ** 40n, 15],
    ['that is always checked', 1n, 1],
  ])('from a region %s waits', (_, arg0, index) => {
    const lines = run({ ...start, steps: [{ ...ipl(), arg0 }] });
    expect(subcodes(lines)).toEqual([]);
    expect(lines.at(-1)).toBe(wait(waitCodes.iplBlockBad.code + index));
  });

  // The live part is what is corrupt, and the policy runs because of that.
  test.each([
    ['address', purgatoryRegion.fields.start.offset + 5],
    ['size', purgatoryRegion.fields.size.offset + 5],
  ])('looks at no memory outside of the image when the block has another %s', (_, field) => {
    const damage = purgatoryHead.fields.regions.offset + blockIndex * purgatoryRegion.size + field;
    for (const call of ['check', 'start'] as const) {
      const lines = run({ call, damage, steps: [ipl()] });
      expect(subcodes(lines)).toEqual([]);
      expect(lines.at(-1)).toBe(wait(waitCodes.iplBlockBad.code + blockIndex));
    }
  });

  test('works when the live part is corrupt elsewhere', () => {
    const damage = purgatoryHead.fields.kernelEntry.offset + 5;
    expect(run({ damage, steps: [ipl()], dumpResult: 1 })).toContain('diag308 0x4');
  });
});

describe('the device of an IPL', () => {
  const listDirected = { bootprog: 0, loadparm: undefined, scpData: '' };
  const blocks = {
    ccw: encodeIplBlock({ kind: 'ccw', ssid: 0, devno: 0x4711, loadparm: undefined, scpData: '' }),
    ccwInSet2: encodeIplBlock({ ...listDirected, kind: 'ccw', ssid: 2, devno: 0x4711 }),
    fcp: encodeIplBlock({
      ...listDirected,
      kind: 'fcp',
      devno: 0x4711,
      brLba: 0n,
      wwpn: 2n ** 64n - 1n,
      lun: 2n ** 64n - 1n,
    }),
    eckdInSet2: encodeIplBlock({
      ...listDirected,
      kind: 'eckd',
      ssid: 2,
      devno: 0x4711,
      cylinder: 0,
      head: 0,
      record: 0,
    }),
    nvme: encodeIplBlock({ ...listDirected, kind: 'nvme', fid: 1, nsid: 1, brLba: 0n }),
  };
  type Kind = keyof typeof blocks;
  const isInSet2 = (kind: Kind): boolean => kind.endsWith('InSet2');
  const deviceOf = (kind: Kind): number => (isInSet2(kind) ? 0x2_4711 : 0x4711);
  const kinds = ['ccw', 'ccwInSet2', 'fcp', 'eckdInSet2'] as const;

  const iplFrom = (kind: Kind, setting: Setting = {}): string[] =>
    run({
      damage: kernelByte,
      regions: regionsWith(blocks[kind]),
      dumpResult: 0x0102,
      steps: [step('message'), ipl()],
      listeners: 0x40,
      ...setting,
    });
  const missing = wait(waitCodes.iplDeviceMissing.code);
  const tried = wait(waitCodes.iplFailed.code);

  test.each(kinds)('%s, is loaded from where it is there', (kind) => {
    const lines = iplFrom(kind, { device: deviceOf(kind) });
    expect(lines).toContain('diag308 0x4');
    expect(lines.at(-1)).toBe(tried);
  });

  test.each(kinds)('%s, has a code where it is missing, and no load is tried', (kind) => {
    for (const device of [undefined, 0x4710, 0x1_4711, deviceOf(kind) ^ 0x2_0000]) {
      const lines = iplFrom(kind, device === undefined ? {} : { device });
      expect(lines).not.toContain('diag308 0x4');
      expect(lines.join()).toContain('crashseal: the IPL device is missing');
      expect(lines.at(-1)).toBe(missing);
    }
  });

  test('is missing when its number is not valid any more', () => {
    const lines = iplFrom('ccw', { device: 0x4711, channels: channels.invalid });
    expect(lines.at(-1)).toBe(missing);
  });

  test('is looked for after the delay, and in its own set, which may have to be enabled', () => {
    const lines = iplFrom('ccwInSet2', { steps: [ipl(5n)], device: 0x2_4711 });
    expect(lines.slice(lines.indexOf('second 0x5'))).toEqual([
      'second 0x5',
      'diag308 0x5',
      `block ${hex(sampleSize)}`,
      'chsc 0x4000031',
      'operation 0x2',
      'page 0x0',
      'second 0x5',
      'diag308 0x4',
      tried,
    ]);
    expect(iplFrom('ccw').join()).not.toContain('chsc');
  });

  test.each([
    ['without a subchannel number', 'nvme', {}],
    ['where STSCH is a program check', 'ccw', { channels: channels.trap }],
    ['where no subchannel is seen at all', 'ccw', { channels: channels.none }],
    ['in a set that cannot be enabled', 'ccwInSet2', { sets: sets.refused }],
    ['in a set of which nothing is heard', 'ccwInSet2', { sets: sets.silent }],
    ['where CHSC is a program check', 'eckdInSet2', { sets: sets.trap }],
    [
      'in a block that ends before its number',
      'ccw',
      { regions: regionsWith(blocks.ccw.subarray(0, 0x6f)) },
    ],
    ['in a set that cannot be', 'ccw', { regions: regionsWith(blocks.ccw.with(0x6d, 4)) }],
  ] as const)('%s is left to the machine', (_, kind, setting) => {
    expect(iplFrom(kind, setting).at(-1)).toBe(tried);
  });
});

describe('commands for CP', () => {
  const commands = ['MESSAGE * Starting VMDUMP: 100% [{~}] #!"', 'VMDUMP', 'IPL 4711'];
  const vmcmd = step('vmcmd', BigInt(blockIndex));
  const give = (setting: Setting = {}, bytes: Uint8Array = encodeCommands(commands)): string[] =>
    run({
      damage: kernelByte,
      regions: regionsWith(bytes),
      steps: [vmcmd, step('wait', 0xd0d0n)],
      ...setting,
    });
  const given = (lines: readonly string[]): string | undefined =>
    lines.find((line) => line.startsWith('diag8'))?.slice(6);

  // CP Programming Services, DIAGNOSE 8: EBCDIC, X'15' between commands. By hand, code page 500.
  const expected = [
    'd4c5e2e2c1c7c5405c40e2a38199a3899587 40e5d4c4e4d4d77a40f1f0f06c40 4ac0a1d05a407b4f7f',
    'e5d4c4e4d4d7',
    'c9d7d340f4f7f1f1',
  ]
    .map((line) => line.replaceAll(' ', ''))
    .join('15');

  test('are given at once, byte for byte, and the next step follows', () => {
    const lines = give();
    expect(given(lines)).toBe(expected);
    expect(lines.at(-1)).toBe('wait 0xd0d0');
    expect(lines.indexOf('take lowcore')).toBeLessThan(
      lines.findIndex((line) => line.startsWith('diag8')),
    );
  });

  test('may be as many as dumpconf has, and as long as DIAG 8 takes', () => {
    const most = Array.from({ length: 8 }, (_, index) => `MSG ${index}`.padEnd(29, 'y'));
    const longest = [...most.slice(1), `${most[0]}z`];
    expect(longest.join('\n').length).toBe(240);
    const hex = given(give({}, encodeCommands(longest))) ?? '';
    expect(hex.length).toBe(2 * 240);
    expect(hex.match(/../g)?.filter((byte) => byte === '15').length).toBe(7);
  });

  test.each([
    ['no z/VM', trap, 'CP is not there: no z/VM'],
    ['a command that CP refuses', 1, 'CP has answered 1'],
    ['all done', 0, 'CP has done its commands'],
  ])('with %s are said on the console, and the policy goes on', (_, cp, text) => {
    const steps = [step('message'), vmcmd, step('wait', 0xd0d0n)];
    const said = give({ cp, steps, listeners: 0x40 }).slice(-5);
    expect(said.map((line) => line.replace(/^diag8 .*/, 'diag8'))).toEqual([
      'ascii crashseal: policy: vmcmd',
      'diag8',
      `ascii crashseal: ${text}`,
      'ascii crashseal: policy: wait',
      'wait 0xd0d0',
    ]);
  });

  test.each([
    ['empty', encodeCommands([])],
    ['without an end', new Uint8Array(241).fill(0x41)],
    ['cut off', new Uint8Array(240).fill(0x41)],
    ['not ASCII', encodeCommands(commands).with(1, 0xc2)],
  ])('that are %s are passed over', (_, bytes) => {
    const steps = [step('message'), vmcmd, step('wait', 0xd0d0n)];
    const lines = give({ steps, listeners: 0x40 }, bytes);
    expect(given(lines)).toBeUndefined();
    expect(lines).toContain('ascii crashseal: CP is given no commands');
    expect(lines.at(-1)).toBe('wait 0xd0d0');
  });

  test('that are damaged are passed over', () => {
    const { regions: table } = purgatoryHead.fields;
    const digest = blockIndex * purgatoryRegion.size + purgatoryRegion.fields.digest.offset;
    const steps = [step('message'), vmcmd, step('wait', 0xd0d0n)];
    const lines = give({ steps, damage: table.offset + digest });
    expect(given(lines)).toBeUndefined();
    expect(lines.join()).toContain('corrupt region "ipl"');
    expect(lines.at(-1)).toBe('wait 0xd0d0');
    const wild = { ...vmcmd, arg0: 2n ** 40n };
    expect(give({ steps: [wild, step('wait', 0xd0d0n)] }).at(-1)).toBe('wait 0xd0d0');
  });

  test('stop the other CPUs before, where nobody lives on', () => {
    const check = { call: 'check', cpus: 3 } as const;
    const stops = (lines: readonly string[]) => lines.filter((line) => line.startsWith('stop'));
    const ended = give(check);
    expect(ended.slice(0, 3)).toEqual(['take lowcore', 'stop 0x1', 'stop 0x2']);
    expect(given(ended)).toBe(expected);
    const back = give({ ...check, steps: [vmcmd, step('return')] });
    expect(stops(back)).toEqual([]);
    expect(given(back)).toBe(expected);
    expect(back.slice(-2)).toEqual(['return lowcore', 'answer 0x1']);
  });
});

describe('the console', () => {
  const said = { damage: kernelByte, steps: [step('message'), step('wait')] };
  const text = (lines: readonly string[]): string[] =>
    lines.filter((line) => /^(ascii|crashseal)/.test(line));

  test('gets all text at once in ASCII, line by line as messages', () => {
    const lines = run(said);
    expect(text(lines).join('\n')).toContain('crashseal: policy: wait');
    expect(lines.filter((line) => line.startsWith('message')).length).toBe(5);
    expect(text(run({ ...said, listeners: 0x4000_0000 }))).toEqual([]);
    const ascii = run({ ...said, listeners: 0x40 });
    expect(ascii.filter((line) => line.startsWith('message'))).toEqual([]);
  });

  test('that is busy until a signal is taken gets the text', () => {
    expect(run({ ...said, sclp: sclp.busyOnce })).toEqual(run(said));
  });

  test.each([
    ['not there', sclp.absent, false],
    ['silent', sclp.silent, false],
    ['silent, and the clock too', sclp.silent, true],
    ['busy for ever', sclp.busy, false],
    ['busy for ever without a clock', sclp.busy, true],
  ])('that is %s does not keep the policy from its end', (_, state, clockStopped) => {
    const lines = run({ ...said, sclp: state, clockStopped });
    expect(lines).toEqual(['take lowcore', kernelBad]);
  });
});
