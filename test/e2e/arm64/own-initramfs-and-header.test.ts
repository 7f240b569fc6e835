/** arm64, at EL2 without VHE: an initramfs that was brought along captures, and the ELF core header outlives all that a capture kernel does. */
import { test } from 'vitest';
import { levels } from '../../support/arm64-machines.ts';
import { expectHeaderToSurvive } from '../../support/filled-memory.ts';
import { withWorkFolder } from '../../support/work-folder.ts';

test('own-initramfs-captures-vmcore and elfcorehdr-survives', () =>
  withWorkFolder('arm64-survives', (folder) =>
    expectHeaderToSurvive(folder, {
      name: 'arm64-survives',
      arch: 'arm64',
      kernel: '6.12',
      crashkernel: ['192M'],
      guest: levels.nvhe,
    }),
  ));
