/** The step `ipl` of `onCorruption`: IPL a stand-alone dump tool. */
import * as z from 'zod';
import type { IplDevice, IplStep } from '../../arch/policy-step.ts';
import { readBusId } from '../../format/bus-id.ts';
import {
  type IplRecord,
  loadparmMaximum,
  loadparmPattern,
  scpDataMaximum,
} from '../../format/ipl-block.ts';
import { showFound } from '../../schema/show-found.ts';
import { choice, loose, shape, text, whole, yesOrNo } from '../../schema/takes.ts';
import type { At } from '../at.ts';
import type { Path } from '../source-tree.ts';
import { inCall } from './policy-call.ts';

/** Types of device that a step can name. */
export const iplDeviceTypes = ['ccw', 'fcp', 'eckd', 'nvme'] as const;

const busId = () =>
  loose('a bus id such as 0.0.4711').meta({
    description: 'Bus id of the device, `0.S.DDDD`.',
    examples: ['0.0.4711'],
  });
const bootprog = () =>
  whole(0, 0xffffffff).default(0).meta({ description: "Program of the disk's boot menu." });
const brLba = () =>
  whole(0, Number.MAX_SAFE_INTEGER)
    .default(0)
    .meta({ description: "Block of the disk's boot record." });
const hexNumber = (what: string, example: string) =>
  loose(`${what} such as "${example}", in quotes`);

const fcp = z.strictObject(
  {
    device: busId(),
    wwpn: hexNumber('a port', '0x500507630300c562').meta({
      description: 'Port, as sysfs prints it.',
      examples: ['0x500507630300c562'],
    }),
    lun: hexNumber('a unit', '0x4010401100000000').meta({
      description: 'FCP LUN, as sysfs prints it.',
      examples: ['0x4010401100000000'],
    }),
    bootprog: bootprog(),
    brLba: brLba(),
  },
  { error: 'a map with `device`, `wwpn` and `lun`' },
);

const eckd = z.strictObject(
  {
    device: busId(),
    bootprog: bootprog(),
    brChr: text(
      '`auto`, or cylinder, head and record such as "0,1,4"',
      /^(auto|\d{1,5},\d{1,3},\d{1,3})$/,
    )
      .default('auto')
      .meta({ description: "Place of the disk's boot record: cylinder, head and record." }),
  },
  { error: 'a map with `device`' },
);

const nvme = z.strictObject(
  {
    fid: hexNumber('a PCI function', '0x00000300').meta({
      description: 'PCI function, in hex.',
      examples: ['0x00000300'],
    }),
    nsid: hexNumber('a namespace', '0x00000001').meta({
      description: 'Namespace, in hex.',
      examples: ['0x00000001'],
    }),
    bootprog: bootprog(),
    brLba: brLba(),
  },
  { error: 'a map with `fid` and `nsid`' },
);

const from = z.union(
  [
    choice(['dump', 'reipl']),
    z.strictObject({
      scsi: text('a SCSI device as H:C:T:L, such as "0:0:0:0"', /^\d+:\d+:\d+:\d+$/).meta({
        description: 'SCSI device whose adapter, port and unit are read, as `H:C:T:L`.',
        examples: ['0:0:0:0'],
      }),
      bootprog: bootprog(),
      brLba: brLba(),
    }),
    z.strictObject({
      block: text('a disk such as sda', /^[a-z][a-z0-9]*$/).meta({
        description: 'Disk whose adapter, port and unit are read.',
        examples: ['sda'],
      }),
      bootprog: bootprog(),
      brLba: brLba(),
    }),
  ],
  { error: '`dump`, `reipl`, or a map with `scsi` or `block`' },
);

const longestDelay = 86_400;
const delayText = 'a time such as 30s or 5m, at most a day';
const secondsOf = (delay: string): number =>
  Number.parseInt(delay, 10) * (delay.endsWith('m') ? 60 : 1);

