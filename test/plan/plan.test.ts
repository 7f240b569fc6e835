import { describe, expect, test } from 'vitest';
import type { Component, LiveValue } from '../../pipeline/arch/component.ts';
import { frugalWords } from '../../pipeline/arch/frugal-words.ts';
import { x86_64 } from '../../pipeline/arch/x86_64/x86-64.ts';
import type { Plan } from '../../pipeline/plan/plan.ts';
import { explain } from '../../pipeline/problem/problem.ts';
import type { Result } from '../../pipeline/problem/result.ts';
import { partOf, planOf } from '../fixtures/plan-of.ts';

const MiB = 1n << 20n;

const part = (name: string, memorySize: bigint, changes: Partial<Component> = {}): Component =>
  partOf(name, name === 'kernel' ? 'kernel' : 'initramfs', memorySize, changes);

const live = (offset: bigint): LiveValue => ({
  source: 'crashStart',
  form: 'little',
  offset,
  size: 8n,
});

const plan = (
  smallest: bigint,
  parts: readonly Component[],
  kernel: Parameters<typeof planOf>[3] = {},
): Result<Plan> => planOf(parts, smallest, x86_64.placement, kernel);

describe('a reservation', () => {
  const parts = [
    part('kernel', 50n * MiB),
    part('initramfs.base', 4n * MiB, { unpackedSize: 20n * MiB }),
  ];

  test('that does not hold the parts is refused with what each occupies, and what would do', () => {
    const result = plan(48n * MiB, parts);
    expect(result).toMatchObject({ ok: false, problems: [{ kind: 'reservation-too-small' }] });
    if (result.ok) return;
    const { message, notes, hint } = explain(result.problems[0]);
    expect(message).toContain('crashkernel=SIZE gives 48.0 MiB');
    expect(notes).toContain('kernel occupies 50.0 MiB');
    expect(notes).toContain('initramfs.base occupies 4096.0 KiB');
    const enough = /reserve at least (\d+)M/.exec(hint)?.[1] ?? '0';
    expect(plan(BigInt(enough) * MiB, parts)).not.toMatchObject({
      problems: [{ kind: 'reservation-too-small' }],
    });
  });

  test('that leaves no memory to unpack and work in is refused; the size that it is told does', () => {
    const result = plan(64n * MiB, parts);
    expect(result).toMatchObject({
      ok: false,
      problems: [{ kind: 'working-memory-too-small', left: 10n * MiB, unpacked: 20n * MiB }],
    });
    if (result.ok) return;
    const enough = /reserve at least (\d+)M/.exec(explain(result.problems[0]).hint)?.[1] ?? '0';
    expect(plan(BigInt(enough) * MiB, parts).ok).toBe(true);
    expect(plan((BigInt(enough) - 1n) * MiB, parts).ok).toBe(false);
  });
});

/**
 * KiB of kernel, initramfs and unpacked files of the bundles that were tried, with Debian's kernels, a virtio disk and the
 * default words: a region that was too small, and one that a dump was saved in (docs/capture.md, "Memory").
 */
test.each([
  ['6.1.0-57-amd64', 'packed', 59_392, 2_432, 5_300, 76n, 78n],
  ['6.1.0-57-amd64', 'compression: none', 59_392, 5_256, 5_300, 80n, 82n],
  ['6.12.117+deb12-amd64', 'packed', 51_200, 2_384, 5_108, 68n, 70n],
] as const)(
  'what %s needs, %s: more than was too little, no more than was enough',
  (...measured) => {
    const [release, , kernel, packed, unpacked, few, enough] = measured;
    const KiB = 1024n;
    const parts = [
      part('kernel', BigInt(kernel) * KiB),
      part('initramfs.base', BigInt(packed) * KiB, { unpackedSize: BigInt(unpacked) * KiB }),
      part('small parts', 56n * KiB),
    ];
    const planned = (size: bigint) =>
      plan(size * MiB, parts, { release, commandLine: frugalWords.join(' ') });
    expect(planned(few)).toMatchObject({ problems: [{ kind: 'working-memory-too-small' }] });
    const result = planned(enough);
    expect(result.ok && result.value.needs).toBeGreaterThan(few * MiB);
    expect(result.ok && result.value.needs).toBeLessThanOrEqual(enough * MiB);
  },
);

test('more segments than kexec_load(2) takes are refused', () => {
  const many = Array.from({ length: 17 }, (_, index) => part(`part${index}`, 0x1000n));
  expect(plan(256n * MiB, many)).toMatchObject({
    ok: false,
    problems: [{ kind: 'too-many-segments', count: 17, limit: 16 }],
  });
});

test.each<[string, readonly LiveValue[], string]>([
  ['outside of its segment', [live(60n)], 'live-outside-segment'],
  ['over another one', [live(8n), live(12n)], 'lives-overlap'],
  ['about a part that is not there', [{ ...live(0n), about: 'none' }], 'live-about-unknown'],
])('a live value %s is refused', (_name, lives, kind) => {
  expect(plan(256n * MiB, [part('kernel', MiB, { live: lives })])).toMatchObject({
    ok: false,
    problems: [{ kind }],
  });
});
