/** Dumps found in devices, files and folders, and saved: what is whole, what is cut, and what is none of ours. */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type AnyIdentity, readIdentities } from '../../pipeline/age/identity-file.ts';
import type { Host } from '../../pipeline/host/host.ts';
import type { Progress } from '../../pipeline/host/progress.ts';
import { realHost } from '../../pipeline/host/real-host.ts';
import type { Report } from '../../pipeline/savecore/report.ts';
import { listDumps, saveDumps } from '../../pipeline/savecore/savecore.ts';
import { asStream, flattened, kdumpFile } from '../fixtures/flattened-stream.ts';
import { sysrqLog } from '../fixtures/kernel-logs.ts';
import { rawDevice } from '../fixtures/raw-device.ts';
import { silentProgress } from '../fixtures/silent-progress.ts';
import { randomFrom } from '../support/random.ts';

let folder: string;
const at = (...path: readonly string[]): string => join(folder, ...path);
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'savecore-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const write = (path: string, content: Uint8Array | string): string => {
  mkdirSync(dirname(at(path)), { recursive: true });
  writeFileSync(at(path), content);
  return at(path);
};

const dump = kdumpFile();
const stream = asStream(dump);
const log = Buffer.from(sysrqLog);
const out = () => at('out');
const saved = () => (existsSync(out()) ? readdirSync(out()).sort() : []);
const report = (name: string): Report =>
  JSON.parse(readFileSync(join(out(), name, 'report.json'), 'utf8')) as Report;

async function save(
  path: string,
  identities: readonly AnyIdentity[] = [],
  host: Host = realHost(),
) {
  const result = await saveDumps(host, silentProgress, path, out(), identities);
  return result.ok
    ? result.value.problems.map(({ kind }) => kind)
    : result.problems.map((problem) => ('why' in problem ? problem.why : problem.kind));
}

const first = '2027-01-15-08:00:00';

