/** What came of a bundle that was tried. Plain values: reports and statements are made of it. */
import type { Digest } from '../units/units.ts';
import type { Finding, Outcome } from './finding.ts';

export type Proof = {
  readonly path: string;
  /** SHA-256 of the seal. */
  readonly sealDigest: string;
  readonly profile: string;
  readonly arch: string;
  readonly kernelRelease: string;
  /** The first line of its `--version`. */
  readonly qemu: string;
  readonly machine: {
    readonly cpus: number;
    readonly memoryMiB: number;
    readonly console: string | null;
    /** Of the system that panicked. */
    readonly words: string;
  };
  /** What the system that panicked was made of. */
  readonly parts: { readonly kernel: Digest; readonly busybox: Digest; readonly loader: Digest };
  readonly panicBy: 'sysrq' | 'nmi';
  /** One panic only: nothing was flipped, and no fall-back was tried. */
  readonly quick: boolean;
  readonly outcome: Outcome;
  readonly seconds: number;
  readonly findings: readonly Finding[];
  /** Folder of the console logs; null where they were not kept. */
  readonly logs: string | null;
};
