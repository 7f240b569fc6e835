/**
 * manifest.json: what is in the seal, and what led to it, for people and for `jq`.
 * Addresses and places are hex strings, sizes and counts are integers, keys are sorted, nothing is a float.
 * docs/format.md, "The manifest".
 */

import { fileLosses, matchKinds, sealVersion } from '../format/seal-layout.ts';
import { showDate } from '../units/time.ts';
import { hex } from '../units/units.ts';
import type { Seal, SealedLive } from './seal-codec.ts';

export type ManifestValue =
  | null
  | boolean
  | string
  | number
  | bigint
  | readonly ManifestValue[]
  | { readonly [key: string]: ManifestValue };
export type Manifest = { readonly [key: string]: ManifestValue };

export const manifestName = 'manifest.json';

/** Sorted keys, two spaces, a newline at the end: same manifest, same bytes. */
export const renderManifest = (manifest: Manifest): Uint8Array =>
  new TextEncoder().encode(`${renderValue(manifest, '')}\n`);

function renderValue(value: ManifestValue, indent: string): string {
  if (typeof value === 'number' && !Number.isSafeInteger(value))
    throw new Error(`${value} is not an integer`);
  if (typeof value === 'bigint') return `${value}`;
  if (value === null || typeof value !== 'object') return JSON.stringify(value);
  const deeper = `${indent}  `;
  const lines = isList(value)
    ? value.map((item) => renderValue(item, deeper))
    : Object.keys(value)
        .sort()
        .map((key) => `${JSON.stringify(key)}: ${renderValue(value[key] ?? null, deeper)}`);
  const [open, close] = isList(value) ? '[]' : '{}';
  return lines.length === 0
    ? `${open}${close}`
    : `${open}\n${deeper}${lines.join(`,\n${deeper}`)}\n${indent}${close}`;
}

const isList = (value: ManifestValue): value is readonly ManifestValue[] => Array.isArray(value);

/**
 * What the manifest says of the seal. It can hold no digest of itself, so the manifest's own record is left out;
 * everything else of the seal is here, and `verify` compares it.
 */
export function manifestOfSeal(seal: Seal): Manifest {
  const segmentName = (index: number): string => seal.segments[index]?.name ?? `${index}`;
  return {
    backend: seal.backend,
    byteOrder: seal.byteOrder,
    commandLine: seal.commandLine,
    crashRegionAtLeast: hex(seal.crashSize),
    elfMachine: seal.machine,
    entry: { offset: hex(seal.entry.offset), segment: segmentName(seal.entry.segment) },
    epoch: seal.epoch,
    flags: [...seal.flags],
    formatVersion: sealVersion,
    lostWithFile: seal.backend === 'segments' ? [] : Object.keys(fileLosses),
    kernelBuildId: seal.buildId === undefined ? null : Buffer.from(seal.buildId).toString('hex'),
    kernelRelease: seal.release ?? null,
    limits: { cpus: seal.maxCpus, memoryRanges: seal.maxRanges },
    live: seal.live.map((live) => ({
      form: formWords(live),
      place: { offset: hex(live.offset), segment: segmentName(live.segment), size: live.size },
      source: sourceWords(live, segmentName),
    })),
    match: seal.match.map(({ kind, path, value }) => ({
      kind,
      ...(matchKinds[kind].takes.includes('path') ? { path } : {}),
      ...(matchKinds[kind].takes.includes('value') ? { value } : {}),
    })),
    probes: seal.probes.map(({ kind, target, by, flags, minimum, value, type }) => ({
      kind,
      target,
      by,
      value,
      flags: [...flags],
      minimum,
      type: type === '' ? null : type,
    })),
    members: seal.members
      .filter(({ name }) => name !== manifestName)
      .map(({ name, size, digest }) => ({ name, sha256: digest, size })),
    markerName: seal.markerName ?? null,
    notAfter: seal.notAfter === undefined ? null : showDate(seal.notAfter),
    notBefore: seal.notBefore === undefined ? null : showDate(seal.notBefore),
    profile: seal.profile,
    segments: seal.segments.map((segment) => ({
      align: hex(segment.align),
      bufOffset: segment.bufOffset,
      bufsz: segment.bufsz,
      group: segment.group,
      kind: segment.kind,
      member: seal.members[segment.member]?.name ?? `${segment.member}`,
      memsz: segment.memsz,
      flags: [...segment.flags],
      minAddress: hex(segment.minAddress),
      name: segment.name,
      place: hex(segment.place),
    })),
  };
}