export const iplStepSchema = z.strictObject({
  step: shape('ipl'),
  ccw: busId()
    .optional()
    .meta({
      description: 'Bus id of a channel-attached device (DASD, tape, virtio) with the dump tool.',
      examples: ['0.0.4711'],
    }),
  fcp: fcp.optional().meta({
    description: 'FCP disk with the dump tool.',
    examples: [{ device: '0.0.1900', wwpn: '0x500507630300c562', lun: '0x4010401100000000' }],
  }),
  eckd: eckd.optional().meta({
    description: 'DASD with a list-directed dump tool (needs Linux 6.2 or newer tools).',
    examples: [{ device: '0.0.4711' }],
  }),
  nvme: nvme.optional().meta({
    description: 'NVMe disk with the dump tool.',
    examples: [{ fid: '0x00000300', nsid: '0x00000001' }],
  }),
  from: from.optional().meta({
    description:
      'The machine names the device: what `/sys/firmware/dump` or `/sys/firmware/reipl` says, or the FCP path of a SCSI device (`scsi`) or disk (`block`). Read when the bundle is loaded, so load it again when it changes.',
    examples: ['dump', { scsi: '0:0:0:0' }, { block: 'sda' }],
  }),
  type: choice(iplDeviceTypes)
    .optional()
    .meta({
      description: 'With `from: dump` or `reipl`: the type it has to be; another is refused.',
      defaultText: '`ccw`',
      examples: ['fcp'],
    }),
  loadparm: z
    .string({ error: `text of at most ${loadparmMaximum} characters` })
    .optional()
    .meta({
      description: 'Load parameter for the dump tool: letters, digits, ".", blanks.',
      examples: ['DUMP'],
    }),
  scpData: z
    .string({ error: 'text' })
    .optional()
    .meta({
      description: "Text that is appended to the dump tool's kernel command line; not with `ccw`.",
      examples: ['dump_mem=4G'],
    }),
  delay: text(delayText, /^(0|[1-9]\d{0,4})[sm]$/)
    .refine((delay) => secondsOf(delay) <= longestDelay, { error: delayText })
    .default('0s')
    .meta({
      description:
        'How long to wait before the IPL, so that a panic at every start is no fast loop.',
      examples: ['5m'],
    }),
  reipl: yesOrNo().default(true).meta({
    description:
      'Whether the dump tool starts the system again when it is done, from what `/sys/firmware/reipl` names when the system crashes.',
  }),
  in: inCall(),
});

export type WrittenIpl = z.output<typeof iplStepSchema>;

const deviceKeys = [...iplDeviceTypes, 'from'] as const;

/** Tells `at.report` of everything that is wrong. */
export function settleIplStep(step: WrittenIpl, at: At): IplStep {
  const named = deviceKeys.filter((key) => step[key] !== undefined);
  if (named.length !== 1)
    at.report({ kind: 'ipl-device-count', place: at.place(), found: named, known: deviceKeys });
  const device = deviceOf(step, at);
  const withoutEffect = (key: string, belongsTo: string): void =>
    at.report({
      kind: 'ipl-key-without-effect',
      place: at.place(key),
      key: at.key(key),
      belongsTo,
    });
  if (step.type !== undefined && device.kind !== 'firmware')
    withoutEffect('type', '`from: dump` and `from: reipl`');
  const listDirected = device.kind === 'firmware' ? device.type !== 'ccw' : device.kind !== 'ccw';
  if (step.scpData !== undefined && !listDirected)
    withoutEffect('scpData', '`fcp`, `eckd` and `nvme`');
  checkText(step.loadparm, at, 'loadparm', {
    maximum: loadparmMaximum,
    pattern: loadparmPattern,
    allowed: 'letters, digits, "." and blanks',
  });
  checkText(step.scpData, at, 'scpData', {
    maximum: scpDataMaximum,
    pattern: /^[ -~]*$/,
    allowed: 'printable ASCII',
  });
  return {
    kind: 'ipl',
    device,
    loadparm: step.loadparm,
    scpData: step.scpData ?? '',
    delaySeconds: secondsOf(step.delay),
    thenReipl: step.reipl,
  };
}