describe('a raw device', () => {
  test('with one slot gives its dump, its log and a report', async () => {
    const path = write('device', rawDevice([{ dump: stream, log }]));
    expect(await save(path)).toEqual([]);
    expect(saved()).toEqual([first]);
    expect(readdirSync(at('out', first)).sort()).toEqual(['dmesg.txt', 'report.json', 'vmcore']);
    expect(readFileSync(at('out', first, 'vmcore')).equals(dump)).toBe(true);
    expect(readFileSync(at('out', first, 'dmesg.txt')).equals(log)).toBe(true);
    expect(report(first)).toMatchObject({
      buildId: '0123456789abcdef0123456789abcdef01234567',
      bundle: 'ab12',
      captureRelease: '6.12.1-capture',
      crashed: '2027-01-15T07:59:50Z',
      dump: {
        file: 'vmcore',
        format: 'kdump',
        size: `${dump.length}`,
        state: 'complete',
        why: null,
      },
      finished: '2027-01-15T08:00:10Z',
      from: `${path} slot 1`,
      log: 'dmesg.txt',
      panic: 'sysrq triggered crash',
      profile: 'web',
      release: '6.12.1-test',
      seconds: 9,
      started: '2027-01-15T08:00:00Z',
    });
    // Nothing has changed where it lay.
    expect(readFileSync(path).equals(rawDevice([{ dump: stream, log }]))).toBe(true);
  });

  test('from before slots and ledger is read too', async () => {
    const device = Buffer.alloc(4 << 20);
    device.set(stream);
    device.write(
      `crashseal-dump 1\nstate=complete\nformat=kdump\nsize=${stream.length}\nprofile=old\nstarted=1800000000\n`,
      device.length - 4096,
    );
    expect(await save(write('device', device))).toEqual([]);
    expect(readFileSync(at('out', first, 'vmcore')).equals(dump)).toBe(true);
    expect(report(first)).toMatchObject({ log: null, profile: 'old' });
  });

  test('gives every slot that holds something', async () => {
    const path = write(
      'device',
      rawDevice(
        [
          { dump: stream, log, marker: { state: 'collected' } },
          undefined,
          { dump: stream.subarray(0, 90_000), log, marker: { state: 'writing', size: 0 } },
          { log, marker: { what: 'dmesg', previous: 'nfs did not answer' } },
          { dump: stream, log, marker: { state: 'replaced' } },
          {
            dump: stream.subarray(0, 50_000),
            marker: { state: 'failed', reason: 'the disk said no' },
          },
        ],
        { size: 16 << 20 },
      ),
    );
    expect(await save(path)).toEqual([]);
    const states = saved().map((name) => [report(name).from.slice(-6), report(name).dump.state]);
    expect(states).toEqual([
      ['slot 1', 'complete'],
      ['slot 3', 'cut'],
      ['slot 4', 'none'],
      ['slot 6', 'cut'],
    ]);
    expect(report('2027-01-15-08:00:03').previous).toEqual(['nfs did not answer']);
    const cut = readdirSync(at('out', '2027-01-15-08:00:02')).sort();
    expect(cut).toEqual(['dmesg.txt', 'report.json', 'vmcore.incomplete']);
  });

  test('is listed with its ledger, without being read', async () => {
    const record = {
      time: 1_800_000_000,
      panic: 'Kernel panic - not syncing: x',
      outcome: 'saved',
      where: '/dev/vdb',
    };
    const path = write(
      'device',
      rawDevice([{ dump: stream, log }, undefined], {
        ledger: [
          { ...record, seq: 65 },
          { ...record, seq: 2, outcome: 'nothing', reason: 'no disk' },
        ],
      }),
    );
    const listing = await listDumps(realHost(), path);
    expect(listing).toMatchObject({
      ok: true,
      value: {
        kind: 'device',
        dumps: [{ name: 'slot 1', state: 'complete', size: `${stream.length}`, log: true }],
        ledger: [
          { seq: 2, outcome: 'nothing', reason: 'no disk' },
          { seq: 65, where: '/dev/vdb' },
        ],
      },
    });
    expect(saved()).toEqual([]);
  });

  test('whose ledger is damaged loses no other record', async () => {
    const record = { time: 1, panic: 'p', outcome: 'saved' };
    const device = rawDevice([{ dump: stream }, undefined], {
      ledger: [1, 2, 3, 4].map((seq) => ({ ...record, seq })),
    });
    const ledgerAt = device.length - 4096 - 65536;
    // A reset in the middle of a write, bytes of something else, a record where another one belongs.
    device.fill(0, ledgerAt + 1024 + 40, ledgerAt + 2048);
    device.fill(0xa5, ledgerAt + 2048, ledgerAt + 3072);
    device.copy(device, ledgerAt + 10 * 1024, ledgerAt, ledgerAt + 1024);
    const listing = await listDumps(realHost(), write('device', device));
    expect(listing.ok && listing.value.ledger.map(({ seq }) => seq)).toEqual([1, 4]);
  });

  test.each([
    ['says more than there is room for', { size: 999_999_999_999 }, 'complete', []],
    ['says a size that is none', { size: '1e9' }, 'complete', []],
    ['says a negative size', { size: -1 }, 'complete', []],
    ['says a log that is too large', { dmesg_size: 99_999_999 }, 'complete', []],
    ['says that it lies elsewhere', { offset: 5_000_000, dmesg_offset: 123 }, 'complete', []],
    ['does not say when', { started: '' }, 'complete', []],
    ['says a time that no date can say', { started: 999_999_999_999 }, 'complete', []],
  ])('whose marker %s is read as far as it makes sense', async (_name, marker, state, problems) => {
    expect(await save(write('device', rawDevice([{ dump: stream, log, marker }])))).toEqual(
      problems,
    );
    const [name = ''] = saved();
    expect(report(name).dump.state).toBe(state);
    expect(readFileSync(at('out', name, 'vmcore')).equals(dump)).toBe(true);
  });

  test.each([
    ['more slots than fit', { slots: 60, slot_size: 1 << 20 }],
    ['slots of no size', { slot_size: 0 }],
    ['slots that are too small for a log', { slot_size: 8192 }],
    ['slots that are no multiple of a page', { slot_size: 1_000_001 }],
    ['slots without end', { slots: 999_999_999 }],
    ['a number that is none', { slots: 'x' }],
  ])('whose record says %s is not read', async (_name, label) => {
    const path = write('device', rawDevice([{ dump: stream }, undefined], { label }));
    expect(await save(path)).toEqual(['layout']);
    expect(saved()).toEqual([]);
  });

  test('with only a ledger yet has no dump', async () => {
    const path = write('device', rawDevice([{ marker: { state: 'blank' } }]));
    expect(await save(path)).toEqual(['empty']);
    const record = { seq: 1, time: 1, panic: 'p', outcome: 'saved', where: 'a server' };
    const told = write('told', rawDevice([{ marker: { state: 'blank' } }], { ledger: [record] }));
    expect(await save(told)).toEqual([]);
    expect(saved()).toEqual([]);
    expect(await listDumps(realHost(), told)).toMatchObject({
      ok: true,
      value: { dumps: [], ledger: [{ where: 'a server' }] },
    });
  });

  test('with any bytes changed gives dumps or a problem, and never fails otherwise', async () => {
    const whole = rawDevice(
      [
        { dump: stream, log },
        { dump: stream, marker: { state: 'writing' } },
      ],
      {
        size: 2 << 20,
        ledger: [{ seq: 1, time: 1, panic: 'p', outcome: 'saved' }],
      },
    );
    // Where something stands: heads, markers, label and ledger.
    const places = [0, 4096, 4300, whole.length - 4096, whole.length - 4096 - 65536];
    for (let slot = 1; slot <= 2; slot += 1)
      places.push(slot * Math.floor((whole.length - 4096 - 65536) / 2 / 4096) * 4096 - 4096);
    for (let seed = 1; seed <= 60; seed += 1) {
      const random = randomFrom(seed);
      const bytes = Buffer.from(whole);
      for (let change = 0; change < 1 + random.below(12); change += 1)
        bytes[random.of(places) + random.below(300)] = random.of([
          0,
          10,
          0x2d,
          0x39,
          0x3d,
          0x61,
          0xff,
          random.below(256),
        ]);
      const path = write(
        'device',
        bytes.subarray(0, random.chance(0.2) ? random.below(bytes.length) : bytes.length),
      );
      const listing = await listDumps(realHost(), path);
      const problems = await save(path);
      expect([seed, listing.ok || listing.problems.length > 0, Array.isArray(problems)]).toEqual([
        seed,
        true,
        true,
      ]);
      for (const name of saved())
        for (const file of readdirSync(at('out', name)))
          expect(statSync(at('out', name, file)).blocks * 512).toBeLessThan(4 << 20);
      rmSync(out(), { recursive: true, force: true });
    }
  });

  test('that something else was put on is told so', async () => {
    const device = rawDevice([{ dump: stream }]);
    device.fill(0x11, 0, 4096);
    expect(await save(write('device', device))).toEqual(['overwritten']);
  });

  test('that is blank, foreign, not there or no disk is told so', async () => {
    const blank = at('blank');
    writeFileSync(blank, '');
    truncateSync(blank, 3 * 2 ** 30);
    const begun = Date.now();
    expect(await save(blank)).toEqual(['empty']);
    expect(Date.now() - begun).toBeLessThan(2000);
    expect(await save(write('foreign', Buffer.alloc(1 << 20, 'x')))).toEqual(['foreign']);
    expect(await save(write('small', 'x'))).toEqual(['foreign']);
    expect(await save(write('empty', ''))).toEqual(['empty']);
    expect(await save(at('missing'))).toEqual(['nothing-there']);
    expect(await save('/dev/null')).toEqual(['nothing-there']);
    execFileSync('mkfifo', [at('fifo')]);
    expect(await save(at('fifo'))).toEqual(['nothing-there']);
  });

  test('of 3 GiB with holes is not read but where dumps are', async () => {
    const path = write('device', rawDevice([{ dump: stream, log }, undefined]));
    const large = at('large');
    const size = 3 * 2 ** 30;
    writeFileSync(large, stream);
    truncateSync(large, size);
    const marker = Buffer.alloc(4096);
    marker.write(
      `crashseal-dump 1\nstate=complete\nformat=kdump\nsize=${stream.length}\nstarted=1800000000\n`,
    );
    execFileSync(
      'dd',
      [`of=${large}`, 'bs=4096', `seek=${size / 4096 - 1}`, 'conv=notrunc', 'status=none'],
      { input: marker },
    );
    expect(path).toBeDefined();
    const begun = Date.now();
    expect(await save(large)).toEqual([]);
    expect(Date.now() - begun).toBeLessThan(5000);
  });
});

