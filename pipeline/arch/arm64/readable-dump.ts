/**
 * Which dumps makedumpfile can read while the capture kernel runs. Up to its release 1.7.6, which is Debian 13's, it
 * refuses kernels of 4 and 16 KiB pages and 52 bits of virtual addresses: "PAGE SIZE 0x1000 and VA Bits 52 not
 * supported".
 */
import type { Problem } from '../../problem/problem.ts';
import type { CaptureChoices } from '../capture-choices.ts';

const bits = 'ARM64_VA_BITS_52';

export function checkReadableDump(
  config: ReadonlyMap<string, string> | undefined,
  { initramfs, dump }: Pick<CaptureChoices, 'initramfs' | 'dump'>,
): readonly Problem[] {
  const needsMakedumpfile = initramfs.kind === 'composed' && dump.format === 'kdump';
  const isSet = (option: string): boolean => config?.get(option) === 'y';
  const pages = ['ARM64_4K_PAGES', 'ARM64_16K_PAGES'].find(isSet);
  return needsMakedumpfile && pages !== undefined && isSet(bits)
    ? [{ area: 'component', kind: 'dump-not-readable', options: [pages, bits] }]
    : [];
}
