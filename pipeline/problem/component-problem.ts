import { hex, showSize } from '../units/units.ts';
import type { Explanation } from './explanation.ts';

/** What can be wrong with the inputs of the component stage. Data only: the wording is below. */
export type ComponentProblem =
  | {
      readonly kind: 'kernel-not-image';
      /** With its article. */
      readonly expected: string;
      /** How it is known: `setup header ("HdrS" at 0x202)`. */
      readonly sign: string;
      readonly size: number;
      readonly looksLike: string | undefined;
    }
  | {
      readonly kind: 'kernel-boot-protocol-old';
      readonly version: number;
      readonly minimum: number;
    }
  | { readonly kind: 'kernel-not-relocatable' }
  | {
      readonly kind: 'kernel-lacks-xloadflags';
      readonly flags: number;
      readonly missing: readonly ('kernel64' | 'above4G')[];
    }
  /** `why`: "it is big-endian". */
  | { readonly kind: 'kernel-image-unfit'; readonly why: string }
  | { readonly kind: 'kernel-truncated'; readonly need: number; readonly have: number }
  | { readonly kind: 'kernel-alignment'; readonly alignment: number }
  | {
      readonly kind: 'kernel-header-field';
      /** The architecture that the image is of. */
      readonly image: string;
      readonly field: string;
      readonly value: bigint;
      readonly why: string;
    }
  | {
      readonly kind: 'kernel-payload-unknown';
      readonly magic: string;
      readonly known: readonly string[];
    }
  | {
      readonly kind: 'kernel-payload-corrupt';
      readonly format: string;
      readonly detail: string;
    }
  | { readonly kind: 'kernel-payload-size'; readonly stated: number; readonly found: number }
  | { readonly kind: 'kernel-elf'; readonly detail: string }
  | {
      readonly kind: 'kernel-other-machine';
      readonly found: string;
      readonly bits: number;
      readonly expected: string;
    }
  | {
      readonly kind: 'kernel-elf-outside';
      readonly what: string;
      readonly start: bigint;
      readonly end: bigint;
      readonly low: bigint;
      readonly high: bigint;
    }
  | {
      readonly kind: 'kernel-command-line-room';
      readonly stated: bigint;
      readonly least: bigint;
      readonly most: bigint;
    }
  | {
      readonly kind: 'kernel-newer-machine';
      readonly built: string;
      readonly machineLevel: string;
    }
  /** Options of the kernel's configuration, without `CONFIG_`. */
  | { readonly kind: 'dump-not-readable'; readonly options: readonly string[] }
  | {
      readonly kind: 'kernel-machine-unknown';
      readonly machineLevel: string;
      /** There is a configuration, which does not say. */
      readonly configured: boolean;
    }
  | {
      readonly kind: 'kernel-form-needs-word';
      readonly profile: string;
      readonly form: string;
      readonly word: string;
      readonly because: string;
    }
  | {
      readonly kind: 'command-line-too-long';
      readonly length: number;
      readonly room: number;
      readonly maximum: number;
      readonly reserved: readonly { readonly what: string; readonly size: number }[];
    }
  | { readonly kind: 'command-line-character'; readonly word: string; readonly code: number }
  | { readonly kind: 'command-line-open-quote'; readonly text: string }
  | {
      readonly kind: 'initramfs-tool-missing';
      readonly tool: string;
      readonly have: readonly string[];
    }
  | { readonly kind: 'initramfs-path-twice'; readonly path: string }
  | {
      readonly kind: 'initramfs-compression-unsupported';
      readonly compression: string;
      readonly option: string;
      readonly supported: readonly string[];
    }
  | {
      readonly kind: 'compressor-failed';
      readonly command: string;
      readonly exitCode: number;
      readonly detail: string;
    }
  | { readonly kind: 'initramfs-own-empty' }
  | { readonly kind: 'initramfs-own-foreign'; readonly start: string }
  | { readonly kind: 'initramfs-own-without-init'; readonly init: string }
  | {
      readonly kind: 'elfcorehdr-too-many-slots';
      readonly slots: number;
      readonly maximum: number;
    }
  | {
      readonly kind: 'too-many-regions';
      readonly regions: readonly string[];
      readonly maximum: number;
    }
  | { readonly kind: 'too-many-policy-steps'; readonly steps: number; readonly maximum: number }
  | {
      readonly kind: 'purgatory-too-large';
      readonly size: bigint;
      readonly room: bigint;
      /** Pages that policy steps added. */
      readonly blocks: number;
    }
  | { readonly kind: 'no-purgatory'; readonly arch: string }
  | { readonly kind: 'purgatory-image-foreign'; readonly detail: string };

