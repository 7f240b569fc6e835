/** What a profile may say, and what it means when it says nothing, by architecture. */
import type { CrashkernelRules } from '../crashkernel.ts';
import type { ArchName, PolicyCall, PolicyStep, Profile } from '../profile-types.ts';
import { s390x } from './s390x.ts';
import { x86_64 } from './x86_64.ts';

export type ArchRules = {
  readonly crashkernel: CrashkernelRules;
  readonly policySteps: readonly PolicyStep['kind'][];
  /** The calls in which purgatory can find corruption, in their order. */
  readonly policyCalls: readonly PolicyCall[];
  /** Of a call whose steps decide nothing; undefined: that is a mistake. */
  readonly policyEnds: Readonly<Partial<Record<PolicyCall, PolicyStep>>>;
  readonly defaultPolicy: readonly PolicyStep[];
  /** What `testing` allows, if there is anything. */
  readonly testing: boolean;
  /** The default is the first of each. */
  readonly kernelForms: readonly Profile['kernelForm'][];
  readonly backends: readonly Profile['backend'][];
  readonly hotplug: readonly Profile['hotplug'][];
  readonly memoryMaps: readonly Profile['memoryMap'][];
  readonly elfcorehdr: readonly Profile['elfcorehdr'][];
  readonly machineLevels: readonly NonNullable<Profile['machineLevel']>[];
  /** What the capture kernel needs on its command line to be entered directly, if it may be. */
  readonly directNeeds: string | undefined;
  /** Words that the loader writes itself, with what to do instead. */
  readonly ownWords: readonly { readonly word: string; readonly instead: string }[];
  readonly drivers: readonly string[];
  /** Whether there are devices with bus ids, to be set online. */
  readonly ccwDevices: boolean;
  readonly consoles: readonly ('uart' | 'sclp')[];
  /** Where a console device's UART answers when the profile does not say. */
  readonly uartPorts: Readonly<Record<string, number>>;
  readonly pvpanicPort: number;
};

export const archRules: Readonly<Record<ArchName, ArchRules>> = { x86_64, s390x };
