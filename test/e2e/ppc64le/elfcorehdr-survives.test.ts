/** ppc64le: an initramfs that was brought along captures, and the ELF core header outlives all that a capture kernel does. */
import { test } from 'vitest';
import { expectHeaderToSurvive } from '../../support/filled-memory.ts';
import { withWorkFolder } from '../../support/work-folder.ts';

test('own-initramfs-captures-vmcore and elfcorehdr-survives', () =>
  withWorkFolder('ppc64le-survives', (folder) =>
    expectHeaderToSurvive(folder, { name: 'ppc64le-survives', arch: 'ppc64le', kernel: '6.1' }),
  ));
