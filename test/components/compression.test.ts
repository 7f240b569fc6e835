/** What packs an initramfs gives the same bytes on every machine, and each of them unpacks to what it was. */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { compress } from '../../pipeline/components/compression.ts';
import type { Host } from '../../pipeline/host/host.ts';
import { realHost } from '../../pipeline/host/real-host.ts';
import { must } from '../fixtures/results.ts';

/** Text that repeats itself here and there, of several of the pieces that zstd cuts it into. */
const input = Buffer.concat(
  Array.from({ length: 75_000 }, (_, at) =>
    Buffer.from(
      createHash('md5')
        .update(`${at % 50_000}`)
        .digest('hex'),
    ),
  ),
);

/** With another number of threads; every machine may have so many CPUs. */
const withThreads = (count: number): Host => {
  const host = realHost();
  return {
    ...host,
    run: (command, args, options) => {
      expect(args.filter((word) => word === '-T4')).toHaveLength(1);
      const other = args.map((word) => (word === '-T4' ? `-T${count}` : word));
      return host.run(command, other, options);
    },
  };
};

describe('zstd', () => {
  test('gives the same bytes with one thread and with many', async () => {
    const packed = must(await compress(realHost(), 'zstd', input));
    for (const count of [1, 2, 3, 16]) {
      const other = must(await compress(withThreads(count), 'zstd', input));
      expect(Buffer.compare(packed, other), `${count} threads`).toBe(0);
    }
    expect(packed.length).toBeLessThan(input.length);
  });
});

test.each([
  ['zstd', 'zstd'],
  ['xz', 'xz'],
  ['gzip', 'gzip'],
] as const)('%s unpacks to what was packed', async (compression, program) => {
  const some = input.subarray(0, 1 << 18);
  const packed = must(await compress(realHost(), compression, some));
  const { status, stdout } = spawnSync(program, ['-dc'], { input: packed });
  expect(status).toBe(0);
  expect(Buffer.compare(stdout, some)).toBe(0);
});
