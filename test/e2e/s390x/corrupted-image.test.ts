/**
 * s390x: a sealed image that is found corrupted ends in what its policy says, in the call in which it is found: a
 * stand-alone dump tool with the crashed kernel's memory before it, the crashed kernel's own on_panic action, or a
 * disabled wait with a code that names the failure. Never in a CPU that spins.
 */
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  purgatoryHead,
  purgatoryHeadSize,
  waitCodes,
} from '../../../pipeline/format/purgatory-layout.ts';
import type { KeptState } from '../../../pipeline/guest/kept-state.ts';
import { flipBit, type LoadedRegion } from '../../../pipeline/guest/loaded-image.ts';
import type { SystemGuest } from '../../../pipeline/guest/system-guest.ts';
import type { ProfileText } from '../../support/crashseal.ts';
import { examples } from '../../support/examples.ts';
import {
  armedS390x,
  panicAndAtStartCall,
  type S390xScenario,
  toolBusId,
  toolDeviceId,
} from '../../support/s390x/capture.ts';
import { s390xSeries } from '../../support/s390x/kernels.ts';
import {
  iplOnPanic,
  markCommand,
  markedPages,
  newMark,
  toolDone,
  waitMask,
  waitOf,
  writeDumpTool,
} from '../../support/s390x/tools.ts';
import { freshWorkFolder, withWorkFolder } from '../../support/work-folder.ts';

const memory = 768;
const markPages = 1024;

/** Deterministic, and not at the edges of pages alone. */
const bitsOf = (region: LoadedRegion) => [
  { address: region.start, bit: 0 },
  { address: region.start + BigInt(Math.floor(region.size / 3)), bit: 5 },
  { address: region.start + BigInt(region.size - 1), bit: 7 },
];

function regionOf({ image }: KeptState, name: string): LoadedRegion {
  const region = image.regions.find((one) => one.name === name);
  if (region === undefined)
    throw new Error(`no region ${name}: ${image.regions.map((one) => one.name).join(', ')}`);
  return region;
}

/** Where a flip is found by the digest of the kernel. */
const inKernel = (state: KeptState): bigint => regionOf(state, 'kernel').start + 0x1234n;

const flipKernel = (state: KeptState, system: SystemGuest): Promise<void> =>
  flipBit(system, inKernel(state), 4);

/** Sound when the crashed kernel asks, corrupt when it hands over. */
const corruptBetween = (state: KeptState, system: SystemGuest): Promise<void> =>
  panicAndAtStartCall(system, state.image, async (gdb) => {
    const [before = 0] = await gdb.read(inKernel(state), 1);
    await gdb.write(inKernel(state), Uint8Array.of(before ^ 0x10));
  });

const codeOfRegion = (state: KeptState, name: string): bigint =>
  BigInt(waitCodes.regionBad.code + state.image.regions.indexOf(regionOf(state, name)));

/** Codes that purgatory may end in: docs/purgatory.md. */
const isOwnCode = (address: bigint): boolean => address >= 0xc500n && address <= 0xc5ffn;

const noCaptureKernel = (system: SystemGuest): boolean =>
  !system.guest.console.text().includes('crashseal: capture kernel');

/** One armed guest for the tests of a block; with a disk that holds the dump tool. */
function armedOnce(
  name: string,
  scenario: Pick<S390xScenario, 'series' | 'cpus'> & { readonly profile: ProfileText },
  busId = toolBusId,
) {
  const folder = freshWorkFolder(name);
  const mark = newMark();
  const held: { state?: KeptState } = {};
  beforeAll(async () => {
    const tool = join(folder, 'tool.disk');
    writeDumpTool(tool, { memory, mark });
    held.state = await armedS390x(
      folder,
      { ...scenario, name, memory, disks: [{ path: tool, busId, id: toolDeviceId }] },
      [markCommand(mark, markPages)],
    );
  });
  afterAll(() => rmSync(folder, { recursive: true }));
  return {
    get state(): KeptState {
      if (held.state === undefined) throw new Error('no armed guest');
      return held.state;
    },
  };
}

