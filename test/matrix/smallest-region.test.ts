/**
 * How small a crash region may be, for each kind of target: the figures of docs/capture.md, "Memory".
 * `make test-matrix TESTS=test/matrix/smallest-region.test.ts`; out/smallest-region.txt has what was found.
 */
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { armCommand, boot } from '../support/capture.ts';
import { targetPlaces } from '../support/target-places.ts';
import { withWorkFolder } from '../support/work-folder.ts';

const table = join('out', 'smallest-region.txt');
/** MiB: surely enough, and what the search goes by. */
const ample = 192;
const step = 8;

const rows = (['6.1', '6.12'] as const).flatMap((kernel) =>
  Object.entries(targetPlaces).map(([way, make]) => ({ kernel, way, make })),
);

/** MiB that were available at the lowest; undefined where no dump was saved. */
async function leastMemory(
  folder: string,
  { kernel, make }: (typeof rows)[number],
  size: number,
): Promise<number | undefined> {
  const own = join(folder, `${size}M`);
  mkdirSync(own);
  const place = await make(own);
  try {
    const { system } = await boot(own, {
      name: `smallest-region-${kernel}-${size}`,
      kernel,
      memory: 1024,
      crashkernel: [`${size}M`],
      ...place.scenario,
    });
    for (const command of place.prepare ?? []) await system.mustRun(command);
    const overlay = place.overlay === undefined ? '' : ` --overlay ${place.overlay}`;
    // A bundle whose files alone need more is refused.
    if ((await system.run(armCommand + overlay)).exitCode !== 0) {
      await system.stop();
      return undefined;
    }
    await system.panic();
    // Saved or not, the end comes: where nothing is left to kill for its memory, the kernel panics, and resets.
    const { reason } = await system.guest.ended();
    expect(['guest-shutdown', 'guest-reset']).toContain(reason);
    const said = system.guest.console.text();
    const least = /memory: (\d+) KiB/.exec(said)?.[1];
    return least !== undefined && / vmcore saved: \d+ bytes/.test(said)
      ? Number(least) / 1024
      : undefined;
  } finally {
    await place.stop?.();
    rmSync(own, { recursive: true });
  }
}

/** One line for each row; one that was measured before is replaced. */
function note(key: string, found: string): void {
  const lines = existsSync(table) ? readFileSync(table, 'utf8').split('\n') : [];
  const others = lines.filter((line) => line !== '' && !line.startsWith(`${key} |`));
  writeFileSync(table, [...others, `${key} | ${found}`].sort().join('\n').concat('\n'));
}

test.each(rows)('a dump is saved in a small region: $kernel, $way', (row) =>
  withWorkFolder('smallest-region', async (folder) => {
    const left = await leastMemory(folder, row, ample);
    expect(left).toBeDefined();
    const works = (size: number) => leastMemory(folder, row, size);
    // What was left over is not needed; then one step after the other, down or up.
    let size = Math.ceil((ample - (left ?? 0)) / step) * step;
    let least = await works(size);
    if (least === undefined)
      while (least === undefined && size < ample) {
        size += step;
        least = await works(size);
      }
    else
      for (;;) {
        const smaller = await works(size - step);
        if (smaller === undefined) break;
        size -= step;
        least = smaller;
      }
    note(
      `${row.kernel} | ${row.way}`,
      `${left?.toFixed(0)} MiB of ${ample}M | ${size}M, ${least?.toFixed(0)} MiB left`,
    );
    expect(size).toBeLessThan(ample);
  }),
);
