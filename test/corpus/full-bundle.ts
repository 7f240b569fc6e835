/**
 * A small bundle that uses all that a seal can say: every member, kind of segment, live source, match rule,
 * probe, policy step. What is declared later joins by itself, or has no place here and fails the test of this file.
 */
import { patch } from '../../pipeline/format/layout.ts';
import { limits } from '../../pipeline/format/limits.ts';
import { probeNames } from '../../pipeline/format/probe-layout.ts';
import {
  consoles,
  policySteps,
  purgatoryHead,
  purgatoryHeadSize,
  purgatoryRegion,
  stepsWithRegion,
} from '../../pipeline/format/purgatory-layout.ts';
import { liveSources, matchKinds, type segmentKinds } from '../../pipeline/format/seal-layout.ts';
import { type BundleMember, memberNames } from '../../pipeline/seal/archive.ts';
import type {
  Seal,
  SealedLive,
  SealedMatch,
  SealedProbe,
  SealedSegment,
} from '../../pipeline/seal/seal-codec.ts';
import { pattern, sealedDigests } from '../fixtures/bytes.ts';
import { now } from '../fixtures/now.ts';
import { digestStatic, regionAt, stepTable } from '../fixtures/purgatory-head.ts';
import { additionsOf, everyAddition } from '../fixtures/sample-tree.ts';
import { sealedDigest, sealedLive, sealedNumber } from '../fixtures/sealed-live.ts';
import { toldPurgatory } from '../fixtures/told-purgatory.ts';
import { elfTemplate } from '../fixtures/x86-64-bundle.ts';

/** A bundle before it is encoded and signed. */
export type Draft = { readonly seal: Seal; readonly members: readonly BundleMember[] };

export type Fullness = {
  /** Room for the device tree, and what is added to it. */
  readonly treeRoom?: number;
  readonly additions?: Uint8Array;
  readonly mapEntries?: number;
  /** Segments that the first part of the initramfs is loaded as. */
  readonly pieces?: number;
  /** They keep their distances. */
  readonly oneGroup?: boolean;
  /** Purgatory's pages before its code; each but the first is a block that steps of the policy may need. */
  readonly headPages?: number;
};

const page = 4096n;
export const additions = additionsOf(everyAddition);

/** Where in boot_params things stand; the numbers have the most room. */
const place = {
  map: 0x2d0,
  numbers: 0xe00,
  tables: 0x1000,
  free: 0x1400,
  text: 0x1800,
  end: 0x1c00,
};
const mapCount = 0x1e8n;
export const freeBytes = { start: place.free, end: place.text } as const;

const usualHeadPages = 2;

function bytesOf(name: string, full: Fullness): Uint8Array {
  const { treeRoom = 0x400, additions: added = additions, headPages = usualHeadPages } = full;
  switch (name) {
    case 'manifest.json':
      return new TextEncoder().encode('{}\n');
    case 'initramfs.local':
      return new Uint8Array(512);
    case 'elfcorehdr':
      return elfTemplate();
    case 'purgatory':
      return pattern(headPages * purgatoryHeadSize + 256, 4).fill(0, 0, purgatoryHeadSize);
    case 'device-tree': {
      const bytes = new Uint8Array(treeRoom + added.length);
      bytes.set(added, treeRoom);
      return bytes;
    }
    case 'boot_params':
      return new Uint8Array(place.end);
    default:
      return pattern(300, name.length);
  }
}

/** A part that no segment is made of. */
const unloaded = 'manifest.json';
const kindOf: Readonly<Record<string, keyof typeof segmentKinds>> = {
  'initramfs.base': 'initramfs',
  'initramfs.overlay': 'initramfs',
  'initramfs.local': 'initramfs',
  'device-tree': 'deviceTree',
  boot_params: 'bootParams',
  efi_memmap: 'efiMemmap',
};

function segmentsOf(
  members: readonly BundleMember[],
  { pieces = 1, oneGroup = false }: Fullness,
): readonly SealedSegment[] {
  let start = 0n;
  return members.flatMap(({ name, bytes }, member) => {
    if (name === unloaded) return [];
    const count = name === 'initramfs.base' ? pieces : 1;
    const share = Math.floor(bytes.length / count);
    return Array.from({ length: count }, (_, index) => {
      const bufsz = BigInt(index < count - 1 ? share : bytes.length - share * (count - 1));
      // Purgatory has a stack, a backup is larger than its first bytes.
      const memsz = (bufsz / page + 2n) * page;
      const segment: SealedSegment = {
        name: count === 1 ? name : `${name}.${index}`,
        kind: kindOf[name] ?? (name as SealedSegment['kind']),
        group: member * 100 + (oneGroup ? 0 : index),
        member,
        bufOffset: BigInt(index * share),
        bufsz,
        memsz,
        align: page,
        place: start,
        minAddress: 0n,
        flags: [],
      };
      start += memsz;
      return segment;
    });
  });
}

