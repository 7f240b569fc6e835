/**
 * Purgatory's first page as plain values, and back: the one codec of it. docs/format.md, "Purgatory".
 * What the loader fills (addresses, digests of what it filled) is zero here.
 */
import { sha256Bytes } from '../units/sha256.ts';
import { type CodeTable, nameOf } from './code-table.ts';
import { decode, encode, patch } from './layout.ts';
import {
  consoles,
  type PurgatoryHead,
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

const staticDigestOf = (image: Uint8Array): Uint8Array =>
  sha256Bytes(image.subarray(purgatoryStaticStart, purgatoryLiveStart));

const bitsOf = (codes: CodeTable, flags: readonly string[]): number =>
  flags.reduce((bits, flag) => bits | (codes[flag]?.code ?? 0), 0);

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

export type DecodedPage =
  | { readonly ok: true; readonly value: PurgatoryPage }
  /** Which part of the page is wrong. */
  | { readonly ok: false; readonly what: string };

/** `sealed`: told what to do; an image as it was built has no digest of its static part yet. */
export function decodePage(image: Uint8Array, state: 'built' | 'sealed'): DecodedPage {
  const no = (what: string): DecodedPage => ({ ok: false, what });
  const read = decode(purgatoryHead, image);
  if (!read.ok) return no(`layout (${read.why.fault})`);
  const { magic, version, staticDigest, stepCount, steps, regionCount, regions, ...head } =
    read.value;
  if (Buffer.compare(magic, purgatoryMagic) !== 0) return no('magic');
  if (version !== purgatoryVersion) return no('version');
  if (stepCount > purgatoryMaxSteps) return no('stepCount');
  if (regionCount > purgatoryMaxRegions) return no('regionCount');
  if (state === 'sealed' && Buffer.compare(staticDigest, staticDigestOf(image)) !== 0)
    return no('staticDigest');
  if (nameOf(consoles, head.consoleKind) === undefined) return no('consoleKind');
  const readSteps: PageStep[] = [];
  for (let index = 0; index < stepCount; index++) {
    const step = decode(purgatoryStep, steps, index * purgatoryStep.size);
    const kind = step.ok ? nameOf(policySteps, step.value.kind) : undefined;
    const flags = step.ok ? flagsOf(stepFlags, step.value.flags) : undefined;
    if (!step.ok || kind === undefined || flags === undefined) return no(`step ${index}`);
    const { arg0, arg1, arg2 } = step.value;
    readSteps.push({ kind: kind as PageStep['kind'], flags, args: [arg0, arg1, arg2] });
  }
  const readRegions: PageRegion[] = [];
  for (let index = 0; index < regionCount; index++) {
    const region = decode(purgatoryRegion, regions, index * purgatoryRegion.size);
    const flags = region.ok ? flagsOf(regionFlags, region.value.flags) : undefined;
    if (!region.ok || flags === undefined) return no(`region ${index}`);
    const { name, size, digest } = region.value;
    readRegions.push({ name, flags, size, digest });
  }
  return { ok: true, value: { head, steps: readSteps, regions: readRegions } };
}

/** The names of what is set; undefined where a bit has none. */
function flagsOf<T extends CodeTable>(
  codes: T,
  bits: number,
): readonly (keyof T & string)[] | undefined {
  const set = Object.entries(codes).filter(([, { code }]) => (bits & code) !== 0);
  const unknown = set.reduce((left, [, { code }]) => left & ~code, bits);
  return unknown === 0 ? set.map(([name]) => name) : undefined;
}
