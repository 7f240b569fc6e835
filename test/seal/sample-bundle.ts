/** A small bundle that keeps every promise: real digests, a told purgatory, a manifest that agrees. */
import { createHash } from 'node:crypto';
import { encode, patch } from '../../pipeline/format/layout.ts';
import {
  consoles,
  policySteps,
  purgatoryHead,
  purgatoryLiveStart,
  purgatoryMagic,
  purgatoryRegion,
  purgatoryStaticStart,
  purgatoryStep,
  regionFlags,
} from '../../pipeline/format/purgatory-layout.ts';
import {
  type BundleMember,
  type MemberName,
  packBundle,
  signatureNames,
} from '../../pipeline/seal/archive.ts';
import { type Manifest, manifestOfSeal, renderManifest } from '../../pipeline/seal/manifest.ts';
import { encodeSeal, type Seal, type SealedLive } from '../../pipeline/seal/seal-codec.ts';
import { type Signer, signDetached } from '../../pipeline/sign/sign.ts';
import { must, now } from '../sign/fixtures.ts';
import { sha256 } from './sample-seal.ts';

const hashOf = (bytes: Uint8Array): Uint8Array =>
  Uint8Array.from(createHash('sha256').update(bytes).digest());
const filled = (size: number, seed: number): Uint8Array =>
  Uint8Array.from({ length: size }, (_, index) => (index * 13 + seed) & 0xff);

const kernel = filled(300, 1);
const anyInitramfs = filled(120, 2);
const elfcorehdr = new Uint8Array(64 + 56 * 4);
const code = filled(256, 3);

/** Kernel and purgatory's code have their digest from here, the ELF core header from the loader. */
const regionsOf = (initramfs: Uint8Array) =>
  [
    { name: 'purgatory', segment: 3, start: 0x1000n, bytes: code, live: false },
    { name: 'kernel', segment: 0, start: 0n, bytes: kernel, live: false },
    { name: 'initramfs', segment: 1, start: 0n, bytes: initramfs, live: false },
    { name: 'elfcorehdr', segment: 2, start: 0n, bytes: elfcorehdr, live: true },
  ] as const;
const regions = regionsOf(anyInitramfs);

function purgatoryImage(
  initramfs: Uint8Array,
  policy: readonly (keyof typeof policySteps)[],
): Uint8Array {
  const image = new Uint8Array(0x1000 + code.length);
  const steps = new Uint8Array(0x100);
  const step = { flags: 0, arg0: 0n, arg1: 0n, arg2: 0n };
  for (const [index, kind] of policy.entries())
    steps.set(encode(purgatoryStep, { ...step, kind: policySteps[kind].code }), index * 0x20);
  const table = new Uint8Array(0x600);
  for (const [index, { name, bytes, live }] of regionsOf(initramfs).entries())
    table.set(
      encode(purgatoryRegion, {
        name,
        flags: live ? regionFlags.live.code : 0,
        start: 0n,
        size: BigInt(bytes.length),
        digest: live ? new Uint8Array(32) : hashOf(bytes),
      }),
      index * purgatoryRegion.size,
    );
  const head = encode(purgatoryHead, {
    magic: purgatoryMagic,
    staticDigest: new Uint8Array(32),
    liveDigest: new Uint8Array(32),
    version: 1,
    machine: 62,
    entryOffset: 0x1000,
    codeOffset: 0x1000,
    codeSize: code.length,
    imageSize: image.length,
    memorySize: 0x4000,
    consoleKind: consoles.portUart.code,
    consoleBase: 0x3f8n,
    consoleBaud: 115200,
    stepCount: policy.length,
    steps,
    profile: 'sample',
    cpuFeatures: 0n,
    kernelEntry: 0n,
    kernelArgument: 0n,
    crashStart: 0n,
    crashSize: 0n,
    regionCount: regions.length,
    regions: table,
  });
  patch(
    purgatoryHead,
    head,
    0,
    'staticDigest',
    hashOf(head.subarray(purgatoryStaticStart, purgatoryLiveStart)),
  );
  image.set(head, 0);
  image.set(code, 0x1000);
  return image;
}

const regionsAt = purgatoryHead.fields.regions.offset;
const plain = { width: 0, about: 0, addend: 0n, arg0: 0n, arg1: 0n, text: '', words: '' } as const;

