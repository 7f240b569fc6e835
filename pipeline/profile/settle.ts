/** What was written -> what it means: defaults filled in, contradictions found. Pure. */
import { dirname, isAbsolute, join } from 'node:path/posix';
import { nameOf } from '../arch/command-line-words.ts';
import type { ConsoleDevice } from '../arch/console-device.ts';
import type { KernelForm } from '../arch/profile-rules.ts';
import type { SourcePlace } from '../problem/explanation.ts';
import type { Problem } from '../problem/problem.ts';
import type { ProfileProblem } from '../problem/profile-problem.ts';
import { type DumpTarget, settleTarget } from '../targets/targets.ts';
import { reservationOf } from './crashkernel.ts';
import { policyOf, policyProblems } from './policy.ts';
import type {
  CommandLineRules,
  DumpOptions,
  InitramfsSource,
  KernelSource,
  MatchRule,
  Profile,
  Reservation,
  ToolsSource,
} from './profile-types.ts';
import { notAfterSeconds, type ProfileInput } from './schema.ts';
import { type MapNode, type Path, placeAt, showPath } from './source-tree.ts';
import { type TopKey, type Written, writtenOf } from './written.ts';

const defaultBaud = 115200;

const crashkernelTexts = ({ input }: Written): readonly string[] =>
  typeof input.crashkernel === 'string' ? [input.crashkernel] : input.crashkernel;

function kernelFormOf({ input, rules }: Written): Profile['kernelForm'] {
  const may = ({ needsWord, needsSegments }: KernelForm): boolean =>
    (needsSegments === undefined || input.backend === 'segments') &&
    (needsWord === undefined || !removes(input, needsWord));
  const own = wordsOf<Profile['kernelForm']>(rules.kernelForms);
  const possible = own.filter((form) => {
    const rule = rules.kernelForms[form];
    return rule !== undefined && may(rule);
  });
  return firstOf(input.kernelForm, [...possible, ...own]);
}

const wordsOf = <W extends string>(words: Readonly<Record<string, unknown>>): readonly W[] =>
  Object.keys(words) as W[];

/** `name=` in the list removes the word with every value; `name` alone removes it bare or with one. */
function removes(input: ProfileInput, word: string): boolean {
  return input.commandLine.remove.some((removed) => covers(removed, word));
}

const covers = (removed: string, word: string): boolean =>
  removed === word || (removed.endsWith('=') && word.startsWith(removed));

/** An architecture's own value where the profile says nothing: the first that it has. */
const firstOf = <T>(asked: T | undefined, known: readonly T[]): T => {
  const value = asked ?? known[0];
  if (value === undefined) throw new Error('an architecture without a default');
  return value;
};

const notOnArch = (
  arch: string,
  place: SourcePlace,
  key: string,
  value: string,
  known: readonly string[],
): Problem => ({ area: 'profile', kind: 'not-on-arch', place, key, value, arch, known });

/** A check names the keys it speaks about, so that it stays silent where one of these is broken. */
type Check = {
  readonly about: readonly TopKey[];
  readonly find: (written: Written) => readonly Problem[];
};

