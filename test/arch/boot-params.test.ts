import { describe, expect, test } from 'vitest';
import { bootParamsComponent } from '../../pipeline/arch/x86/boot-params.ts';
import { x86_64 } from '../../pipeline/arch/x86_64/x86-64.ts';
import type { Profile } from '../../pipeline/profile/keys/keys.ts';
import { partOf } from '../fixtures/plan-of.ts';
import { profile } from '../fixtures/profile-and-inputs.ts';
import { must } from '../fixtures/results.ts';
import { makeBzImage } from '../fixtures/x86-64-image.ts';

const image = makeBzImage(Uint8Array.of(1, 2, 3), { typeOfLoader: 0x21, setupData: 5n });

const component = partOf('kernel', 'kernel', 4096n);

const build = (changes: Partial<Profile> = {}, size = 0x1_2345_6789n) =>
  must(
    bootParamsComponent({
      choices: { ...profile, ...changes },
      image,
      kernel: must(x86_64.prepareKernel(image, 'compressed', new Uint8Array())),
      component,
      commandLine: 'nr_cpus=1 nokaslr',
      initramfs: { name: 'initramfs.base', size },
      elfcorehdr: { name: 'elfcorehdr', size: 2416 },
    }),
  );

/** Lines of 16 bytes that are not all zero, with their offset. */
function hexDump(bytes: Uint8Array): string {
  const lines: string[] = [];
  for (let at = 0; at < bytes.length; at += 16) {
    const row = bytes.subarray(at, at + 16);
    if (row.some((byte) => byte !== 0))
      lines.push(
        `${at.toString(16).padStart(4, '0')}  ${Buffer.from(row)
          .toString('hex')
          .replace(/..(?=.)/g, '$& ')}`,
      );
  }
  return `${lines.join('\n')}\n`;
}

test('every byte that is known at build time stands as the boot protocol has it', async () => {
  await expect(hexDump(build().bytes)).toMatchFileSnapshot('../golden/x86_64/boot-params.hex');
});

test('two pages: boot_params and the buffer for the longest command line', () => {
  const part = build();
  expect(part.bytes.length).toBe(4096 + 2048);
  expect(part.memorySize).toBe(8192n);
  expect(part.checked).toEqual([{ name: 'boot_params', start: 0, end: 6144 }]);
  const text = Buffer.from(part.bytes.subarray(4096)).toString('latin1');
  expect(text.replaceAll('\0', '')).toBe('nr_cpus=1 nokaslr');
});

describe('live values', () => {
  const places = (changes: Partial<Profile> = {}) =>
    build(changes).live.map((live) => ({
      what: `${live.source}${live.about === undefined ? '' : ` of ${live.about}`}`,
      at: live.offset,
      size: live.size,
    }));

  test('go where the boot protocol wants them', () => {
    expect(places()).toEqual([
      { what: 'segmentAddress of initramfs.base', at: 0x218n, size: 4n },
      { what: 'segmentAddress of initramfs.base', at: 0x0c0n, size: 4n },
      { what: 'segmentAddress of boot_params', at: 0x228n, size: 4n },
      { what: 'segmentAddress of boot_params', at: 0x0c8n, size: 4n },
      { what: 'acpiRsdp', at: 0x070n, size: 8n },
      { what: 'fileBytes', at: 0x1ecn, size: 1n },
      { what: 'fileBytes', at: 0x23cn, size: 12n },
      { what: 'e820 of elfcorehdr', at: 0x2d0n, size: 2560n },
      { what: 'segmentAddress of elfcorehdr', at: 4096n, size: 2048n },
    ]);
  });

  test('write an address as two halves', () => {
    const [low, high] = build().live;
    expect(low).toMatchObject({ width: 4, form: 'little', arg0: 0n });
    expect(high).toMatchObject({ width: 4, form: 'little', arg0: 32n });
    const pointers = build().live.filter((live) => live.about === 'boot_params');
    expect(pointers.map(({ addend }) => addend)).toEqual([4096n, 4096n]);
  });

  test('add the memory map to the command line where the profile wants it there', () => {
    expect(places({ memoryMap: 'memmap' }).slice(-2)).toEqual([
      { what: 'segmentAddress of elfcorehdr', at: 4096n, size: 2048n },
      { what: 'memmap of elfcorehdr', at: 4096n, size: 2048n },
    ]);
  });

  test('overlap nothing but the words that share the command line', () => {
    const sorted = places().toSorted((a, b) => Number(a.at - b.at));
    for (const [index, { at, size }] of sorted.entries())
      expect(at + size <= (sorted[index + 1]?.at ?? 6144n)).toBe(true);
  });
});

test('room is kept for what the loader appends', () => {
  const size = (memoryMap: Profile['memoryMap']) =>
    x86_64.liveWords({ ...profile, memoryMap }).reduce((sum, word) => sum + word.size, 0);
  expect(size('e820')).toBe(' elfcorehdr=0x'.length + 16);
  expect(size('memmap')).toBeGreaterThan(
    size('e820') + ' memmap=exactmap'.length + 32 * ' memmap=1048576K@0K'.length,
  );
});
