/**
 * How small a crash region may be, for each way of saving a dump: the figures of docs/capture.md, "Memory".
 * `make test-matrix`; out/smallest-region.txt has what was found.
 */
import { execFileSync } from 'node:child_process';
import { appendFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { armCommand, boot } from '../support/capture.ts';
import type { TestKernelName } from '../support/kernels.ts';
import { markerOf } from '../support/raw-records.ts';
import { withWorkFolder } from '../support/work-folder.ts';

const table = join('out', 'smallest-region.txt');
const kernels: readonly TestKernelName[] = ['6.1', '6.12'];
/** MiB, from what is surely enough to what is surely too little. */
const sizes = [160, 128, 112, 104, 96, 88, 80];

const ways = {
  raw: () => ({}),
  'raw, encrypted': (folder: string) => {
    const identity = join(folder, 'identity');
    rmSync(identity, { force: true });
    execFileSync('age-keygen', ['-o', identity], { stdio: 'pipe' });
    return {
      recipient: execFileSync('age-keygen', ['-y', identity], { encoding: 'utf8' }).trim(),
    };
  },
} as const;

const rows = kernels.flatMap((kernel) =>
  Object.entries(ways).map(([way, profile]) => ({ kernel, way, profile })),
);

/** MiB that were available at the lowest; undefined where no dump was saved. */
async function leastMemory(
  folder: string,
  { kernel, profile }: (typeof rows)[number],
  size: number,
): Promise<number | undefined> {
  const disk = join(folder, 'disk.raw');
  writeFileSync(disk, '');
  truncateSync(disk, 256 * 2 ** 20);
  const { system } = await boot(folder, {
    name: `smallest-region-${kernel}-${size}`,
    kernel,
    memory: 768,
    crashkernel: [`${size}M`],
    profile: {
      target: { kind: 'raw', device: 'SERIAL=only' },
      dump: { format: 'kdump' },
      failureAction: 'poweroff',
      ...profile(folder),
    },
    guest: { disks: [{ path: disk, serial: 'only' }] },
  });
  // A bundle whose files alone need more is refused.
  if ((await system.run(armCommand)).exitCode !== 0) {
    await system.stop();
    return undefined;
  }
  await system.panic();
  await system.guest.ended();
  const least = /memory: (\d+) KiB/.exec(system.guest.console.text())?.[1];
  return least !== undefined && markerOf(disk).state === 'complete'
    ? Number(least) / 1024
    : undefined;
}

beforeAll(() => rmSync(table, { force: true }));

test.each(rows)('a dump is saved in a small region: $kernel, $way', (row) =>
  withWorkFolder('smallest-region', async (folder) => {
    const found: [number, number][] = [];
    for (const size of sizes) {
      const least = await leastMemory(folder, row, size).catch(() => undefined);
      if (least === undefined) break;
      found.push([size, least]);
    }
    const shown = found.map(([size, least]) => `${size}M: ${least.toFixed(0)} MiB left`).join(', ');
    appendFileSync(table, `${row.kernel}, ${row.way}: ${shown}\n`);
    expect(found.length).toBeGreaterThan(0);
  }),
);
