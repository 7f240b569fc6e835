/** An s390x machine as files, and a small bundle for one: what sysfs says of disks becomes an IPL parameter block. */
import { createHash } from 'node:crypto';
import { purgatoryLiveStart } from '../../pipeline/format/purgatory-layout.ts';
import type { BundleMember, MemberName } from '../../pipeline/seal/archive.ts';
import type {
  Seal,
  SealedLive,
  SealedMatch,
  SealedSegment,
} from '../../pipeline/seal/seal-codec.ts';
import { digestOf } from '../../pipeline/units/units.ts';
import { now } from '../sign/fixtures.ts';
import { elfTemplate, sealedLive, sealedNumber } from './sample-bundle.ts';
import type { MachineFiles } from './sample-machine.ts';

/** A guest of 768 MiB with crashkernel=192M: the region is no child of System RAM. */
export const s390xIomem = `00000000-23ffffff : System RAM
  00100000-00a3ffff : Kernel code
  00a40000-00ffffff : Kernel data
24000000-2fffffff : Crash kernel
`;
export const s390xCrash = { start: 0x2400_0000n, size: 0xc00_0000n };

export const s390xMachine: MachineFiles = {
  'proc/iomem': s390xIomem,
  'proc/meminfo': 'MemTotal:         560000 kB\n',
  'proc/cpuinfo':
    'vendor_id       : IBM/S390\n# processors    : 2\nbogomips per cpu: 13370.00\n' +
    'max thread id   : 0\nfeatures\t: esan3 zarch stfle msa ldisp eimm etf3eh highgprs \n',
  'proc/sys/kernel/osrelease': '6.12.0-sample\n',
  'sys/kernel/kexec_crash_loaded': '0\n',
  'sys/bus/ccw/devices/0.0.0200/online': '1\n',
  'sys/bus/ccw/devices/0.2.beef/online': '1\n',
  'sys/bus/ccw/devices/0.0.1900/online': '1\n',
  'sys/bus/ccw/devices/0.0.0300/online': '0\n',
  'sys/firmware/dump/dump_type': 'fcp\n',
  'sys/firmware/dump/ccw/device': '0.2.beef\n',
  'sys/firmware/dump/fcp/device': '0.0.1900\n',
  'sys/firmware/dump/fcp/wwpn': '0x500507630300c562\n',
  'sys/firmware/dump/fcp/lun': '0x4010401100000000\n',
  'sys/firmware/dump/fcp/bootprog': '3\n',
  'sys/firmware/dump/fcp/br_lba': '2048\n',
  'sys/firmware/reipl/ccw/device': '0.0.0200\n',
  'sys/firmware/reipl/fcp/device': '0.0.1900\n',
  'sys/firmware/reipl/fcp/wwpn': '0x5005076303000104\n',
  'sys/firmware/reipl/fcp/lun': '0x4011400c00000000\n',
  'sys/firmware/reipl/fcp/bootprog': '0\n',
  'sys/firmware/reipl/fcp/br_lba': '0\n',
  'sys/bus/scsi/devices/0:0:3:1074872336/hba_id': '0.0.1900\n',
  'sys/bus/scsi/devices/0:0:3:1074872336/wwpn': '0x50050763030b0562\n',
  'sys/bus/scsi/devices/0:0:3:1074872336/fcp_lun': '0x4010401100000001\n',
};
export const scsiDevice = 'sys/bus/scsi/devices/0:0:3:1074872336';

/** What an old kernel, which still takes a header, leaves for it. */
export const s390xNotes: MachineFiles = {
  'sys/kernel/vmcoreinfo': '0x0000000001234000 1024\n',
  'sys/devices/system/cpu/possible': '0-1\n',
  'sys/devices/system/cpu/present': '0-1\n',
  'sys/devices/system/cpu/cpu0/crash_notes': '1f63d800\n',
  'sys/devices/system/cpu/cpu0/crash_notes_size': '368\n',
  'sys/devices/system/cpu/cpu1/crash_notes': '1f73d800\n',
  'sys/devices/system/cpu/cpu1/crash_notes_size': '368\n',
};

type FcpFields = {
  readonly device: bigint;
  readonly wwpn: bigint;
  readonly lun: bigint;
  readonly bootprog?: bigint;
  readonly brLba?: bigint;
};

/**
 * An FCP dump block by the offsets of arch/s390/include/uapi/asm/ipl.h, in a page: length 0x284, version 0,
 * block 0 of length 0x27c and type 0, opt 0x20 at 0x148, devno at 0x14e, wwpn at 0x154, lun at 0x15c.
 */
