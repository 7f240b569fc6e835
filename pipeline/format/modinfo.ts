/** What a kernel module says of itself. */
import { readElf, sectionBytes } from './elf.ts';

/** `key=value` strings of a module's .modinfo. */
export function modinfoOf(module: Uint8Array): readonly (readonly [string, string])[] {
  const elf = readElf(module);
  const section = elf.ok ? sectionBytes(elf.value, '.modinfo') : undefined;
  if (section === undefined) return [];
  return Buffer.from(section)
    .toString('latin1')
    .split('\0')
    .flatMap((entry): (readonly [string, string])[] => {
      const equals = entry.indexOf('=');
      return equals < 0 ? [] : [[entry.slice(0, equals), entry.slice(equals + 1)]];
    });
}