/** What is read, in words; every argument that is not zero shows. */
export function sourceWords(live: SealedLive, segmentName: (index: number) => string): string {
  const about = segmentName(live.about);
  const words = {
    crashStart: 'start of the crash region',
    crashSize: 'size of the crash region',
    crashLowStart: 'start of the second crash region, or 0',
    crashLowSize: 'size of the second crash region, or 0',
    deviceTree: `the machine's device tree with the additions, ${live.arg1} bytes at ${hex(live.arg0)}`,
    segmentAddress: `address of ${about}`,
    segmentBufsz: `bytes loaded for ${about}`,
    segmentMemsz: `bytes occupied by ${about}`,
    acpiRsdp: 'physical address of the ACPI RSDP',
    cpuFeatures: `CPU features, masked with ${hex(live.arg1)}`,
    fileHex: `hex number in /${live.text}${live.arg1 === 0n ? '' : `, at least ${hex(live.arg1)}`}`,
    fileDecimal: `decimal number in /${live.text}`,
    fileBusId: `CCW bus id in /${live.text}`,
    segmentOffset: `address of ${about} from the start of the crash region`,
    fileBootRecord: `place of a boot record in /${live.text}`,
    fileText: `lines of text in /${live.text}`,
    fileBytes: `bytes of /${live.text} from ${hex(live.arg0)}`,
    hotplug: `1 where the kernel rewrites ${about}, else 0`,
    localOverlay: 'the local overlay',
    firmware: "the machine's firmware",
    elfcorehdr: 'PT_NOTE and PT_LOAD entries',
    e820: `memory map without ${about}, its count at ${hex(live.arg0)}`,
    memmap: `memmap= words without ${about}`,
    efiMemmap: `EFI memory map of /${live.text} with all segments cut out, by the boot parameters at ${hex(live.arg0)} of ${about}`,
    efiMemmapSize: 'bytes of that map',
    loadedSegments: 'start and end of every segment, sorted',
    crashEnd: 'end of the crash region',
    digest: `SHA-256 of [${hex(live.arg0)}, ${hex(live.arg0 + live.arg1)}) of ${about}`,
  }[live.source];
  const addend = live.addend === 0n ? '' : ` + ${hex(live.addend)}`;
  const shifts = live.form !== 'own' && live.arg0 !== 0n;
  return `${words}${addend}${shifts ? ` >> ${live.arg0}` : ''}`;
}

/** How it is written, in words. */
export function formWords(live: SealedLive): string {
  switch (live.form) {
    case 'little':
    case 'big':
      return `${live.width} bytes, ${live.form}-endian`;
    case 'textHex':
      return `text ${JSON.stringify(live.words)} and hex`;
    case 'textKib':
      return `text ${JSON.stringify(live.words)} and KiB`;
    case 'own':
      return live.source === 'memmap' ? 'text' : 'bytes';
  }
}

/** The keys of `manifest` that do not say what `seal` says; all of them when it is no manifest. */
export function disagreements(manifest: Uint8Array, seal: Seal): readonly string[] {
  // Both sides go through JSON once, so that both lose the same of what a number cannot hold.
  const expected = parseObject(renderManifest(manifestOfSeal(seal))) ?? {};
  const found = parseObject(manifest);
  return Object.keys(expected).filter(
    (key) => JSON.stringify(found?.[key]) !== JSON.stringify(expected[key]),
  );
}

/** The manifest as it is, or undefined when it is not a JSON object. */
export function parseObject(bytes: Uint8Array): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Readonly<Record<string, unknown>>)
      : undefined;
  } catch {
    return undefined;
  }
}
