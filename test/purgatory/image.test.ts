import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { decode } from '../../pipeline/format/layout.ts';
import {
  purgatoryHead,
  purgatoryHeadSize,
  purgatoryMagic,
  purgatoryVersion,
} from '../../pipeline/format/purgatory-layout.ts';
import { makeNative } from './native.ts';

const arches = [
  { arch: 'x86_64', machine: 62 },
  { arch: 's390x', machine: 22 },
  { arch: 'riscv64', machine: 243 },
  { arch: 'arm64', machine: 183 },
  { arch: 'ppc64le', machine: 21 },
];
const pathOf = (arch: string): string => `out/native/${arch}/purgatory.bin`;

beforeAll(() => makeNative(...arches.map(({ arch }) => pathOf(arch))));

describe.each(arches)('the image for $arch', ({ arch, machine }) => {
  const path = pathOf(arch);

  test('has a head, written by the linker, that describes it', () => {
    const image = new Uint8Array(readFileSync(path));
    const head = decode(purgatoryHead, image);
    if (!head.ok) throw new Error(JSON.stringify(head.why));
    expect(head.value).toMatchObject({
      magic: purgatoryMagic,
      version: purgatoryVersion,
      machine,
      entryOffset: purgatoryHeadSize,
      codeOffset: purgatoryHeadSize,
      codeSize: image.length - purgatoryHeadSize,
      imageSize: image.length,
    });
    // What is written at run time begins on a page of its own.
    expect(head.value.memorySize % 0x1000).toBe(0);
    expect(head.value.memorySize).toBeGreaterThan(Math.ceil(image.length / 0x1000) * 0x1000);
  });

  test('leaves zero what the tool and the loader fill in', () => {
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
      'backupSize',
      'backupStart',
      'regions',
      'firmware',
      'firmwareDigest',
    ]);
  });

  test('fits its budget of 24 KiB', () => {
    expect(readFileSync(path).length).toBeLessThanOrEqual(24 * 1024);
  });
});

// The capture kernel follows at 0x10000, Linux uses what is below 0x2000: an IPL block must fit as well.
test('the s390x image fits the window that s390 Linux leaves, with a page to spare', () => {
  const head = decode(purgatoryHead, new Uint8Array(readFileSync(pathOf('s390x'))));
  if (!head.ok) throw new Error(JSON.stringify(head.why));
  expect(head.value.memorySize + 0x1000).toBeLessThanOrEqual(0x10000 - 0x2000);
});

test('a build into another folder gives the same bytes', () => {
  const other = mkdtempSync(join(tmpdir(), 'purgatory-'));
  try {
    const made = spawnSync(
      'make',
      [
        '-s',
        '-f',
        'purgatory/purgatory.mk',
        `OUT=${other}`,
        `ARCHES=${arches.map(({ arch }) => arch).join(' ')}`,
        'purgatory',
      ],
      { encoding: 'utf8', env: { ...process.env, TZ: 'Pacific/Chatham', LC_ALL: 'C' } },
    );
    expect(made.stderr).toBe('');
    for (const { arch } of arches)
      expect(readFileSync(join(other, `native/${arch}/purgatory.bin`))).toEqual(
        readFileSync(pathOf(arch)),
      );
  } finally {
    rmSync(other, { recursive: true });
  }
});
