/** What the loader put into the crash region, read from outside the guest, which is not asked. */
import { readFileSync, rmSync } from 'node:fs';
import { resolve } from 'node:path';
import { decode } from '../format/layout.ts';
import {
  purgatoryHead,
  purgatoryHeadSize,
  purgatoryMagic,
  purgatoryRegion,
} from '../format/purgatory-layout.ts';
import type { SystemGuest } from './system-guest.ts';
import { type MemoryRange, type ProgramHeader, programHeadersOf } from './vmcore.ts';

export type LoadedRegion = { readonly name: string; readonly start: bigint; readonly size: number };

export type LoadedImage = {
  /** Segments go to the highest one. */
  readonly crashRegion: MemoryRange;
  /** Physical address of purgatory's first page. */
  readonly head: bigint;
  /** What purgatory will check. */
  readonly regions: readonly LoadedRegion[];
};

/** Every crash region of the guest, lowest first. */
export async function crashRegionsOf(system: SystemGuest): Promise<readonly MemoryRange[]> {
  const { output } = await system.run("grep 'Crash kernel' /proc/iomem");
  const named = await numberIn(system, '/proc/device-tree/chosen/linux,crashkernel-base');
  if (named !== undefined) {
    const size = await numberIn(system, '/proc/device-tree/chosen/linux,crashkernel-size');
    return [{ start: named, end: named + (size ?? 0n) }];
  }
  return [...output.matchAll(/([0-9a-f]+)-([0-9a-f]+) : /g)].map(([, start, last]) => ({
    start: BigInt(`0x${start}`),
    end: BigInt(`0x${last}`) + 1n,
  }));
}

/** A number of 32 or 64 bits in the guest's device tree; undefined where it has none of that name. */
export async function numberIn(system: SystemGuest, path: string): Promise<bigint | undefined> {
  const { exitCode, output } = await system.run(`od -An -v -tx1 '${path}'`);
  return exitCode === 0 ? BigInt(`0x${output.replace(/\s/g, '')}`) : undefined;
}

/** POWER's firmware, which the running kernel calls, and which may lie in the crash region (PAPR, OPAL's device tree). */
export async function firmwareOf(system: SystemGuest): Promise<readonly MemoryRange[]> {
  const ranges: MemoryRange[] = [];
  for (const [base, size] of [
    ['rtas/linux,rtas-base', 'rtas/rtas-size'],
    ['ibm,opal/opal-base-address', 'ibm,opal/opal-runtime-size'],
  ]) {
    const start = await numberIn(system, `/proc/device-tree/${base}`);
    const length = await numberIn(system, `/proc/device-tree/${size}`);
    if (start !== undefined && length !== undefined) ranges.push({ start, end: start + length });
  }
  return ranges;
}

/** What a dump is to have nothing of: the crash regions, but for firmware in them. */
export async function notDumped(system: SystemGuest): Promise<readonly MemoryRange[]> {
  let ranges = await crashRegionsOf(system);
  for (const { start, end } of await firmwareOf(system))
    ranges = ranges.flatMap((range) =>
      end <= range.start || start >= range.end
        ? [range]
        : [
            { start: range.start, end: start },
            { start: end, end: range.end },
          ].filter((part) => part.start < part.end),
    );
  return ranges;
}

export async function loadedImage(system: SystemGuest, scratch: string): Promise<LoadedImage> {
  const crashRegion = (await crashRegionsOf(system)).at(-1);
  if (crashRegion === undefined) throw new Error('the guest has no crash region');
  const size = Number(crashRegion.end - crashRegion.start);
  const filename = resolve(scratch, 'crash-region');
  await system.guest.qmp.execute('pmemsave', { val: Number(crashRegion.start), size, filename });
  const memory = readFileSync(filename);
  rmSync(filename);
  const at = headIn(memory);
  const head = decode(purgatoryHead, memory.subarray(at, at + purgatoryHeadSize));
  if (!head.ok) throw new Error('the loaded purgatory head is malformed');
  const regions = Array.from({ length: head.value.regionCount }, (_, index): LoadedRegion => {
    const offset = index * purgatoryRegion.size;
    const region = decode(
      purgatoryRegion,
      head.value.regions.subarray(offset, offset + purgatoryRegion.size),
    );
    if (!region.ok) throw new Error(`region ${index} is malformed`);
    return {
      name: region.value.name,
      start: region.value.start,
      size: Number(region.value.size),
    };
  });
  return { crashRegion, head: crashRegion.start + BigInt(at), regions };
}

/** The PT_LOADs of the ELF core header as it lies in memory. */
export async function loadedProgramHeaders(
  system: SystemGuest,
  regions: readonly LoadedRegion[],
  scratch: string,
): Promise<readonly ProgramHeader[]> {
  const header = regions.find((region) => region.name === 'elfcorehdr');
  if (header === undefined) throw new Error('no ELF core header is loaded');
  const filename = resolve(scratch, 'elfcorehdr');
  const { start, size } = header;
  await system.guest.qmp.execute('pmemsave', { val: Number(start), size, filename });
  return programHeadersOf(filename).filter(({ type }) => type === 1);
}

/** The head begins a page; the magic may stand elsewhere too, as a constant in purgatory's code. */
function headIn(memory: Buffer): number {
  const magic = Buffer.from(purgatoryMagic);
  for (let at = memory.indexOf(magic); at >= 0; at = memory.indexOf(magic, at + 1))
    if (at % purgatoryHeadSize === 0) return at;
  throw new Error('no purgatory in the crash region');
}

/** Flips one bit of the stopped guest's physical memory. */
export const flipBit = (system: SystemGuest, address: bigint, bit: number): Promise<void> =>
  system.guest.withMemory(async (memory) => {
    const [before = 0] = await memory.read(address, 1);
    await memory.write(address, Uint8Array.of(before ^ (1 << bit)));
    const [after = 0] = await memory.read(address, 1);
    if (after !== (before ^ (1 << bit))) throw new Error('the flip did not take');
  });
