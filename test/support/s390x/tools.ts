/** Stand-alone programs for s390x: what an IPL finds. */
import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync } from 'node:fs';
import type { GuestConsole } from '../../../pipeline/guest/console.ts';
import type { GuestEnd } from '../../../pipeline/guest/guest.ts';
import { writeBootDisk } from '../../../pipeline/guest/machines/s390x/boot-disk.ts';

const folder = 'out/test/s390x';

function made(name: string): string {
  mkdirSync(folder, { recursive: true });
  const path = `${folder}/${name}`;
  const rules = ['make', '-s', '-f', 'test/support/s390x/tools/tools.mk', path];
  const ran = spawnSync('flock', [`${folder}/.lock`, ...rules], { encoding: 'utf8' });
  if (ran.status !== 0) throw new Error(`make ${path}: ${ran.stderr}`);
  return path;
}

/** Where the firmware puts a stand-alone program: after the lowcore, where Linux has nothing. */
const toolAddress = 0x2000n;
/** struct tool_arguments in dump_tool.c, after the first instruction. */
const argumentsAt = 8;
const argumentsMagic = 'tool-arg';
const markSize = 16;

/** What the tool says when it is through, in the address of its disabled wait. */
export const toolDone = 0xd00dn;

export type DumpToolArguments = {
  /** MiB. */
  readonly memory: number;
  /** What each page begins with that the tool is to count; 16 characters. */
  readonly mark: string;
};

/** A disk with the dump tool. */
export function writeDumpTool(path: string, args: DumpToolArguments): void {
  const bytes = readFileSync(made('dump_tool.bin'));
  const magic = bytes.toString('latin1', argumentsAt, argumentsAt + argumentsMagic.length);
  if (magic !== argumentsMagic || args.mark.length !== markSize)
    throw new Error('the dump tool takes other arguments');
  const at = argumentsAt + argumentsMagic.length;
  bytes.writeBigUInt64BE(BigInt(args.memory) << 20n, at);
  bytes.write(args.mark, at + 8, 'latin1');
  writeBootDisk(path, { components: [{ address: toolAddress, bytes }], entry: toolAddress });
}

/** Firmware for `-bios` that prints the IPL parameter block; Linux itself must come from `-kernel`. */
export const iplReader = (): string => made('ipl_reader.elf');

/** The block in what {@link iplReader} has printed. */
export const printedBlock = (console: GuestConsole): Buffer =>
  Buffer.from(
    [...console.text().matchAll(/ipl-reader: block ([0-9a-f]+)/g)].map(([, hex]) => hex).join(''),
    'hex',
  );

/** What no page begins with by chance. */
export const newMark = (): string => `mark-${randomBytes(6).toString('hex').slice(0, 11)}`;

/** Shell for the guest: so many pages of memory that begin with the mark. */
export const markCommand = (mark: string, pages: number): string =>
  `yes "$(printf '%-4095s' ${mark})" | head -n ${pages} >/tmp/marked`;

/** How many pages the dump tool has counted. */
export const markedPages = (console: GuestConsole): number =>
  Number(console.find(/dump-tool: marked pages (\d+)/)?.match[1] ?? -1);

/** 64-bit, wait, everything disabled. */
export const waitMask = 0x0002000180000000n;

export type DisabledWait = { readonly mask: bigint; readonly address: bigint };

/** The PSW of the disabled wait that ended a guest. */
export function waitOf(end: GuestEnd): DisabledWait {
  const panicked = end.events.find(({ event }) => event === 'GUEST_PANICKED');
  const info = (panicked?.data.info ?? {}) as Readonly<Record<string, unknown>>;
  if (info.reason !== 'disabled-wait')
    throw new Error(`no disabled wait: ${JSON.stringify(end.events)}`);
  return { mask: BigInt(Number(info['psw-mask'])), address: BigInt(Number(info['psw-addr'])) };
}

/** Shell for the guest: on a panic without a crash image, the kernel itself is to IPL from that device. */
export const iplOnPanic = (busId: string): string =>
  [
    'cd /sys/firmware/reipl && echo ccw >reipl_type',
    `echo ${busId} >ccw/device && echo 1 >ccw/clear`,
    'echo reipl >/sys/firmware/shutdown_actions/on_panic',
  ].join(' && ');
