/** Captures on arm64 in full: both kernels, each exception level, device tree and ACPI, one CPU and four. */
import { expect, test } from 'vitest';
import { complaintsAbout } from '../../pipeline/guest/dump-complaints.ts';
import { efi, type Level, levels } from '../support/arm64-machines.ts';
import { capture } from '../support/capture.ts';
import { withWorkFolder } from '../support/work-folder.ts';

const rows = (['6.1', '6.12'] as const).flatMap((kernel) =>
  (Object.keys(levels) as Level[]).flatMap((level) =>
    [false, true].flatMap((acpi) =>
      [1, 4].map((cpus) => ({ kernel, level, acpi, cpus, panicOn: cpus - 1 })),
    ),
  ),
);

test.each(rows)('panic-captures-vmcore on arm64: %o', ({ kernel, level, acpi, cpus, panicOn }) => {
  const name = `arm64-${kernel}-${level}-${acpi ? 'acpi' : 'tree'}-${cpus}`;
  return withWorkFolder(name, async (folder) => {
    const guest = { ...levels[level], ...(acpi ? efi : {}) };
    const append = acpi ? 'acpi=force' : '';
    const scenario = { name, arch: 'arm64', kernel, cpus, append, guest } as const;
    const captured = await capture(folder, scenario, panicOn);
    expect(complaintsAbout(captured.disk, { ...captured, cpus })).toEqual([]);
  });
});
