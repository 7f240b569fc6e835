/** crashseal-rearrange, the native program: it says of every stream what the tool says, on each architecture. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { rearrange } from '../../pipeline/savecore/flattened.ts';
import { text } from '../fixtures/bytes.ts';
import { flattened, recordHeader, somePieces } from '../fixtures/flattened-stream.ts';
import { randomFrom } from '../support/random.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'rearrange-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

const programs = {
  x86_64: ['out/native/x86_64/crashseal-rearrange'],
  s390x: ['qemu-s390x-static', 'out/native/s390x/crashseal-rearrange'],
} as const;

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array, void> {
  yield bytes;
}

/** What the tool's own reader makes of it, in the program's words. */
async function byTool(stream: Uint8Array) {
  let file = Buffer.alloc(0);
  const { cut, read, size } = await rearrange(once(stream), async (at, bytes) => {
    const end = Number(at) + bytes.length;
    if (end > file.length) file = Buffer.concat([file, Buffer.alloc(end - file.length)]);
    file.set(bytes, Number(at));
  });
  return cut === undefined
    ? { status: 0, said: `whole ${size}\n`, file }
    : { status: 3, said: `cut ${size} ${read}\n`, file };
}

describe.each(Object.keys(programs) as (keyof typeof programs)[])('for %s', (arch) => {
  const [program, ...words] = programs[arch];
  const path = () => join(folder, arch);
  const run = (stream: Uint8Array) => {
    rmSync(path(), { force: true });
    const { status, stdout } = spawnSync(program, [...words, path()], {
      input: stream,
      encoding: 'utf8',
      timeout: 20_000,
    });
    return { status, said: stdout };
  };
  const same = async (stream: Uint8Array, what: unknown) => {
    const tool = await byTool(stream);
    expect([what, run(stream)]).toEqual([what, { status: tool.status, said: tool.said }]);
    expect([what, readFileSync(path()).equals(tool.file)]).toEqual([what, true]);
  };

  test('puts a stream in order as the tool does, whole or cut or damaged', async () => {
    for (let seed = 1; seed <= 12; seed += 1) {
      const random = randomFrom(seed);
      const stream = flattened(somePieces(seed));
      await same(stream, seed);
      const cut = 4096 + random.below(stream.length - 4096);
      await same(stream.subarray(0, cut), [seed, cut]);
      await same(Buffer.concat([stream.subarray(0, cut), Buffer.alloc(5000, random.below(256))]), [
        seed,
        cut,
        'more',
      ]);
    }
  });

  test.each([
    ['a negative offset', recordHeader(-2n, 4n)],
    ['a size of nothing', recordHeader(0n, 0n)],
    ['the end, by half', recordHeader(-1n, 4n)],
    ['an offset beyond every disk', recordHeader(1n << 46n, 4n)],
    ['a size beyond every record', recordHeader(0n, 1n << 40n)],
    ['numbers that overflow', recordHeader((1n << 63n) - 1n, (1n << 63n) - 1n)],
  ])('ends before a record with %s', async (name, record) => {
    const head = flattened([[0, text('head')]]).subarray(0, 4096 + 20);
    await same(Buffer.concat([head, record, Buffer.alloc(64)]), name);
  });

  test('makes nothing of what is no stream, and overwrites nothing', () => {
    const stream = flattened([[0, text('head')]]);
    for (const other of [
      text(''),
      text('makedumpfile'),
      Buffer.alloc(9000),
      stream.subarray(0, 4095),
    ]) {
      expect(run(other)).toEqual({ status: 4, said: '' });
      expect(existsSync(path())).toBe(false);
    }
    expect(run(stream).status).toBe(0);
    const again = spawnSync(program, [...words, path()], { input: stream });
    expect(again.status).toBe(1);
    expect(spawnSync(program, [...words]).status).toBe(2);
  });

  test('leaves nothing on a disk that is full', () => {
    const stream = flattened([[0, Buffer.alloc(200_000, 'x')]]);
    rmSync(path(), { force: true });
    const line = 'ulimit -f 50; trap "" XFSZ; exec "$@"';
    const ran = spawnSync('bash', ['-c', line, '-', program, ...words, path()], { input: stream });
    expect(ran.status).toBe(1);
    expect(existsSync(path())).toBe(false);
  });
});
