/** The shipped s390x image in a QEMU without Linux: stand-ins enter it, and are entered by it. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { decode, patch } from '../../pipeline/format/layout.ts';
import {
  consoles,
  type PurgatoryStep,
  purgatoryHead,
  purgatoryHeadSize,
  regionFlags,
} from '../../pipeline/format/purgatory-layout.ts';
import { Qmp, type QmpEvent } from '../../pipeline/guest/qmp.ts';
import { words } from '../../pipeline/units/words.ts';
import { byParts } from '../fixtures/bytes.ts';
import {
  digestLive,
  digestStatic,
  regionTable,
  step,
  stepTable,
} from '../fixtures/purgatory-head.ts';

export const s390xPurgatory = 'out/native/s390x/purgatory.bin';
export const s390xEmulator = 'qemu-system-s390x';
const standIns = 'out/native/s390x/test';
export const s390xTargets = [
  s390xPurgatory,
  ...['crashed.elf', 'capture.bin', 'firmware.elf'].map((name) => `${standIns}/${name}`),
];

// As in native/s390x/crashed.h.
const crashBase = 0x1000000;
const crashSize = 0x400000;
const orders = crashSize - 0x1000;
const reportAddress = 0xf0000;
const capturedAddress = 0xf1000;
export const standInWait = { captured: 0xcafe0, answered: 0xa0000, rebooted: 0xf1f10 };

/** Offsets in the crash region. */
const purgatoryAt = 0x2000;
export const headAt = (offset: number): number => purgatoryAt + offset;
export const kernelAt = 0x10000;
const initramfsAt = 0x100000;
const initramfsEnd = initramfsAt + 0x1234;

/** PSWs of the two calls, as Linux 6.1 and 6.12 have them. */
export const checkMasks = { '6.1': 0x0004c00180000000n, '6.12': 0x0000c00180000000n };
const startMasks = { '6.1': 0x0000000180000000n, '6.12': 0x0000c00180000000n };

/** The smallest blocks that QEMU takes: a CCW device, and an FCP one for a dump. */
export function ccwBlock(): Uint8Array<ArrayBuffer> {
  const block = new Uint8Array(4096);
  const view = new DataView(block.buffer);
  view.setUint32(0, 200);
  view.setUint32(8, 192);
  view.setUint8(12, 2);
  view.setUint8(109, 1);
  view.setUint16(110, 0x4711);
  return block;
}

export function fcpBlock(): Uint8Array<ArrayBuffer> {
  const block = new Uint8Array(4096);
  const view = new DataView(block.buffer);
  view.setUint32(0, 644);
  view.setUint32(8, 636);
  view.setUint8(328, 0x20);
  view.setUint16(334, 0x1700);
  view.setBigUint64(340, 0x500507630300c562n);
  view.setBigUint64(348, 0x401040a600000000n);
  return block;
}

export type Setting = {
  readonly kernel?: keyof typeof checkMasks;
  /** Which calls the dead kernel makes; both unless told. */
  readonly calls?: 'check' | 'start' | 'both';
  readonly steps?: readonly PurgatoryStep[];
  readonly features?: number;
  readonly console?: boolean;
  readonly block?: Uint8Array;
  /** Offset in the crash region of a byte to damage after all is sealed. */
  readonly damage?: number;
  /** The same, between the two calls. */
  readonly damageBetween?: number;
  /** A region after the others, which need not be there. */
  readonly wild?: bigint;
  /** Where the IPL block's region says that it is, from the block. */
  readonly blockShift?: number;
  /** Device numbers of what is plugged in: those of the blocks here unless told. */
  readonly devices?: readonly string[];
  /** What to wait for; a disabled wait unless told. */
  readonly until?: 'GUEST_PANICKED' | 'RESET';
  /** Looks at the machine's process while it runs. */
  readonly meanwhile?: (pid: number) => Promise<void>;
};

export const iplRegion = 3n;

/** As QEMU writes them: channel subsystem, set, number. */
export const iplDevices = ['fe.1.4711', 'fe.0.1700'];

/** Steps with arguments, and flags where told. */
export const iplStep = (delay = 0n, testing = false, flags = 0, reipl = false): PurgatoryStep => ({
  ...step('ipl', iplRegion),
  arg1: delay,
  arg2: (testing ? 1n : 0n) | (reipl ? 2n : 0n),
  flags,
});

