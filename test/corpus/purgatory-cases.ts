/** Bundles that a signer signed whose purgatory would not check, after the panic, what it seems to. */
import {
  policySteps,
  purgatoryHead,
  purgatoryRegion,
  purgatoryStep,
} from '../../pipeline/format/purgatory-layout.ts';
import type { SealFault } from '../../pipeline/format/seal-faults.ts';
import type { Seal, SealedLive } from '../../pipeline/seal/seal-codec.ts';
import { pattern, sha256 } from '../fixtures/bytes.ts';
import { digestStatic, regionAt } from '../fixtures/purgatory-head.ts';
import type { Changes } from '../fixtures/sample-bundle.ts';
import { sealedNumber } from '../fixtures/sealed-live.ts';
import { packParts, smallParts } from '../fixtures/small-bundle.ts';
import type { Case } from './cases.ts';

/** Segments of the sample, and the regions that check them. */
const own = 3;
const [codeRegion, kernelRegion, initramfsRegion, headerRegion] = [0, 1, 2, 3];

type SealChange = (seal: Seal) => Seal;
type Change = (image: Uint8Array) => void;
export const head =
  (field: keyof typeof purgatoryHead.fields, value: number): Change =>
  (image) =>
    new DataView(image.buffer).setUint32(purgatoryHead.fields[field].offset, value, true);
const region =
  (index: number, field: 'flags' | 'size', value: number): Change =>
  (image) =>
    new DataView(image.buffer).setUint32(
      regionAt(index) + purgatoryRegion.fields[field].offset,
      value,
      true,
    );
const step =
  (field: keyof typeof purgatoryStep.fields, value: number): Change =>
  (image) =>
    new DataView(image.buffer).setUint32(
      purgatoryHead.fields.steps.offset + purgatoryStep.fields[field].offset,
      value,
      true,
    );
const byte =
  (at: number, value = 1): Change =>
  (image) =>
    image.fill(value, at, at + 1);
/** Changes with the static part digested again. */
export const told =
  (...changes: readonly Change[]): Change =>
  (image) => {
    for (const change of changes) change(image);
    digestStatic(image);
  };

const live =
  (change: (live: readonly SealedLive[]) => readonly SealedLive[]): SealChange =>
  (seal) => ({ ...seal, live: change(seal.live) });
const without = (which: (live: SealedLive) => boolean): SealChange =>
  live((all) => all.filter((one) => !which(one)));
const moved = (which: (live: SealedLive) => boolean, to: Partial<SealedLive>): SealChange =>
  live((all) => all.map((one) => (which(one) ? { ...one, ...to } : one)));
const first = (one: SealedLive): SealChange => live((all) => [one, ...all]);
const addressOf =
  (index: number) =>
  ({ segment, offset }: SealedLive): boolean =>
    segment === own && offset === BigInt(regionAt(index) + purgatoryRegion.fields.start.offset);
const isEntry = ({ offset, segment }: SealedLive): boolean => segment === own && offset === 0x308n;
const digestAt = (at: number) => (one: SealedLive) =>
  one.source === 'digest' && one.offset === BigInt(at);

/** The memory map writes where only its count byte reaches the kernel. */
const mapCount: SealChange = live((all) => {
  const table = all.findIndex(({ source }) => source === 'elfcorehdr');
  const map = sealedNumber('crashStart', 2, 0x40, 8);
  return all.toSpliced(table, 0, {
    ...map,
    source: 'e820',
    form: 'own',
    width: 0,
    segment: own,
    offset: 0x10d8n,
    size: 20n,
    arg0: 0x10f0n,
  });
});

/** The bytes of the header's template, by halves: room for a tree, and what is none. */
const treeOfHeader: SealChange = (seal) => ({
  ...seal,
  segments: seal.segments.map((one) =>
    one.kind === 'elfcorehdr' ? { ...one, kind: 'deviceTree' } : one,
  ),
  live: seal.live.map((one) => {
    const half = one.size / 2n;
    return one.source === 'elfcorehdr'
      ? { ...one, source: 'deviceTree', size: half, arg0: half, arg1: half }
      : one;
  }),
});

