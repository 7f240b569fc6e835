/** What purgatory does when a digest is wrong after the panic, step by step. */
import type { IplBlock, IplNvmeDisk, IplRecord, IplScsiDisk } from '../format/ipl-block.ts';

export type PolicyStep = {
  /** Where purgatory is called twice; undefined: the step is for both calls. */
  readonly in?: PolicyCall;
} & (
  | { readonly kind: 'message' }
  | { readonly kind: 'pvpanic'; readonly port: number }
  | { readonly kind: 'reset' }
  | { readonly kind: 'halt' }
  /** Back to the crashed kernel, which then runs its own on_panic action. */
  | { readonly kind: 'return' }
  | VmcmdStep
  | IplStep
  /** A disabled wait with this PSW address; undefined: purgatory says by it what it found. */
  | { readonly kind: 'wait'; readonly code: bigint | undefined }
);

/** `check`: the crashed kernel asks whether the image is good. `start`: it has handed over. */
export type PolicyCall = 'check' | 'start';

/** Commands for CP of z/VM; undefined: those that the machine's own `vmcmd` action would give. */
export type VmcmdStep = {
  readonly kind: 'vmcmd';
  readonly commands: readonly string[] | undefined;
};

export type IplStep = {
  readonly kind: 'ipl';
  readonly device: IplDevice;
  /** ASCII, at most eight characters. */
  readonly loadparm: string | undefined;
  /** ASCII; empty: none. */
  readonly scpData: string;
  readonly delaySeconds: number;
  /** The dump tool is to IPL from where `/sys/firmware/reipl` says when it is done. */
  readonly thenReipl: boolean;
};

/** A device with a stand-alone dump tool. Bus ids as sysfs has them: `0.S.DDDD`, lower-case. */
export type IplDevice =
  | { readonly kind: 'ccw'; readonly busId: string }
  | {
      readonly kind: 'eckd';
      readonly busId: string;
      readonly bootprog: number;
      readonly record: IplRecord;
    }
  | ({ readonly kind: 'fcp'; readonly busId: string } & IplScsiDisk)
  | ({ readonly kind: 'nvme' } & IplNvmeDisk)
  /** What `/sys/firmware/dump` or `/sys/firmware/reipl` names on the machine. */
  | { readonly kind: 'firmware'; readonly of: 'dump' | 'reipl'; readonly type: IplBlock['kind'] }
  /** The FCP path of a SCSI device; `folder` is the device's in sysfs. */
  | {
      readonly kind: 'scsi';
      readonly folder: string;
      readonly bootprog: number;
      readonly brLba: bigint;
    };
