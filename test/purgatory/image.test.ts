import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { decode } from '../../pipeline/format/layout.ts';
import {
  purgatoryHead,
  purgatoryHeadSize,
  purgatoryMagic,
  purgatoryVersion,
} from '../../pipeline/format/purgatory-layout.ts';
import { makeNative } from './native.ts';

const path = 'out/native/x86_64/purgatory.bin';

beforeAll(() => makeNative(path));

test('the head that the linker writes describes the image', () => {
  const image = new Uint8Array(readFileSync(path));
  const head = decode(purgatoryHead, image);
  if (!head.ok) throw new Error(JSON.stringify(head.why));
  expect(head.value).toMatchObject({
    magic: purgatoryMagic,
    version: purgatoryVersion,
    machine: 62,
    entryOffset: purgatoryHeadSize,
    codeOffset: purgatoryHeadSize,
    codeSize: image.length - purgatoryHeadSize,
    imageSize: image.length,
  });
  // What is written at run time begins on a page of its own.
  expect(head.value.memorySize % 0x1000).toBe(0);
  expect(head.value.memorySize).toBeGreaterThan(Math.ceil(image.length / 0x1000) * 0x1000);
});

test('what the tool and the loader fill in is zero', () => {
  const head = decode(purgatoryHead, new Uint8Array(readFileSync(path)));
  if (!head.ok) throw new Error(JSON.stringify(head.why));
  const empty = Object.entries(head.value).filter(([, value]) =>
    value instanceof Uint8Array ? value.every((byte) => byte === 0) : !value,
  );
  expect(empty.map(([key]) => key)).toEqual([
    'staticDigest',
    'liveDigest',
    'consoleKind',
    'consoleBase',
    'consoleBaud',
    'stepCount',
    'steps',
    'profile',
    'cpuFeatures',
    'kernelEntry',
    'kernelArgument',
    'crashStart',
    'crashSize',
    'regionCount',
    'regions',
  ]);
});

test('the image fits its budget of 16 KiB', () => {
  expect(readFileSync(path).length).toBeLessThanOrEqual(16 * 1024);
});

test('a build into another folder gives the same bytes', () => {
  const other = mkdtempSync(join(tmpdir(), 'purgatory-'));
  try {
    const made = spawnSync(
      'make',
      ['-s', '-f', 'purgatory/purgatory.mk', `OUT=${other}`, 'ARCHES=x86_64', 'purgatory'],
      { encoding: 'utf8', env: { ...process.env, TZ: 'Pacific/Chatham', LC_ALL: 'C' } },
    );
    expect(made.stderr).toBe('');
    expect(readFileSync(join(other, 'native/x86_64/purgatory.bin'))).toEqual(readFileSync(path));
  } finally {
    rmSync(other, { recursive: true });
  }
});