const checks: readonly Check[] = [
  {
    about: ['arch', 'crashkernel'],
    find: (written) => {
      const texts = crashkernelTexts(written);
      return reservationOf(texts, written.rules.crashkernel).mistakes.map(
        ({ index, mistake }): Problem => ({
          area: 'profile',
          kind: 'crashkernel',
          place: written.place('crashkernel', index),
          option: texts[index] ?? '',
          mistake,
        }),
      );
    },
  },
  {
    about: ['arch', 'memoryMap', 'kernelForm', 'backend', 'elfcorehdr', 'hotplug', 'machineLevel'],
    find: ({ input, rules, place }) => {
      const choices = {
        memoryMap: wordsOf(rules.memoryMaps),
        kernelForm: wordsOf(rules.kernelForms),
        backend: rules.backends,
        elfcorehdr: rules.elfcorehdr,
        hotplug: rules.hotplug,
        machineLevel: rules.machineLevels,
      } as const;
      return (Object.keys(choices) as (keyof typeof choices)[]).flatMap((key) => {
        const value = input[key];
        const known: readonly string[] = choices[key];
        return value === undefined || known.includes(value)
          ? []
          : [notOnArch(input.arch, place(key), key, value, known)];
      });
    },
  },
  {
    about: ['arch', 'kernelForm', 'commandLine', 'backend'],
    find: (written) => {
      const { input, rules, place } = written;
      const form = kernelFormOf(written);
      const word = rules.kernelForms[form]?.needsWord;
      if (word === undefined) return [];
      const index = input.commandLine.remove.findIndex((removed) => covers(removed, word));
      return index < 0
        ? []
        : [
            {
              area: 'profile',
              kind: 'form-needs-word',
              place: place('commandLine', 'remove', index),
              word,
              form,
              formPlace: place('kernelForm'),
            },
          ];
    },
  },
  {
    about: ['arch', 'backend', 'kernelForm', 'memoryMap', 'hotplug', 'onCorruption'],
    find: ({ input, rules, place, says }) => {
      const { backend } = input;
      if (backend === 'segments') return [];
      const needs = (key: TopKey, what: string, reason: string): Problem => ({
        area: 'profile',
        kind: 'needs-segments',
        place: place(key),
        what,
        backend,
        backendPlace: place('backend'),
        reason,
      });
      const problems: Problem[] = [];
      for (const [key, known] of [
        ['kernelForm', rules.kernelForms],
        ['memoryMap', rules.memoryMaps],
      ] as const) {
        const reason = known[input[key] ?? '']?.needsSegments;
        if (reason !== undefined) problems.push(needs(key, `${key}: ${input[key]}`, reason));
      }
      if (backend === 'file' && says('hotplug'))
        problems.push(
          needs('hotplug', 'hotplug', 'with kexec_file_load(2) the kernel decides that itself'),
        );
      if (backend === 'file' && says('onCorruption'))
        problems.push(
          needs(
            'onCorruption',
            'onCorruption',
            "kexec_file_load(2) brings the kernel's own purgatory, which spins",
          ),
        );
      return problems;
    },
  },
  {
    about: ['dump'],
    find: ({ input: { dump }, place }) => {
      if (dump.format !== 'elf') return [];
      const problems: Problem[] = [];
      if (dump.level !== undefined && dump.level !== 0)
        problems.push({
          area: 'profile',
          kind: 'elf-takes-all',
          place: place('dump', 'level'),
          key: 'dump.level',
          found: String(dump.level),
          only: '0',
        });
      if (dump.compression !== undefined && dump.compression !== 'none')
        problems.push({
          area: 'profile',
          kind: 'elf-takes-all',
          place: place('dump', 'compression'),
          key: 'dump.compression',
          found: dump.compression,
          only: 'none',
        });
      return problems;
    },
  },
  {
    about: ['initramfs', 'tools', 'dump', 'finalAction', 'failureAction'],
    find: ({ input, place, says }) => {
      if (input.initramfs.from !== 'file') return [];
      const keys = (['tools', 'dump', 'finalAction', 'failureAction'] as const)
        .filter((key) => says(key))
        .map((key) => ({ key, place: place(key) }));
      return keys.length === 0
        ? []
        : [{ area: 'profile', kind: 'own-initramfs', place: place('initramfs'), keys }];
    },
  },
  {
    about: ['arch', 'onCorruption', 'console'],
    find: (written) => policyProblems(written),
  },
  {
    about: ['arch', 'target'],
    find: (written) => {
      const problems: Problem[] = [];
      targetOf(written, (problem) => problems.push({ area: 'profile', ...problem }));
      return problems;
    },
  },
  {
    about: ['arch', 'testing'],
    find: ({ input, rules, place }) =>
      !input.testing || rules.testing
        ? []
        : [notOnArch(input.arch, place('testing'), 'testing', 'true', ['false'])],
  },
  {
    about: ['arch', 'console'],
    find: ({ input, rules, place, says }) => {
      const device = input.console;
      if (device === 'none') return [];
      const uart = rules.consoles.includes('uart');
      if (device === 'sclp')
        return rules.consoles.includes('sclp')
          ? []
          : [notOnArch(input.arch, place('console'), 'console', 'sclp', ['none'])];
      if (!uart)
        return (['port', 'baud'] as const)
          .filter((key) => says('console', key))
          .map((key) =>
            notOnArch(input.arch, place('console', key), `console.${key}`, String(device[key]), [
              'sclp',
              '{ device: ttyS1 }',
            ]),
          );
      if (device.port !== undefined) return [];
      const known = Object.keys(rules.uartPorts);
      return known.includes(device.device)
        ? []
        : [
            {
              area: 'profile',
              kind: 'uart-port-unknown',
              place: place('console', 'device'),
              device: device.device,
              known,
            },
          ];
    },
  },
  {
    about: ['arch', 'commandLine'],
    find: ({ input: { commandLine }, rules, place }) => {
      const problems: Problem[] = [];
      for (const [index, word] of commandLine.append.entries()) {
        const instead = rules.loaderWords[nameOf(word)];
        if (instead !== undefined)
          problems.push({
            area: 'profile',
            kind: 'own-word',
            place: place('commandLine', 'append', index),
            word,
            instead,
          });
        const removed = commandLine.remove.indexOf(word);
        if (removed >= 0)
          problems.push({
            area: 'profile',
            kind: 'appended-and-removed',
            place: place('commandLine', 'append', index),
            word,
            removedAt: place('commandLine', 'remove', removed),
          });
      }
      return problems;
    },
  },
  {
    about: ['match'],
    find: ({ input, place }) =>
      input.match.flatMap((rule, index): readonly Problem[] => {
        const tests = (['equals', 'prefix', 'exists'] as const).filter(
          (test) => rule[test] !== undefined,
        );
        return tests.length === 1
          ? []
          : [{ area: 'profile', kind: 'match-tests', place: place('match', index), tests }];
      }),
  },
];

