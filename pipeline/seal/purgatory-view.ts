/** What the purgatory in a bundle was told, read back and compared with the members. */
import { createHash } from 'node:crypto';
import { nameOf } from '../format/code-table.ts';
import { decodeIplBlock, type IplBlock } from '../format/ipl-block.ts';
import {
  consoles,
  purgatoryHead,
  purgatoryHeadSize,
  purgatoryLiveStart,
  purgatoryRegion,
} from '../format/purgatory-layout.ts';
import { decodePage } from '../format/purgatory-page.ts';
import type { Problem } from '../problem/problem.ts';
import { fail, ok, type Result } from '../problem/result.ts';
import { type Digest, digestOf } from '../units/units.ts';
import type { Seal, SealedLive } from './seal-codec.ts';

export type PurgatoryView = {
  readonly profile: string;
  readonly console: { readonly kind: string; readonly base: bigint; readonly baud: number };
  readonly policy: readonly {
    readonly kind: string;
    /** Table "step flags". */
    readonly flags: readonly string[];
    readonly args: readonly bigint[];
  }[];
  /** A step may do what is right in an emulator only. */
  readonly testing: boolean;
  readonly regions: readonly {
    readonly name: string;
    readonly size: bigint;
    /** Checked only when a policy step needs it. */
    readonly policyOnly: boolean;
    /** Undefined where the loader takes it. */
    readonly digest: Digest | undefined;
  }[];
  readonly codeSize: number;
  readonly memorySize: number;
};

const sha256 = (bytes: Uint8Array): Uint8Array => createHash('sha256').update(bytes).digest();

/** The first segment of that kind, as it is loaded; its member may hold more. */
export function purgatoryBytes(
  seal: Seal,
  bytesOf: (member: number) => Uint8Array | undefined,
): Uint8Array | undefined {
  const own = seal.segments.find(({ kind }) => kind === 'purgatory');
  return own === undefined
    ? undefined
    : bytesOf(own.member)?.subarray(Number(own.bufOffset), Number(own.bufOffset + own.bufsz));
}

/** Reads the head of a purgatory image. Its static digest is checked; its regions are not. */
export function readPurgatory(image: Uint8Array): Result<PurgatoryView> {
  const no = (what: string) => fail({ area: 'seal', kind: 'purgatory-head', what });
  const page = decodePage(image, 'sealed');
  if (!page.ok) return no(page.what);
  const { head, steps: policy } = page.value;
  const regions = page.value.regions.map(({ name, size, flags, digest }) => ({
    name,
    size,
    policyOnly: flags.includes('policy'),
    digest: flags.includes('live') ? undefined : digestOf(digest),
  }));
  for (const [index, { kind, args }] of policy.entries())
    if (kind === 'ipl' && regions[Number(args[0])]?.policyOnly !== true) return no(`step ${index}`);
  return ok({
    profile: head.profile,
    console: {
      kind: nameOf(consoles, head.consoleKind) ?? '',
      base: head.consoleBase,
      baud: head.consoleBaud,
    },
    policy,
    testing: policy.some(({ kind, args }) => kind === 'ipl' && (args[2] & 1n) !== 0n),
    regions,
    codeSize: head.codeSize,
    memorySize: head.memorySize,
  });
}

/** The device of a step `ipl`, as sealed, and what the loader fills in. */
export type IplView = {
  /** Index in the policy. */
  readonly step: number;
  /** Fields that the loader fills are zero; undefined: a block that this tool does not know. */
  readonly block: IplBlock | undefined;
  /** Files that it is filled from, below the root. */
  readonly from: readonly string[];
};

