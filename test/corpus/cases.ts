/** What a case of the corpus is. */
import type { loaderStatuses } from '../../pipeline/format/loader-status.ts';
import type { MachineFiles } from '../fixtures/x86-64-machine.ts';

export type Status = keyof typeof loaderStatuses;

export type Case = {
  /** Says what was done to the good bundle; unique. */
  readonly name: string;
  readonly bytes: () => Uint8Array | Promise<Uint8Array>;
  /** How the loader ends. The tool's problems must stand for the same (reasons.ts). */
  readonly status: Status;
  /** The detail that the loader's report gives; left out where the status says everything. */
  readonly detail?: string;
  /** The trust store in PEM, where it is not the root's certificate. */
  readonly trust?: () => string;
  /** The revocation list beside the trust store; none, where it is left out. */
  readonly revoked?: () => Uint8Array;
  /** The file with attestations beside the bundle; none, where it is left out. */
  readonly attestation?: () => Uint8Array;
  /** Seconds since 1970, where it is not {@link now}. */
  readonly at?: number;
  /** The loader is to arm, not only to check, on this machine. */
  readonly machine?: MachineFiles;
  /** How the tool ends where it does not look, or looks at more (docs/format.md). */
  readonly tool?: Status | 'toolOnly';
};
