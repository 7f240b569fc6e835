import { test } from 'vitest';
import { examples } from '../support/examples.ts';
import { expectHeaderToSurvive } from '../support/filled-memory.ts';
import { withWorkFolder } from '../support/work-folder.ts';

test.each(examples(['e820', 'memmap'], 1))(
  'elfcorehdr-survives-a-capture-kernel-that-fills-its-memory: memory map by %s',
  (memoryMap) => {
    const name = `elfcorehdr-survives-${memoryMap}`;
    return withWorkFolder(name, (folder) =>
      expectHeaderToSurvive(folder, {
        name,
        kernel: '6.12',
        crashkernel: ['192M'],
        profile: { memoryMap },
      }),
    );
  },
);
