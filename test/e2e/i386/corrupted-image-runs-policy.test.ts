/** i386: reset by the chipset's register, the keyboard controller or a triple fault, and a CPU that sleeps. */
import { runsPolicyOnCorruption } from '../../support/corruption-promises.ts';

runsPolicyOnCorruption({
  name: 'i386-corrupted',
  arch: 'i386',
  kernel: '6.1',
  cpus: 2,
  memory: 512,
  argument: 'boot_params',
  flips: 2,
});