const live: readonly SealedLive[] = [
  ...regions.map(
    ({ segment, start }, index): SealedLive => ({
      ...plain,
      source: 'segmentAddress',
      form: 'little',
      width: 8,
      segment: 3,
      about: segment,
      addend: start,
      offset: BigInt(regionsAt + index * 0x60 + 0x20),
      size: 8n,
    }),
  ),
  {
    ...plain,
    source: 'elfcorehdr',
    form: 'own',
    segment: 2,
    offset: 0n,
    size: BigInt(elfcorehdr.length),
  },
  {
    ...plain,
    source: 'digest',
    form: 'own',
    segment: 3,
    about: 2,
    offset: BigInt(regionsAt + 3 * 0x60 + 0x30),
    size: 32n,
    arg1: BigInt(elfcorehdr.length),
  },
  {
    ...plain,
    source: 'digest',
    form: 'own',
    segment: 3,
    about: 3,
    offset: 0x28n,
    size: 32n,
    arg0: 0x300n,
    arg1: 0xd00n,
  },
];

export type Changes = {
  /** When it is signed. */
  readonly now?: number;
  readonly initramfs?: Uint8Array;
  readonly policy?: readonly (keyof typeof policySteps)[];
  readonly purgatory?: (image: Uint8Array) => void;
  readonly seal?: (seal: Seal) => Seal;
  readonly manifest?: (manifest: Manifest) => Manifest;
  readonly members?: (members: readonly BundleMember[]) => readonly BundleMember[];
};

/** The parts of the bundle before it is signed; `changes` make one that was sealed wrong. */
export function sampleParts(changes: Changes = {}): {
  readonly seal: Seal;
  readonly members: readonly BundleMember[];
} {
  const initramfs = changes.initramfs ?? anyInitramfs;
  const purgatory = purgatoryImage(initramfs, changes.policy ?? ['message', 'reset']);
  changes.purgatory?.(purgatory);
  const parts: readonly BundleMember[] = [
    { name: 'kernel', bytes: kernel },
    { name: 'initramfs.base', bytes: initramfs },
    { name: 'elfcorehdr', bytes: elfcorehdr },
    { name: 'purgatory', bytes: purgatory },
  ];
  const record = ({ name, bytes }: BundleMember) => ({
    name,
    size: BigInt(bytes.length),
    digest: sha256(bytes),
  });
  const kinds = ['kernel', 'initramfs', 'elfcorehdr', 'purgatory'] as const;
  const draft: Seal = {
    profile: 'sample',
    release: '6.12.0-test',
    buildId: undefined,
    machine: 62,
    byteOrder: 'little',
    backend: 'segments',
    flags: [],
    epoch: 1n,
    notBefore: now - 86_400,
    notAfter: now + 86_400,
    crashSize: 0x10_0000n,
    maxCpus: 1,
    maxRanges: 1,
    entry: { segment: 3, offset: 0x1000n },
    commandLine: 'console=ttyS0',
    members: parts.map(record),
    segments: parts.map(({ name, bytes }, index) => ({
      name,
      kind: kinds[index] ?? 'kernel',
      group: index,
      member: index,
      bufOffset: 0n,
      bufsz: BigInt(bytes.length),
      memsz: 0x4000n,
      align: 0x1000n,
      place: 0x8000n * BigInt(index),
      minAddress: 0n,
      flags: [],
    })),
    live,
    match: [{ kind: 'present', path: 'sys/kernel', value: '' }],
  };
  const manifest: BundleMember = {
    name: 'manifest.json',
    bytes: renderManifest((changes.manifest ?? ((same) => same))(manifestOfSeal(draft))),
  };
  const seal: Seal = {
    ...draft,
    members: [record(manifest), ...draft.members],
    segments: draft.segments.map((segment) => ({ ...segment, member: segment.member + 1 })),
  };
  return { seal: changes.seal?.(seal) ?? seal, members: [manifest, ...parts] };
}

/** Signed by each of `signers`, in their order. */
export async function sampleBundle(
  signers: Signer | readonly Signer[] | undefined,
  changes: Changes = {},
): Promise<Uint8Array> {
  const { seal, members } = sampleParts(changes);
  const sealBytes = encodeSeal(seal);
  const all = signers === undefined ? [] : 'sign' in signers ? [signers] : signers;
  const signatures = await Promise.all(
    signatureNames.slice(0, all.length).map(async (name, index): Promise<BundleMember> => {
      const signer = all[index] as Signer;
      return { name, bytes: must(await signDetached(sealBytes, signer, changes.now ?? now)) };
    }),
  );
  return packBundle([
    { name: 'seal.bin' satisfies MemberName, bytes: sealBytes },
    ...signatures,
    ...(changes.members?.(members) ?? members),
  ]);
}
