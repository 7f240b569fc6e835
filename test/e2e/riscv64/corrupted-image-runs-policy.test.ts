/** riscv64: reset by SBI, and a hart that sleeps. */
import { runsPolicyOnCorruption } from '../../support/corruption-promises.ts';

runsPolicyOnCorruption({
  name: 'riscv64-corrupted',
  arch: 'riscv64',
  kernel: '6.12',
  cpus: 2,
  argument: 'device-tree',
  flips: 2,
});
