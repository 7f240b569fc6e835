/**
 * A dump goes to a file system as kdump's users know it: here to the very root that the machine ran from when it
 * died, with a journal that must be replayed. The other file systems: test/matrix and bad-file-systems-fall-back.
 */
import { test } from 'vitest';
import { expectDumpOnRoot } from '../support/root-file-system.ts';
import { withWorkFolder } from '../support/work-folder.ts';

test('filesystem-target-holds-vmcore: the root file system, with a dirty journal', () =>
  withWorkFolder('filesystem-root', (folder) => expectDumpOnRoot(folder, 'ext4', '6.12')));
