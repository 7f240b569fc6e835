/** x86_64: bzImage kernels, boot_params, the 64-bit boot protocol. */
import { elfMachine } from '../../format/elf.ts';
import { ok, type Result } from '../../problem/result.ts';
import type { Architecture } from '../architecture.ts';
import { entry64, parseBzImage } from '../x86/bzimage.ts';
import { unpackPayload } from '../x86/payload.ts';
import { placement, x86 } from '../x86/x86.ts';
import { flattenVmlinux, prepareKernel } from './kernel.ts';
import { profile } from './profile-rules.ts';

export const x86_64: Architecture<typeof profile> = {
  ...x86,
  name: 'x86_64',
  shownOnly: undefined,
  profile,
  elf: { machine: elfMachine.x86_64, bits: 64, order: 'little' },
  debian: { architecture: 'amd64', multiarch: 'x86_64-linux-gnu' },
  // xor %eax, %eax; ret
  returnsZero: Uint8Array.of(0x31, 0xc0, 0xc3),
  nodeName: 'x64',
  embedded: async () => ({
    loader: (await import('../../../out/native/x86_64/crashseal-rehearse.gz')).default,
    purgatory: (await import('../../../out/native/x86_64/purgatory.bin')).default,
  }),
  memorySectionBits: 27,
  crashRegionFiles: undefined,
  // At least 64 pages, and one per GiB of memory (kexec_load(2), control pages); this is 128 pages.
  placement: placement(512n << 10n),
  async unpackKernel(run, image, form): Promise<Result<Uint8Array>> {
    const parsed = parseBzImage(image, entry64);
    if (!parsed.ok) return parsed;
    if (form === 'compressed') return ok(new Uint8Array());
    const vmlinux = await unpackPayload(run, parsed.value.payload);
    return vmlinux.ok ? flattenVmlinux(parsed.value, vmlinux.value) : vmlinux;
  },
  prepareKernel,
};
