/**
 * s390-tools' dumpconf configuration -> the steps of a policy. The file is a shell's, but it is read here, never
 * run: plain assignments and nothing else (dumpconf(8), etc/sysconfig/dumpconf). Pure.
 */
import { readBusId } from '../format/bus-id.ts';
import { commandsMaximum } from '../format/cp-commands.ts';
import { loadparmMaximum, loadparmPattern, scpDataMaximum } from '../format/ipl-block.ts';
import type { SourcePlace } from '../problem/explanation.ts';
import type { Problem } from '../problem/problem.ts';
import type { ProfileProblem } from '../problem/profile-problem.ts';
import { type Result, unlessProblems } from '../problem/result.ts';
import { iplDeviceTypes } from './keys/ipl-step.ts';
import { commandForm, commandFormWords, commandMistakes } from './keys/vmcmd-step.ts';
import { nearest } from './nearest.ts';
import { readAssignment } from './shell-assignment.ts';

/** What dumpconf asks for, in a profile's words. */
export type ImportedPolicy = {
  /** Steps of `onCorruption` as they are written in a profile. */
  readonly steps: readonly ImportedStep[];
  /** What does not come over, for a comment. */
  readonly remarks: readonly string[];
};

export type ImportedStep = string | { readonly [key: string]: ImportedValue };
export type ImportedValue =
  | string
  | number
  | boolean
  | readonly string[]
  | { readonly [key: string]: string | number };

type Setting = { readonly value: string; readonly place: SourcePlace };
type Settings = ReadonlyMap<string, Setting>;
type Report = (problem: ProfileProblem) => void;

const known = [
  'ON_PANIC',
  'DUMP_TYPE',
  'DEVICE',
  'WWPN',
  'LUN',
  'BOOTPROG',
  'BR_LBA',
  'BR_CHR',
  'FID',
  'NSID',
  'SCP_DATA',
  'LOADPARM',
  'DELAY_MINUTES',
  'REIPL_TYPE',
  'VMCMD_*',
];

function readSettings(file: string, text: string, report: Report): Settings {
  const settings = new Map<string, Setting>();
  for (const [index, raw] of text.split('\n').entries()) {
    const line = raw.trim();
    const place = { file, line: index + 1, column: raw.length - raw.trimStart().length + 1 };
    if (line === '' || line.startsWith('#')) continue;
    const read = readAssignment(line);
    if (read === undefined) {
      report({ kind: 'dumpconf-syntax', place, text: shown(line) });
      continue;
    }
    const { name, value } = read;
    if (!known.includes(name) && !/^VMCMD_[1-8]$/.test(name)) {
      report({
        kind: 'dumpconf-unknown-setting',
        place,
        name,
        nearest: nearest(name, known),
      });
      continue;
    }
    // As in a shell, the last one counts.
    settings.set(name, { value, place });
  }
  return settings;
}

const shown = (line: string): string =>
  Array.from(line.slice(0, 60), (char) => (char < ' ' || char > '~' ? '?' : char)).join('');

export function importDumpconf(file: string, text: string): Result<ImportedPolicy> {
  const problems: Problem[] = [];
  const report: Report = (problem) => {
    problems.push({ area: 'profile', ...problem });
  };
  const settings = readSettings(file, text, report);
  const top = { file, line: 1, column: 1 };
  const policy = policyOf(settings, top, report);
  return unlessProblems(problems, () => policy);
}

/** The kernel's own action comes first: it has what dumpconf told it. */
const giveBack = 'return';
const leftToTheKernel =
  'While the crashed kernel can still act, `return` leaves it to its own on_panic action.';

