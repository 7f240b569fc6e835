/** What was found somewhere, and what is known of it before it is read. */
import type { ByteSource } from './byte-source.ts';
import type { Lines } from './marker.ts';

export type Stored = {
  readonly source: ByteSource;
  readonly encrypted: boolean;
  /** What it is called where it stays as it is. */
  readonly name: 'vmcore' | 'dmesg';
};

export type Dump = {
  /** `slot 2`, or the name of a file. */
  readonly name: string;
  /** `cut`: whoever wrote it did not come to the end. `unreadable`: the disk does not give its first bytes. */
  readonly state: 'complete' | 'cut' | 'failed' | 'collected' | 'overwritten' | 'unreadable';
  /** What the capture kernel says of it; empty for a file. */
  readonly marker: Lines;
  /** Bytes stored, as far as that is known. */
  readonly size: bigint;
  readonly sizeFault?: string | undefined;
  readonly vmcore: Stored | undefined;
  readonly log: Stored | undefined;
  /** What the capture kernel has written of how it went, as lines. */
  readonly report?: readonly string[];
};
