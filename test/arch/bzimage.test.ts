import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { bzImageRelease, entry64, parseBzImage } from '../../pipeline/arch/x86/bzimage.ts';
import { explain } from '../../pipeline/problem/problem.ts';
import { makeBzImage } from '../fixtures/x86-64-image.ts';

const payload = Uint8Array.from({ length: 100 }, (_, i) => i + 1);
const image = makeBzImage(payload);

const kindOf = (bytes: Uint8Array): string => {
  const parsed = parseBzImage(bytes, entry64);
  return parsed.ok ? 'none' : parsed.problems.map(({ kind }) => kind).join();
};

test('a whole image is cut to what is loaded, and its payload is found', () => {
  const parsed = parseBzImage(makeBzImage(payload, {}, 777), entry64);
  if (!parsed.ok) throw new Error('refused');
  const { protectedMode, headerBytes, release } = parsed.value;
  expect(parsed.value.payload).toEqual(payload);
  expect(protectedMode.length).toBe(parsed.value.header.syssize * 16);
  expect(protectedMode.includes(0xcc)).toBe(false);
  expect(headerBytes.length).toBe(123);
  expect(release).toBe('6.1.0-test-amd64');
});

test('setup_sects 0 means 4', () => {
  expect(kindOf(makeBzImage(payload, { setupSects: 0 }))).toBe('none');
});

describe('it refuses', () => {
  test.each([
    ['nothing', new Uint8Array(), 'kernel-not-image'],
    ['an ELF file', Uint8Array.of(0x7f, 0x45, 0x4c, 0x46), 'kernel-not-image'],
    ['another magic', makeBzImage(payload, { magic: new Uint8Array(4) }), 'kernel-not-image'],
    ['another boot flag', makeBzImage(payload, { bootFlag: 0x55aa }), 'kernel-not-image'],
    ['protocol 2.11', makeBzImage(payload, { version: 0x020b }), 'kernel-boot-protocol-old'],
    [
      'one that is not relocatable',
      makeBzImage(payload, { relocatableKernel: 0 }),
      'kernel-not-relocatable',
    ],
    ['a 32-bit one', makeBzImage(payload, { xloadflags: 2 }), 'kernel-lacks-xloadflags'],
    ['one for below 4 GiB', makeBzImage(payload, { xloadflags: 1 }), 'kernel-lacks-xloadflags'],
    ['one cut short', image.subarray(0, image.length - 16), 'kernel-truncated'],
    ['one cut at the setup code', image.subarray(0, 0x400), 'kernel-truncated'],
    ['a payload outside', makeBzImage(payload, { payloadLength: 0xffffffff }), 'kernel-truncated'],
    [
      'an alignment of three pages',
      makeBzImage(payload, { kernelAlignment: 0x3000 }),
      'kernel-alignment',
    ],
  ])('%s', (_what, bytes, kind) => {
    expect(kindOf(bytes)).toBe(kind);
  });

  test('with words for what the file seems to be', () => {
    const parsed = parseBzImage(Uint8Array.of(0x7f, 0x45, 0x4c, 0x46), entry64);
    if (parsed.ok) throw new Error('taken');
    expect(explain(parsed.problems[0])).toMatchInlineSnapshot(`
      {
        "hint": "name the kernel as a distribution ships it, usually /boot/vmlinuz-RELEASE, for the architecture of the profile",
        "message": "the kernel image is not an x86 bzImage",
        "notes": [
          "it has 4 bytes and no setup header ("HdrS" at 0x202)",
          "it looks like an ELF file",
        ],
      }
    `);
  });
});

test('any bytes in the header give a value or a problem', () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.integer({ min: 0x1f1, max: 0x26b }), fc.nat(255)), { maxLength: 4 }),
      (changes) => {
        const copy = Uint8Array.from(image);
        for (const [at, value] of changes) copy[at] = value;
        expect(typeof parseBzImage(copy, entry64).ok).toBe('boolean');
      },
    ),
    { numRuns: 500 },
  );
});

test.each([
  [image, '6.1.0-test-amd64'],
  [new Uint8Array(), undefined],
  [makeBzImage(payload, { kernelVersion: 0 }), undefined],
  [makeBzImage(payload, { kernelVersion: 0xf000 }), undefined],
  [makeBzImage(payload, { kernelVersion: 0x1f0 }), undefined],
])('the release of case %#', (bytes, release) => {
  expect(bzImageRelease(bytes)).toBe(release);
});
