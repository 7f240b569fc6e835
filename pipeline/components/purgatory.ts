/**
 * Purgatory, told what to do: the image as it was built, with its first page filled.
 * What is known here is digested here; the loader adds addresses and the digests of what it filled itself.
 */
import type { Architecture, PolicyBlock } from '../arch/architecture.ts';
import type { BundleMatch, Component, LiveValue } from '../arch/component.ts';
import type { PolicyStep } from '../arch/policy-step.ts';
import { partsDigestBytes } from '../format/parts-digest.ts';
import {
  iplFlags,
  purgatoryHead,
  purgatoryHeadSize,
  purgatoryLiveStart,
  purgatoryMaxRegions,
  purgatoryMaxSteps,
} from '../format/purgatory-layout.ts';
import {
  decodePage,
  encodePage,
  type PageRegion,
  type PageStep,
  type PurgatoryPage,
  regionPlace,
} from '../format/purgatory-page.ts';
import type { Problem } from '../problem/problem.ts';
import { type Failure, fail, ok, type Result } from '../problem/result.ts';
import type { Profile } from '../profile/keys/keys.ts';
import { partOf } from '../units/bytes.ts';
import { alignUp } from '../units/units.ts';

type PageHead = PurgatoryPage['head'];

export const purgatoryName = 'purgatory';
/** Purgatory's own code and constants, as a region. */
const codeRegion = 'purgatory';

export type PurgatoryRequest = {
  readonly architecture: Architecture;
  readonly profile: Profile;
  /** As built: head page, then code. */
  readonly image: Uint8Array;
  /** Everything else that is loaded, in the order it is to be checked. */
  readonly parts: readonly Component[];
  readonly kernel: {
    readonly name: string;
    readonly entryOffset: bigint;
    readonly bytes: Uint8Array;
  };
};

type Region = {
  readonly part: string;
  readonly name: string;
  readonly start: number;
  readonly bytes: Uint8Array;
  readonly live: boolean;
  /** Only a policy step needs it. */
  readonly policyOnly: boolean;
};

/** A page that a policy step needs, and where it is in the image. */
type PlacedBlock = PolicyBlock & { readonly step: PolicyStep; readonly start: number };

export type PurgatoryParts = {
  readonly component: Component;
  /** Entry point, from the start of the segment. */
  readonly entryOffset: bigint;
  /** What the policy needs of the machine. */
  readonly match: readonly BundleMatch[];
};

export function purgatoryComponent(request: PurgatoryRequest): Result<PurgatoryParts> {
  const { architecture, profile } = request;
  const built = readHead(request.image, architecture);
  if (!built.ok) return built;
  const blocks = placedBlocks(request, built.value);
  const { head, image } = withBlocks(built.value, request, blocks);
  const borrows = architecture.purgatoryBorrows;
  if (borrows !== undefined)
    image.set(
      request.kernel.bytes.subarray(borrows.start, borrows.end),
      head.entryOffset + borrows.start,
    );
  const page = BigInt(architecture.pageSize);
  const memorySize = alignUp(BigInt(head.memorySize), page);
  const checked = [
    { name: codeRegion, start: head.codeOffset, end: head.codeOffset + head.codeSize },
    ...blocks.map(({ name, start }) => ({ name, start, end: start + architecture.pageSize })),
  ];
  const blocksLive = blocks.flatMap((block) =>
    block.live.map((live) => ({ ...live, offset: live.offset + BigInt(block.start) })),
  );
  const own = { name: purgatoryName, bytes: image, checked, live: blocksLive };
  const regions: readonly Region[] = [
    ...regionsOf(own).map((region) => ({
      ...region,
      policyOnly: blocks.some(({ start }) => start === region.start),
    })),
    ...request.parts.flatMap(regionsOf),
  ];
  const problems: Problem[] = [];
  const window = architecture.purgatoryWindow;
  if (window !== undefined && memorySize > window.end - window.start)
    problems.push({
      area: 'component',
      kind: 'purgatory-too-large',
      size: memorySize,
      room: window.end - window.start,
      blocks: blocks.length,
    });
  if (regions.length > purgatoryMaxRegions)
    problems.push({
      area: 'component',
      kind: 'too-many-regions',
      regions: regions.map(({ name }) => name),
      maximum: purgatoryMaxRegions,
    });
  if (profile.onCorruption.length > purgatoryMaxSteps)
    problems.push({
      area: 'component',
      kind: 'too-many-policy-steps',
      steps: profile.onCorruption.length,
      maximum: purgatoryMaxSteps,
    });
  const [first, ...more] = problems;
  if (first !== undefined) return fail(first, ...more);

  const steps = profile.onCorruption.map((step) =>
    pageStep(
      step,
      profile.testing,
      regions.findIndex(({ policyOnly, start }) =>
        blocks.some((block) => policyOnly && block.step === step && block.start === start),
      ),
    ),
  );
  const filled = {
    ...head,
    ...architecture.purgatoryConsole(profile.console),
    profile: profile.name,
    backupSize: Number(backupOf(request)?.memorySize ?? 0n),
  };
  image.set(encodePage({ head: filled, steps, regions: regions.map(pageRegion) }), 0);

  const component: Component = {
    name: purgatoryName,
    kind: 'purgatory',
    bytes: image,
    memorySize,
    align: page,
    minAddress: 0n,
    ...(window === undefined ? {} : { fixedPlace: window.start }),
    checked,
    live: [
      ...headNumbers(request),
      ...firmware(request),
      ...blocksLive,
      ...regions.flatMap(regionLive),
      ...regions.flatMap((region, index) => rewritten(request, region, index)),
      // Over all of the above, so that it comes last.
      {
        source: 'digest',
        form: 'own',
        about: purgatoryName,
        offset: BigInt(purgatoryHead.fields.liveDigest.offset),
        size: 32n,
        arg0: BigInt(purgatoryLiveStart),
        arg1: BigInt(purgatoryHeadSize - purgatoryLiveStart),
      },
    ],
  };
  return ok({
    component,
    entryOffset: BigInt(head.entryOffset),
    match: uniqueMatches(blocks.flatMap(({ match }) => match)),
  });
}

