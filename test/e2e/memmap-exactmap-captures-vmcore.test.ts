/**
 * The memory map reaches the capture kernel on its command line, `memmap=exactmap` and a word for each range:
 * it uses these and nothing else, and the ELF core header is in none of them.
 */
import { expect, test } from 'vitest';
import { complaintsAbout } from '../../pipeline/guest/dump-complaints.ts';
import { capture } from '../support/capture.ts';
import { examples } from '../support/examples.ts';
import { withWorkFolder } from '../support/work-folder.ts';

test.each(examples(['direct', 'compressed'], 1))(
  'memmap-exactmap-captures-vmcore: kernel form %s',
  (form) => {
    const name = `memmap-exactmap-${form}`;
    return withWorkFolder(name, async (folder) => {
      const captured = await capture(folder, {
        name,
        kernel: form === 'direct' ? '6.12' : '6.1',
        cpus: 2,
        profile: { memoryMap: 'memmap', kernelForm: form },
      });
      expect(complaintsAbout(captured.disk, { ...captured, cpus: 2 })).toEqual([]);
      const lines = captured.system.guest.console.lines.map(({ text }) => text);
      const panicAt = lines.findIndex((text) => text.includes(captured.mark.nonce));
      const commandLine = lines.slice(panicAt).find((text) => text.includes('Command line:')) ?? '';
      expect(commandLine).toMatch(/memmap=exactmap( memmap=[0-9a-fxKMG]+[@#$!][0-9a-fxKMG]+)+/i);
    });
  },
);
