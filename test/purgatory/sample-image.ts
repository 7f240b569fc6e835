/** A head with regions behind it, as loaded_image.h wants it: addresses count from the image's start. */
import { createHash } from 'node:crypto';
import { encode, patch } from '../../pipeline/format/layout.ts';
import {
  consoles,
  type PurgatoryHead,
  type PurgatoryRegion,
  type PurgatoryStep,
  policySteps,
  purgatoryHead,
  purgatoryHeadSize,
  purgatoryLiveStart,
  purgatoryMagic,
  purgatoryMaxRegions,
  purgatoryMaxSteps,
  purgatoryRegion,
  purgatoryStaticStart,
  purgatoryStep,
  purgatoryVersion,
  regionFlags,
} from '../../pipeline/format/purgatory-layout.ts';

const sha256 = (bytes: Uint8Array): Uint8Array<ArrayBuffer> =>
  new Uint8Array(createHash('sha256').update(bytes).digest());

export type SampleRegion = {
  readonly name: string;
  /** From the image's start; at least 0x1000. */
  readonly start: number;
  readonly bytes: Uint8Array;
  readonly live?: boolean;
  /** Only a step of the policy needs it. */
  readonly policy?: boolean;
  /** The running kernel may have written it anew. */
  readonly rewritten?: boolean;
};

export const step = (kind: keyof typeof policySteps, arg0 = 0n): PurgatoryStep => ({
  kind: policySteps[kind].code,
  flags: 0,
  arg0,
  arg1: 0n,
  arg2: 0n,
});

export const sampleSize = 0x1400;

const text = (value: string): Uint8Array => new TextEncoder().encode(value);

/** In an order that is not that of the addresses, with a gap between them and one behind a page border. */
export const sampleRegions: readonly SampleRegion[] = [
  { name: 'purgatory', start: 0x1000, bytes: text('code of purgatory itself'.repeat(9)) },
  { name: 'initramfs.overlay', start: 0x1333, bytes: text('one odd place') },
  { name: 'kernel', start: 0x1200, bytes: text('capture kernel'.repeat(20)) },
  { name: 'boot_params', start: 0x13f1, bytes: text('last 15 bytes. '), live: true },
  { name: 'nothing', start: 0x1100, bytes: new Uint8Array() },
];

/** Writes a table of fixed-size entries into a field's bytes. */
function table(entries: readonly Uint8Array[], size: number): Uint8Array<ArrayBuffer> {
  const out = new Uint8Array(size);
  let at = 0;
  for (const entry of entries) {
    out.set(entry, at);
    at += entry.length;
  }
  return out;
}

export const regionTable = (regions: readonly PurgatoryRegion[]): Uint8Array<ArrayBuffer> =>
  table(
    regions.map((region) => encode(purgatoryRegion, region)),
    purgatoryMaxRegions * purgatoryRegion.size,
  );

export const stepTable = (steps: readonly PurgatoryStep[]): Uint8Array<ArrayBuffer> =>
  table(
    steps.map((one) => encode(purgatoryStep, one)),
    purgatoryMaxSteps * purgatoryStep.size,
  );

export type Sample = {
  readonly regions?: readonly SampleRegion[];
  readonly steps?: readonly PurgatoryStep[];
  /** What shall differ from a sound head, digested with it. */
  readonly head?: Partial<PurgatoryHead>;
};

export function sampleImage(sample: Sample = {}): Uint8Array<ArrayBuffer> {
  const regions = sample.regions ?? sampleRegions;
  const steps = sample.steps ?? [step('message'), step('reset')];
  const size = Math.max(sampleSize, ...regions.map(({ start, bytes }) => start + bytes.length));
  const head = encode(purgatoryHead, {
    magic: purgatoryMagic,
    staticDigest: new Uint8Array(32),
    liveDigest: new Uint8Array(32),
    version: purgatoryVersion,
    machine: 62,
    entryOffset: 0x1000,
    codeOffset: 0x1000,
    codeSize: 0x100,
    imageSize: 0x1100,
    memorySize: 0x3000,
    consoleKind: consoles.portUart.code,
    consoleBase: 0x3f8n,
    consoleBaud: 0,
    stepCount: steps.length,
    steps: stepTable(steps),
    profile: 'web-servers',
    cpuFeatures: 0n,
    kernelEntry: 0x1200n,
    kernelArgument: 0xb00b5n,
    crashStart: 0n,
    crashSize: BigInt(size),
    regionCount: regions.length,
    regions: regionTable(
      regions.map((region) => ({
        name: region.name,
        flags:
          (region.live === true ? regionFlags.live.code : 0) |
          (region.policy === true ? regionFlags.policy.code : 0) |
          (region.rewritten === true ? regionFlags.rewritten.code : 0),
        start: BigInt(region.start),
        size: BigInt(region.bytes.length),
        digest: sha256(region.bytes),
      })),
    ),
    ...sample.head,
  });
  const image = new Uint8Array(size);
  image.set(head);
  for (const region of regions) image.set(region.bytes, region.start);
  patch(
    purgatoryHead,
    image,
    0,
    'staticDigest',
    sha256(image.subarray(purgatoryStaticStart, purgatoryLiveStart)),
  );
  // Taken anew by the test program, which knows the addresses; right here for an image that stays.
  patch(
    purgatoryHead,
    image,
    0,
    'liveDigest',
    sha256(image.subarray(purgatoryLiveStart, purgatoryHeadSize)),
  );
  return image;
}