const { ipl, vmcmd } = policySteps;
const cases: readonly (readonly [string, SealFault, Changes])[] = [
  ['beside additions that are no device tree', 'tree-form', { seal: treeOfHeader }],
  ['that is not what is entered', 'purgatory-entered', { seal: entering(0) }],
  ['with reserved bytes in its page', 'purgatory-page', { purgatory: byte(0xfff) }],
  ['whose page is zeros', 'purgatory-magic', { purgatory: (image) => image.fill(0, 0, 0x1000) }],
  ['of another magic', 'purgatory-magic', { purgatory: byte(0) }],
  ['of a later version', 'purgatory-version', { purgatory: told(head('version', 3)) }],
  ['for another machine', 'purgatory-machine', { purgatory: told(head('machine', 22)) }],
  ['that states another size', 'purgatory-sizes', { purgatory: told(head('imageSize', 0x1200)) }],
  ['whose code is in its page', 'purgatory-sizes', { purgatory: told(head('codeOffset', 0)) }],
  ['whose code wraps', 'purgatory-sizes', { purgatory: told(head('codeSize', 0xffff_ffff)) }],
  ['of nine steps', 'purgatory-step-count', { purgatory: told(head('stepCount', 9)) }],
  ['that checks no region', 'purgatory-region-count', { purgatory: head('regionCount', 0) }],
  ['of 17 regions', 'purgatory-region-count', { purgatory: head('regionCount', 17) }],
  [
    'whose policy is not the digested one',
    'purgatory-static-digest',
    { purgatory: step('kind', 4) },
  ],
  ['with an unknown console', 'purgatory-console', { purgatory: told(head('consoleKind', 9)) }],
  ['with an unknown step', 'step-unknown', { purgatory: told(step('kind', 77)) }],
  ['with an unknown flag of a step', 'step-unknown', { purgatory: told(step('flags', 8)) }],
  [
    'that starts a dump tool from a region of no policy',
    'step-region',
    { purgatory: told(step('kind', ipl.code), step('arg0', 1)) },
  ],
  [
    'that gives commands from a region that is not there',
    'step-region',
    { purgatory: told(step('kind', vmcmd.code), step('arg0', 15)) },
  ],
  [
    'that may do what is for testing',
    'step-testing',
    {
      purgatory: told(step('kind', ipl.code), step('arg2', 1), region(codeRegion, 'flags', 2)),
    },
  ],
  ['with a region of no known name', 'region-reserved', { purgatory: byte(regionAt(1) + 23) }],
  [
    'that takes the header for always rewritten',
    'region-flags',
    { purgatory: region(headerRegion, 'flags', 0x101) },
  ],
  ['with a region of no address', 'region-address', { seal: without(addressOf(initramfsRegion)) }],
  ['with an empty region', 'region-outside', { purgatory: region(kernelRegion, 'size', 0) }],
  [
    'with a region past its segment',
    'region-outside',
    { purgatory: region(kernelRegion, 'size', 301) },
  ],
  [
    'that looks at the kernel for the policy only',
    'region-policy',
    { purgatory: region(kernelRegion, 'flags', 2) },
  ],
  [
    'with a live region that nobody takes the digest of',
    'region-not-taken',
    { purgatory: region(kernelRegion, 'flags', 1) },
  ],
  [
    'that would check another kernel',
    'region-digest',
    { purgatory: byte(regionAt(kernelRegion) + 0x30, 0x5a) },
  ],
  [
    'whose region of one byte has the digest of all',
    'region-digest',
    { purgatory: region(initramfsRegion, 'size', 1) },
  ],
  [
    'into whose code a live value is written',
    'region-written',
    { seal: first(sealedNumber('crashStart', own, 0x1008, 8)) },
  ],
  ["into whose code a memory map's count is written", 'region-written', { seal: mapCount }],
  [
    'with a live value in its policy',
    'live-in-page',
    { seal: first(sealedNumber('crashStart', own, 0x78, 8)) },
  ],
  [
    'whose count of regions is live',
    'live-in-page',
    { seal: first(sealedNumber('crashStart', own, 0x328, 4)) },
  ],
  [
    'whose kernel need not be checked on hot-plug',
    'live-in-page',
    {
      seal: (seal) => ({
        ...seal,
        flags: ['hotplug'],
        live: [
          sealedNumber('hotplug', own, regionAt(kernelRegion) + 0x19, 1, { about: 2 }),
          ...seal.live,
        ],
      }),
    },
  ],
  ['that gets no digest of its page', 'purgatory-live-digest', { seal: without(digestAt(0x28)) }],
  ['that does not know the kernel', 'purgatory-kernel-entry', { seal: without(isEntry) }],
  [
    'that enters the kernel past its end',
    'live-in-page',
    { seal: moved(isEntry, { addend: 300n }) },
  ],
  ['that enters the initramfs', 'live-in-page', { seal: moved(isEntry, { about: 1 }) }],
  [
    'whose first region is not its code',
    'purgatory-code',
    {
      purgatory: (image) => {
        const one = image.slice(regionAt(kernelRegion), regionAt(kernelRegion + 1));
        image.set(one, regionAt(codeRegion));
      },
      seal: moved(addressOf(codeRegion), { about: 0, addend: 0n }),
    },
  ],
  [
    'whose code is looked at for the policy only',
    'purgatory-code',
    { purgatory: region(codeRegion, 'flags', 2) },
  ],
  [
    'that does not look at the initramfs',
    'segment-uncovered',
    { purgatory: checkedInstead(pattern(120, 2).subarray(0, 1), 1) },
  ],
  [
    'that looks at all of the initramfs but its last byte',
    'segment-uncovered',
    { purgatory: checkedInstead(pattern(120, 2).subarray(0, 119), 119) },
  ],
];

function entering(segment: number): (seal: Seal) => Seal {
  return (seal) => ({ ...seal, entry: { segment, offset: 0n } });
}

/** The region of the initramfs is over its first bytes, with their digest. */
function checkedInstead(bytes: Uint8Array, size: number): Change {
  return (image) => {
    region(initramfsRegion, 'size', size)(image);
    image.set(sha256(bytes), regionAt(initramfsRegion) + 0x30);
  };
}

/** Where a fuzzer starts. */
export const purgatoryChanges: readonly Changes[] = cases.map(([, , changes]) => changes);

export const purgatoryCases: readonly Case[] = cases.map(([name, detail, changes]) => ({
  name: `purgatory: one ${name}`,
  bytes: () => packParts(smallParts(changes)),
  status: 'badSeal',
  detail,
}));
