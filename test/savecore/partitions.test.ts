/** Dumps on a partition of a whole disk, or of an image of one, as sfdisk divides it. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { realHost } from '../../pipeline/host/real-host.ts';
import { partitionsOf } from '../../pipeline/savecore/partitions.ts';
import { listDumps, saveDumps } from '../../pipeline/savecore/savecore.ts';
import { asStream, kdumpFile } from '../fixtures/flattened-stream.ts';
import { rawDevice } from '../fixtures/raw-device.ts';
import { silentProgress } from '../fixtures/silent-progress.ts';
import { randomFrom } from '../support/random.ts';

let folder: string;
const at = (...path: readonly string[]): string => join(folder, ...path);
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'partitions-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const mebibyte = 1 << 20;
const dump = kdumpFile();
const device = rawDevice([{ dump: asStream(dump) }], { ledger: [{ seq: 1, panic: 'a panic' }] });

/** A disk of 32 MiB with these partitions; the device's bytes stand at each of `places`, in MiB. */
function disk(script: string, places: readonly number[]): Buffer {
  const path = at('disk');
  writeFileSync(path, Buffer.alloc(32 * mebibyte));
  const made = spawnSync('sfdisk', ['--quiet', path], { input: script });
  expect([made.status, `${made.stderr}`]).toEqual([0, '']);
  const bytes = readFileSync(path);
  for (const place of places) bytes.set(device, place * mebibyte);
  writeFileSync(path, bytes);
  return bytes;
}

async function found(): Promise<unknown> {
  const listing = await listDumps(realHost(), at('disk'));
  return listing.ok
    ? listing.value.dumps.map(({ name, state }) => `${name}: ${state}`)
    : listing.problems.map((problem) => ('why' in problem ? problem.why : problem.kind));
}

const gpt = `label: gpt
start=1MiB, size=4MiB, name=root
start=8MiB, size=8MiB, name="crash dump"
start=20MiB, size=8MiB
`;
const onGpt = ['partition 2 (crash dump) slot 1: complete', 'partition 3 slot 1: complete'];

describe('a dump is found on a partition', () => {
  test('of a GPT, and saved', async () => {
    disk(gpt, [8, 20]);
    expect(await found()).toEqual(onGpt);
    const saved = await saveDumps(realHost(), silentProgress, at('disk'), at('out'), []);
    // The other partition has a copy of the same dump.
    expect(saved).toMatchObject({
      ok: true,
      value: {
        saved: [{ report: { from: `${at('disk')} partition 2 (crash dump) slot 1` } }],
        problems: [{ kind: 'already-there' }],
      },
    });
    expect(readFileSync(at('out/2027-01-15-08:00:00/vmcore')).equals(dump)).toBe(true);
  });

  test('of a GPT on a disk with sectors of 4096 bytes', async () => {
    // The same numbers count larger sectors: what begins at 1 MiB now begins at 8 MiB.
    const small = disk(gpt, []);
    const large = Buffer.alloc(64 * mebibyte);
    small.copy(large, 4096, 512, 1024);
    small.copy(large, 8192, 1024, 1024 + 128 * 128);
    large.set(device, 8 * mebibyte);
    large.writeBigUInt64LE(BigInt(2048 + device.length / 4096 - 1), 8192 + 40);
    writeFileSync(at('disk'), large);
    expect(await found()).toEqual(['partition 1 (root) slot 1: complete']);
  });

  test('of a GPT whose first header is damaged', async () => {
    const bytes = disk(gpt, [8, 20]);
    bytes.fill(0, 512, 1024);
    writeFileSync(at('disk'), bytes);
    expect(await found()).toEqual(onGpt);
  });

  test('of an MBR, primary or logical', async () => {
    disk(
      `label: dos
start=1MiB, size=4MiB
start=6MiB, size=25MiB, type=5
start=8MiB, size=2MiB
start=12MiB, size=8MiB
start=22MiB, size=8MiB
`,
      [12, 22],
    );
    expect(await found()).toEqual(['partition 6 slot 1: complete', 'partition 7 slot 1: complete']);
    disk('label: dos\nstart=4MiB, size=8MiB\n', [4]);
    expect(await found()).toEqual(['partition 1 slot 1: complete']);
  });
});

test('a disk whose partitions hold no dump of ours is told so', async () => {
  disk(gpt, []);
  expect(await found()).toEqual(['foreign']);
});

test('tables with any bytes changed give partitions within the disk, and never fail', async () => {
  const random = randomFrom(7);
  const logical = 'label: dos\nstart=6MiB, size=25MiB, type=5\nstart=12MiB, size=8MiB\n';
  for (const [script, tables] of [
    [gpt, [0, 512, 1024, 1152]],
    [logical, [0, 11 * mebibyte]],
  ] as const) {
    const whole = disk(script, []);
    for (let round = 0; round < 500; round += 1) {
      const changed: [number, number][] = [];
      for (let change = 0; change < 4; change += 1) {
        const place = random.of(tables) + random.below(512);
        changed.push([place, whole[place] ?? 0]);
        whole[place] = random.of([0, 1, 0x7f, 0xff, random.below(256)]);
      }
      const partitions = await partitionsOf({
        size: BigInt(whole.length),
        read: (start, size) => Promise.resolve(whole.subarray(Number(start), Number(start) + size)),
      });
      for (const { content } of partitions)
        expect(content.size).toBeLessThanOrEqual(BigInt(whole.length));
      for (const [place, byte] of changed.reverse()) whole[place] = byte;
    }
  }
});
