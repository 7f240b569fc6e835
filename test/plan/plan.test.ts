import { describe, expect, test } from 'vitest';
import type { Component, LiveValue } from '../../pipeline/arch/component.ts';
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

const plan = (smallest: bigint, parts: readonly Component[]): Result<Plan> =>
  planOf(parts, smallest, x86_64.placement);

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