/** All contradictions between keys that are sound by themselves. */
export function contradictions(
  input: ProfileInput,
  root: MapNode,
  broken: ReadonlySet<string>,
): readonly Problem[] {
  const written = writtenOf(input, root);
  return checks.flatMap(({ about, find }) =>
    about.some((key) => broken.has(key)) ? [] : find(written),
  );
}

/** A relative path counts from the folder of the file that says it, which may be a shared one. */
function pathFrom(written: Written, value: string, ...path: Path): string {
  if (isAbsolute(value) || !written.says(...path)) return value;
  return join(dirname(written.place(...path).file), value);
}

function kernelOf(written: Written): KernelSource {
  const { kernel } = written.input;
  switch (kernel.from) {
    case 'apt':
      return { kind: 'apt', package: kernel.package, version: kernel.version };
    case 'deb':
      return { kind: 'deb', path: pathFrom(written, kernel.path, 'kernel', 'path') };
    case 'installed':
      return {
        kind: 'installed',
        release: kernel.release,
        root: pathFrom(written, kernel.root, 'kernel', 'root'),
      };
    case 'files': {
      const optional = (value: string | undefined, key: string): string | undefined =>
        value === undefined ? undefined : pathFrom(written, value, 'kernel', key);
      return {
        kind: 'files',
        image: pathFrom(written, kernel.image, 'kernel', 'image'),
        config: optional(kernel.config, 'config'),
        modules: optional(kernel.modules, 'modules'),
      };
    }
  }
}

function initramfsOf(written: Written): InitramfsSource {
  const { initramfs } = written.input;
  switch (initramfs.from) {
    case 'composed':
      return {
        kind: 'composed',
        compression: initramfs.compression,
        drivers: initramfs.drivers ?? written.rules.drivers,
      };
    case 'file':
      return { kind: 'file', path: pathFrom(written, initramfs.path, 'initramfs', 'path') };
  }
}

function toolsOf(written: Written): ToolsSource {
  const { tools } = written.input;
  switch (tools.from) {
    case 'apt':
      return { kind: 'apt' };
    case 'debs':
      return {
        kind: 'debs',
        paths: tools.paths.map((path, index) => pathFrom(written, path, 'tools', 'paths', index)),
      };
    case 'installed':
      return { kind: 'installed', root: pathFrom(written, tools.root, 'tools', 'root') };
  }
}