export function explainComponent(problem: ComponentProblem): Explanation {
  switch (problem.kind) {
    case 'kernel-not-image':
      return {
        message: `the kernel image is not ${problem.expected}`,
        notes: [
          `it has ${problem.size} bytes and no ${problem.sign}`,
          ...(problem.looksLike === undefined ? [] : [`it looks like ${problem.looksLike}`]),
        ],
        hint: 'name the kernel as a distribution ships it, usually /boot/vmlinuz-RELEASE, for the architecture of the profile',
      };
    case 'kernel-boot-protocol-old':
      return {
        message: `the kernel has boot protocol ${showProtocol(problem.version)}, which is too old for its 64-bit entry`,
        notes: [`crashseal needs at least ${showProtocol(problem.minimum)} (Linux 3.8)`],
        hint: 'use a newer kernel as capture kernel; it can be another one than the kernel that panics',
      };
    case 'kernel-not-relocatable':
      return {
        message: 'the kernel is not relocatable, so it cannot run inside the crash region',
        notes: ['relocatable_kernel in its setup header is not 1'],
        hint: 'use a kernel built with CONFIG_RELOCATABLE=y',
      };
    case 'kernel-lacks-xloadflags':
      return {
        message: `the kernel cannot be entered as a capture kernel: ${problem.missing
          .map((flag) =>
            flag === 'kernel64' ? 'it has no 64-bit entry' : 'it must be below 4 GiB',
          )
          .join(' and ')}`,
        notes: [
          `xloadflags is ${hex(problem.flags)}; bit 0 (KERNEL_64) and bit 1 (CAN_BE_LOADED_ABOVE_4G) must be set`,
        ],
        hint: 'use a 64-bit kernel built with CONFIG_RELOCATABLE=y',
      };
    case 'kernel-image-unfit':
      return {
        message: `the kernel image cannot be a capture kernel: ${problem.why}`,
        notes: [],
        hint: 'use another kernel as capture kernel; it can be another one than the kernel that panics',
      };
    case 'kernel-truncated':
      return {
        message: 'the kernel image is truncated',
        notes: [`its header says ${problem.need} bytes, the file has ${problem.have}`],
        hint: 'fetch or copy the kernel again',
      };
    case 'kernel-alignment':
      return {
        message: `the kernel asks for an alignment of ${problem.alignment}; it must be a power of two, at least 4096`,
        notes: ['kernel_alignment in its setup header'],
        hint: 'the image is damaged or not a Linux kernel; fetch it again',
      };
    case 'kernel-header-field':
      return {
        message: `the ${problem.image} kernel image cannot be loaded: ${problem.field} is ${hex(problem.value)}`,
        notes: [problem.why],
        hint: 'name another kernel, or fetch this one again',
      };
    case 'kernel-payload-unknown':
      return {
        message: 'the kernel inside the image has a compression that this tool does not know',
        notes: [
          `it starts with the bytes ${problem.magic}`,
          `this tool knows ${problem.known.join(', ')}`,
        ],
        hint: 'set "kernelForm: compressed" in the profile: the kernel then unpacks itself after the panic',
      };
    case 'kernel-payload-corrupt':
      return {
        message: `the kernel inside the image cannot be unpacked (${problem.format})`,
        notes: problem.detail === '' ? [] : [problem.detail],
        hint: 'fetch the kernel again; if the file is not damaged, set "kernelForm: compressed" in the profile',
      };
    case 'kernel-payload-size':
      return {
        message: 'the kernel inside the image does not have the size that the image states',
        notes: [`the image states ${problem.stated} bytes, unpacked it has ${problem.found}`],
        hint: 'the image is damaged: fetch it again',
      };
    case 'kernel-elf':
      return {
        message: 'the unpacked kernel image is not an executable ELF file',
        notes: [problem.detail],
        hint: 'the image is damaged, or too unusual to be entered directly; try "kernelForm: compressed"',
      };
    case 'kernel-other-machine':
      return {
        message: `the kernel is for ${problem.found} (${problem.bits} bit), the profile for ${problem.expected}`,
        notes: [],
        hint: 'name a kernel of the architecture that the profile states, or change "arch"',
      };
    case 'kernel-elf-outside':
      return {
        message: `the kernel's ${problem.what} lies outside the memory that the kernel says it needs`,
        notes: [
          `${problem.what}: [${hex(problem.start)}, ${hex(problem.end)})`,
          `allowed: [${hex(problem.low)}, ${hex(problem.high)})`,
        ],
        hint: 'the image is damaged, or too unusual to be entered directly; try "kernelForm: compressed"',
      };
    case 'kernel-command-line-room':
      return {
        message: `the kernel image states an impossible size of its command line: ${problem.stated} bytes`,
        notes: [
          `max_command_line_size at 0x10430 must be ${problem.least} to ${problem.most}, or 0`,
        ],
        hint: 'the image is damaged: fetch or build it again',
      };
    case 'kernel-newer-machine':
      return {
        message: `the kernel was built for a ${problem.built} or newer, but the profile says ${problem.machineLevel}`,
        notes: [
          `its configuration has CONFIG_MARCH_${problem.built.toUpperCase()}=y`,
          'on an older machine it stops before it prints anything',
        ],
        hint: 'use a kernel that was built for older machines, or raise "machineLevel"',
      };
    case 'kernel-machine-unknown':
      return {
        message: `crashseal cannot tell whether the kernel runs on a ${problem.machineLevel}`,
        notes: [
          problem.configured
            ? 'its configuration has no CONFIG_MARCH_… that this tool knows'
            : 'only its configuration says for which machine it was built; the image does not',
        ],
        hint: 'give its configuration ("kernel.config"), or drop "machineLevel"',
      };
    case 'dump-not-readable':
      return {
        message: 'makedumpfile cannot read the memory of this kernel: no dump would be saved',
        notes: [
          `its configuration has ${problem.options.map((option) => `CONFIG_${option}=y`).join(' and ')}`,
          'makedumpfile up to 1.7.6 ends with "PAGE SIZE 0x1000 and VA Bits 52 not supported"',
        ],
        hint: 'save the memory as it is ("dump: {format: elf}"), or use a kernel with 48 bits of virtual addresses',
      };
    case 'kernel-form-needs-word':
      return {
        message: `the command line of profile "${problem.profile}" does not have "${problem.word}"`,
        notes: [`a kernel with "kernelForm: ${problem.form}" needs it: ${problem.because}`],
        hint: `do not remove or replace "${problem.word}", or choose another "kernelForm"`,
      };
    case 'command-line-too-long':
      return {
        message: `the capture kernel's command line has ${problem.length} characters, but there is room for ${problem.room} only`,
        notes: [
          `the kernel takes ${problem.maximum}`,
          ...problem.reserved.map(
            ({ what, size }) => `${size} are reserved for what the loader adds: ${what}`,
          ),
        ],
        hint: 'shorten "commandLine.append", or drop inherited words by "commandLine.remove"',
      };
    case 'command-line-character':
      return {
        message: `"${printable(problem.word)}" has a character that a kernel command line cannot hold (code ${problem.code})`,
        notes: ['only printable ASCII is allowed'],
        hint: 'remove it from "commandLine"',
      };
    case 'command-line-open-quote':
      return {
        message: 'a quote in the command line is not closed',
        notes: [problem.text],
        hint: 'close it, or remove it, in "commandLine"',
      };
    case 'initramfs-tool-missing':
      return {
        message: `the initramfs needs ${problem.tool}, but no input provides it`,
        notes: problem.have.length === 0 ? [] : [`provided: ${problem.have.join(', ')}`],
        hint: `add a package or folder that has ${problem.tool} to "tools"`,
      };
    case 'initramfs-path-twice':
      return {
        message: `two inputs provide /${problem.path} of the initramfs, with different content`,
        notes: [],
        hint: 'remove one of them from "tools"',
      };
    case 'initramfs-compression-unsupported':
      return {
        message: `the kernel cannot unpack an initramfs compressed with ${problem.compression}`,
        notes: [
          `its configuration lacks ${problem.option}`,
          `it supports: ${problem.supported.join(', ')}`,
        ],
        hint: 'set "initramfs.compression" to one of these',
      };
    case 'compressor-failed':
      return {
        message: `${problem.command} ended with exit code ${problem.exitCode}`,
        notes: problem.detail === '' ? [] : [problem.detail],
        hint: 'install the program (in Debian one of the packages lz4, zstd, xz-utils, bzip2), or choose another compression',
      };
    case 'initramfs-own-empty':
      return {
        message: 'the initramfs of the profile is an empty file',
        notes: [],
        hint: 'make it again; a capture kernel needs an initramfs to save anything',
      };
    case 'initramfs-own-foreign':
      return {
        message: 'the initramfs of the profile is not one that a kernel can unpack',
        notes: [
          `it begins with the bytes ${problem.start}`,
          'a cpio archive (newc) begins with "070701"; a compressed one begins with the mark of its compression',
        ],
        hint: 'correct "initramfs.path": it must name an image that dracut or mkinitramfs made',
      };
    case 'initramfs-own-without-init':
      return {
        message: `the initramfs of the profile has no ${problem.init}`,
        notes: ['the kernel starts that program; without it, it looks for a root file system'],
        hint: 'make the initramfs with an /init, or name its program with rdinit= in the command line',
      };
    case 'elfcorehdr-too-many-slots':
      return {
        message: `an ELF core header cannot have ${problem.slots} entries`,
        notes: [`at most ${problem.maximum} (e_phnum has 16 bits)`],
        hint: 'lower "limits.cpus" or "limits.memoryRanges"',
      };
    case 'too-many-regions':
      return {
        message: `purgatory would have to check ${problem.regions.length} regions, but it has room for ${problem.maximum} only`,
        notes: [problem.regions.join(', ')],
        hint: 'remove parts from the profile, such as steps "ipl"',
      };
    case 'too-many-policy-steps':
      return {
        message: `the on-corruption policy has ${problem.steps} steps, but purgatory has room for ${problem.maximum} only`,
        notes: [],
        hint: 'shorten "onCorruption"',
      };
    case 'purgatory-too-large':
      return {
        message: `purgatory has ${showSize(problem.size)}, but its place has room for ${showSize(problem.room)} only`,
        notes: [`${problem.blocks} pages of it are for the steps of "onCorruption"`],
        hint: 'drop a step "ipl"',
      };
    case 'no-purgatory':
      return {
        message: `this tool was built without a purgatory for ${problem.arch}`,
        notes: [],
        hint: `build it with ${problem.arch} in ARCHES: "make build"`,
      };
    case 'purgatory-image-foreign':
      return {
        message: 'the purgatory image does not fit this version of the tool',
        notes: [problem.detail],
        hint: 'build the tool again: "make build"',
      };
  }
}

const showProtocol = (version: number): string =>
  `${version >> 8}.${String(version & 0xff).padStart(2, '0')}`;

const printable = (text: string): string =>
  Array.from(text, (char) => (char < ' ' || char > '~' ? '?' : char)).join('');
