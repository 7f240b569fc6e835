/**
 * That purgatory will check, after the panic, every byte that the capture kernel believes, against what was
 * sealed here. docs/format.md, "Rules of a seal". This code is the tool's own, as loader/bundle/purgatory_rules.c is the
 * loader's; both look in one order, so that the first fault here is the one that the loader names.
 */
import { nameOf, unknownBits } from '../format/code-table.ts';
import { partsDigest } from '../format/parts-digest.ts';
import {
  consoles,
  iplFlags,
  policySteps,
  purgatoryHead,
  purgatoryHeadSize,
  purgatoryLiveStart,
  purgatoryMagic,
  purgatoryMaxRegions,
  purgatoryMaxSteps,
  purgatoryVersion,
  regionFlags,
  stepFlags,
  stepsWithRegion,
} from '../format/purgatory-layout.ts';
import { type RawPage, readPage, regionPlace, staticDigestOf } from '../format/purgatory-page.ts';
import type { SealFault } from '../format/seal-faults.ts';
import type { SealFaultFound } from '../problem/seal-problem.ts';
import { partOf } from '../units/bytes.ts';
import { digestOf } from '../units/units.ts';
import { type Bundle, loadedBytes } from './bundle.ts';
import type { Seal, SealedLive, SealedSegment } from './seal-codec.ts';

type Say = (fault: SealFault, index?: number, found?: SealFaultFound['found']) => void;

type Region = RawPage['regions'][number] & {
  /** The live value that gives it its address: so much after the start of a segment. */
  readonly address: SealedLive | undefined;
};

type Purgatory = {
  readonly seal: Seal;
  readonly bundle: Pick<Bundle, 'members'>;
  /** Index of its segment. */
  readonly own: number;
  readonly segment: SealedSegment;
  readonly page: RawPage;
};

/** Every fault; none for a good one. Before: the members are those of the seal. */
export function checkPurgatory(
  seal: Seal,
  bundle: Pick<Bundle, 'members'>,
): readonly SealFaultFound[] {
  const faults: SealFaultFound[] = [];
  const say: Say = (fault, index, found = {}) =>
    faults.push({ fault, found, ...(index === undefined ? {} : { index }) });
  const own = seal.entry.segment;
  const segment = seal.segments[own];
  if (segment === undefined || segment.kind !== 'purgatory') {
    say('purgatory-entered');
    return faults;
  }
  const image = loadedBytes(bundle, segment);
  const page = readPage(image);
  if (!page.ok) {
    say('purgatory-page');
    return faults;
  }
  const it: Purgatory = { seal, bundle, own, segment, page: page.value };
  checkPage(it, image, say);
  // Of a page that is of another form nothing more can be said.
  if (faults.length > 0) return faults;
  const regions = regionsOf(it);
  checkSteps(it, regions, say);
  for (const [index, region] of regions.entries()) checkRegion(it, region, index, say);
  checkLive(it, regions, say);
  checkCoverage(it, regions, say);
  return faults;
}

const same = (a: Uint8Array, b: Uint8Array): boolean => Buffer.compare(a, b) === 0;

function checkPage(it: Purgatory, image: Uint8Array, say: Say): void {
  const { seal, segment } = it;
  const page = it.page.head;
  const { machine, entryOffset, codeOffset, codeSize, imageSize, memorySize } = page;
  if (!same(page.magic, purgatoryMagic)) say('purgatory-magic');
  if (page.version !== purgatoryVersion)
    say('purgatory-version', undefined, { version: page.version });
  if (machine !== seal.machine)
    say('purgatory-machine', undefined, { machine, sealed: seal.machine });
  if (
    BigInt(imageSize) !== segment.bufsz ||
    BigInt(memorySize) > segment.memsz ||
    BigInt(entryOffset) !== seal.entry.offset ||
    codeOffset < purgatoryHeadSize ||
    codeOffset + codeSize > imageSize ||
    entryOffset < codeOffset ||
    entryOffset >= codeOffset + codeSize
  )
    say('purgatory-sizes', undefined, { entryOffset, codeOffset, codeSize, imageSize, memorySize });
  if (page.stepCount > purgatoryMaxSteps)
    say('purgatory-step-count', undefined, { stepCount: page.stepCount });
  if (page.regionCount === 0 || page.regionCount > purgatoryMaxRegions)
    say('purgatory-region-count', undefined, { regionCount: page.regionCount });
  if (!same(page.staticDigest, staticDigestOf(image))) say('purgatory-static-digest');
  if (nameOf(consoles, page.consoleKind) === undefined)
    say('purgatory-console', undefined, { consoleKind: page.consoleKind });
}