/** A device that is there, with nothing on it. */
function emptyDisk(folder: string): string {
  const path = join(folder, 'empty.disk');
  writeFileSync(path, new Uint8Array(4096));
  return path;
}

async function unplug(system: SystemGuest): Promise<void> {
  await system.guest.qmp.execute('device_del', { id: toolDeviceId });
  await system.guest.qmp.event('DEVICE_DELETED');
}

async function expectDumpTool(system: SystemGuest): Promise<void> {
  const release = await system.guest.console.waitFor(/dump-tool: vmcoreinfo OSRELEASE=(.*)/);
  const end = await system.guest.ended();
  expect(release.match[1]).toMatch(/^6\./);
  expect(waitOf(end)).toEqual({ mask: waitMask, address: toolDone });
  expect(markedPages(system.guest.console)).toBeGreaterThanOrEqual(markPages);
  expect(noCaptureKernel(system)).toBe(true);
}

/** With two CPUs, from a device in another subchannel set. */
const machinesTried = [
  ...s390xSeries.map((series) => ({ series, cpus: 2, busId: '0.1.0200' })),
  ...s390xSeries.map((series) => ({ series, cpus: 1, busId: toolBusId })),
];

/**
 * The oldest and the newest series that there are, each number of CPUs; one device in another subchannel set, which
 * has to be enabled before it is seen.
 */
const missingTried = [
  { series: '6.1', cpus: 1, busId: '0.1.0200' },
  { series: s390xSeries.at(-1) ?? '6.1', cpus: 2, busId: toolBusId },
];

describe.each(examples(machinesTried, s390xSeries.length))(
  'corrupted-image-ipls-dump-tool: %o',
  ({ series, cpus, busId }) => {
    const armed = armedOnce(
      `s390x-ipl-${series}-${cpus}`,
      {
        series,
        cpus,
        profile: { testing: true, onCorruption: ['message', { step: 'ipl', ccw: busId }] },
      },
      busId,
    );

    test('from the check call', async () => {
      const system = await armed.state.again(`s390x-ipl-check-${series}-${cpus}`);
      await flipKernel(armed.state, system);
      await system.panic(cpus - 1);
      await system.guest.console.waitFor(/crashseal: corrupt region "kernel"/);
      await expectDumpTool(system);
    });

    test('from the start call, with the CPU status that the crashed kernel has stored', async () => {
      const system = await armed.state.again(`s390x-ipl-start-${series}-${cpus}`);
      await corruptBetween(armed.state, system);
      await system.guest.console.waitFor(/crashseal: corrupt region "kernel"/);
      await expectDumpTool(system);
      const saved = system.guest.console.find(/dump-tool: saved psw (\w+) prefix (\w+)/)?.match;
      expect(saved?.[1]).not.toBe('0'.repeat(32));
      expect(saved?.[2]).not.toBe('0'.repeat(8));
    });

    test('an image that nobody touched starts the capture kernel', async () => {
      const system = await armed.state.again(`s390x-ipl-not-${series}-${cpus}`);
      await system.panic(cpus - 1);
      await system.guest.console.waitFor(/crashseal: capture kernel/);
      expect(system.guest.console.text()).not.toContain('crashseal: corrupt');
      await system.stop();
    });
  },
);

