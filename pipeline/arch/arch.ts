/** The architectures there are. One is a folder here and a name in this list; nothing else in the tool names one. */

import type { ByteOrder } from '../format/layout.ts';
import type { Architecture } from './architecture.ts';
import { arm64 } from './arm64/arm64.ts';
import { i386 } from './i386/i386.ts';
import { ia64 } from './ia64/ia64.ts';
import { ppc64le } from './ppc64le/ppc64le.ts';
import { riscv64 } from './riscv64/riscv64.ts';
import { s390x } from './s390x/s390x.ts';
import { x86_64 } from './x86_64/x86-64.ts';

/** The first is a profile's default. */
export const architectures = { x86_64, s390x, arm64, riscv64, ppc64le, i386, ia64 } as const;

export type ArchName = keyof typeof architectures;

export const archNames = Object.keys(architectures) as [ArchName, ...ArchName[]];

export const architectureOf = (name: ArchName): Architecture => architectures[name];

/** The one that a seal is for. */
export const architectureBy = (elf: {
  readonly machine: number;
  readonly order: ByteOrder;
}): Architecture | undefined =>
  archNames
    .map(architectureOf)
    .find((one) => one.elf.machine === elf.machine && one.elf.order === elf.order);

type EachRules = (typeof architectures)[ArchName]['profile'];
type EachKey<T> = T extends unknown ? keyof T & string : never;

/** The words that each architecture has of its own, all together. */
export type KernelForm = EachKey<EachRules['kernelForms']>;
export type MemoryMap = EachKey<EachRules['memoryMaps']>;
export type MachineLevel = EachRules['machineLevels'][number];

/** Each of the words in its order, once. */
const eachWord = <W extends string>(words: (name: ArchName) => readonly string[]): [W, ...W[]] =>
  [...new Set(archNames.flatMap(words))] as [W, ...W[]];

export const kernelForms = eachWord<KernelForm>((name) =>
  Object.keys(architectures[name].profile.kernelForms),
);
export const memoryMaps = eachWord<MemoryMap>((name) =>
  Object.keys(architectures[name].profile.memoryMaps),
);
export const machineLevels = eachWord<MachineLevel>(
  (name) => architectures[name].profile.machineLevels,
);
