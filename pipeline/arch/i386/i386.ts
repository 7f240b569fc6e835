/** i386: bzImage kernels by their 32-bit entry, boot_params, everything below 4 GiB. */
import { elfMachine } from '../../format/elf.ts';
import { fail, ok, type Result } from '../../problem/result.ts';
import type { Architecture, PreparedKernel } from '../architecture.ts';
import { entry32, parseBzImage, xloadflag } from '../x86/bzimage.ts';
import { compressedKernel } from '../x86/compressed-kernel.ts';
import { placement, x86 } from '../x86/x86.ts';
import { profile } from './profile-rules.ts';

function prepareKernel(image: Uint8Array): Result<PreparedKernel> {
  const parsed = parseBzImage(image, entry32);
  if (!parsed.ok) return parsed;
  // Its 32-bit entry leads into 64 bits: not into the mode of a dump that this architecture's tools read.
  if ((parsed.value.header.xloadflags & xloadflag.kernel64) !== 0)
    return fail({
      area: 'component',
      kind: 'kernel-other-machine',
      found: 'x86_64',
      bits: 64,
      expected: 'i386',
    });
  return compressedKernel(parsed.value, entry32, []);
}

export const i386: Architecture<typeof profile> = {
  ...x86,
  name: 'i386',
  shownOnly: undefined,
  profile,
  elf: { machine: elfMachine.i386, bits: 32, order: 'little' },
  debian: { architecture: 'i386', multiarch: 'i386-linux-gnu' },
  // xor %eax, %eax; ret
  returnsZero: Uint8Array.of(0x31, 0xc0, 0xc3),
  nodeName: 'ia32',
  embedded: async () => ({
    loader: (await import('../../../out/native/i386/crashseal-rehearse.gz')).default,
    purgatory: (await import('../../../out/native/i386/purgatory.bin')).default,
  }),
  memorySectionBits: undefined,
  crashRegionFiles: undefined,
  // The loader keeps 8 pages free for the running kernel; the rest is room for growth.
  placement: placement(64n << 10n),
  // A kernel of 32 bits is linked for its place: only its decompressor can put it elsewhere.
  unpackKernel: async () => ok(new Uint8Array()),
  prepareKernel,
};