/** Offset of the IPL block in the crash region. */
export function blockAt(): number {
  const head = decode(purgatoryHead, new Uint8Array(readFileSync(s390xPurgatory)));
  if (!head.ok) throw new Error('malformed head');
  return purgatoryAt + head.value.memorySize;
}

function crashRegion(setting: Setting): Uint8Array {
  const out = new Uint8Array(crashSize);
  const image = new Uint8Array(readFileSync(s390xPurgatory));
  const capture = new Uint8Array(readFileSync(`${standIns}/capture.bin`));
  const block = blockAt();
  out.set(image, purgatoryAt);
  out.set(setting.block ?? ccwBlock(), block);
  out.set(capture, kernelAt);
  for (let i = initramfsAt; i < initramfsEnd; i++) out[i] = (i * 31) & 0xff;

  const region = (name: string, start: number, end: number, flags = 0) => ({
    name,
    flags,
    start: BigInt(crashBase + start),
    size: BigInt(end - start),
    digest: byParts(out.subarray(start, end)),
  });
  const shifted = block + (setting.blockShift ?? 0);
  const regions = [
    region('purgatory', purgatoryAt + purgatoryHeadSize, purgatoryAt + image.length),
    region('kernel', kernelAt, kernelAt + capture.length),
    region('initramfs.base', initramfsAt, initramfsEnd),
    region('ipl', shifted, shifted + 0xf00, regionFlags.policy.code),
  ];
  if (setting.wild !== undefined)
    regions.push({ ...region('wild', 0, 0), start: setting.wild, size: 64n });
  const steps = setting.steps ?? [step('return'), step('wait')];

  const at = purgatoryAt;
  const sclp = setting.console === false ? consoles.none : consoles.sclp;
  // A block is a part of the image, as the tool builds it.
  patch(purgatoryHead, out, at, 'imageSize', block - at + 4096);
  patch(purgatoryHead, out, at, 'consoleKind', sclp.code);
  patch(purgatoryHead, out, at, 'stepCount', steps.length);
  patch(purgatoryHead, out, at, 'steps', stepTable(steps));
  patch(purgatoryHead, out, at, 'profile', 'lab');
  patch(purgatoryHead, out, at, 'cpuFeatures', BigInt(setting.features ?? 0));
  patch(purgatoryHead, out, at, 'kernelEntry', BigInt(crashBase + kernelAt + 0x10));
  patch(purgatoryHead, out, at, 'crashStart', BigInt(crashBase));
  patch(purgatoryHead, out, at, 'crashSize', setting.wild === undefined ? BigInt(crashSize) : 0n);
  patch(purgatoryHead, out, at, 'regionCount', regions.length);
  patch(purgatoryHead, out, at, 'regions', regionTable(regions));
  digestStatic(out, at);
  digestLive(out, at);
  if (setting.damage !== undefined) out[setting.damage] = (out[setting.damage] ?? 0) ^ 0x40;

  const view = new DataView(out.buffer, orders);
  const calls = setting.calls ?? 'both';
  const kernel = setting.kernel ?? '6.1';
  view.setBigUint64(0, calls === 'start' ? 0n : checkMasks[kernel]);
  view.setBigUint64(8, calls === 'check' ? 0n : startMasks[kernel]);
  const between = setting.damageBetween;
  view.setBigUint64(16, between === undefined ? 0n : BigInt(crashBase + between));
  return out;
}

export type Run = {
  /** Address of the disabled wait PSW, and its mask; if it ended so. */
  readonly wait: number | undefined;
  readonly mask: string | undefined;
  readonly events: readonly QmpEvent[];
  readonly ascii: string;
  readonly lines: string;
  /** What stands in memory after the name of the mark, as who searches a dump finds it. */
  readonly marks: readonly string[];
  /** Purgatory's own memory at the end. */
  readonly own: Buffer;
  /** What crashed.c saw of the check call. */
  readonly report: {
    readonly answer: number;
    readonly mask: bigint;
    readonly differences: readonly number[];
    readonly otherCpu: boolean;
    readonly prefix: number;
  };
  /** The page that capture.S or firmware.S filled. */
  readonly captured: DataView<ArrayBuffer>;
};