describe('corrupted-image-loads-disabled-wait', () => {
  const armed = armedOnce('s390x-wait', {
    series: '6.1',
    cpus: 2,
    // A header that the capture kernel ignores, checked like everything else.
    profile: { elfcorehdr: 'passed', onCorruption: ['message', { step: 'wait', in: 'both' }] },
  });

  test('an image that nobody touched starts the capture kernel', async () => {
    const system = await armed.state.again('s390x-wait-not');
    await system.panic(1);
    await system.guest.console.waitFor(/crashseal: capture kernel/);
    expect(system.guest.console.text()).toMatch(/Kernel command line: .* elfcorehdr=/);
    await system.stop();
  });

  test('every part that is loaded is checked', () => {
    const names = armed.state.image.regions.map(({ name }) => name);
    for (const part of [
      'purgatory',
      'kernel',
      'parameters',
      'initramfs.base',
      'initramfs.overlay',
      'elfcorehdr',
    ])
      expect(names).toContain(part);
  });

  test('one bit flipped in any region: the code names it', async () => {
    const code = armed.state.image.head + BigInt(purgatoryHeadSize);
    // Code that runs before its own digest is taken may do anything once it is damaged.
    for (const region of armed.state.image.regions.filter(({ start }) => start !== code))
      for (const { address, bit } of bitsOf(region)) {
        const system = await armed.state.again(`s390x-wait-${region.name}`);
        const what = `${region.name}: bit ${bit} at 0x${address.toString(16)}`;
        await flipBit(system, address, bit);
        await system.panic();
        const wait = waitOf(await system.guest.ended());
        const wanted = { mask: waitMask, address: codeOfRegion(armed.state, region.name) };
        expect(wait, what).toEqual(wanted);
        expect(system.guest.console.text(), what).toContain(`corrupt region "${region.name}"`);
        expect(noCaptureKernel(system), what).toBe(true);
      }
  });

  test('a flip between the calls ends in the same code', async () => {
    const system = await armed.state.again('s390x-wait-start');
    await corruptBetween(armed.state, system);
    const wait = waitOf(await system.guest.ended());
    expect(wait).toEqual({ mask: waitMask, address: codeOfRegion(armed.state, 'kernel') });
  });

  test("a flip in purgatory's constants leaves the panic to the crashed kernel", async () => {
    const { head, regions } = armed.state.image;
    const code = regions.find(({ start }) => start === head + BigInt(purgatoryHeadSize));
    if (code === undefined) throw new Error('purgatory does not check its own code');
    const system = await armed.state.again('s390x-wait-code');
    const words = 'corrupt region';
    const bytes = await system.guest.withMemory((gdb) => gdb.read(code.start, code.size));
    const at = Buffer.from(bytes).indexOf(words);
    expect(at).toBeGreaterThan(0);
    await flipBit(system, code.start + BigInt(at + words.length - 1), 0);
    await system.panic();
    const wait = waitOf(await system.guest.ended());
    // Damaged code says nothing: the check call answers, and the crashed kernel stops at an address of its own.
    expect(wait?.mask).toBe(waitMask);
    expect(wait?.address).not.toBe(codeOfRegion(armed.state, code.name));
    expect(noCaptureKernel(system)).toBe(true);
  });

  test.each(['kernelEntry', 'crashStart', 'liveDigest', 'regions'] as const)(
    "a flip in purgatory's live parameters: %s",
    async (field) => {
      const { head } = armed.state.image;
      const system = await armed.state.again(`s390x-wait-${field}`);
      await flipBit(system, head + BigInt(purgatoryHead.fields[field].offset), 1);
      await system.panic();
      const wait = waitOf(await system.guest.ended());
      expect(wait).toEqual({ mask: waitMask, address: BigInt(waitCodes.headLive.code) });
    },
  );

  describe.each(['steps', 'consoleKind', 'staticDigest', 'profile'] as const)(
    "a flip in purgatory's static parameters: no policy to believe: %s",
    (field) => {
      const offset = BigInt(purgatoryHead.fields[field].offset);

      test('the crashed kernel is answered, and does what it does without a crash image', async () => {
        const system = await armed.state.again(`s390x-wait-check-${field}`);
        await flipBit(system, armed.state.image.head + offset, 1);
        await system.panic();
        const wait = waitOf(await system.guest.ended());
        expect(wait.mask).toBe(waitMask);
        expect(isOwnCode(wait.address)).toBe(false);
        expect(noCaptureKernel(system)).toBe(true);
      });

      test('between the calls, a code says it', async () => {
        const system = await armed.state.again(`s390x-wait-start-${field}`);
        const at = armed.state.image.head + offset;
        await panicAndAtStartCall(system, armed.state.image, async (gdb) => {
          const [before = 0] = await gdb.read(at, 1);
          await gdb.write(at, Uint8Array.of(before ^ 2));
        });
        const wait = waitOf(await system.guest.ended());
        expect(wait).toEqual({ mask: waitMask, address: BigInt(waitCodes.headStatic.code) });
      });
    },
  );
});

