import { describe, expect, test } from 'vitest';
import { i386 } from '../../pipeline/arch/i386/i386.ts';
import { explain } from '../../pipeline/problem/problem.ts';
import { reservationOf } from '../../pipeline/profile/crashkernel.ts';
import { kindsOf } from '../fixtures/profile-and-inputs.ts';
import { must } from '../fixtures/results.ts';
import { makeBzImage } from '../fixtures/x86-64-image.ts';

const payload = Uint8Array.from({ length: 100 }, (_, i) => i + 1);
const none = new Uint8Array();
const prepare = (image: Uint8Array) => i386.prepareKernel(image, 'compressed', none);

test('a kernel is entered where its protected-mode part begins, at or above the place that it likes', () => {
  const kernel = must(
    prepare(makeBzImage(payload, { xloadflags: 0, kernelAlignment: 0x100_0000 })),
  );
  expect(kernel).toMatchObject({
    entryOffset: 0n,
    align: 0x100_0000n,
    minAddress: 0x100_0000n,
    memorySize: 0x200_0000n,
    sealFlags: [],
  });
});

describe('it refuses', () => {
  test.each([
    ['a kernel of 64 bits', { xloadflags: 0x7f }, 'kernel-other-machine'],
    [
      'protocol 2.09, without a size',
      { version: 0x0209, xloadflags: 0 },
      'kernel-boot-protocol-old',
    ],
    ['a fixed one', { relocatableKernel: 0, xloadflags: 0 }, 'kernel-not-relocatable'],
    ['one that needs less than it has', { initSize: 0, xloadflags: 0 }, 'kernel-elf-outside'],
  ])('%s', (_what, changes, kind) => {
    expect(kindsOf(prepare(makeBzImage(payload, changes)))).toBe(kind);
  });

  test.each([
    ['256M@256M', undefined],
    ['256M@257M', 'too-high'],
    ['513M', 'too-high'],
    ['1G-2G:128M,2G-:1G', 'too-high'],
    ['256M,high', 'no-high-low'],
  ])('or takes crashkernel=%s: %s', (option, kind) => {
    const { mistakes } = reservationOf([option], i386.profile.crashkernel);
    expect(mistakes.map(({ mistake }) => mistake.kind)).toEqual(kind === undefined ? [] : [kind]);
  });

  test('a region that passes 512 MiB with the numbers', () => {
    const [mistake] = reservationOf(['256M@4G'], i386.profile.crashkernel).mistakes;
    if (mistake === undefined) throw new Error('taken');
    const place = { file: 'p.yaml', line: 3, column: 1 };
    const problem = {
      area: 'profile' as const,
      kind: 'crashkernel' as const,
      place,
      option: '256M@4G',
      mistake: mistake.mistake,
    };
    expect(explain(problem).message).toContain(
      'the region would end at 0x110000000, and kernels of this architecture are entered below 512M',
    );
  });
});