function policyOf(settings: Settings, top: SourcePlace, report: Report): ImportedPolicy {
  const onPanic = settings.get('ON_PANIC');
  const action = onPanic?.value ?? 'stop';
  if (action === 'stop')
    return {
      steps: [giveBack, 'wait'],
      remarks: ['ON_PANIC=stop: no dump tool is IPLed.'],
    };
  if (onPanic !== undefined && action === 'vmcmd') return commandsOf(settings, onPanic, report);
  if (onPanic !== undefined && action !== 'dump' && action !== 'dump_reipl') {
    report({
      kind: 'dumpconf-unsupported',
      place: onPanic.place,
      name: 'ON_PANIC',
      value: shown(action),
      known: ['stop', 'dump', 'dump_reipl', 'vmcmd'],
      instead: 'without a crashed kernel there is nobody to do it: use `return` and `wait`',
    });
    return { steps: [], remarks: [] };
  }
  const device = deviceOf(settings, top, report);
  const delay = numberOf(settings, 'DELAY_MINUTES', 1440, report);
  const remarks = [
    leftToTheKernel,
    ...(delay > 0
      ? ['DELAY_MINUTES keeps dumpconf from acting early after a start; here it delays the IPL.']
      : []),
  ];
  return {
    steps: [
      giveBack,
      {
        step: 'ipl',
        ...device,
        ...(delay > 0 ? { delay: `${delay}m` } : {}),
        ...(action === 'dump' ? { reipl: false } : {}),
      },
    ],
    remarks,
  };
}

/** Of /sys/firmware/vmcmd/on_panic; what is longer is cut off there (Linux, ipl.c). */
const kernelKeeps = 127;

function commandsOf(settings: Settings, onPanic: Setting, report: Report): ImportedPolicy {
  const names = Array.from({ length: commandsMaximum }, (_, index) => `VMCMD_${index + 1}`);
  const given = names.flatMap((key) => {
    const setting = settings.get(key);
    return setting === undefined || setting.value === '' ? [] : [{ key, ...setting }];
  });
  const commands = given.map(({ value }) => value);
  for (const { index = 0, mistake } of commandMistakes(commands))
    report({
      ...mistake,
      place: given[index]?.place ?? onPanic.place,
      key: given[index]?.key ?? 'VMCMD_*',
    });
  // dumpconf has `echo -e` take it for an escape.
  for (const { key, value, place } of given)
    if (value.includes('\\') && commandForm.test(value))
      report({
        kind: 'text-characters',
        place,
        key,
        found: JSON.stringify(shown(value)),
        allowed: `${commandFormWords}, without a backslash`,
      });
  if (given.length === 0)
    report({
      kind: 'dumpconf-missing',
      place: onPanic.place,
      name: 'VMCMD_1',
      because: 'ON_PANIC=vmcmd',
    });
  const { length } = commands.join('\n');
  return {
    steps: [giveBack, { step: 'vmcmd', commands }, 'wait'],
    remarks: [
      leftToTheKernel,
      ...(length > kernelKeeps
        ? [`The kernel keeps ${kernelKeeps} of these ${length} characters; here they are whole.`]
        : []),
    ],
  };
}

type DeviceKeys = { readonly [key: string]: ImportedValue };

function deviceOf(settings: Settings, top: SourcePlace, report: Report): DeviceKeys {
  const type = settings.get('DUMP_TYPE');
  const needed = (name: string, because: string): Setting | undefined => {
    const setting = settings.get(name);
    if (setting === undefined || setting.value === '')
      report({
        kind: 'dumpconf-missing',
        place: setting?.place ?? type?.place ?? top,
        name,
        because,
      });
    return setting?.value === '' ? undefined : setting;
  };
  const hex = (name: string, digits: number, kind: HexKind, because: string): string => {
    const setting = needed(name, because);
    if (setting === undefined) return '';
    const text = setting.value.toLowerCase();
    const padded = digits === 8 && /^(0x)?[0-9a-f]{1,8}$/.test(text);
    const value = padded ? `0x${text.replace(/^0x/, '').padStart(digits, '0')}` : text;
    const noPort = kind === 'wwpn-malformed' && /^0x0+$/.test(value);
    if (noPort || !new RegExp(`^0x[0-9a-f]{${digits}}$`).test(value))
      report({ kind, place: setting.place, key: name, found: JSON.stringify(shown(text)), digits });
    return value;
  };
  switch (type?.value) {
    case undefined:
      needed('DUMP_TYPE', 'ON_PANIC=dump');
      return {};
    case 'ccw':
      return {
        ccw: busId(needed('DEVICE', 'DUMP_TYPE=ccw'), 3, report),
        ...loadparm(settings, report),
      };
    case 'eckd':
      return {
        eckd: {
          device: busId(needed('DEVICE', 'DUMP_TYPE=eckd'), 3, report),
          ...bootprog(settings, report),
          ...record(settings, report),
        },
        ...loadparm(settings, report),
        ...scpData(settings, report),
      };
    case 'fcp':
      return {
        fcp: {
          device: busId(needed('DEVICE', 'DUMP_TYPE=fcp'), 0, report),
          wwpn: hex('WWPN', 16, 'wwpn-malformed', 'DUMP_TYPE=fcp'),
          lun: hex('LUN', 16, 'lun-malformed', 'DUMP_TYPE=fcp'),
          ...bootprog(settings, report),
          ...brLba(settings, report),
        },
        ...loadparm(settings, report),
        ...scpData(settings, report),
      };
    case 'nvme':
      return {
        nvme: {
          fid: hex('FID', 8, 'nvme-number-malformed', 'DUMP_TYPE=nvme'),
          nsid: hex('NSID', 8, 'nvme-number-malformed', 'DUMP_TYPE=nvme'),
          ...bootprog(settings, report),
          ...brLba(settings, report),
        },
        ...loadparm(settings, report),
        ...scpData(settings, report),
      };
    default:
      report({
        kind: 'dumpconf-unsupported',
        place: type?.place ?? top,
        name: 'DUMP_TYPE',
        value: shown(type?.value ?? ''),
        known: iplDeviceTypes,
        instead: 'name a device of one of these types',
      });
      return {};
  }
}