function targetOf(written: Written, report: (problem: ProfileProblem) => void): DumpTarget {
  const { input, rules, place, says } = written;
  return settleTarget(input.target, {
    arch: input.arch,
    ccwDevices: rules.ccwDevices,
    place: (...path) => place('target', ...path),
    says: (...path) => says('target', ...path),
    key: (...path) => showPath(['target', ...path]),
    report,
  });
}

function dumpOf({ input: { dump } }: Written): DumpOptions {
  const filtered = dump.format === 'kdump';
  return {
    level: dump.level ?? (filtered ? 31 : 0),
    format: dump.format,
    compression: dump.compression ?? (filtered ? 'lzo' : 'none'),
  };
}

function consoleOf({ input, rules }: Written): ConsoleDevice {
  if (input.console === 'none') return { kind: 'none' };
  if (input.console === 'sclp') return { kind: 'sclp', device: undefined };
  const { device, port, baud } = input.console;
  if (!rules.consoles.includes('uart')) return { kind: 'sclp', device };
  return {
    kind: 'uart',
    port: Number(port ?? rules.uartPorts[device]),
    baud: baud ?? defaultBaud,
    device,
  };
}

function matchOf({ input }: Written): readonly MatchRule[] {
  const rules = input.match.map((rule): MatchRule => {
    const file = rule.file.replace(/^\/+/, '');
    if (rule.equals !== undefined) return { file, test: { kind: 'equals', value: rule.equals } };
    if (rule.prefix !== undefined) return { file, test: { kind: 'prefix', value: rule.prefix } };
    return { file, test: { kind: rule.exists === false ? 'absent' : 'present' } };
  });
  const { release, buildId } = input.systemKernel;
  if (release !== undefined) {
    const kind = release.endsWith('*') ? 'prefix' : 'equals';
    const value = release.replace(/\*$/, '');
    rules.push({ file: 'proc/sys/kernel/osrelease', test: { kind, value } });
  }
  if (buildId !== undefined)
    rules.push({ file: 'sys/kernel/notes', test: { kind: 'buildId', value: buildId } });
  return rules;
}

function commandLineOf({ input: { commandLine } }: Written): CommandLineRules {
  return {
    inherit: commandLine.inherit,
    append: commandLine.append,
    remove: commandLine.remove,
  };
}

function reservationFrom(written: Written): Reservation {
  const { reservation } = reservationOf(crashkernelTexts(written), written.rules.crashkernel);
  if (reservation === undefined) throw new Error('crashkernel= was to be checked before');
  return reservation;
}

function localOverlayOf({ input: { localOverlay } }: Written): bigint | undefined {
  if (localOverlay === undefined) return undefined;
  const { max } = localOverlay;
  return BigInt(max.slice(0, -1)) << (max.endsWith('M') ? 20n : 10n);
}

/** Before: {@link contradictions} found none. */
export function settle(file: string, input: ProfileInput, root: MapNode): Profile {
  const written = writtenOf(input, root);
  return {
    name: input.name,
    file,
    placeOf: (key) => placeAt(root, key.split('.')),
    arch: input.arch,
    kernel: kernelOf(written),
    kernelForm: kernelFormOf(written),
    machineLevel: input.machineLevel,
    initramfs: initramfsOf(written),
    tools: toolsOf(written),
    reservation: reservationFrom(written),
    limits: input.limits,
    commandLine: commandLineOf(written),
    target: targetOf(written, () => {}),
    dump: dumpOf(written),
    finalAction: input.finalAction,
    failureAction: input.failureAction,
    onCorruption: policyOf(written),
    testing: input.testing,
    memoryMap: firstOf(input.memoryMap, wordsOf<Profile['memoryMap']>(written.rules.memoryMaps)),
    elfcorehdr: firstOf(input.elfcorehdr, written.rules.elfcorehdr),
    backend: input.backend,
    hotplug: firstOf(input.hotplug, written.rules.hotplug),
    localOverlay: localOverlayOf(written),
    match: matchOf(written),
    epoch: BigInt(input.epoch),
    notAfter: notAfterSeconds(input.notAfter) ?? undefined,
    console: consoleOf(written),
  };
}