test("corrupted-image-loads-disabled-wait: a code of the profile's own, in the start call only", () =>
  withWorkFolder('s390x-wait-own', async (folder) => {
    const armed = await armedS390x(folder, {
      name: 's390x-wait-own',
      series: '6.1',
      profile: { onCorruption: ['message', { step: 'wait', code: '0xd0d0', in: 'start' }] },
    });
    const system = await armed.again('s390x-wait-own');
    await corruptBetween(armed, system);
    const wait = waitOf(await system.guest.ended());
    expect(wait).toEqual({ mask: waitMask, address: 0xd0d0n });
  }));

describe('corrupted-image-returns-to-on-panic', () => {
  // What a profile without `onCorruption` gets.
  const armed = armedOnce('s390x-return', { series: '6.1', cpus: 2, profile: {} });

  test('stop, which is the default of the crashed kernel', async () => {
    const system = await armed.state.again('s390x-return-stop');
    await flipKernel(armed.state, system);
    await system.panic(1);
    const wait = waitOf(await system.guest.ended());
    expect(wait.mask).toBe(waitMask);
    expect(isOwnCode(wait.address)).toBe(false);
    expect(noCaptureKernel(system)).toBe(true);
    // The crashed kernel says nothing of it, and its wait is an ordinary one.
    expect(system.guest.console.text()).toMatch(
      /corrupt region "kernel"[\s\S]*not started\s+crashseal: policy: return/,
    );
  });

  test('reipl: the crashed kernel IPLs the dump tool itself', async () => {
    const system = await armed.state.again('s390x-return-reipl');
    await system.mustRun(iplOnPanic(toolBusId));
    await flipKernel(armed.state, system);
    await system.panic(1);
    await expectDumpTool(system);
  });

  test('in the start call nobody is left: a named wait', async () => {
    const system = await armed.state.again('s390x-return-start');
    await system.mustRun(iplOnPanic(toolBusId));
    await corruptBetween(armed.state, system);
    const wait = waitOf(await system.guest.ended());
    expect(wait).toEqual({ mask: waitMask, address: codeOfRegion(armed.state, 'kernel') });
  });
});

/**
 * The same profile, flip and panic, with the device there and with the device gone: only that decides between the dump
 * tool and the wait. Subcode 3 of `testing` would otherwise hand a missing device over to QEMU's firmware.
 */
describe.each(missingTried)('missing-dump-device-ends-in-a-named-wait: %o', (where) => {
  const { series, cpus, busId } = where;
  const name = `s390x-missing-${series}-${cpus}`;
  const armed = armedOnce(
    name,
    {
      series,
      cpus,
      profile: { testing: true, onCorruption: ['message', { step: 'ipl', ccw: busId }] },
    },
    busId,
  );

  describe.each([
    ['check', flipKernel],
    ['start', corruptBetween],
  ] as const)('from the %s call', (call, corrupt) => {
    const corrupted = async (device: string): Promise<SystemGuest> => {
      const system = await armed.state.again(`${name}-${call}-${device}`);
      if (device === 'gone') await unplug(system);
      await corrupt(armed.state, system);
      if (call === 'check') await system.panic(cpus - 1);
      return system;
    };

    test('the device goes while the machine runs: its absence has a code', async () => {
      const system = await corrupted('gone');
      const wait = waitOf(await system.guest.ended());
      const { code } = waitCodes.iplDeviceMissing;
      expect(wait).toEqual({ mask: waitMask, address: BigInt(code) });
      expect(system.guest.console.text()).toContain('crashseal: the IPL device is missing');
    });

    test('the device is there: the dump tool runs', async () => {
      const system = await corrupted('there');
      await expectDumpTool(system);
      expect(system.guest.console.text()).not.toContain('the IPL device is missing');
    });
  });
});

