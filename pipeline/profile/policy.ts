/** What purgatory does on corruption: the profile's steps as values, and what is wrong with them. Pure. */
import type { IplDevice, IplStep, PolicyCall, PolicyStep } from '../arch/policy-step.ts';
import type { ProfileRules } from '../arch/profile-rules.ts';
import { readBusId } from '../format/bus-id.ts';
import { loadparmMaximum, loadparmPattern, scpDataMaximum } from '../format/ipl-block.ts';
import type { SourcePlace } from '../problem/explanation.ts';
import type { Problem } from '../problem/problem.ts';
import type { ProfileProblem, WaitCodeMistake } from '../problem/profile-problem.ts';
import { showFound } from '../schema/show-found.ts';
import type { ProfileInput } from './schema.ts';
import { numberAt, type Path } from './source-tree.ts';
import type { Written } from './written.ts';

type WrittenStep = NonNullable<ProfileInput['onCorruption']>[number];
type WrittenMap = Exclude<WrittenStep, string>;
type WrittenIpl = Extract<WrittenMap, { readonly step: 'ipl' }>;
type Loose = string | number;

/** Tells what is wrong with the value at a path below the step. */
type Report = (problem: ProfileProblem) => void;
type At = {
  readonly report: Report;
  readonly place: (...path: Path) => SourcePlace;
  readonly key: (...path: Path) => string;
  /** A number as it stands in the profile. */
  readonly number: (...path: Path) => string | undefined;
};

export function policyOf(written: Written): readonly PolicyStep[] {
  const { input, rules } = written;
  if (input.onCorruption === undefined)
    return input.console === 'none'
      ? rules.defaultPolicy
      : [{ kind: 'message' }, ...rules.defaultPolicy];
  const steps = input.onCorruption.map((step, index) => stepOf(written, step, index, () => {}));
  // What no step decides is decided by the architecture, behind all that is written.
  const open = rules.policyCalls.flatMap((call) => {
    const end = rules.policyEnds[call];
    return end === undefined || steps.some((step) => ends(step, call)) ? [] : [end];
  });
  return [...steps, ...open];
}

const isIn = (step: PolicyStep, call: PolicyCall): boolean =>
  step.in === undefined || step.in === call;

const finals: ReadonlySet<PolicyStep['kind']> = new Set(['reset', 'halt', 'return', 'ipl', 'wait']);

/** Nothing is done behind it in this call: an IPL that fails ends in a disabled wait of its own. */
const ends = (step: PolicyStep, call: PolicyCall): boolean =>
  isIn(step, call) && finals.has(step.kind);

function stepOf(
  { rules, root, place }: Written,
  step: WrittenStep,
  index: number,
  report: Report,
): PolicyStep {
  const at: At = {
    report,
    place: (...path) => place('onCorruption', index, ...path),
    key: (...path) => ['onCorruption', index, ...path].join('.'),
    number: (...path) => numberAt(root, ['onCorruption', index, ...path]),
  };
  const map: WrittenMap | { readonly step: Extract<WrittenStep, string> } =
    typeof step === 'string' ? { step } : step;
  const only = 'in' in map && map.in !== undefined && map.in !== 'both' ? { in: map.in } : {};
  switch (map.step) {
    case 'message':
    case 'reset':
    case 'halt':
      return { kind: map.step, ...only };
    case 'pvpanic':
      return { kind: 'pvpanic', port: Number(('port' in map && map.port) || rules.pvpanicPort) };
    case 'return': {
      const asked = 'in' in map ? map.in : undefined;
      if (asked !== undefined && asked !== 'check')
        report({ kind: 'return-in-start-call', place: at.place('in') });
      return { kind: 'return', in: 'check' };
    }
    case 'wait': {
      const code = 'code' in map ? map.code : undefined;
      return { kind: 'wait', code: waitCodeOf(code, at), ...only };
    }
    case 'ipl':
      return { ...iplOf(map as WrittenIpl, at), ...only };
  }
}

/** s390-tools' dumpers use these; an operator would look in the wrong book. */
const dumperCodes = { first: 0x4500n, last: 0x46ffn } as const;
/** Purgatory's own, format/purgatory-layout.ts: with them it says what it found. */
const ownCodes = { first: 0xc500n, last: 0xc5ffn } as const;

