/** Which machine a bundle is tried in: from its manifest, the facts of a machine, and what was asked for. Pure. */
import type { MachineShape } from '../guest/machines/machine-shape.ts';
import type { Sealed } from './sealed.ts';

export type MachineFacts = {
  readonly cpus: number | undefined;
  /** Bytes. */
  readonly memory: bigint | undefined;
  /** The kernel's own words. */
  readonly commandLine: string;
  readonly efi: boolean;
};

export type ShapeWishes = {
  readonly cpus: number | undefined;
  /** MiB. */
  readonly memory: number | undefined;
  readonly facts: MachineFacts | undefined;
};

export type Shape = {
  readonly cpus: number;
  /** MiB. */
  readonly memory: number;
  readonly console: string | undefined;
  /** Words for the system kernel. */
  readonly words: readonly string[];
  /** What the machine has and this one does not. */
  readonly differs: readonly string[];
};

const mebibyte = 1n << 20n;
/** More can be emulated, but nobody would wait for it. */
const cpusMost = 8;
export const memoryMost = 8192;
/** What the system that panics needs for itself, beside the crash region. */
const systemNeeds = 512n;

/** A second CPU, since a panic on another than the first is the harder case. */
const usualCpus = 2;

export function shapeOf(sealed: Sealed, machine: MachineShape, wishes: ShapeWishes): Shape {
  const { facts } = wishes;
  const differs: string[] = [];
  const least = Number((sealed.smallest + mebibyte - 1n) / mebibyte + systemNeeds);
  const wantedMemory = facts?.memory === undefined ? undefined : Number(facts.memory / mebibyte);
  const wantedCpus = facts?.cpus;
  let memory = wishes.memory ?? Math.min(wantedMemory ?? least, memoryMost);
  if (wishes.memory === undefined && memory < least) memory = least;
  const cpus = wishes.cpus ?? Math.min(wantedCpus ?? usualCpus, cpusMost);
  if (wantedMemory !== undefined && Math.abs(wantedMemory - memory) > wantedMemory / 8)
    differs.push(`the machine has ${wantedMemory} MiB of memory, this one ${memory} MiB`);
  if (wantedCpus !== undefined && wantedCpus !== cpus)
    differs.push(`the machine has ${wantedCpus} CPUs, this one ${cpus}`);
  if (facts?.efi === true) differs.push('the machine has EFI firmware, this one has none');

  const ownWords = (facts?.commandLine ?? '').split(/\s+/);
  const named = ownWords.flatMap((word) => /^console=(\w+)/.exec(word)?.[1] ?? []);
  const wantedConsole = named.filter((one) => !/^tty\d*$/.test(one)).at(-1) ?? sealed.console;
  const possible = [machine.console, ...Object.keys(machine.otherConsoles ?? {})];
  const console =
    wantedConsole !== undefined && possible.includes(wantedConsole)
      ? wantedConsole
      : machine.console;
  if (wantedConsole !== undefined && machine.console !== undefined && console !== wantedConsole)
    differs.push(`the console is ${wantedConsole}, and this machine has ${possible.join(' and ')}`);

  const reservations = ownWords.filter((word) => word.startsWith('crashkernel='));
  const crashkernel =
    reservations.length > 0
      ? reservations
      : sealed.crashkernel.map((option) => `crashkernel=${option}`);
  return {
    cpus,
    memory,
    console,
    words: [...(console === undefined ? [] : [`console=${console}`]), ...crashkernel],
    differs,
  };
}

/** From the files of an archive of facts, by their paths. */
export function readFacts(read: (path: string) => string): MachineFacts {
  const last = /(\d+)\s*$/.exec(read('sys/devices/system/cpu/possible'))?.[1];
  const ram = [...read('proc/iomem').matchAll(/^([0-9a-f]+)-([0-9a-f]+) : System RAM$/gm)];
  const memory = ram.reduce(
    (sum, [, start, end]) => sum + BigInt(`0x${end}`) - BigInt(`0x${start}`) + 1n,
    0n,
  );
  return {
    cpus: last === undefined ? undefined : Number(last) + 1,
    memory: memory === 0n ? undefined : memory,
    commandLine: read('proc/cmdline').trim(),
    efi: read('sys/firmware/efi/systab') !== '',
  };
}
