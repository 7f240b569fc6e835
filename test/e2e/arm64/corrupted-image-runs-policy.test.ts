/** arm64: reset by PSCI. Other loaders boot a corrupted image, or spin in silence. */
import { runsPolicyOnCorruption } from '../../support/corruption-promises.ts';

runsPolicyOnCorruption({
  name: 'arm64-corrupted',
  arch: 'arm64',
  kernel: '6.12',
  cpus: 2,
  argument: 'device-tree',
  flips: 3,
});
