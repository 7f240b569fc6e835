/** What a profile may say, and what it means when it says nothing. */
import type { CaptureChoices } from './capture-choices.ts';
import type { PolicyCall, PolicyStep } from './policy-step.ts';

export type ProfileRules = {
  readonly crashkernel: CrashkernelRules;
  readonly policySteps: readonly PolicyStep['kind'][];
  /** The calls in which purgatory can find corruption, in their order. */
  readonly policyCalls: readonly PolicyCall[];
  /** Of a call whose steps decide nothing; undefined: that is a mistake. */
  readonly policyEnds: Readonly<Partial<Record<PolicyCall, PolicyStep>>>;
  readonly defaultPolicy: readonly PolicyStep[];
  /** What `testing` allows, if there is anything. */
  readonly testing: boolean;
  /** What a kernel image is here, with its article. */
  readonly kernelImage: string;
  /** The default is the first that may be chosen. */
  readonly kernelForms: Readonly<Record<string, KernelForm>>;
  /** The default is the first of each. */
  readonly memoryMaps: Readonly<Record<string, Choice>>;
  readonly backends: readonly CaptureChoices['backend'][];
  readonly hotplug: readonly CaptureChoices['hotplug'][];
  readonly elfcorehdr: readonly CaptureChoices['elfcorehdr'][];
  /** Oldest first; empty where machines have none. */
  readonly machineLevels: readonly string[];
  /** Words that only the loader writes, by name (without `=`), with what to do instead. */
  readonly loaderWords: Readonly<Record<string, string>>;
  readonly drivers: readonly string[];
  /** Of network cards, where a profile names none. */
  readonly networkDrivers: readonly string[];
  /** What makes AES fast, where a target lies in an encrypted volume. */
  readonly cipherDrivers: readonly string[];
  /** Asked for beside every list: without them the capture kernel cannot tell which memory is there. */
  readonly memoryDrivers: readonly string[];
  /** Whether there are devices with bus ids, to be set online. */
  readonly ccwDevices: boolean;
  readonly consoles: readonly ('uart' | 'memoryUart' | 'sclp' | 'sbi' | 'hvc')[];
  /** Where a console device's UART answers when the profile does not say. */
  readonly uartPorts: Readonly<Record<string, number>>;
  readonly pvpanicPort: number;
};

/** What an architecture's kernel does with `crashkernel=`. */
export type CrashkernelRules = {
  /** Whether `,high` and `,low` exist. */
  readonly highLow: boolean;
  /** A fixed offset must be a multiple of this. */
  readonly offsetAlign: bigint;
  /** Where a region must have ended; undefined: the kernel places it right. */
  readonly end?: bigint;
};

/** A word that an architecture has for a key, and when it may be chosen. */
export type Choice = {
  readonly about: string;
  /** Why only `kexec_load(2)` can do it; undefined: others can. */
  readonly needsSegments?: string;
};

export type KernelForm = Choice & {
  /** A word without which the kernel must not start in this form, and why. */
  readonly needsWord?: { readonly word: string; readonly because: string };
};