type HexKind = 'wwpn-malformed' | 'lun-malformed' | 'nvme-number-malformed';

/** Also without the dots: dumpconf takes `4711` for 0.0.4711. */
function busId(setting: Setting | undefined, lastSet: 0 | 3, report: Report): string {
  if (setting === undefined) return '';
  const { place, value } = setting;
  const full = /^[0-9a-f]{1,4}$/i.test(value) ? `0.0.${value.padStart(4, '0')}` : value;
  const read = readBusId(full, lastSet);
  if ('busId' in read) return read.busId;
  report({ ...read.mistake, place, key: 'DEVICE', found: JSON.stringify(shown(value)) });
  return '';
}

function numberOf(settings: Settings, name: string, most: number, report: Report): number {
  const setting = settings.get(name);
  if (setting === undefined || setting.value === '') return 0;
  if (/^\d{1,15}$/.test(setting.value) && Number(setting.value) <= most)
    return Number(setting.value);
  report({
    kind: 'dumpconf-unsupported',
    place: setting.place,
    name,
    value: shown(setting.value),
    known: [],
    instead: `write a whole number from 0 to ${most}`,
  });
  return 0;
}

const bootprog = (settings: Settings, report: Report) =>
  unlessZero('bootprog', numberOf(settings, 'BOOTPROG', 0xffffffff, report));
const brLba = (settings: Settings, report: Report) =>
  unlessZero('brLba', numberOf(settings, 'BR_LBA', Number.MAX_SAFE_INTEGER, report));
const unlessZero = (key: string, value: number): Readonly<Record<string, number>> =>
  value === 0 ? {} : { [key]: value };

function record(settings: Settings, report: Report): Readonly<Record<string, string>> {
  const setting = settings.get('BR_CHR');
  if (setting === undefined || setting.value === '' || setting.value === 'auto') return {};
  if (/^\d{1,5},\d{1,3},\d{1,3}$/.test(setting.value)) return { brChr: setting.value };
  report({
    kind: 'dumpconf-unsupported',
    place: setting.place,
    name: 'BR_CHR',
    value: shown(setting.value),
    known: ['auto', 'C,H,R'],
    instead: 'write auto, or cylinder, head and record',
  });
  return {};
}

const loadparm = (settings: Settings, report: Report) =>
  textOf(settings, 'LOADPARM', 'loadparm', loadparmMaximum, loadparmPattern, report);
const scpData = (settings: Settings, report: Report) =>
  textOf(settings, 'SCP_DATA', 'scpData', scpDataMaximum, /^[ -~]*$/, report);

function textOf(
  settings: Settings,
  name: string,
  key: string,
  maximum: number,
  pattern: RegExp,
  report: Report,
): Readonly<Record<string, string>> {
  const setting = settings.get(name);
  if (setting === undefined || setting.value === '') return {};
  const { place, value } = setting;
  if (value.length > maximum)
    report({ kind: 'text-too-long', place, key: name, length: value.length, maximum });
  else if (!pattern.test(value))
    report({
      kind: 'text-characters',
      place,
      key: name,
      found: JSON.stringify(shown(value)),
      allowed: 'printable ASCII, and in LOADPARM letters, digits, "." and blanks',
    });
  return { [key]: value };
}