/** Without z/VM nobody takes DIAG 8; that must not keep the policy from what comes after. */
describe('commands-for-cp-are-passed-over-without-z/VM', () => {
  const step = { step: 'vmcmd', commands: ['MESSAGE * no dump of this guest', 'VMDUMP'] };
  const armed = armedOnce('s390x-vmcmd', {
    series: '6.1',
    cpus: 2,
    profile: { testing: true, onCorruption: ['message', step, { step: 'ipl', ccw: toolBusId }] },
  });

  test.each([
    ['check', flipKernel],
    ['start', corruptBetween],
  ] as const)('from the %s call: it is said, and the dump tool runs', async (call, corrupt) => {
    const system = await armed.state.again(`s390x-vmcmd-${call}`);
    await corrupt(armed.state, system);
    if (call === 'check') await system.panic(1);
    await system.guest.console.waitFor(/crashseal: CP is not there: no z\/VM/);
    await expectDumpTool(system);
  });
});

describe('an IPL that cannot be', () => {
  const armed = armedOnce('s390x-cannot', {
    series: '6.1',
    cpus: 2,
    profile: { onCorruption: ['message', { step: 'ipl', ccw: toolBusId }] },
  });

  // QEMU has no DIAG 308 subcode 4; without `testing`, that is the IPL as such.
  test.each([
    ['there', waitCodes.iplFailed.code],
    ['gone', waitCodes.iplDeviceMissing.code],
  ])('has a code of its own with the device %s', async (device, code) => {
    const system = await armed.state.again(`s390x-cannot-${device}`);
    if (device === 'gone') await unplug(system);
    await flipKernel(armed.state, system);
    await system.panic();
    const wait = waitOf(await system.guest.ended());
    expect(wait).toEqual({ mask: waitMask, address: BigInt(code) });
  });

  test('a block that DIAG 308 rejects: a code of its own', () =>
    withWorkFolder('s390x-cannot-rejected', async (folder) => {
      const name = 's390x-cannot-rejected';
      // QEMU knows blocks for CCW and FCP only.
      const eckd = await armedS390x(folder, {
        name,
        series: '6.1',
        disks: [{ path: emptyDisk(folder), busId: toolBusId }],
        profile: { testing: true, onCorruption: [{ step: 'ipl', eckd: { device: toolBusId } }] },
      });
      const system = await eckd.again(name);
      await corruptBetween(eckd, system);
      const wait = waitOf(await system.guest.ended());
      expect(wait).toEqual({ mask: waitMask, address: BigInt(waitCodes.iplBlockRefused.code) });
    }));

  test('a corrupt IPL parameter block is not used: the wait names it', async () => {
    const system = await armed.state.again('s390x-cannot-block');
    const block = regionOf(armed.state, 'ipl block');
    await flipBit(system, block.start + 0x6fn, 0);
    await flipKernel(armed.state, system);
    await system.panic();
    const wait = waitOf(await system.guest.ended());
    const index = armed.state.image.regions.indexOf(block);
    expect(wait).toEqual({ mask: waitMask, address: BigInt(waitCodes.iplBlockBad.code + index) });
  });

  test('a corrupt block alone keeps nobody from capturing', async () => {
    const system = await armed.state.again('s390x-cannot-block-only');
    await flipBit(system, regionOf(armed.state, 'ipl block').start + 0x6fn, 0);
    await system.panic();
    await system.guest.console.waitFor(/crashseal: capture kernel/);
    await system.stop();
  });
});
