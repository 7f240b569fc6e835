/** Numbers that tool and loader share: what a loader has room for. docs/format.md is generated from here. */
import { lastSecond } from '../units/time.ts';

type Limit = { readonly value: number; readonly doc: string };
const table = <T extends Readonly<Record<string, Limit>>>(limits: T): T => limits;

export const limits = table({
  bundleSizeMax: {
    value: 4 * 2 ** 30,
    doc: 'bytes of a bundle; a kernel and an initramfs are some hundred MiB at most',
  },
  bundleHeadMax: {
    value: 2 << 20,
    doc: 'seal and signatures with their headers, and the header after them, lie within these bytes',
  },
  bundleSignatureMax: { value: 64 << 10, doc: 'bytes of a signature with its certificates' },
  cmsCertificatesMax: { value: 8, doc: "certificates of a signature; the signer's comes first" },
  certificateExtensionsMax: {
    value: 32,
    doc: 'extensions of a certificate: each is compared with those before it; common ones have ten',
  },
  trustFileMax: { value: 64 << 10, doc: 'bytes of a trust store' },
  trustAnchorsMax: { value: 16, doc: 'certificates of a trust store' },
  attestationFileMax: { value: 256 << 10, doc: 'bytes of a file with attestations' },
  attestationsMax: { value: 8, doc: 'attestations in such a file' },
  sealBytesMax: { value: 1 << 20, doc: 'bytes of seal.bin' },
  sealMembersMax: { value: 16, doc: 'members that a seal lists' },
  sealSegmentsMax: {
    value: 16,
    doc: 'segments: KEXEC_SEGMENT_MAX of every architecture (linux/kexec.h)',
  },
  sealLiveMax: {
    value: 256,
    doc: 'live values: far above what a profile needs, low enough for checks of every pair',
  },
  sealMatchMax: { value: 64, doc: 'match rules' },
  sealTargetsMax: { value: 16, doc: 'dump targets of a profile' },
  sealProbesMax: { value: 256, doc: 'probes: a bond has one for each of its ports' },
  sealPathMax: {
    value: 255,
    doc: "bytes of a path below the root; with the root's own name it stays below PATH_MAX",
  },
  sealE820Max: {
    value: 128,
    doc: 'entries of a memory map: boot_params.e820_table (x86 boot protocol)',
  },
  sealE820EntryBytes: { value: 20, doc: 'bytes of such an entry' },
  efiMapMax: {
    value: 64 << 10,
    doc: 'bytes of an EFI memory map, as firmware has it and for the capture kernel: some thousand descriptors',
  },
  efiParametersBytes: {
    value: 96,
    doc: 'bytes of ia64_boot_param, with the place of virtual machine code after it',
  },
  treeMax: {
    value: 2 << 20,
    doc: 'bytes of a device tree, the running one and the one for the capture kernel: what arm64 kernels map (arch/arm64, booting.rst)',
  },
  treeAdditionsMax: { value: 64 << 10, doc: 'bytes of the additions to a device tree' },
  treeDepthMax: { value: 64, doc: 'nodes in one another: FDT_MAX_DEPTH of Linux' },
  treeNameMax: {
    value: 256,
    doc: 'bytes of the name of a property in a device tree, with a NUL: far above the 31 of the Devicetree Specification',
  },
  treePathMax: { value: 256, doc: 'bytes of the path of a node in the additions, with a NUL' },
  treeRangesMax: { value: 16, doc: 'ranges of one property in the additions' },
  digestParts: { value: 16, doc: 'parts of a digest by parts' },
  digestPartsFrom: { value: 64 << 10, doc: 'bytes from which on a digest is by parts' },
  digestPartsBlock: {
    value: 64,
    doc: 'every part but the last has a multiple of so many bytes: a block of SHA-256',
  },
  lastSecond: {
    value: lastSecond,
    doc: '9999-12-31T23:59:59Z: the last that a certificate can state (RFC 5280, 4.1.2.5)',
  },
});

/** Of the modulus of an RSA key: NIST SP 800-131A signs with no fewer, and BearSSL has room for no more. */
export const rsaBits = { least: 2048, most: 4096 } as const;
