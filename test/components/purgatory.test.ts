import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import type { Component, LiveValue } from '../../pipeline/arch/component.ts';
import { x86_64 } from '../../pipeline/arch/x86_64/x86-64.ts';
import { purgatoryComponent } from '../../pipeline/components/purgatory.ts';
import { type Decoded, decode, type LayoutValue } from '../../pipeline/format/layout.ts';
import {
  consoles,
  policySteps,
  purgatoryHead,
  purgatoryRegion,
  purgatoryStep,
  regionFlags,
} from '../../pipeline/format/purgatory-layout.ts';
import type { Profile } from '../../pipeline/profile/keys/keys.ts';
import { text } from '../fixtures/bytes.ts';
import { partOf } from '../fixtures/plan-of.ts';
import { kindsOf, profile } from '../fixtures/profile-and-inputs.ts';
import { headWith } from '../fixtures/purgatory-head.ts';
import { must } from '../fixtures/results.ts';

type Head = LayoutValue<typeof purgatoryHead>;
const codeSize = 100;

function makeImage(changes: Partial<Head> = {}): Uint8Array {
  const image = new Uint8Array(0x1000 + codeSize).fill(0x90, 0x1000);
  const sizes = { entryOffset: 0x1010, codeSize, imageSize: image.length };
  image.set(headWith({ ...sizes, ...changes }));
  return image;
}

const part = (name: string, content: string, live: readonly LiveValue[] = []): Component =>
  partOf(name, 'initramfs', 4096n, {
    bytes: text(content),
    checked: [{ name, start: 0, end: content.length }],
    live,
  });
const number: LiveValue = { source: 'crashStart', form: 'little', width: 4, offset: 4n, size: 4n };
const parts = [part('kernel', 'kernel'), part('boot_params', 'boot params', [number])];

const build = (image = makeImage(), changes: Partial<Profile> = {}, given = parts) =>
  purgatoryComponent({
    architecture: x86_64,
    profile: { ...profile, ...changes },
    image,
    parts: given,
    kernel: { name: 'kernel', entryOffset: 0x200n, bytes: new Uint8Array() },
  });
const sha256 = (bytes: Uint8Array | string): string =>
  createHash('sha256').update(bytes).digest('hex');

function value<T>(read: Decoded<T>): T {
  if (!read.ok) throw new Error(read.why.fault);
  return read.value;
}
const regionsOf = (head: Head) =>
  Array.from({ length: head.regionCount }, (_, index) =>
    value(decode(purgatoryRegion, head.regions, index * purgatoryRegion.size)),
  );
const stepsOf = (head: Head) =>
  Array.from({ length: head.stepCount }, (_, index) =>
    value(decode(purgatoryStep, head.steps, index * purgatoryStep.size)),
  );

describe('the first page', () => {
  const { component, entryOffset } = must(build());
  const head = value(decode(purgatoryHead, component.bytes));

  test('says what to do on corruption, where to say it and for which profile', () => {
    expect(head).toMatchObject({
      profile: 'test',
      consoleKind: consoles.portUart.code,
      consoleBase: 0x3f8n,
      consoleBaud: 115200,
      stepCount: 3,
    });
    expect(stepsOf(head).map(({ kind, arg0 }) => [kind, arg0])).toEqual([
      [policySteps.message.code, 0n],
      [policySteps.pvpanic.code, 0x505n],
      [policySteps.reset.code, 0n],
    ]);
  });

  test('names its own code first, then every part, with the digests that are known', () => {
    expect(head.regionCount).toBe(3);
    const regions = regionsOf(head);
    expect(
      regions.map(({ name, size, flags, digest }) => ({
        name,
        size,
        flags,
        digest: Buffer.from(digest).toString('hex'),
      })),
    ).toEqual([
      { name: 'purgatory', size: 100n, flags: 0, digest: sha256(new Uint8Array(100).fill(0x90)) },
      { name: 'kernel', size: 6n, flags: 0, digest: sha256('kernel') },
      { name: 'boot_params', size: 11n, flags: regionFlags.live.code, digest: '0'.repeat(64) },
    ]);
  });

  test('has the digest of its fixed part', () => {
    const fixed = component.bytes.subarray(0x48, 0x300);
    expect(Buffer.from(head.staticDigest).toString('hex')).toBe(sha256(fixed));
  });

  test('leaves the image it was given as it is, and the code after it', () => {
    const image = makeImage();
    const before = sha256(image);
    const made = must(build(image)).component.bytes;
    expect(sha256(image)).toBe(before);
    expect(Buffer.compare(made.subarray(0x1000), image.subarray(0x1000))).toBe(0);
    expect(entryOffset).toBe(0x1010n);
    expect(component.memorySize).toBe(0x4000n);
  });

  test('is filled by the loader: addresses first, digests of live regions, its own digest last', () => {
    expect(
      component.live.map(
        ({ source, about, offset }) => `${source} ${about ?? ''} @${offset.toString(16)}`,
      ),
    ).toEqual([
      'cpuFeatures  @300',
      'segmentAddress kernel @308',
      'segmentAddress boot_params @310',
      'crashStart  @318',
      'crashSize  @320',
      'segmentAddress purgatory @360',
      'segmentAddress kernel @3c0',
      'segmentAddress boot_params @420',
      'digest boot_params @430',
      'digest purgatory @28',
    ]);
    const entry = component.live.find((live) => live.offset === 0x308n);
    expect(entry?.addend).toBe(0x200n);
    expect(component.live.at(-1)).toMatchObject({ arg0: 0x300n, arg1: 0xd00n, size: 32n });
  });

  test('stays within the part that its live digest covers', () => {
    for (const { offset, size, source } of component.live.slice(0, -1)) {
      expect(offset >= 0x300n && offset + size <= 0x1000n, source).toBe(true);
    }
  });
});

describe('it refuses', () => {
  test.each([
    ['an empty image', new Uint8Array()],
    ['another magic', makeImage({ magic: new Uint8Array(8) })],
    ['another version', makeImage({ version: 3 })],
    ['another machine', makeImage({ machine: 22 })],
    ['another size', makeImage({ imageSize: 5 })],
    ['code outside', makeImage({ codeSize: 101 })],
    ['an entry outside', makeImage({ entryOffset: 0xfff })],
    ['too little memory', makeImage({ memorySize: 100 })],
  ])('an image with %s', (_what, image) => {
    expect(kindsOf(build(image))).toBe('purgatory-image-foreign');
  });

  test('more regions or steps than there is room for', () => {
    const many = Array.from({ length: 16 }, (_, index) => part(`part${index}`, 'x'));
    const steps = Array.from({ length: 9 }, () => ({ kind: 'halt' as const }));
    expect(kindsOf(build(makeImage(), { onCorruption: steps }, many))).toBe(
      'too-many-regions,too-many-policy-steps',
    );
  });
});