export function fcpBlock({ device, wwpn, lun, bootprog = 0n, brLba = 0n }: FcpFields): Buffer {
  const page = Buffer.alloc(4096);
  page.writeUInt32BE(0x284, 0);
  page.writeUInt32BE(0x27c, 8);
  page.writeUInt8(0, 0xc);
  page.writeUInt8(0x20, 0x148);
  page.writeUInt16BE(Number(device), 0x14e);
  page.writeBigUInt64BE(wwpn, 0x154);
  page.writeBigUInt64BE(lun, 0x15c);
  page.writeUInt32BE(Number(bootprog), 0x164);
  page.writeBigUInt64BE(brLba, 0x174);
  return page;
}

/** A CCW block: length 0xc8, block 0 of length 0xc0 and type 2, ssid at 0x6d, devno at 0x6e. */
export function ccwBlock(ssid: number, devno: number): Buffer {
  const page = Buffer.alloc(4096);
  page.writeUInt32BE(0xc8, 0);
  page.writeUInt32BE(0xc0, 8);
  page.writeUInt8(2, 0xc);
  page.writeUInt8(ssid, 0x6d);
  page.writeUInt16BE(devno, 0x6e);
  return page;
}

const at = { kernel: 0, base: 1, purgatory: 2, elfcorehdr: 3 } as const;
/** The purgatory image of this sample: head, block, code. */
export const blockAt = 0x1000;
export const parameterArea = 0x400;
const lineAt = 0x480;
const lineSize = 896;
export const s390xLine = 'console=ttysclp0 nr_cpus=1';

const big = (
  source: SealedLive['source'],
  segment: number,
  offset: number,
  width: 1 | 2 | 4 | 8,
  rest: Partial<SealedLive> = {},
): SealedLive => sealedNumber(source, segment, offset, width, { form: 'big', ...rest });

const inBlock = (
  source: SealedLive['source'],
  text: string,
  offset: number,
  width: 1 | 2 | 4 | 8,
  arg0 = 0n,
): SealedLive => big(source, at.purgatory, blockAt + offset, width, { text, arg0 });

/** Live values of an FCP block from `sys/firmware/dump` or `reipl`. */
export const fromFirmware = (folder: string): readonly SealedLive[] => [
  inBlock('fileBusId', `${folder}/device`, 0x14e, 2),
  { ...inBlock('fileHex', `${folder}/wwpn`, 0x154, 8), arg1: 1n },
  inBlock('fileHex', `${folder}/lun`, 0x15c, 8),
  inBlock('fileDecimal', `${folder}/bootprog`, 0x164, 4),
  inBlock('fileDecimal', `${folder}/br_lba`, 0x174, 8),
];
/** Of an FCP block from a SCSI device. */
export const fromScsi = (folder: string): readonly SealedLive[] => [
  inBlock('fileBusId', `${folder}/hba_id`, 0x14e, 2),
  { ...inBlock('fileHex', `${folder}/wwpn`, 0x154, 8), arg1: 1n },
  inBlock('fileHex', `${folder}/fcp_lun`, 0x15c, 8),
];
export const fromCcw = (file: string): readonly SealedLive[] => [
  inBlock('fileBusId', file, 0x6d, 1, 16n),
  inBlock('fileBusId', file, 0x6e, 2),
];

type Sample = {
  readonly block?: Uint8Array;
  readonly live?: readonly SealedLive[];
  readonly match?: readonly SealedMatch[];
  readonly elfcorehdr?: boolean;
  readonly seal?: Partial<Seal>;
};

