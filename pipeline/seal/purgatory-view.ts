/** What the purgatory in a bundle was told, read back. */
import { nameOf } from '../format/code-table.ts';
import { decodeCommands } from '../format/cp-commands.ts';
import { decodeIplBlock, type IplBlock } from '../format/ipl-block.ts';
import { consoles, stepsWithRegion } from '../format/purgatory-layout.ts';
import { decodePage, type PageStep } from '../format/purgatory-page.ts';
import { fail, ok, type Result } from '../problem/result.ts';
import { type Digest, digestOf } from '../units/units.ts';
import { regionAddress } from './purgatory-rules.ts';
import type { Seal } from './seal-codec.ts';

export type PurgatoryView = {
  readonly profile: string;
  readonly console: { readonly kind: string; readonly base: bigint; readonly baud: number };
  readonly policy: readonly {
    readonly kind: PageStep['kind'];
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

/** Reads the head of a purgatory image. Its static digest is checked; for its regions see purgatory-rules.ts. */
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
    if (stepsWithRegion.includes(kind) && regions[Number(args[0])]?.policyOnly !== true)
      return no(`step ${index}`);
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

/** What a step needs of the image, as sealed, and what the loader fills in; undefined: nothing that this tool knows. */
export type StepPage = {
  /** Index in the policy. */
  readonly step: number;
  /** The device of a step `ipl`. Fields that the loader fills are zero. */
  readonly device: IplBlock | undefined;
  /** Those of a step `vmcmd`; none where the loader fills them in. */
  readonly commands: readonly string[] | undefined;
  /** Files that it is filled from, below the root. */
  readonly from: readonly string[];
};

export function stepPages(view: PurgatoryView, seal: Seal, image: Uint8Array): readonly StepPage[] {
  const own = seal.segments.findIndex(({ kind }) => kind === 'purgatory');
  return view.policy.flatMap(({ kind, args }, step): readonly StepPage[] => {
    const index = Number(args[0] ?? 0n);
    const region = view.regions[index];
    const start = regionAddress(seal, own, index)?.addend;
    if (!stepsWithRegion.includes(kind) || region === undefined || start === undefined) return [];
    const end = start + region.size;
    const from = seal.live
      .filter(({ segment, offset }) => segment === own && offset >= start && offset < end)
      .map(({ text }) => text);
    const page = image.subarray(Number(start), Number(end));
    return [
      {
        step,
        device: kind === 'ipl' ? decodeIplBlock(page) : undefined,
        commands: kind === 'vmcmd' ? decodeCommands(page) : undefined,
        from: [...new Set(from)],
      },
    ];
  });
}
