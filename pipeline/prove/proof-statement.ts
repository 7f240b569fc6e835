/** What a tester states of a bundle that was tried: of a proof, all that does not differ from one try to the next. Pure. */
import type { TestStatement } from '../attest/statement.ts';
import type { Digest } from '../units/units.ts';
import type { Outcome } from './finding.ts';
import type { Proof } from './proof.ts';

/** Stand for what was not tried at all. */
const leftOutByQuick = ['flips: the on-corruption policy runs', 'fall-backs: they get the dump'];

/** `tool`: version of this one. */
export function statementOf(proof: Proof, tool: string): TestStatement {
  const { arch, qemu, machine, quick, findings, kernelRelease, parts, panicBy } = proof;
  const named = (outcome: Outcome): readonly string[] =>
    findings.filter((one) => one.outcome === outcome).map(({ run, check }) => `${run}: ${check}`);
  const failed = new Set(named('failed'));
  const warned = new Set([...named('not proven'), ...(quick ? leftOutByQuick : [])]);
  // A test that was seen twice counts as the worse.
  const sorted = (names: Iterable<string>, ...worse: readonly ReadonlySet<string>[]) =>
    [...new Set(names)].filter((name) => !worse.some((set) => set.has(name))).sort();
  const passed = sorted(named('passed'), failed, warned);
  const version = /\b\d+(\.\d+)+/.exec(qemu)?.[0] ?? '';
  return {
    sealDigest: proof.sealDigest as Digest,
    result:
      failed.size > 0 ? 'FAILED' : warned.size > 0 || passed.length === 0 ? 'WARNED' : 'PASSED',
    configuration: [
      {
        name: 'crashseal',
        uri: `pkg:generic/crashseal@${tool}`,
        annotations: { panic: panicBy, quick },
      },
      {
        name: 'qemu',
        uri: `pkg:generic/qemu@${version}`,
        annotations: {
          version: qemu,
          architecture: arch,
          cpus: machine.cpus,
          memoryMiB: machine.memoryMiB,
          console: machine.console ?? 'none',
          words: machine.words,
        },
      },
      { name: 'kernel', digest: parts.kernel, annotations: { release: kernelRelease } },
      { name: 'loader', digest: parts.loader },
      { name: 'busybox', digest: parts.busybox },
    ],
    passed,
    warned: sorted(warned, failed),
    failed: sorted(failed),
  };
}

/** Of a statement of the tool's own: what the proof that it was made of had come to. */
export function outcomeStated({ failed, passed, warned }: TestStatement): Outcome {
  if (failed.length > 0) return 'failed';
  const unproven = warned.some((name) => !leftOutByQuick.includes(name));
  return unproven || passed.length === 0 ? 'not proven' : 'passed';
}

/** Whether one panic was all that was tried. */
export const wasQuick = ({ configuration }: TestStatement): boolean =>
  configuration.some(
    ({ annotations, name }) => name === 'crashseal' && annotations?.quick === true,
  );