/** What a value of this source looks like; those that need no place of their own are made from their declaration. */
function liveOf(
  source: keyof typeof liveSources,
  index: number,
  at: (name: string) => number,
  { treeRoom = 0x400, additions: added = additions, mapEntries = 16 }: Fullness,
): readonly SealedLive[] {
  const { kind, takes } = liveSources[source];
  const [params, purgatory] = [at('boot_params'), at('purgatory')];
  const own = { source, form: 'own' } as const;
  const arguments_ = {
    about: takes.some((field) => field === 'about') ? at('elfcorehdr') : 0,
    text: takes.some((field) => field === 'path') ? 'sys/kernel/sample' : '',
    arg1: takes.some((field) => field === 'arg1') ? 1n : 0n,
  };
  switch (source) {
    case 'elfcorehdr':
      return [
        sealedLive({
          ...own,
          segment: at('elfcorehdr'),
          offset: 0n,
          size: BigInt(elfTemplate().length),
        }),
      ];
    case 'localOverlay':
      return [sealedLive({ ...own, segment: at('initramfs.local'), offset: 0n, size: 512n })];
    case 'e820':
      return [
        sealedLive({
          ...own,
          segment: params,
          about: at('elfcorehdr'),
          offset: BigInt(place.map),
          size: BigInt(mapEntries * limits.sealE820EntryBytes.value),
          arg0: mapCount,
        }),
      ];
    case 'deviceTree':
      return [
        sealedLive({
          ...own,
          segment: at('device-tree'),
          offset: 0n,
          size: BigInt(treeRoom),
          arg0: BigInt(treeRoom),
          arg1: BigInt(added.length),
        }),
      ];
    case 'firmware': {
      const { offset, size } = purgatoryHead.fields.firmware;
      return [
        sealedLive({ ...own, segment: purgatory, offset: BigInt(offset), size: BigInt(size) }),
      ];
    }
    case 'loadedSegments':
      return [
        sealedLive({
          ...own,
          segment: at('efi_memmap'),
          offset: 0n,
          size: BigInt(16 * limits.sealSegmentsMax.value),
        }),
      ];
    case 'hotplug': {
      const flag = regionAt(1 + at('elfcorehdr')) + purgatoryRegion.fields.flags.offset + 1;
      return [sealedNumber(source, purgatory, flag, 1, { about: at('elfcorehdr') })];
    }
    case 'digest':
      // Purgatory is told these.
      return [];
    default: {
      const room = {
        segment: params,
        offset: BigInt(place.text),
        size: BigInt(place.end - place.text),
      };
      if (kind === 'text') return [sealedLive({ ...own, ...arguments_, ...room })];
      if (kind !== 'number')
        return [
          sealedLive({
            ...own,
            ...arguments_,
            segment: params,
            offset: BigInt(place.tables + 32 * index),
            size: source === 'efiMemmapSize' ? 8n : 32n,
          }),
        ];
      const width = ([1, 2, 4, 8] as const)[index % 4] ?? 8;
      return [
        sealedNumber(source, params, place.numbers + 8 * index, width, {
          ...arguments_,
          form: index % 3 === 0 ? 'big' : 'little',
        }),
      ];
    }
  }
}

const turns = ['number', 'table', 'text', 'tree', 'digest'];

function livesOf(at: (name: string) => number, full: Fullness): readonly SealedLive[] {
  const sources = Object.keys(liveSources) as (keyof typeof liveSources)[];
  const [params, purgatory] = [at('boot_params'), at('purgatory')];
  const words = {
    segment: params,
    offset: BigInt(place.text),
    size: BigInt(place.end - place.text),
  };
  const { cpuFeatures, kernelEntry, kernelArgument, crashStart, crashSize, backupStart } =
    purgatoryHead.fields;
  const lives = [
    sealedNumber('cpuFeatures', purgatory, cpuFeatures.offset, 8, { arg1: 1n }),
    sealedNumber('segmentAddress', purgatory, kernelEntry.offset, 8, {
      about: at('kernel'),
      addend: 16n,
    }),
    sealedNumber('segmentAddress', purgatory, kernelArgument.offset, 8, { about: params }),
    sealedNumber('crashStart', purgatory, crashStart.offset, 8),
    sealedNumber('crashSize', purgatory, crashSize.offset, 8),
    sealedNumber('segmentAddress', purgatory, backupStart.offset, 8, { about: at('backup') }),
    ...sources.flatMap((source, index) => liveOf(source, index, at, full)),
    sealedLive({
      source: 'segmentAddress',
      form: 'textHex',
      about: at('elfcorehdr'),
      ...words,
      words: ' elfcorehdr=0x',
    }),
    sealedLive({ source: 'crashSize', form: 'textKib', ...words, words: ' sample=' }),
  ];
  const turnOf = ({ source, form }: SealedLive): number =>
    turns.indexOf(form.startsWith('text') ? 'text' : liveSources[source].kind);
  return lives.toSorted((a, b) => turnOf(a) - turnOf(b));
}

