/** riscv64: an initramfs that was brought along captures, and the ELF core header outlives all that a capture kernel does. */
import { test } from 'vitest';
import { expectHeaderToSurvive } from '../../support/filled-memory.ts';
import { withWorkFolder } from '../../support/work-folder.ts';

test('own-initramfs-captures-vmcore and elfcorehdr-survives', () =>
  withWorkFolder('riscv64-survives', (folder) =>
    expectHeaderToSurvive(folder, { name: 'riscv64-survives', arch: 'riscv64', kernel: '6.12' }),
  ));
