/**
 * What the capture kernel is told: boot parameters, an EFI memory map, words on the command line.
 * On a machine purgatory would have to copy the rest at the panic, and to answer EFI's SetVirtualAddressMap, which can be
 * called only once (docs/decisions/0016-ia64-is-shown-and-never-run.md).
 */

import { bytes, layout, patch, u16, u32, u64 } from '../../format/layout.ts';
import { limits } from '../../format/limits.ts';
import { ok, type Result } from '../../problem/result.ts';
import { alignUp } from '../../units/units.ts';
import type { HandOver, ParameterRequest } from '../architecture.ts';
import type { Component, LiveValue } from '../component.ts';

/** Linux, arch/ia64/include/uapi/asm/setup.h and asm/processor.h; what virtual machines add is zero. */
export const bootParam = layout(
  'ia64_boot_param',
  limits.efiParametersBytes.value,
  'ia64_boot_param',
  {
    commandLine: u64(0x00, 'address of the command line'),
    efiSystab: u64(0x08, "the EFI system table, as the running kernel's"),
    efiMemmap: u64(0x10, 'address of the EFI memory map'),
    efiMemmapSize: u64(0x18, 'its bytes'),
    efiMemdescSize: u64(0x20, 'bytes of a descriptor, as firmware has it'),
    efiMemdescVersion: u32(0x28, 'version of a descriptor, 1'),
    columns: u16(0x2c, "the console, as the running kernel's"),
    rows: u16(0x2e, 'likewise'),
    originX: u16(0x30, 'likewise'),
    originY: u16(0x32, 'likewise'),
    padding: bytes(0x34, 4, 'zero'),
    fpswa: u64(0x38, "the floating-point assistant, as the running kernel's"),
    initrdStart: u64(0x40, 'address of the initramfs'),
    initrdSize: u64(0x48, 'its bytes'),
    vmcodeStart: u64(0x50, 'zero'),
    vmcodeSize: u64(0x58, 'zero'),
  },
);

/** Of a page: parameters, command line, list of segments. */
export const commandLinePlace = 0x100;
export const listPlace = 0xa00;
const listSize = limits.sealSegmentsMax.value * 16;

export const bootParamName = 'boot_params';
export const efiMemmapName = 'efi_memmap';

/**
 * What a person would have to copy out of the machine's memory, from "Boot parameter" and "EFI Memory Map" in /proc/iomem:
 * no file of an ia64 kernel shows them.
 */
export const bootParamFile = 'run/crashseal/ia64/boot-param';
export const efiMemmapFile = 'run/crashseal/ia64/efi-memmap';

const { fields } = bootParam;

/** Copied from the running kernel's parameters: from one field to the end of another. */
const copied = (from: keyof typeof fields, to: keyof typeof fields): LiveValue => {
  const start = BigInt(fields[from].offset);
  const size = BigInt(fields[to].offset + fields[to].size) - start;
  return {
    source: 'fileBytes',
    form: 'own',
    text: bootParamFile,
    offset: start,
    size,
    arg0: start,
  };
};

const addressOf = (about: string, field: keyof typeof fields, addend = 0n): LiveValue => ({
  source: 'segmentAddress',
  form: 'little',
  width: 8,
  about,
  addend,
  offset: BigInt(fields[field].offset),
  size: 8n,
});

const ofMap = { form: 'own', text: efiMemmapFile, about: bootParamName, arg0: 0n } as const;

/** With room for ten digits of KiB each. */
const liveNumber = 10 + 'K'.length;
const words = (elfcorehdr: string | undefined) =>
  [
    { words: ' max_addr=', source: 'crashEnd' },
    { words: ' min_addr=', source: 'crashStart' },
    ...(elfcorehdr === undefined
      ? []
      : [{ words: ' elfcorehdr=', source: 'segmentAddress', about: elfcorehdr } as const]),
  ] as const;

export const liveWords = () =>
  words('elfcorehdr').map((one) => ({
    what: one.words.trim(),
    size: one.words.length + liveNumber,
  }));

export function handOver(request: ParameterRequest, page: bigint): Result<HandOver> {
  const { commandLine, initramfs, elfcorehdr, kernel } = request;
  const buffer = {
    offset: BigInt(commandLinePlace),
    size: BigInt(kernel.commandLineMaximum + 1),
  };
  const content = new Uint8Array(listPlace + listSize);
  patch(bootParam, content, 0, 'initrdSize', initramfs.size);
  content.set(new TextEncoder().encode(commandLine), commandLinePlace);
  const parameters: Component = {
    name: bootParamName,
    kind: 'bootParams',
    bytes: content,
    memorySize: alignUp(BigInt(content.length), page),
    align: page,
    minAddress: 0n,
    checked: [{ name: bootParamName, start: 0, end: content.length }],
    live: [
      addressOf(bootParamName, 'commandLine', BigInt(commandLinePlace)),
      addressOf(efiMemmapName, 'efiMemmap'),
      addressOf(initramfs.name, 'initrdStart'),
      copied('efiSystab', 'efiSystab'),
      copied('efiMemdescSize', 'originY'),
      copied('fpswa', 'fpswa'),
      // By the descriptors' size, which stands there by now.
      {
        source: 'efiMemmapSize',
        ...ofMap,
        offset: BigInt(fields.efiMemmapSize.offset),
        size: 8n,
      },
      {
        source: 'loadedSegments',
        form: 'own',
        offset: BigInt(listPlace),
        size: BigInt(listSize),
      },
      ...words(elfcorehdr?.name).map((one): LiveValue => ({ ...one, form: 'textKib', ...buffer })),
    ],
  };
  const size = limits.efiMapMax.value;
  const map: Component = {
    name: efiMemmapName,
    kind: 'efiMemmap',
    bytes: new Uint8Array(size),
    memorySize: alignUp(BigInt(size), page),
    align: page,
    minAddress: 0n,
    checked: [{ name: efiMemmapName, start: 0, end: size }],
    live: [{ source: 'efiMemmap', ...ofMap, offset: 0n, size: BigInt(size) }],
  };
  return ok({ kernel: request.component, others: [parameters, map] });
}
