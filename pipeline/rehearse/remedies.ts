/**
 * What would have to be otherwise on a machine for the loader to come past one of its refusals. The loader tells
 * by status, detail, index and path what it refuses; here that becomes a change of the facts. Pure.
 */

import { architectureBy } from '../arch/arch.ts';
import type { ByteOrder } from '../format/layout.ts';
import type { LoaderReport } from '../format/loader-report.ts';
import type { Seal } from '../seal/seal-codec.ts';
import { showDate } from '../units/time.ts';
import { hex, showSize } from '../units/units.ts';
import type { Edit } from './facts-copy.ts';

export type Remedy = {
  /** Goes on after "assuming". */
  readonly assuming: string;
  readonly edits: readonly Edit[];
  /** The time to judge by from now on, in seconds since 1970. */
  readonly now?: number;
  /** No attestation is required from now on. */
  readonly untried?: boolean;
};

export type Situation = {
  readonly report: LoaderReport;
  /** Undefined until the loader has found its signature right. */
  readonly seal: Seal | undefined;
  /** The first moment at which every certificate that came along is valid. */
  readonly certified: number | undefined;
  /** What these files of the machine hold. */
  readonly floor: string;
  readonly iomem: string;
};

/** The administrator's floor, what the loader keeps of epoch and time, and the map of memory. */
export const epochPath = 'etc/crashseal/epoch';
export const floorPath = 'var/lib/crashseal/floor';
export const iomemPath = 'proc/iomem';

export const floorTime = (floor: string): number => Number(/^time (\d+)$/m.exec(floor)?.[1] ?? 0);

/** Sets one of its two lines to 0; the other goes on to hold. */
const lowered = (floor: string, line: 'epoch' | 'time'): readonly Edit[] =>
  floor === ''
    ? []
    : [
        {
          path: floorPath,
          content: floor.replace(new RegExp(`^${line} \\d+$`, 'm'), `${line} 0`),
        },
      ];

const remove = (path: string): Edit => ({ path, content: undefined });

/** Undefined where nothing about the machine would help, or nobody can say what. */
export function remedyFor(situation: Situation): Remedy | undefined {
  const { report, seal, certified, floor } = situation;
  const at = (now: number | undefined): Remedy | undefined =>
    now === undefined
      ? undefined
      : { assuming: `that it is ${showDate(now)}`, edits: lowered(floor, 'time'), now };
  switch (report.status) {
    case 'bad-chain':
      return at(certified);
    case 'no-attestation':
      return { assuming: 'that the bundle was tried', edits: [], untried: true };
    case 'clock-wrong':
      return at(seal?.notBefore);
    case 'expired':
      return at(seal?.notAfter);
    case 'old-epoch':
      return {
        assuming: 'that the machine takes every epoch',
        edits: [remove(epochPath), ...lowered(floor, 'epoch')],
      };
    case 'bad-floor':
      return report.path === undefined
        ? undefined
        : { assuming: `that there is no ${report.path}`, edits: [remove(report.path)] };
    case 'lockdown':
      return {
        assuming: 'that the kernel is not locked down',
        edits: [
          {
            path: 'sys/kernel/security/lockdown',
            content: '[none] integrity confidentiality\n',
          },
        ],
      };
    case 'load-disabled':
      return {
        assuming: 'that the kernel still allows a load',
        edits: [
          remove('proc/sys/kernel/kexec_load_disabled'),
          remove('proc/sys/kernel/kexec_load_limit_panic'),
        ],
      };
    case 'wrong-machine':
    case 'wrong-kernel':
      return seal === undefined || report.index === undefined
        ? undefined
        : matched(seal, report.index);
    case 'device-offline':
      return online(report);
    case 'too-many-cpus':
      return seal === undefined ? undefined : withCpus(seal.maxCpus);
    case 'no-crash-region':
    case 'crash-region-small':
      return seal === undefined ? undefined : reserved(situation.iomem, seal);
    default:
      return undefined;
  }
}