function waitCodeOf(written: Loose | undefined, at: At): bigint | undefined {
  if (written === undefined) return undefined;
  const no = (mistake: WaitCodeMistake): undefined => {
    at.report({
      kind: 'wait-code',
      place: at.place('code'),
      key: at.key('code'),
      found: showFound(written),
      mistake,
    });
    return undefined;
  };
  if (typeof written === 'string' && !/^0x[0-9a-fA-F]{1,16}$/.test(written))
    return no({ kind: 'form' });
  if (Number(written) < 0) return no({ kind: 'form' });
  const code = BigInt(written);
  // What an operator reads off a hardware console; 31 bits are a plausible address.
  if (code === 0n || code > 0x7fffffffn) return no({ kind: 'range' });
  if ((code & 0xfffn) === 0xfffn) return no({ kind: 'quiesce' });
  if (code >= dumperCodes.first && code <= dumperCodes.last) return no({ kind: 'dumper' });
  if (code >= ownCodes.first && code <= ownCodes.last) return no({ kind: 'own' });
  return code;
}

const deviceKeys = ['ccw', 'fcp', 'eckd', 'nvme', 'from'] as const;

function iplOf(step: WrittenIpl, at: At): IplStep {
  const named = deviceKeys.filter((key) => step[key] !== undefined);
  if (named.length !== 1)
    at.report({ kind: 'ipl-device-count', place: at.place(), found: named, known: deviceKeys });
  const device = deviceOf(step, at);
  const fromFirmware = device.kind === 'firmware';
  if (step.type !== undefined && !fromFirmware)
    at.report({
      kind: 'ipl-key-without-effect',
      place: at.place('type'),
      key: at.key('type'),
      belongsTo: '`from: dump` and `from: reipl`',
    });
  const listDirected = device.kind === 'firmware' ? device.type !== 'ccw' : device.kind !== 'ccw';
  if (step.scpData !== undefined && !listDirected)
    at.report({
      kind: 'ipl-key-without-effect',
      place: at.place('scpData'),
      key: at.key('scpData'),
      belongsTo: '`fcp`, `eckd` and `nvme`',
    });
  checkLoadparm(step.loadparm, at);
  checkScpData(step.scpData, at);
  const [, amount = '0', unit] = /^(\d+)([sm])$/.exec(step.delay) ?? [];
  return {
    kind: 'ipl',
    device,
    loadparm: step.loadparm,
    scpData: step.scpData ?? '',
    delaySeconds: Number(amount) * (unit === 'm' ? 60 : 1),
  };
}

function deviceOf(step: WrittenIpl, at: At): IplDevice {
  if (step.fcp !== undefined) {
    const { device, wwpn, lun, bootprog, brLba } = step.fcp;
    return {
      kind: 'fcp',
      busId: busIdOf(device, at, ['fcp', 'device'], 0),
      wwpn: hexOf(wwpn, 16, at, ['fcp', 'wwpn'], 'wwpn-malformed'),
      lun: hexOf(lun, 16, at, ['fcp', 'lun'], 'lun-malformed'),
      bootprog,
      brLba: BigInt(brLba),
    };
  }
  if (step.eckd !== undefined) {
    const { device, bootprog, brChr } = step.eckd;
    return {
      kind: 'eckd',
      busId: busIdOf(device, at, ['eckd', 'device'], 3),
      bootprog,
      record: recordOf(brChr, at),
    };
  }
  if (step.nvme !== undefined) {
    const { fid, nsid, bootprog, brLba } = step.nvme;
    return {
      kind: 'nvme',
      fid: Number(hexOf(fid, 8, at, ['nvme', 'fid'], 'nvme-number-malformed')),
      nsid: Number(hexOf(nsid, 8, at, ['nvme', 'nsid'], 'nvme-number-malformed')),
      bootprog,
      brLba: BigInt(brLba),
    };
  }
  const { from } = step;
  if (from === 'dump' || from === 'reipl')
    return { kind: 'firmware', of: from, type: step.type ?? 'ccw' };
  if (from !== undefined)
    return {
      kind: 'scsi',
      folder:
        'scsi' in from ? `sys/bus/scsi/devices/${from.scsi}` : `sys/block/${from.block}/device`,
      bootprog: from.bootprog,
      brLba: BigInt(from.brLba),
    };
  return {
    kind: 'ccw',
    busId: step.ccw === undefined ? '0.0.0000' : busIdOf(step.ccw, at, ['ccw'], 3),
  };
}

/** `0.S.DDDD` as sysfs has it. FCP devices are in subchannel set 0: the block has no place for another. */
function busIdOf(written: Loose, at: At, path: Path, lastSet: 0 | 3): string {
  const read = readBusId(String(written), lastSet);
  if ('busId' in read) return read.busId;
  at.report({
    ...read.mistake,
    place: at.place(...path),
    key: at.key(...path),
    found: showFound(written),
  });
  return '0.0.0000';
}