function deviceOf(step: WrittenIpl, at: At): IplDevice {
  if (step.fcp !== undefined) {
    const { device, wwpn, lun, bootprog, brLba } = step.fcp;
    return {
      kind: 'fcp',
      // The block has no place for a subchannel set.
      busId: busIdOf(device, at, ['fcp', 'device'], 0),
      wwpn: hexOf(wwpn, 16, at, ['fcp', 'wwpn'], 'wwpn-malformed'),
      lun: hexOf(lun, 16, at, ['fcp', 'lun'], 'lun-malformed'),
      bootprog,
      brLba: BigInt(brLba),
    };
  }
  if (step.eckd !== undefined) {
    const { device, bootprog, brChr } = step.eckd;
    return {
      kind: 'eckd',
      busId: busIdOf(device, at, ['eckd', 'device'], 3),
      bootprog,
      record: recordOf(brChr, at),
    };
  }
  if (step.nvme !== undefined) {
    const { fid, nsid, bootprog, brLba } = step.nvme;
    return {
      kind: 'nvme',
      fid: Number(hexOf(fid, 8, at, ['nvme', 'fid'], 'nvme-number-malformed')),
      nsid: Number(hexOf(nsid, 8, at, ['nvme', 'nsid'], 'nvme-number-malformed')),
      bootprog,
      brLba: BigInt(brLba),
    };
  }
  if (step.from === 'dump' || step.from === 'reipl')
    return { kind: 'firmware', of: step.from, type: step.type ?? 'ccw' };
  if (step.from !== undefined) {
    const { bootprog, brLba } = step.from;
    return {
      kind: 'scsi',
      folder:
        'scsi' in step.from
          ? `sys/bus/scsi/devices/${step.from.scsi}`
          : `sys/block/${step.from.block}/device`,
      bootprog,
      brLba: BigInt(brLba),
    };
  }
  return {
    kind: 'ccw',
    busId: step.ccw === undefined ? '0.0.0000' : busIdOf(step.ccw, at, ['ccw'], 3),
  };
}

function busIdOf(written: string | number, at: At, path: Path, lastSet: 0 | 3): string {
  const read = readBusId(String(written), lastSet);
  if ('busId' in read) return read.busId;
  at.report({
    ...read.mistake,
    place: at.place(...path),
    key: at.key(...path),
    found: showFound(written),
  });
  return '0.0.0000';
}

/** Exactly as many digits as sysfs prints: a number with fewer has most likely lost some. */
function hexOf(
  written: string | number,
  digits: number,
  at: At,
  path: Path,
  kind: 'wwpn-malformed' | 'lun-malformed' | 'nvme-number-malformed',
): bigint {
  const sound =
    typeof written === 'string' && new RegExp(`^0x[0-9a-fA-F]{${digits}}$`).test(written);
  // Zero is what sysfs says of a port that is not configured; a LUN may well be zero.
  if (sound && (kind !== 'wwpn-malformed' || BigInt(written) !== 0n)) return BigInt(written);
  at.report({
    kind,
    place: at.place(...path),
    key: at.key(...path),
    found: at.number(...path) ?? showFound(written),
    digits,
  });
  return 0n;
}

function recordOf(brChr: string, at: At): IplRecord {
  if (brChr === 'auto') return { cylinder: 0, head: 0, record: 0 };
  const [cylinder = 0, head = 0, record = 0] = brChr.split(',').map(Number);
  if (cylinder > 0xffff || head > 0xff || record > 0xff)
    at.report({
      kind: 'boot-record-outside',
      place: at.place('eckd', 'brChr'),
      key: at.key('eckd', 'brChr'),
      found: brChr,
    });
  return { cylinder: cylinder & 0xffff, head: head & 0xff, record: record & 0xff };
}

function checkText(
  value: string | undefined,
  at: At,
  key: string,
  rule: { readonly maximum: number; readonly pattern: RegExp; readonly allowed: string },
): void {
  if (value === undefined) return;
  const about = { place: at.place(key), key: at.key(key) };
  if (value.length > rule.maximum)
    at.report({ kind: 'text-too-long', ...about, length: value.length, maximum: rule.maximum });
  else if (!rule.pattern.test(value))
    at.report({
      kind: 'text-characters',
      ...about,
      found: showFound(value),
      allowed: rule.allowed,
    });
}