/** A seal and its members: the kernel and purgatory have fixed places, and nothing else must be there. */
export function s390xParts(sample: Sample = {}): {
  readonly seal: Seal;
  readonly members: readonly BundleMember[];
} {
  const kernel = new Uint8Array(0x1_2345).fill(0x5a);
  kernel.fill(0, parameterArea, lineAt + lineSize);
  kernel.set(new TextEncoder().encode(s390xLine), lineAt);
  const purgatory = new Uint8Array(0x2800);
  purgatory.set(sample.block ?? new Uint8Array(4096), blockAt);
  purgatory.fill(0xc3, 0x2000);
  const all: readonly (BundleMember & { readonly segment?: Partial<SealedSegment> })[] = [
    { name: 'manifest.json', bytes: new TextEncoder().encode('{}\n') },
    { name: 'kernel', bytes: kernel, segment: { place: 0x1_0000n, flags: ['fixed'] } },
    {
      name: 'initramfs.base',
      bytes: new Uint8Array(70_001).fill(0x33),
      segment: { kind: 'initramfs', place: 0x80_0000n },
    },
    ...(sample.elfcorehdr === true
      ? [
          {
            name: 'elfcorehdr' as MemberName,
            bytes: elfTemplate(22, 'big'),
            segment: { kind: 'elfcorehdr' as const, place: 0x90_0000n },
          },
        ]
      : []),
    {
      name: 'purgatory',
      bytes: purgatory,
      segment: { kind: 'purgatory', place: 0x2000n, flags: ['fixed'], memsz: 0x8000n },
    },
  ];
  const members: readonly BundleMember[] = all.map(({ name, bytes }) => ({ name, bytes }));
  const segments = all.flatMap(({ name, bytes, segment }, member): SealedSegment[] =>
    segment === undefined
      ? []
      : [
          {
            ...{ name, kind: 'kernel', group: member, member, bufOffset: 0n },
            bufsz: BigInt(bytes.length),
            memsz: BigInt(Math.ceil(bytes.length / 4096) * 4096),
            ...{ align: 4096n, place: 0n, minAddress: 0n, flags: [], ...segment },
          },
        ],
  );
  // The order of the table is that of the archive; live values speak of kinds.
  const order = ['kernel', 'initramfs', 'purgatory', 'elfcorehdr'].map((kind) =>
    segments.findIndex((segment) => segment.kind === kind),
  );
  const index = (which: number): number => order[which] ?? 0;
  const line = { offset: BigInt(lineAt), size: BigInt(lineSize) };
  const live: readonly SealedLive[] = [
    big('segmentOffset', at.kernel, 0x408, 8, { about: at.base }),
    big('segmentBufsz', at.kernel, 0x410, 8, { about: at.base }),
    big('crashStart', at.kernel, 0x418, 8),
    big('crashSize', at.kernel, 0x420, 8),
    sealedNumber('cpuFeatures', at.purgatory, 0x300, 8, { arg1: (1n << 64n) - 1n }),
    sealedNumber('segmentAddress', at.purgatory, 0x308, 8, { about: at.kernel, addend: 0x10n }),
    sealedNumber('crashStart', at.purgatory, 0x318, 8),
    sealedNumber('crashSize', at.purgatory, 0x320, 8),
    ...(sample.live ?? []),
    ...(sample.elfcorehdr === true
      ? [
          sealedLive({
            source: 'elfcorehdr',
            form: 'own',
            segment: at.elfcorehdr,
            offset: 0n,
            size: BigInt(elfTemplate(22, 'big').length),
          }),
          // Kernels that take it want the real address, and subtract the crash region's start themselves.
          sealedLive({
            ...{ source: 'segmentBufsz', form: 'textHex', segment: at.kernel, ...line },
            ...{ about: at.elfcorehdr, words: ' elfcorehdr=0x' },
          }),
          sealedLive({
            ...{ source: 'segmentAddress', form: 'textHex', segment: at.kernel, ...line },
            ...{ about: at.elfcorehdr, words: '@0x' },
          }),
        ]
      : []),
    sealedLive({
      source: 'digest',
      form: 'own',
      segment: at.purgatory,
      about: at.purgatory,
      offset: 0x370n,
      size: 32n,
      arg0: BigInt(blockAt),
      arg1: 4096n,
    }),
    sealedLive({
      source: 'digest',
      form: 'own',
      segment: at.purgatory,
      about: at.purgatory,
      offset: 0x28n,
      size: 32n,
      arg0: BigInt(purgatoryLiveStart),
      arg1: 0x1000n - BigInt(purgatoryLiveStart),
    }),
  ].map((one) => ({
    ...one,
    segment: index(one.segment),
    about: ['segmentOffset', 'segmentBufsz', 'segmentAddress', 'digest'].includes(one.source)
      ? index(one.about)
      : 0,
  }));
  const seal: Seal = {
    profile: 'sample-s390x',
    release: undefined,
    buildId: undefined,
    machine: 22,
    byteOrder: 'big',
    backend: 'segments',
    flags: [],
    epoch: 0n,
    notBefore: now - 1000,
    notAfter: now + 100_000,
    crashSize: 0x400_0000n,
    maxCpus: 4,
    maxRanges: 8,
    entry: { segment: index(at.purgatory), offset: 0x1000n },
    commandLine: s390xLine,
    members: members.map(({ name, bytes }) => ({
      name,
      size: BigInt(bytes.length),
      digest: digestOf(createHash('sha256').update(bytes).digest()),
    })),
    segments,
    live,
    match: sample.match ?? [],
    ...sample.seal,
  };
  return { seal, members };
}