/** Each run takes a second; this only ends what hangs. */
const hungMs = 60_000;

const running = new Set<ChildProcess>();
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});

/** Runs until no CPU does any more. */
export async function runS390x(setting: Setting): Promise<Run> {
  const folder = mkdtempSync(join(tmpdir(), 'purgatory-s390x-'));
  const file = (name: string) => join(folder, name);
  writeFileSync(file('crash-region'), crashRegion(setting));
  const child = spawn(
    s390xEmulator,
    [
      ...words`
        -nodefaults -no-user-config -display none -action panic=pause
        -machine s390-ccw-virtio -accel tcg -cpu max -smp 2 -m 64M
        -bios ${standIns}/firmware.elf -kernel ${standIns}/crashed.elf
        -device loader,file=${file('crash-region')},addr=${crashBase},force-raw=on
        -chardev file,id=ascii,path=${file('ascii')} -device sclpconsole,chardev=ascii
        -chardev file,id=lines,path=${file('lines')}
        -device sclplmconsole,chardev=lines
      `,
      // Any device will do: nobody reads from it.
      ...(setting.devices ?? iplDevices).flatMap(
        (devno) => words`-device virtio-rng-ccw,devno=${devno}`,
      ),
      ...words`
        -chardev socket,id=qmp,path=${file('qmp')},server=on,wait=on
        -mon chardev=qmp,mode=control
      `,
    ],
    { stdio: ['ignore', 'inherit', 'pipe'] },
  );
  let stderr = '';
  child.stderr?.on('data', (text: Buffer) => {
    stderr += text.toString('latin1');
  });
  running.add(child);
  const gone = new Promise<void>((resolve) => child.on('close', () => resolve()));
  try {
    const connect = async (): Promise<Qmp> => {
      // The socket's name is there a moment before anyone listens.
      for (;;) {
        const qmp = await Qmp.connect(file('qmp')).catch(() => undefined);
        if (qmp !== undefined) return qmp;
        if (child.exitCode !== null) throw new Error(`QEMU did not start: ${stderr}`);
        await sleep(20);
      }
    };
    const qmp = await connect();
    await setting.meanwhile?.(child.pid ?? 0);
    const event = await Promise.race([
      qmp.event(setting.until ?? 'GUEST_PANICKED'),
      gone,
      sleep(hungMs, undefined, { ref: false }),
    ]);
    if (!event) {
      const registers = await qmp
        .execute('human-monitor-command', { 'command-line': 'info registers -a' })
        .catch(String);
      throw new Error(
        `no end: ${stderr}${JSON.stringify(qmp.seen().slice(-3))}\n${String(registers)}`,
      );
    }
    const info = event.data.info as Record<string, unknown> | undefined;
    const page = async (val: number): Promise<DataView<ArrayBuffer>> => {
      await qmp.execute('pmemsave', { val, size: 4096, filename: file('page') });
      return new DataView(new Uint8Array(readFileSync(file('page'))).buffer);
    };
    const report = await page(reportAddress);
    const captured = await page(capturedAddress);
    const size = kernelAt - purgatoryAt;
    const own = { val: crashBase + purgatoryAt, size, filename: file('own') };
    await qmp.execute('pmemsave', own);
    const image = readFileSync(file('own'));
    const marks = image.toString('latin1').matchAll(/CRASHSEAL FOUND:([^\0]*)/g);
    const number = (at: number): number => Number(report.getBigUint64(at));
    qmp.close();
    return {
      wait: info && Number(info['psw-addr']),
      mask: info && BigInt(Number(info['psw-mask'])).toString(16).padStart(16, '0'),
      events: qmp.seen(),
      ascii: readFileSync(file('ascii'), 'latin1'),
      lines: readFileSync(file('lines'), 'latin1'),
      own: image,
      marks: Array.from(marks, ([, text = '']) => text),
      report: {
        answer: number(0),
        mask: report.getBigUint64(8),
        differences: [number(16), number(24), number(32)],
        otherCpu: number(40) === 1,
        prefix: number(48),
      },
      captured,
    };
  } finally {
    child.kill('SIGKILL');
    await gone;
    running.delete(child);
    rmSync(folder, { recursive: true });
  }
}
