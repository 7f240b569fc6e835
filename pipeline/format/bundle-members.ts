/** Members of a bundle, in archive order: each name, how large it may be, and which every bundle has. */
import type { limits } from './limits.ts';

type Member = {
  readonly name: string;
  /** Bytes it may have. */
  readonly limit: keyof typeof limits;
  /** In every bundle; of the others the seal says which there are. */
  readonly required: boolean;
  readonly doc: string;
};
const table = <const T extends Readonly<Record<string, Member>>>(members: T): T => members;

const part = (name: string, required: boolean, doc: string) =>
  ({ name, limit: 'bundleSizeMax', required, doc }) as const;
const signature = (name: string, doc: string) =>
  ({ name, limit: 'bundleSignatureMax', required: name === 'seal.p7s', doc }) as const;
const further =
  'one more signature over the same `seal.bin`, of the same form; numbered without gaps, and not listed in the seal';

export const bundleMembers = table({
  seal: {
    name: 'seal.bin',
    limit: 'sealBytesMax',
    required: true,
    doc: 'the compiled plan, [below](#the-seal)',
  },
  signature: signature('seal.p7s', '[signature](#the-signature) over `seal.bin`'),
  signature2: signature('seal.2.p7s', further),
  signature3: signature('seal.3.p7s', further),
  signature4: signature('seal.4.p7s', further),
  manifest: part('manifest.json', true, '[the same facts](#the-manifest) for people and for `jq`'),
  kernel: part(
    'kernel',
    true,
    'exactly the bytes that are loaded for the capture kernel; with backend `file` or `auto` the whole image as packaged, which its segment points into',
  ),
  initramfsBase: part('initramfs.base', true, 'modules and tools'),
  initramfsOverlay: part(
    'initramfs.overlay',
    false,
    'what one profile adds; placed on the page after the base',
  ),
  initramfsLocal: part(
    'initramfs.local',
    false,
    'zeros: room for a [local overlay](loader.md#local-overlay), on the page after the previous member',
  ),
  elfcorehdr: part(
    'elfcorehdr',
    false,
    'template of the ELF core header: header and slots; s390x kernels make their own',
  ),
  purgatory: part(
    'purgatory',
    true,
    'flat image whose first page is [told what to do](#purgatory)',
  ),
  deviceTree: part(
    'device-tree',
    false,
    'room for the [device tree](#device-tree) of the capture kernel, then the additions that it is made with; architectures that have one',
  ),
  backup: part(
    'backup',
    false,
    'room for memory that the capture kernel overwrites; architectures whose kernels do',
  ),
  bootParams: part(
    'boot_params',
    false,
    'boot parameters, then the command line; x86_64, i386 and ia64',
  ),
  efiMemmap: part('efi_memmap', false, 'room for the EFI memory map of the capture kernel; ia64'),
});
