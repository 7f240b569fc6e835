/** What is recommended is enough, and a fifth less than the smallest is not. test/matrix/estimate.test.ts has more of each. */
import { expect, test } from 'vitest';
import { EstimatedBundle } from '../support/estimated.ts';
import { withWorkFolder } from '../support/work-folder.ts';

test('estimate-is-right: a dump is saved at the recommended size, and none at 0.8 of the smallest', () =>
  withWorkFolder('estimate-is-right', async (folder) => {
    const bundle = await EstimatedBundle.of(folder, {
      name: 'estimate-is-right',
      kernel: '6.12',
      profile: { dump: { level: 31 } },
    });
    const { smallestMiB, recommendedMiB, confirmed, reserved, measured, growth } = bundle.estimate;
    // The initramfs is not compressed here, and is counted twice.
    expect(smallestMiB).toBeGreaterThan(68);
    expect(smallestMiB).toBeLessThanOrEqual(84);
    // It saved a dump there itself.
    expect(confirmed).toEqual({ sizeMiB: recommendedMiB, tooSmallMiB: [] });
    expect(recommendedMiB - smallestMiB).toBeGreaterThanOrEqual(4);
    expect(reserved).toEqual({ options: ['256M'], smallestMiB: 256, enough: true });
    const whole = measured.madeOf.reduce((sum, { size }) => sum + size, 0);
    expect(whole).toBeGreaterThan(measured.start);
    expect(measured.madeOf.every(({ size }) => size > 0)).toBe(true);
    expect(growth).toBeNull();
    expect(await bundle.captureIn(Math.floor(smallestMiB * 0.8))).toBe(false);
  }));
