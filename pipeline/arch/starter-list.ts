/**
 * The starter profiles of each architecture, in the order of the architectures. Apart from these, because every `--help`
 * tells of the classes of machine, and needs nothing else of an architecture.
 */
import type { ArchName } from './arch.ts';
import { starters as arm64 } from './arm64/starters.ts';
import { starters as i386 } from './i386/starters.ts';
import { starters as ia64 } from './ia64/starters.ts';
import { starters as ppc64le } from './ppc64le/starters.ts';
import { starters as riscv64 } from './riscv64/starters.ts';
import { starters as s390x } from './s390x/starters.ts';
import type { Starters } from './starters.ts';
import { starters as x86_64 } from './x86_64/starters.ts';

export const startersOf: Readonly<Record<ArchName, Starters>> = {
  x86_64,
  s390x,
  arm64,
  riscv64,
  ppc64le,
  i386,
  ia64,
};