/** Exactly as many digits as sysfs prints: a number with fewer has most likely lost some. */
function hexOf(
  written: Loose,
  digits: number,
  at: At,
  path: Path,
  kind: 'wwpn-malformed' | 'lun-malformed' | 'nvme-number-malformed',
): bigint {
  const sound =
    typeof written === 'string' && new RegExp(`^0x[0-9a-fA-F]{${digits}}$`).test(written);
  // Zero is what sysfs says of a port that is not configured; a LUN may well be zero.
  if (sound && (kind !== 'wwpn-malformed' || BigInt(written) !== 0n)) return BigInt(written);
  at.report({
    kind,
    place: at.place(...path),
    key: at.key(...path),
    found: at.number(...path) ?? showFound(written),
    digits,
  });
  return 0n;
}

function recordOf(brChr: string, at: At): { cylinder: number; head: number; record: number } {
  if (brChr === 'auto') return { cylinder: 0, head: 0, record: 0 };
  const [cylinder = 0, head = 0, record = 0] = brChr.split(',').map(Number);
  if (cylinder > 0xffff || head > 0xff || record > 0xff)
    at.report({
      kind: 'boot-record-outside',
      place: at.place('eckd', 'brChr'),
      key: at.key('eckd', 'brChr'),
      found: brChr,
    });
  return { cylinder: cylinder & 0xffff, head: head & 0xff, record: record & 0xff };
}

function checkLoadparm(loadparm: string | undefined, at: At): void {
  if (loadparm === undefined) return;
  const about = { place: at.place('loadparm'), key: at.key('loadparm') };
  if (loadparm.length > loadparmMaximum)
    at.report({
      kind: 'text-too-long',
      ...about,
      length: loadparm.length,
      maximum: loadparmMaximum,
    });
  else if (!loadparmPattern.test(loadparm))
    at.report({
      kind: 'text-characters',
      ...about,
      found: showFound(loadparm),
      allowed: 'letters, digits, "." and blanks',
    });
}

function checkScpData(scpData: string | undefined, at: At): void {
  if (scpData === undefined) return;
  const about = { place: at.place('scpData'), key: at.key('scpData') };
  if (scpData.length > scpDataMaximum)
    at.report({ kind: 'text-too-long', ...about, length: scpData.length, maximum: scpDataMaximum });
  else if (!/^[ -~]*$/.test(scpData))
    at.report({
      kind: 'text-characters',
      ...about,
      found: showFound(scpData),
      allowed: 'printable ASCII',
    });
}

/** Everything that is wrong with `onCorruption`. */
export function policyProblems(written: Written): readonly Problem[] {
  const { input, rules, place } = written;
  const problems: Problem[] = [];
  const report: Report = (problem) => {
    problems.push({ area: 'profile', ...problem });
  };
  const steps = (input.onCorruption ?? []).map((step, index) =>
    stepOf(written, step, index, report),
  );
  const at = (index: number): SourcePlace => place('onCorruption', index);
  for (const [index, step] of steps.entries()) {
    if (!rules.policySteps.includes(step.kind))
      report({
        kind: 'not-on-arch',
        place: at(index),
        key: 'onCorruption',
        value: step.kind,
        arch: input.arch,
        known: rules.policySteps,
      });
    if (step.kind === 'message' && input.console === 'none')
      report({ kind: 'message-without-console', place: at(index) });
    const unreached = finalBefore(steps, index, rules);
    if (unreached !== undefined)
      report({
        kind: 'policy-after-final',
        place: at(index),
        step: step.kind,
        final: unreached.kind,
      });
    // A final one may come again for the call that the first was not for.
    else if (
      !finals.has(step.kind) &&
      steps.slice(0, index).some((one) => sameStep(one, step, rules))
    )
      report({ kind: 'policy-step-twice', place: at(index), step: step.kind });
  }
  const last = steps.at(-1);
  for (const call of rules.policyCalls)
    if (
      last !== undefined &&
      rules.policyEnds[call] === undefined &&
      !steps.some((step) => ends(step, call))
    )
      report({
        kind: 'policy-not-final',
        place: at(steps.length - 1),
        last: last.kind,
        call: rules.policyCalls.length > 1 ? call : undefined,
        finals: rules.policySteps.filter((kind) => finals.has(kind) && kind !== 'return'),
      });
  return problems;
}

/** The step that ends every call in which the step at `index` would be taken. */
function finalBefore(
  steps: readonly PolicyStep[],
  index: number,
  rules: ProfileRules,
): PolicyStep | undefined {
  const step = steps[index];
  const calls = rules.policyCalls.filter((call) => step !== undefined && isIn(step, call));
  const ended = calls.map((call) => steps.slice(0, index).find((one) => ends(one, call)));
  return ended.every((one) => one !== undefined) ? ended.at(-1) : undefined;
}

const sameStep = (one: PolicyStep, other: PolicyStep, rules: ProfileRules): boolean =>
  one.kind === other.kind && rules.policyCalls.some((call) => isIn(one, call) && isIn(other, call));