describe('saving', () => {
  test('tells of each dump how far it is', async () => {
    const told: string[] = [];
    const progress: Progress = {
      step: (title, work) => work((detail) => told.push(`${title}: ${detail}`)),
    };
    const large = flattened([
      [0, dump],
      ...Array.from({ length: 5 }, (_, index): [number, Buffer] => [
        (index + 1) << 24,
        Buffer.alloc(1 << 24),
      ]),
    ]);
    const path = write('stream', large);
    await saveDumps(realHost(), progress, path, out(), []);
    expect(saved()).toHaveLength(1);
    expect(told.filter((line) => line.includes(' of at most '))).toEqual([
      expect.stringMatching(new RegExp(`^saving ${path}: 3[2-9].* of at most 8\\d`)),
      expect.stringMatching(new RegExp(`^saving ${path}: 6[4-9].* of at most 8\\d`)),
    ]);
  });

  test('of machines that panic in one second each gets a folder, once', async () => {
    for (const host of ['web1', 'web2', 'web3'])
      write(`srv/${host}-2027-01-15-08:00:00/vmcore.flat`, stream);
    expect(await save(at('srv'))).toEqual([]);
    expect(saved()).toEqual([first, `${first}-2`, `${first}-3`]);
    expect(saved().map((name) => report(name).from.split(' ')[1])).toEqual(
      ['web1', 'web2', 'web3'].map((host) => `${host}-2027-01-15-08:00:00`),
    );
    expect(await save(at('srv'))).toEqual(new Array(3).fill('already-there'));
    expect(await save(at('srv/web2-2027-01-15-08:00:00'))).toEqual(['already-there']);
    expect(saved()).toHaveLength(3);
  });

  test('overwrites nothing', async () => {
    const path = write('device', rawDevice([{ dump: stream }]));
    expect(await save(path)).toEqual([]);
    writeFileSync(at('out', first, 'vmcore'), 'mine');
    expect(await save(path)).toEqual(['already-there']);
    expect(readFileSync(at('out', first, 'vmcore'), 'latin1')).toBe('mine');
    expect(saved()).toEqual([first]);
  });

  test('on a full disk leaves nothing, and goes on with the next', async () => {
    const host = realHost();
    let left = dump.length + 5000;
    const small: Host = {
      ...host,
      createFile: async (path, mode) => {
        const file = await host.createFile(path, mode);
        return {
          ...file,
          write: async (place, bytes) => {
            left -= bytes.length;
            if (left < 0)
              throw Object.assign(new Error('no space left'), { code: 'ENOSPC', syscall: 'write' });
            await file.write(place, bytes);
          },
        };
      },
    };
    const path = write(
      'device',
      rawDevice([{ dump: stream }, { dump: stream }, { log }], { size: 16 << 20 }),
    );
    expect(await save(path, [], small)).toEqual(['disk-full']);
    expect(saved().map((name) => report(name).from.slice(-6))).toEqual(['slot 1', 'slot 3']);
  });

  test('keeps what is written to its owner', async () => {
    await save(write('device', rawDevice([{ dump: stream, log }])));
    for (const name of ['.', 'vmcore', 'dmesg.txt', 'report.json'])
      expect([name, (await realHost().stat(at('out', first, name)))?.mode]).toEqual([
        name,
        name === '.' ? 0o700 : 0o600,
      ]);
  });
});

