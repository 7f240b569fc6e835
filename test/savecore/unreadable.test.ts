/** A disk that does not give all of its bytes costs what stands there, and no more. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { realHost } from '../../pipeline/host/real-host.ts';
import { explain } from '../../pipeline/problem/problem.ts';
import { listDumps, saveDumps } from '../../pipeline/savecore/savecore.ts';
import { asStream, kdumpFile } from '../fixtures/flattened-stream.ts';
import { sysrqLog } from '../fixtures/kernel-logs.ts';
import { rawDevice } from '../fixtures/raw-device.ts';
import { silentProgress } from '../fixtures/silent-progress.ts';

let folder: string;
const at = (...path: readonly string[]): string => join(folder, ...path);
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'unreadable-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const dump = kdumpFile();
const stream = asStream(dump);
const log = Buffer.from(sysrqLog);
const page = 4096;

/** This machine, but for a page of the file that no read gives. */
function hostWithout(bad: number) {
  const host = realHost();
  return {
    ...host,
    openFile: async (path: string) => {
      const file = await host.openFile(path);
      if (file === undefined || file === 'not-a-file' || path !== at('device')) return file;
      return {
        ...file,
        read: async (start: bigint, size: number) => {
          if (start < BigInt(bad + page) && start + BigInt(size) > BigInt(bad))
            throw Object.assign(new Error('EIO: i/o error, read'), {
              code: 'EIO',
              syscall: 'read',
            });
          return file.read(start, size);
        },
      };
    },
  };
}

async function save(bytes: Buffer, bad: number) {
  writeFileSync(at('device'), bytes);
  const result = await saveDumps(hostWithout(bad), silentProgress, at('device'), at('out'), []);
  if (!result.ok) return { problems: result.problems.map(({ kind }) => kind), saved: [] };
  const { problems, saved } = result.value;
  return {
    problems: problems.map((problem) => explain(problem).message.replaceAll(folder, '')),
    saved: saved.map(({ folder: place, report }) => ({
      files: readdirSync(place).sort(),
      why: report.dump.why,
      panic: report.panic,
      place,
    })),
  };
}

describe('a page that cannot be read', () => {
  test('within a dump ends it there, and what precedes it is saved', async () => {
    const bad = 2 * page;
    expect(stream.length).toBeGreaterThan(bad + page);
    const { problems, saved } = await save(rawDevice([{ dump: stream, log }]), bad);
    expect(problems).toEqual([]);
    expect(saved).toMatchObject([
      {
        files: ['dmesg.txt', 'report.json', 'vmcore.incomplete'],
        why: `the disk does not give what follows byte ${bad}`,
        panic: 'sysrq triggered crash',
      },
    ]);
  });

  test('within an ELF dump ends it there, to the page', async () => {
    const elf = Buffer.alloc(5 * page, 'x');
    elf.set([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1], 0);
    elf.writeUInt16LE(4, 16);
    elf.fill(0, 32, 64);
    const device = rawDevice([{ dump: elf, log, marker: { format: 'elf' } }]);
    const { saved } = await save(device, 3 * page);
    expect(saved).toMatchObject([{ files: ['dmesg.txt', 'report.json', 'vmcore.incomplete'] }]);
    const got = readFileSync(join(saved[0]?.place ?? '', 'vmcore.incomplete'));
    expect(got.equals(elf.subarray(0, 3 * page))).toBe(true);
  });

  test('at the start of a dump costs the dump, but not its log, nor the next slot', async () => {
    const device = rawDevice([
      { dump: stream, log },
      { dump: stream, log },
    ]);
    const { problems, saved } = await save(device, 0);
    expect(problems).toEqual(['/device slot 1 cannot be read: the disk is damaged']);
    expect(saved.map(({ files }) => files)).toEqual([
      ['dmesg.txt', 'report.json'],
      ['dmesg.txt', 'report.json', 'vmcore'],
    ]);
    const listing = await listDumps(hostWithout(0), at('device'));
    expect(listing.ok && listing.value.dumps.map(({ state }) => state)).toEqual([
      'unreadable',
      'complete',
    ]);
  });

  test('in the record of a slot costs this slot', async () => {
    const device = rawDevice([
      { dump: stream, log },
      { dump: stream, log },
    ]);
    const record = device.indexOf('crashseal-dump 1');
    const { problems, saved } = await save(device, record);
    expect(problems).toEqual(['/device slot 1 cannot be read: the disk is damaged']);
    expect(saved.map(({ files }) => files)).toEqual([['dmesg.txt', 'report.json', 'vmcore']]);
  });

  test('in the ledger costs the ledger', async () => {
    const device = rawDevice([{ dump: stream, log }], { ledger: [{ seq: 1 }] });
    const { problems, saved } = await save(device, device.indexOf('crashseal-panic 1'));
    expect(problems).toEqual([]);
    expect(saved).toMatchObject([{ why: null }]);
  });

  test('in the record of the whole device is told as what it is', async () => {
    const device = rawDevice([{ dump: stream, log }]);
    expect((await save(device, device.length - page)).problems).toEqual(['system-error']);
  });
});
