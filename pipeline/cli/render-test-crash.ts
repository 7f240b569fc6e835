/** What became of a bundle that was tried, for people. */
import type { Finding } from '../prove/finding.ts';
import type { Proof } from '../prove/proof.ts';
import { type Shard, showShard } from './shard.ts';
import type { TriedThere } from './try-there.ts';

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

/** Of bundles in a registry, after what was tried now. */
export function renderThere(
  { before, left, listed, own, tried }: TriedThere,
  shard: Shard | undefined,
): string {
  const refused = tried.filter(({ result }) => !result.ok).length;
  const again = tried.filter(({ path }) => left.includes(path)).length;
  const counts = [
    `${tried.length - refused - again} tried`,
    `${before.length} tried before`,
    ...(refused === 0 ? [] : [`${refused} could not be tried`]),
    ...(left.length === 0 ? [] : [`${left.length} left for another run`]),
  ].join(', ');
  return [
    ...before.map(
      ({ outcome, reference, tester }) =>
        `${reference}: ${outcome}, as ${tester} attests; not tried again (--again does)`,
    ),
    shard === undefined
      ? `${listed} bundles: ${counts}`
      : `shard ${showShard(shard)}, ${own} of ${listed} bundles: ${counts}`,
    '',
  ].join('\n');
}
