/** What purgatory does when a digest is wrong after the panic. */
import * as z from 'zod';
import { architectureOf, archNames } from '../../arch/arch.ts';
import { onEach, onlyOn } from '../../arch/in-words.ts';
import type { PolicyCall, PolicyStep } from '../../arch/policy-step.ts';
import type { ProfileRules } from '../../arch/profile-rules.ts';
import { choice, port, shape } from '../../schema/takes.ts';
import { atIn, type Report, reportedBy } from '../at.ts';
import { profileKey, type Written } from '../key.ts';
import { arch, rulesOf } from './arch.ts';
import { withoutEffectByFile } from './backend.ts';
import { consoleKey } from './console.ts';
import { iplStepSchema, settleIplStep } from './ipl-step.ts';
import { inCall } from './policy-call.ts';
import { settleVmcmdStep, vmcmdStepSchema } from './vmcmd-step.ts';
import { waitCodeOf, waitStepSchema } from './wait-step.ts';

const meanings: Readonly<Record<PolicyStep['kind'], string>> = {
  message: 'say which region on the console',
  pvpanic: 'tell the hypervisor',
  reset: 'reset the machine; final',
  halt: 'stop, for a watchdog or an operator; final',
  return:
    'hand back to the crashed kernel, which runs its own `on_panic` action, in the check call',
  vmcmd:
    'give commands to CP, the control program of z/VM, which may end the system; passed over where there is no z/VM',
  ipl: 'IPL a stand-alone dump tool; final, where that fails a disabled wait says so',
  wait: 'load a disabled wait PSW; final',
};

const description = [
  'What purgatory does, in this order, when a digest is wrong after the panic.',
  ...(Object.keys(meanings) as PolicyStep['kind'][]).map(
    (step) =>
      `\`${step}\`: ${meanings[step]}${onlyOn(({ policySteps }) => policySteps.includes(step))}.`,
  ),
].join(' ');

const standard = onEach(({ defaultPolicy }) => {
  const steps = ['message', ...defaultPolicy.map(({ kind }) => kind)];
  return `\`[${steps.join(', ')}]\``;
});

const pvpanicPort = archNames
  .map((name) => architectureOf(name).profile)
  .flatMap((rules) =>
    rules.policySteps.includes('pvpanic') ? [`0x${rules.pvpanicPort.toString(16)}`] : [],
  )
  .join(', ');

const stepSchema = z.union(
  [
    choice(['message', 'pvpanic', 'reset', 'halt', 'return', 'vmcmd', 'wait']),
    z.discriminatedUnion(
      'step',
      [
        z.strictObject({
          step: shape('pvpanic'),
          port: port()
            .optional()
            .meta({
              description: 'I/O port of the device.',
              defaultText: pvpanicPort,
              examples: ['0x505'],
            }),
        }),
        z.strictObject({ step: shape('message'), in: inCall() }),
        z.strictObject({ step: shape('return'), in: inCall() }),
        vmcmdStepSchema,
        waitStepSchema,
        iplStepSchema,
      ],
      { error: 'a map with `step: ipl`, `vmcmd`, `wait`, `return`, `message` or `pvpanic`' },
    ),
  ],
  {
    error:
      'one of message, pvpanic, reset, halt, return, vmcmd, wait, or a map such as { step: ipl, ccw: 0.0.4711 }',
  },
);

type WrittenStep = z.output<typeof stepSchema>;
type WrittenMap = Exclude<WrittenStep, string>;

export const onCorruption = profileKey('onCorruption', {
  schema: z
    .array(stepSchema, { error: 'a list of steps such as [message, reset]' })
    .min(1, { error: 'at least one step; the last is final' })
    .max(8, { error: 'at most 8 steps' })
    .optional()
    .meta({
      description,
      defaultText: `${standard}; no \`message\` without a console`,
      examples: [
        ['message', 'pvpanic', 'reset'],
        [{ step: 'pvpanic', port: '0x505' }, 'halt'],
        ['message', 'return', { step: 'ipl', ccw: '0.0.4711', delay: '5m' }],
        ['return', { step: 'vmcmd', commands: ['VMDUMP', 'IPL 4711'] }, 'wait'],
      ],
    }),
  settle: (steps, written): readonly PolicyStep[] => {
    const rules = rulesOf(written);
    if (steps === undefined)
      return written.of(consoleKey) === 'none'
        ? rules.defaultPolicy
        : [{ kind: 'message' }, ...rules.defaultPolicy];
    const settled = steps.map((step, index) => settleStep(step, index, written));
    // What no step decides is decided by the architecture, after all that is written.
    const open = rules.policyCalls.flatMap((call) => {
      const end = rules.policyEnds[call];
      return end === undefined || settled.some((step) => ends(step, call)) ? [] : [end];
    });
    return [...settled, ...open];
  },
  checks: [
    {
      with: [arch, consoleKey],
      find: (steps, written) => reportedBy((report) => checkPolicy(steps ?? [], written, report)),
    },
    withoutEffectByFile(
      'onCorruption',
      "kexec_file_load(2) brings the kernel's own purgatory, which spins",
    ),
  ],
  problems: [
    'not-on-arch',
    'policy-not-final',
    'policy-after-final',
    'policy-step-twice',
    'message-without-console',
    'return-in-start-call',
    'wait-code',
    'ipl-device-count',
    'ipl-key-without-effect',
    'bus-id-malformed',
    'bus-id-ssid',
    'wwpn-malformed',
    'lun-malformed',
    'nvme-number-malformed',
    'boot-record-outside',
    'text-too-long',
    'text-characters',
    'needs-segments',
  ],
});

