/**
 * Purgatory's first page as plain values, and back: the one codec of it. docs/format.md, "Purgatory".
 * What the loader fills (addresses, digests of what it filled) is zero here.
 */
import { sha256Bytes } from '../units/sha256.ts';
import { bitsOf, flagsOf, nameOf, unknownBits } from './code-table.ts';
import { type Decoded, decode, encode, type Layout, patch, read as readFields } from './layout.ts';
import {
  consoles,
  type PurgatoryHead,
  type PurgatoryRegion,
  type PurgatoryStep,
  policySteps,
  purgatoryHead,
  purgatoryLiveStart,
  purgatoryMagic,
  purgatoryMaxRegions,
  purgatoryMaxSteps,
  purgatoryRegion,
  purgatoryStaticStart,
  purgatoryStep,
  purgatoryVersion,
  regionFlags,
  stepFlags,
} from './purgatory-layout.ts';

export type PageStep = {
  readonly kind: keyof typeof policySteps;
  readonly flags: readonly (keyof typeof stepFlags)[];
  readonly args: readonly [bigint, bigint, bigint];
};
export type PageRegion = {
  readonly name: string;
  readonly flags: readonly (keyof typeof regionFlags)[];
  readonly size: bigint;
  /** Zeros where the loader takes it. */
  readonly digest: Uint8Array;
};
type Derived =
  | 'magic'
  | 'version'
  | 'staticDigest'
  | 'stepCount'
  | 'steps'
  | 'regionCount'
  | 'regions';
/** The head's own numbers, and what its tables hold. */
export type PurgatoryPage = {
  readonly head: Omit<PurgatoryHead, Derived>;
  readonly steps: readonly PageStep[];
  readonly regions: readonly PageRegion[];
};

/** The page, with the digest of its static part. Throws where more is given than the page has room for. */
export function encodePage({ head, steps, regions }: PurgatoryPage): Uint8Array {
  const page = encode(purgatoryHead, {
    ...head,
    magic: purgatoryMagic,
    version: purgatoryVersion,
    staticDigest: new Uint8Array(32),
    profile: head.profile.slice(0, purgatoryHead.fields.profile.size - 1),
    stepCount: steps.length,
    steps: table(steps.map(stepBytes), purgatoryMaxSteps * purgatoryStep.size),
    regionCount: regions.length,
    regions: table(regions.map(regionBytes), purgatoryMaxRegions * purgatoryRegion.size),
  });
  patch(purgatoryHead, page, 0, 'staticDigest', staticDigestOf(page));
  return page;
}

/** What the page should state of its static part. */
export const staticDigestOf = (image: Uint8Array): Uint8Array =>
  sha256Bytes(image.subarray(purgatoryStaticStart, purgatoryLiveStart));

const stepBytes = ({ kind, flags, args: [arg0, arg1, arg2] }: PageStep): Uint8Array =>
  encode(purgatoryStep, {
    kind: policySteps[kind].code,
    flags: bitsOf(stepFlags, flags),
    arg0,
    arg1,
    arg2,
  });

const regionBytes = ({ name, flags, size, digest }: PageRegion): Uint8Array =>
  encode(purgatoryRegion, {
    name: name.slice(0, purgatoryRegion.fields.name.size - 1),
    flags: bitsOf(regionFlags, flags),
    start: 0n,
    size,
    digest,
  });

function table(entries: readonly Uint8Array[], size: number): Uint8Array {
  const out = new Uint8Array(size);
  let at = 0;
  for (const entry of entries) {
    out.set(entry, at);
    at += entry.length;
  }
  return out;
}

/** The page as its numbers, with no more said of them than that they are there. */
export type RawPage = {
  readonly head: Omit<PurgatoryHead, 'steps' | 'regions'>;
  /** As many as are counted, and as there is room for. */
  readonly steps: readonly PurgatoryStep[];
  readonly regions: readonly (PurgatoryRegion & {
    /** Its name is ended, and what is reserved in it is zero. */
    readonly formed: boolean;
  })[];
};

/** For who judges them one by one; {@link decodePage} gives only what makes sense. */
export function readPage(image: Uint8Array): Decoded<RawPage> {
  const read = decode(purgatoryHead, image);
  if (!read.ok) return read;
  const { steps, regions, ...head } = read.value;
  return {
    ok: true,
    value: {
      head,
      steps: placesIn(purgatoryStep, head.stepCount, purgatoryMaxSteps).map((at) =>
        readFields(purgatoryStep, steps, at),
      ),
      regions: placesIn(purgatoryRegion, head.regionCount, purgatoryMaxRegions).map((at) => ({
        ...readFields(purgatoryRegion, regions, at),
        formed: decode(purgatoryRegion, regions, at).ok,
      })),
    },
  };
}

const placesIn = ({ size }: Layout, count: number, most: number): readonly number[] =>
  Array.from({ length: Math.min(count, most) }, (_, index) => index * size);

export type DecodedPage =
  | { readonly ok: true; readonly value: PurgatoryPage }
  /** Which part of the page is wrong. */
  | { readonly ok: false; readonly what: string };

/** `sealed`: told what to do; an image as it was built has no digest of its static part yet. */
export function decodePage(image: Uint8Array, state: 'built' | 'sealed'): DecodedPage {
  const no = (what: string): DecodedPage => ({ ok: false, what });
  const read = readPage(image);
  if (!read.ok) return no(`layout (${read.why.fault})`);
  const { magic, version, staticDigest, stepCount, regionCount, ...head } = read.value.head;
  if (Buffer.compare(magic, purgatoryMagic) !== 0) return no('magic');
  if (version !== purgatoryVersion) return no('version');
  if (stepCount > purgatoryMaxSteps) return no('stepCount');
  if (regionCount > purgatoryMaxRegions) return no('regionCount');
  if (state === 'sealed' && Buffer.compare(staticDigest, staticDigestOf(image)) !== 0)
    return no('staticDigest');
  if (nameOf(consoles, head.consoleKind) === undefined) return no('consoleKind');
  const steps: PageStep[] = [];
  for (const [index, { kind: code, flags, arg0, arg1, arg2 }] of read.value.steps.entries()) {
    const kind = nameOf(policySteps, code);
    if (kind === undefined || unknownBits(stepFlags, flags) !== 0) return no(`step ${index}`);
    const args = [arg0, arg1, arg2] as const;
    steps.push({ kind: kind as PageStep['kind'], flags: flagsOf(stepFlags, flags), args });
  }
  const regions: PageRegion[] = [];
  for (const [index, { formed, name, flags, size, digest }] of read.value.regions.entries()) {
    if (!formed || unknownBits(regionFlags, flags) !== 0) return no(`region ${index}`);
    regions.push({ name, flags: flagsOf(regionFlags, flags), size, digest });
  }
  return { ok: true, value: { head, steps, regions } };
}

/** Where in the page a field of a region stands. */
export const regionPlace = (index: number, field: keyof typeof purgatoryRegion.fields): bigint =>
  BigInt(
    purgatoryHead.fields.regions.offset +
      index * purgatoryRegion.size +
      purgatoryRegion.fields[field].offset,
  );
