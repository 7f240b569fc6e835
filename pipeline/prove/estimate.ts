/** How small crashkernel= may be for a bundle: measured in a region that is surely enough, and tried at the size that it leads to. */
import { resolve } from 'node:path';
import { keepState } from '../guest/kept-state.ts';
import { crashRegionsOf } from '../guest/loaded-image.ts';
import { SystemGuest } from '../guest/system-guest.ts';
import type { Host } from '../host/host.ts';
import { fail, ok, type Result } from '../problem/result.ts';
import { type Bench, guestOptions, makeSystem, takesDumps, withGuest } from './bench.ts';
import { arm, armCheck, disksOf } from './capture.ts';
import type { Finding } from './finding.ts';
import {
  type Growth,
  growthMargin,
  type Measured,
  marginMiB,
  type Need,
  needIn,
  needOf,
  nextSize,
  readMemoryWords,
  recommend,
  type Section,
  sectionOf,
  sectionsIn,
  slopeOf,
  smallestRegion,
} from './memory-need.ts';
import { runOf, systemStarts } from './run.ts';
import { panicked } from './runs.ts';
import type { Sealed } from './sealed.ts';
import { memoryMost, shapeOf } from './shape.ts';
import { type BenchWishes, type Workbench, withWorkbench } from './workbench.ts';

/** Sizes in MiB where the name says so, else in KiB. */
export type Estimate = {
  readonly path: string;
  readonly profile: string;
  readonly arch: string;
  readonly kernelRelease: string;
  readonly smallestMiB: number;
  readonly recommendedMiB: number;
  readonly reserved: {
    readonly options: readonly string[];
    readonly smallestMiB: number;
    readonly enough: boolean;
  };
  readonly measured: {
    readonly cpus: number;
    readonly memoryMiB: number;
    readonly regionMiB: number;
    readonly start: number;
    readonly madeOf: readonly Part[];
    readonly targets: readonly { readonly target: string; readonly saving: number | null }[];
  };
  readonly growth: {
    readonly memoryMiB: number;
    readonly perGiB: number;
    readonly measuredUpToMiB: number;
    readonly marginPercent: number;
  } | null;
  readonly marginMiB: number;
  /** The size that a dump was saved in, and those that were too small for it. */
  readonly confirmed: { readonly sizeMiB: number | null; readonly tooSmallMiB: readonly number[] };
  readonly notes: readonly string[];
  readonly seconds: number;
};

export type Part = { readonly what: string; readonly size: number };

export type EstimateWishes = BenchWishes & {
  /** MiB of the machine that it is for, however large; undefined: as the facts say. */
  readonly machineMemory: number | undefined;
};

type Say = (detail: string) => void;

export function estimateBundle(
  host: Host,
  path: string,
  wishes: EstimateWishes,
  say: Say,
): Promise<Result<Estimate>> {
  const began = performance.now();
  return withWorkbench(host, path, wishes, say, async (workbench) => {
    const estimator = new Estimator(host, workbench, resolve(path), wishes, say);
    const result = await estimator.estimate();
    return result.ok
      ? ok({ ...result.value, path, seconds: Math.round((performance.now() - began) / 1000) })
      : result;
  });
}

const mebibyte = 1n << 20n;
const inMiB = (bytes: bigint): number => Number((bytes + mebibyte - 1n) / mebibyte);
/** MiB: enough for most; a bundle with large parts gets more. */
const ample = 192;
const ampleMost = 1024;
/** MiB between two machines, where growth is to be seen. */
const growthSpan = 4096;
const confirmations = 3;

type Capture = {
  readonly bench: Bench;
  readonly findings: readonly Finding[];
  /** By target: what was said when it was the first one there; undefined where it cannot be made here. */
  readonly measured: readonly (Measured | undefined)[];
};

class Estimator {
  readonly #host: Host;
  readonly #workbench: Workbench;
  readonly #bundle: string;
  readonly #wishes: EstimateWishes;
  readonly #say: Say;
  #number = 0;

  constructor(host: Host, workbench: Workbench, bundle: string, wishes: EstimateWishes, say: Say) {
    this.#host = host;
    this.#workbench = workbench;
    this.#bundle = bundle;
    this.#wishes = wishes;
    this.#say = say;
  }