const isIn = (step: PolicyStep, call: PolicyCall): boolean =>
  step.in === undefined || step.in === call;

const finals: ReadonlySet<PolicyStep['kind']> = new Set(['reset', 'halt', 'return', 'ipl', 'wait']);

/** Nothing is done after it in this call: an IPL that fails ends in a disabled wait of its own. */
const ends = (step: PolicyStep, call: PolicyCall): boolean =>
  isIn(step, call) && finals.has(step.kind);

function settleStep(
  step: WrittenStep,
  index: number,
  written: Written,
  report?: Report,
): PolicyStep {
  const at = atIn(written, ['onCorruption', index], report);
  const map: WrittenMap | { readonly step: Extract<WrittenStep, string> } =
    typeof step === 'string' ? { step } : step;
  const asked = 'in' in map ? map.in : undefined;
  const only = asked === undefined || asked === 'both' ? {} : { in: asked };
  switch (map.step) {
    case 'message':
    case 'reset':
    case 'halt':
      return { kind: map.step, ...only };
    case 'pvpanic': {
      const asked = 'port' in map ? map.port : undefined;
      return { kind: 'pvpanic', port: Number(asked ?? rulesOf(written).pvpanicPort) };
    }
    case 'return':
      if (asked !== undefined && asked !== 'check')
        at.report({ kind: 'return-in-start-call', place: at.place('in') });
      return { kind: 'return', in: 'check' };
    case 'wait':
      return { kind: 'wait', code: waitCodeOf('code' in map ? map.code : undefined, at), ...only };
    case 'vmcmd':
      return { ...settleVmcmdStep('commands' in map ? map.commands : undefined, at), ...only };
    case 'ipl':
      return { ...settleIplStep(map, at), ...only };
  }
}

function checkPolicy(steps: readonly WrittenStep[], written: Written, report: Report): void {
  const rules = rulesOf(written);
  const settled = steps.map((step, index) => settleStep(step, index, written, report));
  for (const index of settled.keys()) checkStep(settled, index, written, report);
  const last = settled.at(-1);
  for (const call of rules.policyCalls)
    if (
      last !== undefined &&
      rules.policyEnds[call] === undefined &&
      !settled.some((step) => ends(step, call))
    )
      report({
        kind: 'policy-not-final',
        place: written.place('onCorruption', settled.length - 1),
        last: last.kind,
        call: rules.policyCalls.length > 1 ? call : undefined,
        finals: rules.policySteps.filter((kind) => finals.has(kind) && kind !== 'return'),
      });
}

/** A step among the others. */
function checkStep(
  steps: readonly PolicyStep[],
  index: number,
  written: Written,
  report: Report,
): void {
  const step = steps[index];
  if (step === undefined) return;
  const rules = rulesOf(written);
  const place = written.place('onCorruption', index);
  if (!rules.policySteps.includes(step.kind))
    report({
      kind: 'not-on-arch',
      place,
      key: 'onCorruption',
      value: step.kind,
      arch: written.of(arch),
      known: rules.policySteps,
    });
  if (step.kind === 'message' && written.of(consoleKey) === 'none')
    report({ kind: 'message-without-console', place });
  const before = steps.slice(0, index);
  const unreached = finalBefore(before, step, rules);
  if (unreached !== undefined)
    report({ kind: 'policy-after-final', place, step: step.kind, final: unreached.kind });
  // A final one may come again for the call that the first was not for.
  else if (!finals.has(step.kind) && before.some((one) => sameStep(one, step, rules)))
    report({ kind: 'policy-step-twice', place, step: step.kind });
}

/** The step that ends every call in which `step` would be taken. */
function finalBefore(
  before: readonly PolicyStep[],
  step: PolicyStep,
  rules: ProfileRules,
): PolicyStep | undefined {
  const ended = rules.policyCalls
    .filter((call) => isIn(step, call))
    .map((call) => before.find((one) => ends(one, call)));
  return ended.every((one) => one !== undefined) ? ended.at(-1) : undefined;
}

const sameStep = (one: PolicyStep, other: PolicyStep, rules: ProfileRules): boolean =>
  one.kind === other.kind && rules.policyCalls.some((call) => isIn(one, call) && isIn(other, call));
