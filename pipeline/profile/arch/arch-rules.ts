/** What a profile may say, and what it means when it says nothing, by architecture. */
import type { CrashkernelRules } from '../crashkernel.ts';
import type { ArchName, PolicyStep, Profile } from '../profile-types.ts';
import { x86_64 } from './x86_64.ts';

export type ArchRules = {
  readonly crashkernel: CrashkernelRules;
  readonly policySteps: readonly PolicyStep['kind'][];
  readonly memoryMaps: readonly Profile['memoryMap'][];
  /** What the capture kernel needs on its command line to be entered directly, if it may be. */
  readonly directNeeds: string | undefined;
  /** Words that the loader writes itself, with what to do instead. */
  readonly ownWords: readonly { readonly word: string; readonly instead: string }[];
  readonly drivers: readonly string[];
  /** Where a console device's UART answers when the profile does not say. */
  readonly uartPorts: Readonly<Record<string, number>>;
  readonly pvpanicPort: number;
};

export const archRules: Readonly<Record<ArchName, ArchRules>> = { x86_64 };
