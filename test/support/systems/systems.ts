/** Every architecture that guests can be of: a file here, and its line. */
import type { GuestArch } from '../../../pipeline/guest/machines/machines.ts';
import { arm64 } from './arm64.ts';
import { i386 } from './i386.ts';
import { ppc64le } from './ppc64le.ts';
import { riscv64 } from './riscv64.ts';
import { s390x } from './s390x.ts';
import type { TestSystem } from './test-system.ts';
import { x86_64 } from './x86-64.ts';

export const testSystems: Readonly<Record<GuestArch, TestSystem>> = {
  x86_64,
  s390x,
  arm64,
  riscv64,
  ppc64le,
  i386,
};
