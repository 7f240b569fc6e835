/** What became of a bundle that was tried, for people. */
import type { Finding } from '../prove/finding.ts';
import type { Proof } from '../prove/proof.ts';

const signs: Readonly<Record<Finding['outcome'], string>> = {
  passed: 'ok',
  failed: 'FAILED',
  'not proven': 'not proven',
};

export function renderProof(proof: Proof): string {
  const { path, outcome, profile, kernelRelease, arch, machine, qemu, findings, seconds, logs } =
    proof;
  const runs = [...new Set(findings.map(({ run }) => run))];
  return [
    `${path}: ${outcome}${proof.quick ? ' (one panic only: --quick)' : ''}, ${seconds} s`,
    `  ${profile}, ${kernelRelease}, ${arch}; ${machine.cpus} CPUs, ${machine.memoryMiB} MiB, ${machine.words}`,
    `  ${qemu}`,
    ...runs.flatMap((run) => [
      '',
      `  ${run}`,
      ...findings
        .filter((one) => one.run === run)
        .map(
          ({ check, outcome: of, detail }) => `    ${signs[of].padEnd(10)}  ${check}: ${detail}`,
        ),
    ]),
    ...(logs === null ? [] : ['', `  consoles: ${logs}`]),
    '',
  ].join('\n');
}
