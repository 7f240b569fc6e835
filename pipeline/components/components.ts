/** The parts of a bundle, and what they ask of the machine. */
import type { BundleMatch, Component } from '../arch/component.ts';
import type { sealFlags } from '../format/seal-layout.ts';
import type { ResolvedInputs } from '../inputs/resolved-inputs.ts';

export type KernelFacts = {
  readonly release: string | undefined;
  /** GNU build id, 20 bytes. */
  readonly buildId: Uint8Array | undefined;
  /** From the start of the kernel segment. */
  readonly entryOffset: bigint;
  /** Bytes the kernel needs from its load address until it runs (init_size, or the end of its bss). */
  readonly needs: bigint;
  /** What the loader must check of the machine before this kernel may run on it. */
  readonly sealFlags: readonly (keyof typeof sealFlags)[];
};

export type Components = {
  readonly inputs: ResolvedInputs;
  readonly kernelFacts: KernelFacts;
  readonly commandLine: string;
  /** What the dump's marker calls the bundle; undefined with a finished initramfs, which writes what it wants. */
  readonly markerName: string | undefined;
  /** Entry point of purgatory, from the start of its segment. */
  readonly purgatoryEntry: bigint;
  /** What the parts need of the machine. */
  readonly match: readonly BundleMatch[];
  /** Modules of this kernel that tell which memory is there, and that the initramfs is known not to have. */
  readonly missingMemoryDrivers: readonly string[];
  /** In archive order: kernel, initramfs.base, initramfs.overlay, initramfs.local, elfcorehdr, purgatory, then the architecture's. */
  readonly parts: readonly Component[];
};
