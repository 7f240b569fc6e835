/** How small crashkernel= may be, for people. */
import type { Estimate } from '../prove/estimate.ts';
import { showSize } from '../units/units.ts';
import { section, textTable } from './text-table.ts';

const kib = (size: number): string => showSize(BigInt(size) * 1024n);

export function renderEstimate(estimate: Estimate): string {
  const { path, profile, kernelRelease, arch, smallestMiB, recommendedMiB } = estimate;
  const { reserved, measured, growth, confirmed, notes, seconds } = estimate;
  const made = measured.madeOf.map(({ what, size }) => [what, kib(size)]);
  const saving = measured.targets.map(({ target, saving: size }) => [
    target,
    size === null ? 'not measured' : kib(size),
  ]);
  return [
    `${path}: reserve crashkernel=${recommendedMiB}M; the smallest is about ${smallestMiB}M, ${seconds} s`,
    `  ${profile}, ${kernelRelease}, ${arch}; measured with ${measured.cpus} CPUs, ${measured.memoryMiB} MiB, crashkernel=${measured.regionMiB}M`,
    confirmed.sizeMiB === null
      ? `  FAILED: no dump was saved with ${confirmed.tooSmallMiB.map((size) => `${size}M`).join(', ')} either`
      : `  a dump was saved with ${confirmed.sizeMiB}M${confirmed.tooSmallMiB.length === 0 ? '' : `, and not with ${confirmed.tooSmallMiB.map((size) => `${size}M`).join(', ')}`}`,
    ...(reserved.enough
      ? [`  the profile reserves ${reserved.options.join(', ')}: enough`]
      : [
          `  warning: the profile reserves ${reserved.options.join(', ')}, at the smallest ${reserved.smallestMiB}M, which is less`,
        ]),
    ...section('  what is in use at the end of its start, the most that ever is', [
      ...textTable(made, ['left', 'right']).map((line) => `  ${line}`),
    ]),
    ...section('  while the dump is saved to', [
      ...textTable(saving, ['left', 'right']).map((line) => `  ${line}`),
    ]),
    ...(growth === null
      ? []
      : section('  growth', [
          `  ${growth.perGiB} KiB for each GiB of memory, measured up to ${growth.measuredUpToMiB} MiB; for ${growth.memoryMiB} MiB ${growth.marginPercent} % of it is added`,
        ])),
    '',
    ...notes.map((note) => `  ${note}`),
    '',
  ].join('\n');
}