  async estimate(): Promise<Result<Omit<Estimate, 'path' | 'seconds'>>> {
    const { bench } = this.#workbench;
    const { sealed } = bench;
    const section = sectionOf(sealed.arch);
    const wanted = this.#wishes.machineMemory ?? wantedMemory(this.#wishes);
    const emulated = wanted === undefined || wanted <= memoryMost ? wanted : undefined;

    if (!bench.targets.some(takesDumps)) return fail({ area: 'prove', kind: 'estimate-no-target' });
    let region = Math.max(ample, Math.ceil((sealed.parts + 128) / 64) * 64);
    let first = await this.#capture(region, emulated, 'all');
    while (failedIn(first).length > 0 && region * 2 <= ampleMost && !late(bench)) {
      region *= 2;
      first = await this.#capture(region, emulated, 'all');
    }
    const wrong = failedIn(first);
    if (wrong.length > 0)
      return fail({ area: 'prove', kind: 'estimate-no-dump', region, findings: wrong.map(told) });
    const all = first.measured.flatMap((one) => one ?? []);
    const [boot] = all;
    if (boot === undefined) return fail({ area: 'prove', kind: 'estimate-unseen' });

    const { memory } = first.bench.shape;
    const growth = await this.#growth(wanted, memory, region, mostOf(all, section).saving);
    if (growth !== undefined && !growth.ok) return growth;
    const smallestOf = (measured: readonly Measured[]): number =>
      smallestRegion(needIn(mostOf(measured, section), growth?.value), section);
    const found = await this.#confirm(smallestOf(all), emulated, smallestOf);
    const { smallestMiB, recommended, size, tooSmall } = found;
    const reserved = inMiB(sealed.smallest);
    return ok({
      profile: sealed.profile,
      arch: sealed.arch,
      kernelRelease: sealed.kernelRelease,
      smallestMiB,
      recommendedMiB: recommended,
      reserved: {
        options: sealed.crashkernel,
        smallestMiB: reserved,
        enough: reserved >= recommended,
      },
      measured: {
        cpus: first.bench.shape.cpus,
        memoryMiB: memory,
        regionMiB: region,
        start: mostOf(all, section).start,
        madeOf: partsOf(boot, this.#workbench.unpacked, section?.cost ?? 0),
        targets: sealed.targets.map(({ description }, index) => {
          const one = first.measured[index];
          return {
            target: description,
            saving: one === undefined ? null : needOf(one, section).saving,
          };
        }),
      },
      growth:
        growth === undefined
          ? null
          : {
              memoryMiB: growth.value.to,
              perGiB: growth.value.perGiB,
              measuredUpToMiB: memory + growthSpan,
              marginPercent: growthMargin * 100,
            },
      marginMiB,
      confirmed: { sizeMiB: size, tooSmallMiB: tooSmall },
      notes: notesOf(sealed, first, this.#wishes),
    });
  }

  /** Of a machine that is too large to be made here. */
  async #growth(
    wanted: number | undefined,
    memory: number,
    region: number,
    saving: number,
  ): Promise<Result<Growth> | undefined> {
    if (wanted === undefined || wanted <= memory) return undefined;
    const { sealed } = this.#workbench.bench;
    const large = await this.#capture(region, memory + growthSpan, 'first');
    const one = large.measured.find((each) => each !== undefined);
    const wrong = failedIn(large);
    if (one === undefined || wrong.length > 0)
      return fail({ area: 'prove', kind: 'estimate-no-dump', region, findings: wrong.map(told) });
    const perGiB = slopeOf(
      { saving, memory },
      { saving: needOf(one, sectionOf(sealed.arch)).saving, memory: memory + growthSpan },
    );
    return ok({ perGiB, from: memory, to: wanted });
  }

  /**
   * A dump is saved at the size that the prediction leads to, or at one a little larger. A small region has smaller
   * tables, too: what was said there leads to a size that may be smaller still, which is tried as well.
   */
  async #confirm(
    predicted: number,
    memory: number | undefined,
    smallestOf: (measured: readonly Measured[]) => number,
  ) {
    const least = this.#workbench.bench.sealed.parts;
    const tooSmall: number[] = [];
    let smallestMiB = predicted;
    let size = recommend(smallestMiB, least);
    for (let tries = 0; tries < confirmations && !late(this.#workbench.bench); tries += 1) {
      const capture = await this.#capture(size, memory, 'all');
      if (failedIn(capture).length > 0) {
        tooSmall.push(size);
        size = nextSize(size);
        continue;
      }
      const said = capture.measured.flatMap((one) => one ?? []);
      if (said.length > 0 && tooSmall.length === 0) {
        const closer = smallestOf(said);
        const smaller = recommend(closer, least);
        smallestMiB = Math.min(smallestMiB, closer);
        if (smaller < size) {
          const again = await this.#capture(smaller, memory, 'all');
          if (failedIn(again).length > 0) tooSmall.push(smaller);
          else size = smaller;
        }
      }
      return { smallestMiB, recommended: size, size, tooSmall };
    }
    return { smallestMiB, recommended: size, size: null, tooSmall };
  }

  async #capture(region: number, memory: number | undefined, which: 'all' | 'first') {
    const { bench, shaped, trust } = this.#workbench;
    const { sealed, machine } = bench;
    const { facts } = this.#wishes;
    this.#number += 1;
    const name = `estimate-${this.#number}`;
    const shape = shapeOf(
      { ...sealed, smallest: BigInt(region) * mebibyte, crashkernel: [`${region}M`] },
      machine,
      {
        cpus: this.#wishes.cpus,
        memory,
        facts:
          facts === undefined
            ? undefined
            : { ...facts, commandLine: facts.commandLine.replaceAll(/\bcrashkernel=\S*/g, '') },
      },
    );
    const own = shaped(shape);
    this.#say(`a dump with crashkernel=${region}M and ${shape.memory} MiB of memory`);
    const measured: (Measured | undefined)[] = [];
    const findings = await runOf(own, name, systemStarts, async (found, attempt) => {
      measured.length = 0;
      makeSystem(own, this.#bundle, trust);
      const run = `${name}-${attempt}`;
      const options = guestOptions(own, run, disksOf(own, run));
      const armed = await withGuest(
        own,
        () => SystemGuest.start(options),
        async (system) => {
          found.stage = armCheck;
          if (!(await arm(own, system, found))) return undefined;
          const crash = (await crashRegionsOf(system)).at(-1);
          if (crash === undefined) throw new Error('the system has no crash region');
          return { kept: await keepState(own.folder, system, options), crash };
        },
      );
      if (armed === undefined) return;
      found.stage = 'the panicked machine goes on';
      const { kept, crash } = armed;
      for (const [missing, seat] of own.targets.entries()) {
        if (!takesDumps(seat) || (which === 'first' && measured.some((one) => one !== undefined))) {
          measured.push(undefined);
          continue;
        }
        const ownRun = `${run}-target-${missing + 1}`;
        const disks = disksOf(own, ownRun, missing);
        const text = await withGuest(
          own,
          () => kept.again(ownRun, { disks }),
          async (system) => {
            await panicked(this.#host, own, { run: ownRun, missing }, system, disks, found);
            return system.guest.console.text();
          },
        );
        const words = readMemoryWords(text);
        measured.push(
          words === undefined
            ? undefined
            : {
                ...words,
                region: Number((crash.end - crash.start) / 1024n),
                sections: sectionsIn(crash.start, crash.end, sectionOf(sealed.arch)),
              },
        );
      }
    });
    return { bench: own, findings, measured };
  }
}

/** Of several targets. */
function mostOf(all: readonly Measured[], section: Section | undefined): Need {
  const needs = all.map((one) => needOf(one, section));
  return {
    start: Math.max(...needs.map(({ start }) => start)),
    saving: Math.max(...needs.map(({ saving }) => saving)),
  };
}

const late = ({ deadline }: Bench): boolean => performance.now() >= deadline;
const failedIn = ({ findings }: Capture): readonly Finding[] =>
  findings.filter(
    ({ check, outcome }) =>
      outcome === 'failed' || (check === systemStarts && outcome !== 'passed'),
  );
const told = ({ check, detail }: Finding): string => `${check}: ${detail}`;

const wantedMemory = ({ facts }: EstimateWishes): number | undefined =>
  facts?.memory === undefined ? undefined : Number(facts.memory / mebibyte);

/** KiB, from the largest to what is left of the whole. */
function partsOf(
  measured: Measured,
  unpacked: number | undefined,
  section: number,
): readonly Part[] {
  const { region, freeAtStart, freed, initrd, kernel, sections } = measured;
  const known = [
    { what: 'the kernel, as long as it runs', size: kernel },
    { what: 'the initramfs as it is loaded, given back', size: initrd },
    { what: 'the initramfs, unpacked', size: unpacked ?? 0 },
    { what: 'what only the start of the kernel needs, given back', size: freed },
    { what: 'descriptions of the pages of the region', size: sections * section },
  ].filter(({ size }) => size > 0);
  const all = region - freeAtStart + freed + initrd;
  const rest = all - known.reduce((sum, { size }) => sum + size, 0);
  return [...known, { what: 'drivers, threads, tables', size: rest }];
}

function notesOf(sealed: Sealed, { bench, measured }: Capture, wishes: EstimateWishes): string[] {
  return [
    ...sealed.targets.flatMap(({ description }, index) =>
      measured[index] === undefined ? [`not measured: saving to ${description}`] : [],
    ),
    ...(sealed.crashkernel.some((option) => /,high\b/.test(option))
      ? ['measured without ,high: what is reserved low beside it stays as it is']
      : []),
    /(^| )nr_cpus=1( |$)/.test(sealed.commandLine)
      ? 'the capture kernel starts one CPU: nothing grows with the CPUs of the machine'
      : `measured with ${bench.shape.cpus} CPUs; the capture kernel may start more, which take memory`,
    ...(wishes.facts === undefined && wishes.machineMemory === undefined
      ? ['for another size of memory: --memory MIB, or --facts FILE']
      : []),
    'drivers of hardware that QEMU does not have are not measured',
  ];
}