describe('a file', () => {
  test.each([
    ['a stream', stream, 'complete'],
    ['a stream that is cut', stream.subarray(0, 100_000), 'cut'],
    ['a dump that was put in order', dump, 'complete'],
  ])('with %s is saved under the time of the crash', async (_name, content, state) => {
    expect(await save(write('file', content))).toEqual([]);
    expect(saved()).toEqual(['2027-01-15-07:59:50']);
    expect(report('2027-01-15-07:59:50').dump.state).toBe(state);
  });

  test('with an ELF dump that is too short is cut', async () => {
    const elf = Buffer.alloc(8192);
    elf.set([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1]);
    elf.writeUInt16LE(4, 16);
    elf.writeBigUInt64LE(64n, 32);
    elf.writeUInt16LE(56, 54);
    elf.writeUInt16LE(1, 56);
    elf.writeUInt32LE(1, 64);
    elf.writeBigUInt64LE(4096n, 72);
    elf.writeBigUInt64LE(4096n, 96);
    await save(write('whole', elf));
    await save(write('cut', elf.subarray(0, 8000)));
    const states = saved().map((name) => report(name).dump);
    expect(states.map(({ state }) => state).sort()).toEqual(['complete', 'cut']);
  });
});

describe('a folder', () => {
  const told = 'profile=web\nbundle=ab12\nstarted=1800000000\nprevious=ssh: no route\n';

  test('of files, or one with several such, gives each dump', async () => {
    write('crash/web1-2027-01-15-08:00:00/vmcore.flat', stream);
    write('crash/web1-2027-01-15-08:00:00/vmcore-dmesg.txt', log);
    write('crash/web1-2027-01-15-08:00:00/report', told);
    write('crash/web1-2027-02-01-09-30-00/vmcore-incomplete', stream.subarray(0, 50_000));
    write('crash/web1-2027-02-02-09:30:00-2/vmcore-dmesg.txt', log);
    write('crash/notes/readme', 'nothing');
    expect(await save(at('crash'))).toEqual([]);
    expect(saved()).toEqual([first, '2027-02-01-09:30:00', '2027-02-02-09:30:00']);
    expect(report(first)).toMatchObject({
      profile: 'web',
      previous: ['ssh: no route'],
      log: 'dmesg.txt',
    });
    expect(report('2027-02-01-09:30:00').dump).toMatchObject({
      state: 'cut',
      file: 'vmcore.incomplete',
    });
    expect(report('2027-02-02-09:30:00').dump.state).toBe('none');
  });

  const size = 30_000;
  const parts = (): string[] => {
    const lines: string[] = [];
    for (let start = 0, number = 1; start < stream.length; start += size, number += 1) {
      const part = stream.subarray(start, start + size);
      const name = `vmcore.flat.part-${String(number).padStart(6, '0')}`;
      write(`parts-2027-01-15-08:00:00/${name}`, part);
      lines.push(`${createHash('sha256').update(part).digest('hex')}  ${name}`);
    }
    return lines;
  };
  const manifest = (lines: readonly string[]): string =>
    `# crashseal-parts 1\n# name=vmcore.flat\n# size=${stream.length}\n${lines.join('\n')}\n`;
  const place = 'parts-2027-01-15-08:00:00';

  test('of numbered parts gives the stream that they make', async () => {
    write(`${place}/vmcore.flat.parts`, manifest(parts()));
    expect(await save(at(place))).toEqual([]);
    expect(readFileSync(at('out', first, 'vmcore')).equals(dump)).toBe(true);
  });

  test('of parts that are not all there gives what there is', async () => {
    parts();
    expect(await save(at(place))).toEqual([]);
    // Without a manifest nobody knows; the stream itself says that it is whole.
    expect(report(first).dump.state).toBe('complete');
    rmSync(out(), { recursive: true });
    rmSync(at(place, 'vmcore.flat.part-000004'));
    await save(at(place));
    expect(report(first).dump).toMatchObject({ state: 'cut', file: 'vmcore.incomplete' });
  });

  test('with a part that was changed is read up to it', async () => {
    const lines = parts();
    write(`${place}/vmcore.flat.parts`, manifest(lines));
    write(`${place}/vmcore.flat.part-000003`, Buffer.alloc(size, 'x'));
    await save(at(place));
    expect(report(first).dump.state).toBe('cut');
    expect(report(first).dump.why).toContain('after 60000 bytes');
  });

  test('without a dump is told so', async () => {
    write('crash/notes/readme', 'nothing');
    expect(await save(at('crash'))).toEqual(['foreign']);
  });
});