export function iplViews(view: PurgatoryView, seal: Seal, image: Uint8Array): readonly IplView[] {
  const own = seal.segments.findIndex(({ kind }) => kind === 'purgatory');
  return view.policy.flatMap(({ kind, args }, step): readonly IplView[] => {
    const index = Number(args[0] ?? 0n);
    const region = view.regions[index];
    const start = addressOf(seal, own, index)?.addend;
    if (kind !== 'ipl' || region === undefined || start === undefined) return [];
    const end = start + region.size;
    const from = seal.live
      .filter(({ segment, offset }) => segment === own && offset >= start && offset < end)
      .map(({ text }) => text);
    const page = image.subarray(Number(start), Number(end));
    const block = decodeIplBlock(page);
    return [{ step, block, from: [...new Set(from)] }];
  });
}

/** The live value that gives region `index` its address. */
const addressOf = (seal: Seal, own: number, index: number): SealedLive | undefined => {
  const at = purgatoryHead.fields.regions.offset + index * purgatoryRegion.size;
  return seal.live.find(
    ({ segment, source, form, width, offset }) =>
      segment === own &&
      source === 'segmentAddress' &&
      form === 'little' &&
      width === 8 &&
      offset === BigInt(at + purgatoryRegion.fields.start.offset),
  );
};

/**
 * That purgatory is what is entered, and will check after the panic what was sealed here: the loader writes into
 * its head's live part only, and takes the digest of that; every region has its address from a live value,
 * a static digest is that of the member's bytes, none of which a live value writes, and a live one is taken by
 * the loader over exactly the region.
 */
export function purgatoryProblems(
  view: PurgatoryView,
  seal: Seal,
  bytesOf: (member: number) => Uint8Array | undefined,
): readonly Problem[] {
  const problems: Problem[] = [];
  const own = seal.segments.findIndex(({ kind }) => kind === 'purgatory');
  const mine = seal.live.filter(({ segment }) => segment === own);
  if (seal.entry.segment !== own)
    problems.push({ area: 'seal', kind: 'purgatory-head', what: 'entry' });
  const headDigest = mine.find(
    (live) =>
      live.source === 'digest' &&
      live.offset === BigInt(purgatoryHead.fields.liveDigest.offset) &&
      live.about === own &&
      live.arg0 === BigInt(purgatoryLiveStart) &&
      live.arg1 === BigInt(purgatoryHeadSize - purgatoryLiveStart),
  );
  if (view.testing && !seal.flags.includes('testing'))
    problems.push({
      area: 'seal',
      kind: 'purgatory-head',
      what: 'leave to do what is for testing',
    });
  if (headDigest === undefined)
    problems.push({ area: 'seal', kind: 'purgatory-head', what: 'live digest' });
  if (mine.some((live) => live !== headDigest && live.offset < BigInt(purgatoryLiveStart)))
    problems.push({ area: 'seal', kind: 'purgatory-head', what: 'static part' });
  for (const [index, region] of view.regions.entries()) {
    const no = (fault: 'no-address' | 'outside' | 'digest' | 'written' | 'not-taken'): void => {
      problems.push({ area: 'seal', kind: 'purgatory-region', region: region.name, fault });
    };
    const at = purgatoryHead.fields.regions.offset + index * purgatoryRegion.size;
    const address = addressOf(seal, own, index);
    const segment = address === undefined ? undefined : seal.segments[address.about];
    if (address === undefined || segment === undefined || address.arg0 !== 0n) {
      no('no-address');
      continue;
    }
    const start = address.addend;
    const end = start + region.size;
    if (end > segment.bufsz) {
      no('outside');
      continue;
    }
    if (region.digest === undefined) {
      const taken = mine.some(
        (live) =>
          live.source === 'digest' &&
          live.offset === BigInt(at + purgatoryRegion.fields.digest.offset) &&
          live.about === address.about &&
          live.arg0 === start &&
          live.arg1 === region.size,
      );
      if (!taken) no('not-taken');
      continue;
    }
    const from = Number(segment.bufOffset + start);
    const bytes = bytesOf(segment.member)?.subarray(from, from + Number(region.size));
    if (bytes === undefined || digestOf(sha256(bytes)) !== region.digest) no('digest');
    const written = seal.live.some(
      (live) =>
        live.segment === address.about && live.offset < end && start < live.offset + live.size,
    );
    if (written) no('written');
  }
  return problems;
}
