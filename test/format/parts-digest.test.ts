import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { partsDigest } from '../../pipeline/format/parts-digest.ts';
import { digestOf } from '../../pipeline/units/units.ts';
import { byParts, digest } from '../fixtures/bytes.ts';

const folder = mkdtempSync(join(tmpdir(), 'crashseal-parts-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** No two parts of it are alike. */
const noise = (size: number): Uint8Array =>
  Uint8Array.from({ length: size }, (_, at) => (at * 13 + (at >> 8) * 7) & 0xff);

const chapter = readFileSync('docs/format.md', 'utf8').split('\n## Digest by parts\n')[1] ?? '';
const commands = /```sh\n([\s\S]*?)```/.exec(chapter)?.[1] ?? '';

test.each([65536, 65537, 66559, 66560, 66561, 100_000, (1 << 20) + 1])(
  'of %i bytes is what the commands in docs/format.md print',
  (size) => {
    const bytes = noise(size);
    writeFileSync(join(folder, 'kernel'), bytes);
    const printed = execFileSync('/bin/sh', ['-euc', commands], { cwd: folder, encoding: 'utf8' });
    expect(printed).toMatch(/^[0-9a-f]{64} /);
    expect(partsDigest(bytes)).toBe(printed.slice(0, 64));
  },
);

test('of fewer than 65536 bytes is their SHA-256', () => {
  for (const size of [0, 1, 64, 65535]) {
    const bytes = noise(size);
    expect(partsDigest(bytes)).toBe(digest(bytes));
  }
  expect(partsDigest(noise(65536))).not.toBe(digest(noise(65536)));
});

test('is that of the fixtures at every border of the parts', () => {
  for (let size = 65_500; size < 65_536 + 1100; size += 13) {
    const bytes = noise(size);
    expect(partsDigest(bytes), `${size} bytes`).toBe(digestOf(byParts(bytes)));
  }
});
