/**
 * On an EFI machine the capture kernel must be told where the ACPI RSDP is: there is no low memory to search.
 * Without it, it would come up blind to most devices, the disk among them.
 */
import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { complaintsAbout } from '../../pipeline/guest/dump-complaints.ts';
import { words } from '../../pipeline/units/words.ts';
import { capture } from '../support/capture.ts';
import { withWorkFolder } from '../support/work-folder.ts';

const code = '/usr/share/OVMF/OVMF_CODE_4M.fd';
const variables = '/usr/share/OVMF/OVMF_VARS_4M.fd';

test('efi-captures-vmcore', () =>
  withWorkFolder('efi', async (folder) => {
    const store = join(folder, 'variables.fd');
    copyFileSync(variables, store);
    const captured = await capture(folder, {
      name: 'efi',
      kernel: '6.12',
      cpus: 2,
      memory: 1024,
      guest: {
        extraArgs: words`
          -drive if=pflash,format=raw,readonly=on,file=${code}
          -drive if=pflash,format=raw,file=${store}
        `,
      },
    });
    const console = captured.system.guest.console;
    expect(console.text()).toMatch(/efi: EFI v/);
    expect(complaintsAbout(captured.disk, { ...captured, cpus: 2 })).toEqual([]);
    const panicAt = console.lines.findIndex(({ text }) => text.includes(captured.mark.nonce));
    const after = console.lines.slice(panicAt).map(({ text }) => text);
    expect(after.some((text) => /ACPI: RSDP 0x0000000/.test(text))).toBe(true);
  }));