/** Blocks stand after purgatory's stack and zeroed data, a page each. */
function placedBlocks(
  { architecture, profile }: PurgatoryRequest,
  head: PageHead,
): readonly PlacedBlock[] {
  const { pageSize } = architecture;
  const first = Number(alignUp(BigInt(head.memorySize), BigInt(pageSize)));
  return profile.onCorruption
    .flatMap((step) => {
      const block = architecture.policyBlock(step);
      return block === undefined ? [] : [{ ...block, step }];
    })
    .map((block, index) => ({ ...block, start: first + index * pageSize }));
}

/** The image with its blocks; as it was built where there are none. */
function withBlocks(
  head: PageHead,
  { architecture, image }: PurgatoryRequest,
  blocks: readonly PlacedBlock[],
): { readonly head: PageHead; readonly image: Uint8Array<ArrayBuffer> } {
  const last = blocks.at(-1);
  if (last === undefined) return { head, image: Uint8Array.from(image) };
  const whole = new Uint8Array(last.start + architecture.pageSize);
  whole.set(image);
  for (const { bytes, start } of blocks) whole.set(bytes, start);
  return { head: { ...head, imageSize: whole.length, memorySize: whole.length }, image: whole };
}

const uniqueMatches = (matches: readonly BundleMatch[]): readonly BundleMatch[] => [
  ...new Map(
    matches.map((match) => [`${match.kind} ${match.path} ${match.value}`, match]),
  ).values(),
];

/** The image's own head, checked against what this tool was built with. */
function readHead(image: Uint8Array, architecture: Architecture): Result<PageHead> {
  const foreign = (detail: string): Failure =>
    fail({ area: 'component', kind: 'purgatory-image-foreign', detail });
  const page = decodePage(image, 'built');
  if (!page.ok) return foreign(`its first page: ${page.what}`);
  const { head } = page.value;
  if (head.machine !== architecture.elf.machine)
    return foreign(`it is for machine ${head.machine}, not ${architecture.elf.machine}`);
  if (head.imageSize !== image.length)
    return foreign(`it says ${head.imageSize} bytes and has ${image.length}`);
  if (
    head.codeOffset < purgatoryHeadSize ||
    head.codeOffset + head.codeSize > image.length ||
    head.entryOffset < head.codeOffset ||
    head.entryOffset >= head.codeOffset + head.codeSize ||
    head.memorySize < image.length
  )
    return foreign('its code lies outside of it');
  return ok(head);
}

/** A region that a live value reaches into is digested by the loader; the others keep their digest from here. */
const regionsOf = (
  part: Pick<Component, 'name' | 'bytes' | 'checked' | 'live'>,
): readonly Region[] =>
  part.checked.map(({ name, start, end }) => ({
    part: part.name,
    name,
    start,
    bytes: partOf(part.bytes, start, end),
    live: part.live.some(
      ({ offset, size }) => offset < BigInt(end) && offset + size > BigInt(start),
    ),
    policyOnly: false,
  }));