/** A number of 64 bits in the page, as it is. */
const isWord = ({ form, width, arg0 }: SealedLive): boolean =>
  form === 'little' && width === 8 && arg0 === 0n;

/** The live value that gives region `index` of the purgatory in segment `own` its address. */
export const regionAddress = (seal: Seal, own: number, index: number): SealedLive | undefined =>
  seal.live.find(
    (live) =>
      live.segment === own &&
      live.source === 'segmentAddress' &&
      live.offset === regionPlace(index, 'start') &&
      isWord(live),
  );

const regionsOf = ({ seal, own, page }: Purgatory): readonly Region[] =>
  page.regions.map((region, index) => ({ ...region, address: regionAddress(seal, own, index) }));

const isLive = ({ flags }: Region): boolean => (flags & regionFlags.live.code) !== 0;
const isPolicy = ({ flags }: Region): boolean => (flags & regionFlags.policy.code) !== 0;

const needsRegion: ReadonlySet<number> = new Set(
  stepsWithRegion.map((name) => policySteps[name].code),
);

function checkSteps({ seal, page }: Purgatory, regions: readonly Region[], say: Say): void {
  for (const [index, { kind, flags, arg0, arg2 }] of page.steps.entries()) {
    if (nameOf(policySteps, kind) === undefined || unknownBits(stepFlags, flags) !== 0)
      say('step-unknown', index, { kind, flags });
    if (!needsRegion.has(kind)) continue;
    const region = regions[Number(arg0)];
    if (region === undefined || !isPolicy(region)) say('step-region', index, { region: arg0 });
    if (
      kind === policySteps.ipl.code &&
      (arg2 & BigInt(iplFlags.testing.code)) !== 0n &&
      !seal.flags.includes('testing')
    )
      say('step-testing', index);
  }
}

/** It takes the digest of just the bytes of this region. */
const takes = (live: SealedLive, region: Region, index: number): boolean =>
  live.source === 'digest' &&
  live.offset === regionPlace(index, 'digest') &&
  live.about === region.address?.about &&
  live.arg0 === region.address.addend &&
  live.arg1 === region.size;

/** The bytes that a live value writes; the count of a memory map is a second place. */
const placesOf = ({ source, offset, size, arg0 }: SealedLive): readonly [bigint, bigint][] => [
  [offset, offset + size],
  ...(source === 'e820' ? [[arg0, arg0 + 1n] as [bigint, bigint]] : []),
];

function checkRegion(
  { seal, bundle, own }: Purgatory,
  region: Region,
  index: number,
  say: Say,
): void {
  const no = (fault: SealFault, found?: SealFaultFound['found']): void => say(fault, index, found);
  const { flags, size, address } = region;
  if (!region.formed) no('region-reserved');
  if ((flags & ~(regionFlags.live.code | regionFlags.policy.code)) !== 0)
    no('region-flags', { flags });
  const segment = seal.segments[address?.about ?? seal.segments.length];
  if (address === undefined || segment === undefined) {
    no('region-address');
    return;
  }
  const start = address.addend;
  const end = start + size;
  if (size === 0n || end > segment.bufsz) {
    no('region-outside', { start, size, bufsz: segment.bufsz });
    return;
  }
  if (isPolicy(region) && address.about !== own) no('region-policy', { segment: address.about });
  if (isLive(region)) {
    if (!seal.live.some((live) => live.segment === own && takes(live, region, index)))
      no('region-not-taken', { start, size });
    return;
  }
  const found = partsDigest(partOf(loadedBytes(bundle, segment), Number(start), Number(end)));
  if (found !== digestOf(region.digest))
    no('region-digest', { digest: digestOf(region.digest), bytes: found });
  const written = seal.live.find(
    (live) =>
      live.segment === address.about && placesOf(live).some(([a, b]) => a < end && start < b),
  );
  if (written !== undefined) no('region-written', { liveValue: seal.live.indexOf(written) });
}

/** Over the live part, as the last of all. */
const isPageDigest = (live: SealedLive, own: number): boolean =>
  live.source === 'digest' &&
  live.offset === BigInt(purgatoryHead.fields.liveDigest.offset) &&
  live.about === own &&
  live.arg0 === BigInt(purgatoryLiveStart) &&
  live.arg1 === BigInt(purgatoryHeadSize - purgatoryLiveStart);