const match = Object.entries(matchKinds).map(([kind, { takes }]): SealedMatch => {
  const has = (field: string): boolean => takes.some((one) => one === field);
  return {
    kind: kind as SealedMatch['kind'],
    path: has('path') ? 'sys/class/sample' : '',
    value: has('value') ? '0.0.0150' : '',
  };
});

const probes = Object.entries(probeNames).map(([by, { code }], index): SealedProbe => {
  const device = code < probeNames.mac.code;
  return {
    kind: device ? 'device' : 'interface',
    target: 1 + (index % 2),
    by: by as SealedProbe['by'],
    flags: device ? ['removable', 'overwritten'] : ['oneOf'],
    minimum: device ? 4096n : 0n,
    value: 'sample',
    type: by === 'fsUuid' ? 'ext4' : '',
  };
});

/** What a policy asks for, with the page before the code as the block that some steps need. */
function withPolicy({ seal, members }: Draft): Draft {
  const own = seal.entry.segment;
  const block = BigInt(seal.segments.length);
  const kinds = (Object.keys(policySteps) as (keyof typeof policySteps)[]).filter(
    (kind) => seal.entry.offset > page || !stepsWithRegion.includes(kind),
  );
  const backup = seal.segments.find(({ kind }) => kind === 'backup');
  const firmware = purgatoryHead.fields.firmwareDigest.offset;
  return retold(
    {
      members,
      seal: {
        ...seal,
        live: [
          ...seal.live.slice(0, -1),
          sealedDigest(
            own,
            firmware,
            own,
            purgatoryHead.fields.firmware.offset,
            purgatoryHead.fields.firmware.size,
          ),
          ...seal.live.slice(-1),
        ],
      },
    },
    (image) => {
      patch(purgatoryHead, image, 0, 'backupSize', Number(backup?.memsz ?? 0n));
      patch(purgatoryHead, image, 0, 'consoleKind', consoles.pl011.code);
      patch(purgatoryHead, image, 0, 'stepCount', kinds.length);
      const steps = kinds.map((kind) => ({
        kind: policySteps[kind].code,
        flags: 3,
        arg0: stepsWithRegion.includes(kind) ? block : 0n,
        arg1: 0n,
        arg2: kind === 'ipl' ? 3n : 0n,
      }));
      patch(purgatoryHead, image, 0, 'steps', stepTable(steps));
      digestStatic(image);
    },
  );
}

/** With purgatory's member changed, and with the digests that a signer would have taken of it. */
export function retold({ seal, members }: Draft, change: (image: Uint8Array) => void): Draft {
  const changed = members.map((member) => {
    if (member.name !== 'purgatory') return member;
    const image = Uint8Array.from(member.bytes);
    change(image);
    return { ...member, bytes: image };
  });
  return { seal: withDigests(seal, changed), members: changed };
}

/** Of a member that the seal does not list, or lists by another name, nothing. */
export function withDigests(seal: Seal, members: readonly BundleMember[]): Seal {
  return {
    ...seal,
    members: seal.members.map((sealed) => {
      const member = members.find(({ name }) => name === sealed.name);
      return member === undefined
        ? sealed
        : { ...sealed, size: BigInt(member.bytes.length), ...sealedDigests(member.bytes) };
    }),
  };
}

/** Before purgatory is told what to check. */
export function fullDraft(full: Fullness = {}): Draft {
  const members = memberNames
    .filter((name) => !name.startsWith('seal.'))
    .map((name): BundleMember => ({ name, bytes: bytesOf(name, full) }));
  const segments = segmentsOf(members, full);
  const at = (name: string): number =>
    segments.findIndex(({ member }) => members[member]?.name === name);
  const last = segments.at(-1);
  return {
    members,
    seal: withDigests(
      {
        profile: 'full',
        release: '6.12.0-test',
        buildId: pattern(20, 1),
        markerName: '00112233445566778899aabbccddeeff',
        machine: 62,
        byteOrder: 'little',
        backend: 'auto',
        flags: ['localOverlay', 'testing', 'hotplug'],
        epoch: 3n,
        notBefore: now - 1000,
        notAfter: now + 100_000,
        crashSize: (last?.place ?? 0n) + (last?.memsz ?? 0n),
        maxCpus: 4,
        maxRanges: 8,
        entry: {
          segment: at('purgatory'),
          offset: BigInt((full.headPages ?? usualHeadPages) * purgatoryHeadSize),
        },
        commandLine: 'console=ttyS0',
        members: members.map(({ name }) => ({
          name,
          size: 0n,
          ...sealedDigests(new Uint8Array()),
        })),
        segments,
        live: livesOf(at, full),
        match,
        targetCount: 2,
        probes,
      },
      members,
    ),
  };
}

export const told = ({ seal, members }: Draft): Draft => withPolicy(toldPurgatory(seal, members));