/** `region` is that of the step's block. */
function pageStep(step: PolicyStep, testing: boolean, region: number): PageStep {
  const only = { check: 'notInStartCall', start: 'notInCheckCall' } as const;
  const args = (arg0 = 0n, arg1 = 0n, arg2 = 0n) => [arg0, arg1, arg2] as const;
  const argsOf = () => {
    switch (step.kind) {
      case 'pvpanic':
        return args(BigInt(step.port));
      case 'wait':
        // 0: purgatory takes the code of what it found.
        return args(step.code ?? 0n);
      case 'vmcmd':
        return args(BigInt(region));
      case 'ipl':
        return args(
          BigInt(region),
          BigInt(step.delaySeconds),
          BigInt(
            (testing ? iplFlags.testing.code : 0) | (step.thenReipl ? iplFlags.thenReipl.code : 0),
          ),
        );
      default:
        return args();
    }
  };
  return {
    kind: step.kind,
    flags: step.in === undefined ? [] : [only[step.in]],
    args: argsOf(),
  };
}

function pageRegion({ name, live, policyOnly, bytes }: Region): PageRegion {
  const flags: PageRegion['flags'][number][] = [];
  if (live) flags.push('live');
  if (policyOnly) flags.push('policy');
  return {
    name,
    flags,
    size: BigInt(bytes.length),
    digest: live ? new Uint8Array(32) : partsDigestBytes(bytes),
  };
}

/** A number in the head. The head is little-endian on every architecture. */
const headNumber = (key: keyof typeof purgatoryHead.fields) => ({
  form: 'little' as const,
  width: 8,
  offset: BigInt(purgatoryHead.fields[key].offset),
  size: 8n,
});

const headNumbers = (request: PurgatoryRequest): readonly LiveValue[] => {
  const { architecture, kernel } = request;
  const backup = backupOf(request);
  return [
    { source: 'cpuFeatures', ...headNumber('cpuFeatures'), arg1: (1n << 64n) - 1n },
    {
      source: 'segmentAddress',
      about: kernel.name,
      addend: kernel.entryOffset,
      ...headNumber('kernelEntry'),
    },
    ...(architecture.kernelArgument === undefined
      ? []
      : [
          {
            source: 'segmentAddress' as const,
            about: architecture.kernelArgument,
            ...headNumber('kernelArgument'),
          },
        ]),
    ...(backup === undefined
      ? []
      : [
          {
            source: 'segmentAddress' as const,
            about: backup.name,
            ...headNumber('backupStart'),
          },
        ]),
    { source: 'crashStart', ...headNumber('crashStart') },
    { source: 'crashSize', ...headNumber('crashSize') },
  ];
};

/** Where memory is copied to that the dump is to have as it was. */
const backupOf = ({ parts }: PurgatoryRequest): Component | undefined =>
  parts.find(({ kind }) => kind === 'backup');

/** What the policy asks for a reset, with a digest of its own. */
const firmware = ({ architecture }: PurgatoryRequest): readonly LiveValue[] => {
  const { firmware: block, firmwareDigest } = purgatoryHead.fields;
  if (!architecture.purgatoryFirmware) return [];
  return [
    {
      source: 'firmware',
      form: 'own',
      offset: BigInt(block.offset),
      size: BigInt(block.size),
    },
    {
      source: 'digest',
      form: 'own',
      about: purgatoryName,
      offset: BigInt(firmwareDigest.offset),
      size: BigInt(firmwareDigest.size),
      arg0: BigInt(block.offset),
      arg1: BigInt(block.size),
    },
  ];
};

/** The loader says by a byte in the flags whether the kernel will rewrite the ELF core header. */
function rewritten(
  { profile, parts }: PurgatoryRequest,
  region: Region,
  index: number,
): readonly LiveValue[] {
  const kind = parts.find(({ name }) => name === region.part)?.kind;
  if (profile.hotplug !== 'kernel' || kind !== 'elfcorehdr') return [];
  return [
    {
      source: 'hotplug',
      form: 'little',
      width: 1,
      about: region.part,
      offset: regionPlace(index, 'flags') + 1n,
      size: 1n,
    },
  ];
}

function regionLive(region: Region, index: number): readonly LiveValue[] {
  const start: LiveValue = {
    source: 'segmentAddress',
    form: 'little',
    width: 8,
    about: region.part,
    addend: BigInt(region.start),
    offset: regionPlace(index, 'start'),
    size: 8n,
  };
  if (!region.live) return [start];
  return [
    start,
    {
      source: 'digest',
      form: 'own',
      about: region.part,
      offset: regionPlace(index, 'digest'),
      size: 32n,
      arg0: BigInt(region.start),
      arg1: BigInt(region.bytes.length),
    },
  ];
}
