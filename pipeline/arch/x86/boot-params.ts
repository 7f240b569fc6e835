/**
 * boot_params ("zero page") and the command line after it.
 * Linux, arch/x86/include/uapi/asm/bootparam.h and Documentation/arch/x86/zero-page.rst.
 *
 * What stays zero on purpose: screen_info (the framebuffer belongs to the crashed kernel's driver, the
 * capture kernel speaks on a serial line), efi_info (its memory map would point at reused memory; the RSDP
 * is handed over by address instead) and sentinel (else the kernel clears half of what we write).
 */

import { bytes, layout, patch, u8, u32, u64 } from '../../format/layout.ts';
import { ok, type Result } from '../../problem/result.ts';
import { alignUp } from '../../units/units.ts';
import type { ParameterRequest } from '../architecture.ts';
import type { Component, LiveValue } from '../component.ts';
import { entry32, parseBzImage, setupHeader, setupHeaderStart } from './bzimage.ts';

export const bootParams = layout('boot_params', 0x1000, 'x86 boot_params, as far as we fill it', {
  acpiRsdpAddr: u64(0x070, 'physical address of the RSDP'),
  extRamdiskImage: u32(0x0c0, 'initramfs address, high half'),
  extRamdiskSize: u32(0x0c4, 'initramfs size, high half'),
  extCmdLinePtr: u32(0x0c8, 'command line address, high half'),
  e820Entries: u8(0x1e8, 'entries of e820Table'),
  secureBoot: u8(0x1ec, 'as the firmware had it'),
  sentinel: u8(0x1ef, '0'),
  header: bytes(0x1f1, 0x290 - 0x1f1, 'setup header and room for it to grow'),
  e820Table: bytes(0x2d0, 128 * 20, 'memory map: 128 entries of 20 bytes'),
});

const component = 'boot_params';
const page = 4096n;
/** Loader id 0xD is kexec (boot protocol, type_of_loader). */
const kexecLoader = 0xd0;
const liveBootParams = 'sys/kernel/boot_params/data';

export const elfcorehdrWords = ' elfcorehdr=0x';

/**
 * The e820 table is filled in both modes, with the same ranges. With `memmap=exactmap` the kernel drops
 * it for the words on the command line; code that runs before the command line is parsed (decompressor,
 * 5-level trampoline) still sees no memory that it must not touch, and neither does a kernel whose
 * command line got lost.
 */
export function bootParamsComponent(request: ParameterRequest): Result<Component> {
  const elfcorehdr = request.elfcorehdr?.name;
  if (elfcorehdr === undefined) throw new Error('x86 kernels are passed an ELF core header');
  const image = parseBzImage(request.image, entry32);
  if (!image.ok) return image;
  const { headerBytes } = image.value;
  const bufferSize = request.kernel.commandLineMaximum + 1;
  const content = new Uint8Array(bootParams.size + bufferSize);
  content.set(
    headerBytes.subarray(0, bootParams.fields.header.size),
    bootParams.fields.header.offset,
  );
  patch(setupHeader, content, setupHeaderStart, 'typeOfLoader', kexecLoader);
  patch(setupHeader, content, setupHeaderStart, 'loadflags', 0);
  patch(setupHeader, content, setupHeaderStart, 'setupData', 0n);
  const size = request.initramfs.size;
  patch(setupHeader, content, setupHeaderStart, 'ramdiskSize', Number(size & 0xffffffffn));
  patch(bootParams, content, 0, 'extRamdiskSize', Number(size >> 32n));
  content.set(new TextEncoder().encode(request.commandLine), bootParams.size);

  return ok({
    name: component,
    kind: 'bootParams',
    bytes: content,
    memorySize: alignUp(BigInt(content.length), page),
    align: page,
    // The kernel refuses nothing here, but the first pages hold what firmware left.
    minAddress: 0x10000n,
    checked: [{ name: component, start: 0, end: content.length }],
    live: [
      ...addresses(request.initramfs.name),
      ...machine(elfcorehdr),
      ...words(request, elfcorehdr),
    ],
  });
}

const headerField = (key: keyof typeof setupHeader.fields): number =>
  setupHeaderStart + setupHeader.fields[key].offset;

/** An address that boot_params holds as two halves of 32 bits, `low` and `high`. */
function halves(
  about: string,
  addend: bigint,
  low: number,
  high: number,
): readonly [LiveValue, LiveValue] {
  const half = (offset: number, shift: bigint): LiveValue => ({
    source: 'segmentAddress',
    form: 'little',
    width: 4,
    about,
    offset: BigInt(offset),
    size: 4n,
    addend,
    arg0: shift,
  });
  return [half(low, 0n), half(high, 32n)];
}

const addresses = (initramfs: string): readonly LiveValue[] => [
  ...halves(initramfs, 0n, headerField('ramdiskImage'), bootParams.fields.extRamdiskImage.offset),
  ...halves(
    component,
    BigInt(bootParams.size),
    headerField('cmdLinePtr'),
    bootParams.fields.extCmdLinePtr.offset,
  ),
];

/** What the firmware told the system kernel, and the memory that the capture kernel may use. */
function machine(elfcorehdr: string): readonly LiveValue[] {
  const same = (offset: number, size: bigint): LiveValue => ({
    source: 'fileBytes',
    form: 'own',
    text: liveBootParams,
    offset: BigInt(offset),
    size,
    arg0: BigInt(offset),
  });
  const { acpiRsdpAddr, e820Entries, e820Table, secureBoot } = bootParams.fields;
  return [
    {
      source: 'acpiRsdp',
      form: 'little',
      width: 8,
      offset: BigInt(acpiRsdpAddr.offset),
      size: 8n,
    },
    same(secureBoot.offset, 1n),
    // hardware_subarch and the 64 bits of data after it.
    same(headerField('hardwareSubarch'), 12n),
    {
      source: 'e820',
      form: 'own',
      about: elfcorehdr,
      offset: BigInt(e820Table.offset),
      size: BigInt(e820Table.size),
      arg0: BigInt(e820Entries.offset),
    },
  ];
}

function words(request: ParameterRequest, about: string): readonly LiveValue[] {
  const buffer = {
    offset: BigInt(bootParams.size),
    size: BigInt(request.kernel.commandLineMaximum + 1),
    about,
  };
  const elfcorehdr: LiveValue = {
    source: 'segmentAddress',
    form: 'textHex',
    words: elfcorehdrWords,
    ...buffer,
  };
  return request.choices.memoryMap === 'memmap'
    ? [elfcorehdr, { source: 'memmap', form: 'own', ...buffer }]
    : [elfcorehdr];
}