/** Over what the loader wrote of the firmware. */
const isFirmwareDigest = (live: SealedLive, own: number): boolean =>
  live.source === 'digest' &&
  live.offset === BigInt(firmwareDigest.offset) &&
  live.about === own &&
  live.arg0 === BigInt(firmware.offset) &&
  live.arg1 === BigInt(firmware.size);

const {
  cpuFeatures,
  kernelEntry,
  kernelArgument,
  crashStart,
  crashSize,
  backupStart,
  firmware,
  firmwareDigest,
} = purgatoryHead.fields;

/** What the first page takes, and where. */
function belongs(live: SealedLive, it: Purgatory, regions: readonly Region[]): boolean {
  const { seal, own } = it;
  const is = ({ offset }: { readonly offset: number }): boolean =>
    live.offset === BigInt(offset) && isWord(live);
  switch (live.source) {
    case 'cpuFeatures':
      return is(cpuFeatures) && live.addend === 0n;
    case 'crashStart':
      return is(crashStart) && live.addend === 0n;
    case 'crashSize':
      return is(crashSize) && live.addend === 0n;
    case 'segmentAddress':
      return (
        is(kernelArgument) ||
        (is(backupStart) && live.addend === 0n && isBackup(live, it)) ||
        isKernelEntry(live, seal) ||
        regions.some(({ address }) => address === live)
      );
    case 'firmware':
      return live.offset === BigInt(firmware.offset) && live.size === BigInt(firmware.size);
    case 'hotplug':
      return regions.some(
        ({ address }, index) =>
          live.form === 'little' &&
          live.width === 1 &&
          live.addend === 0n &&
          live.arg0 === 0n &&
          live.offset === regionPlace(index, 'flags') + 1n &&
          seal.segments[address?.about ?? seal.segments.length]?.kind === 'elfcorehdr',
      );
    case 'digest':
      return (
        isPageDigest(live, own) ||
        isFirmwareDigest(live, own) ||
        regions.some((region, index) => isLive(region) && takes(live, region, index))
      );
    default:
      return false;
  }
}

/** Of just the bytes that are copied. */
const isBackup = (live: SealedLive, { seal, page }: Purgatory): boolean => {
  const about = seal.segments[live.about];
  return about?.kind === 'backup' && about.memsz === BigInt(page.head.backupSize);
};

const isKernelEntry = (live: SealedLive, seal: Seal): boolean => {
  const about = seal.segments[live.about];
  return (
    live.source === 'segmentAddress' &&
    live.offset === BigInt(kernelEntry.offset) &&
    isWord(live) &&
    about?.kind === 'kernel' &&
    live.addend < about.bufsz
  );
};

function checkLive(it: Purgatory, regions: readonly Region[], say: Say): void {
  const { seal, own } = it;
  const { codeOffset, codeSize } = it.page.head;
  const mine = seal.live.filter(({ segment }) => segment === own);
  const inPage = (live: SealedLive): boolean =>
    placesOf(live).some(([start]) => start < BigInt(purgatoryHeadSize));
  for (const [index, live] of seal.live.entries())
    if (live.segment === own && inPage(live) && !belongs(live, it, regions))
      say('live-in-page', index, { offset: live.offset });
  if (!mine.some((live) => isPageDigest(live, own))) say('purgatory-live-digest');
  if (!mine.some((live) => isKernelEntry(live, seal))) say('purgatory-kernel-entry');
  const [code] = regions;
  if (
    code?.address?.about !== own ||
    code.address.addend !== BigInt(codeOffset) ||
    code.size !== BigInt(codeSize) ||
    code.flags !== 0
  )
    say('purgatory-code', undefined, { start: codeOffset, size: codeSize });
}

/** The capture kernel believes every byte of every segment but purgatory's own, and what that copies itself. */
function checkCoverage({ seal, own }: Purgatory, regions: readonly Region[], say: Say): void {
  for (const [index, { kind, bufsz }] of seal.segments.entries()) {
    if (index === own || kind === 'backup') continue;
    const checked = regions
      .filter((region) => !isPolicy(region) && region.address?.about === index)
      .map(({ address, size }) => ({ start: address?.addend ?? 0n, size }))
      .sort((a, b) => (a.start < b.start ? -1 : 1));
    let covered = 0n;
    for (const { start, size } of checked)
      if (start <= covered && start + size > covered) covered = start + size;
    if (covered < bufsz) say('segment-uncovered', index, { from: covered, bufsz });
  }
}