/** The rule that the loader found not to hold is made true. */
function matched(seal: Seal, index: number): Remedy | undefined {
  const rule = seal.match[index];
  if (rule === undefined || rule.path === '') return undefined;
  const { path, value } = rule;
  switch (rule.kind) {
    case 'absent':
      return { assuming: `that there is no /${path}`, edits: [remove(path)] };
    case 'present':
      return { assuming: `that there is a /${path}`, edits: [{ path, content: '' }] };
    case 'equals':
    case 'prefix':
      return {
        assuming: `that /${path} says "${value}"`,
        edits: [{ path, content: `${value}\n` }],
      };
    case 'buildId':
      return {
        assuming: `that the running kernel's build id is ${value}`,
        edits: [{ path, content: buildIdNote(value, seal.byteOrder) }],
      };
    default:
      return undefined;
  }
}

/** As /sys/kernel/notes has it: an ELF note of type 3, by "GNU". */
function buildIdNote(id: string, order: ByteOrder): Uint8Array {
  const bytes = Buffer.from(id, 'hex');
  const note = new Uint8Array(16 + ((bytes.length + 3) & ~3));
  const view = new DataView(note.buffer);
  for (const [index, word] of [4, bytes.length, 3].entries())
    view.setUint32(index * 4, word, order === 'little');
  note.set(new TextEncoder().encode('GNU'), 12);
  note.set(bytes, 16);
  return note;
}

/** The path is that of the device's own file, DEVICE/online. */
function online({ detail, path }: LoaderReport): Remedy | undefined {
  if ((detail !== 'device-missing' && detail !== 'device-offline') || path === undefined)
    return undefined;
  return {
    assuming: `that ${path.split('/').at(-2)} is online`,
    edits: [{ path, content: '1\n' }],
  };
}

function withCpus(count: number): Remedy {
  const content = `0-${count - 1}\n`;
  return {
    assuming: `that it has ${count} CPUs`,
    edits: ['possible', 'present'].map((name) => ({
      path: `sys/devices/system/cpu/${name}`,
      content,
    })),
  };
}

const MiB = 1n << 20n;

/** A crash region as large as the bundle wants it, in the middle of the largest memory range below 4 GiB. */
function reserved(iomem: string, seal: Seal): Remedy | undefined {
  const lines = iomem.split('\n').filter((line) => !/: Crash kernel$/.test(line));
  // Beside what is planned, the running kernel takes pages of the region for itself.
  const size = ((seal.crashSize + 31n * MiB) / (16n * MiB)) * (16n * MiB);
  let best: { readonly index: number; readonly start: bigint; readonly end: bigint } | undefined;
  for (const [index, line] of lines.entries()) {
    const [, first = '', last = ''] = /^([0-9a-f]+)-([0-9a-f]+) : System RAM$/.exec(line) ?? [];
    if (first === '') continue;
    const start = BigInt(`0x${first}`);
    const end = BigInt(`0x${last}`) + 1n;
    if (end > 1n << 32n) continue;
    if (best === undefined || end - start > best.end - best.start) best = { index, start, end };
  }
  if (best === undefined || best.end - best.start <= 2n * size) return undefined;
  const start = ((best.start + best.end) / 2n / (16n * MiB)) * (16n * MiB);
  const files = architectureBy({ machine: seal.machine, order: seal.byteOrder })?.crashRegionFiles;
  const digits = (value: bigint): string => value.toString(16).padStart(8, '0');
  const region = `  ${digits(start)}-${digits(start + size - 1n)} : Crash kernel`;
  return {
    assuming: `a crash region of ${showSize(size)} at ${hex(start)}`,
    edits:
      files === undefined
        ? [{ path: iomemPath, content: lines.toSpliced(best.index + 1, 0, region).join('\n') }]
        : [
            { path: files.start, content: bigEndian(start) },
            { path: files.size, content: bigEndian(size) },
          ],
  };
}

function bigEndian(value: bigint): Uint8Array {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigUint64(0, value);
  return bytes;
}
