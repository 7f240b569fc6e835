/** ppc64le on a hypervisor's partition: messages by its terminal call, reset by RTAS. OPAL's are in test/matrix. */
import { runsPolicyOnCorruption } from '../../support/corruption-promises.ts';

runsPolicyOnCorruption({
  name: 'ppc64le-corrupted',
  arch: 'ppc64le',
  kernel: '6.1',
  cpus: 2,
  argument: 'device-tree',
  flips: 1,
});