describe('an encrypted dump', () => {
  const age = (bytes: Uint8Array): Buffer => {
    const recipient = execFileSync('age-keygen', ['-y', at('key')], { encoding: 'latin1' }).trim();
    return execFileSync('age', ['-r', recipient], { input: bytes, maxBuffer: 2 ** 26 });
  };
  const identity = async (name: string): Promise<readonly AnyIdentity[]> => {
    const read = await readIdentities(realHost(), [at(name)]);
    return read.ok ? read.value : [];
  };
  beforeEach(() => {
    for (const name of ['key', 'other'])
      execFileSync('age-keygen', ['-o', at(name)], { stdio: 'pipe' });
  });
  const device = (marker: Readonly<Record<string, string | number>> = {}) => {
    const sealed = age(stream);
    return write(
      'device',
      rawDevice([{ dump: sealed, log: age(log), marker: { encryption: 'age', ...marker } }]),
    );
  };

  test('opens with its identity', async () => {
    expect(await save(device(), await identity('key'))).toEqual([]);
    expect(readFileSync(at('out', first, 'vmcore')).equals(dump)).toBe(true);
    expect(report(first)).toMatchObject({ panic: 'sysrq triggered crash', log: 'dmesg.txt' });
  });

  test('stays as it is without one', async () => {
    expect(await save(device())).toEqual([]);
    expect(readdirSync(at('out', first)).sort()).toEqual([
      'dmesg.txt.age',
      'report.json',
      'vmcore.age',
    ]);
    const plain = execFileSync('age', ['-d', '-i', at('key'), at('out', first, 'vmcore.age')], {
      maxBuffer: 2 ** 26,
    });
    expect(plain.equals(stream)).toBe(true);
    // What lies there is a folder to read from again.
    expect(await save(at('out', first), await identity('key'))).toEqual(['already-there']);
  });

  test('of somebody else is not saved', async () => {
    expect(await save(device(), await identity('other'))).toEqual(['identity-wrong']);
    expect(saved()).toEqual([]);
  });

  test('that a reset has cut is read up to the cut', async () => {
    device({ state: 'writing', size: 0 });
    const bytes = readFileSync(at('device'));
    bytes.fill(0xee, 140_000, 200_000);
    expect(await save(write('device', bytes), await identity('key'))).toEqual([]);
    expect(report(first).dump).toMatchObject({ state: 'cut', file: 'vmcore.incomplete' });
    const size = Number(report(first).dump.size);
    expect(readFileSync(at('out', first, 'vmcore.incomplete')).equals(dump.subarray(0, size))).toBe(
      true,
    );
    expect(size).toBeGreaterThan(60_000);
  });
});
