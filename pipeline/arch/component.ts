/** A part of a bundle before it has a place: bytes, and what must be known to place and fill it. */
import {
  type LiveKind,
  type liveForms,
  liveSources,
  type matchKinds,
  type SealLive,
  type segmentKinds,
} from '../format/seal-layout.ts';

export type SegmentKind = keyof typeof segmentKinds;

/** A segment-to-be. One member of the bundle each. */
export type Component = {
  /** Name of the member in the bundle, and of the segment in messages. */
  readonly name: string;
  readonly kind: SegmentKind;
  readonly bytes: Uint8Array;
  /** Where the member holds more than is loaded: all of it, and where in it `bytes` begin. */
  readonly member?: { readonly bytes: Uint8Array; readonly offset: number };
  /** An initramfs: bytes of memory it takes once unpacked; the plan keeps room for it. */
  readonly unpackedSize?: bigint;
  /** Bytes it occupies; at least `bytes.length`. */
  readonly memorySize: bigint;
  readonly align: bigint;
  /** Lowest physical address it may get. */
  readonly minAddress: bigint;
  /** It must get this place, from the start of the crash region; the loader refuses otherwise. */
  readonly fixedPlace?: bigint;
  /** Ranges of `bytes` that purgatory checks. Those that hold no live value keep their build-time digest. */
  readonly checked: readonly {
    readonly name: string;
    readonly start: number;
    readonly end: number;
  }[];
  /** What the loader writes into it. `about` names another component. */
  readonly live: readonly LiveValue[];
};

export type LiveValue = Partial<
  Omit<
    SealLive,
    | 'source'
    | 'form'
    | 'segment'
    | 'about'
    | 'textOffset'
    | 'textLength'
    | 'wordsOffset'
    | 'wordsLength'
  >
> & {
  readonly source: keyof typeof liveSources;
  readonly form: keyof typeof liveForms;
  readonly about?: string;
  /** A path below the root. */
  readonly text?: string;
  /** Words before a number in a text form. */
  readonly words?: string;
  readonly offset: bigint;
  readonly size: bigint;
};

/** What it writes; a number in a text form counts as a text. */
export const liveKindOf = ({ source, form }: LiveValue): LiveKind =>
  form === 'textHex' || form === 'textKib' ? 'text' : liveSources[source].kind;

/** What a machine must answer, beside what the profile asks of it. */
export type BundleMatch = {
  readonly kind: keyof typeof matchKinds;
  /** Below the root; empty for `online`. */
  readonly path: string;
  readonly value: string;
};
