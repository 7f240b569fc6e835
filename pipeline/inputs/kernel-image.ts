/** A kernel image as an input: alone, or inside a unified kernel image beside what such a one carries. */
import { peSections } from '../format/pe.ts';
import { fail, ok, type Result } from '../problem/result.ts';
import type { KernelInput } from './resolved-inputs.ts';

/** A kernel's own image is a PE file too, and has none of them. */
const isUnified = (sections: ReadonlyMap<string, Uint8Array>): boolean =>
  sections.has('.linux') || sections.has('.initrd');

export function kernelOf(
  file: Uint8Array,
  about: {
    readonly origin: string;
    readonly release: string | undefined;
    readonly config: Uint8Array | undefined;
  },
): Result<KernelInput> {
  const { origin } = about;
  const config = about.config === undefined ? undefined : parseConfig(about.config);
  const sections = peSections(file);
  if (!isUnified(sections)) return ok({ image: file, ...about, config });
  const image = sections.get('.linux');
  if (image === undefined || image.length === 0)
    return fail({ area: 'input', kind: 'unified-image-damaged', path: origin, section: '.linux' });
  const stated = new TextDecoder().decode(sections.get('.uname') ?? new Uint8Array());
  const release = about.release ?? (/^[\w.+~-]+/.exec(stated)?.[0] || undefined);
  return ok({ image, origin: `${origin} (.linux)`, release, config });
}

/** The initramfs in a unified kernel image; any other file as it is. */
export function initramfsOf(file: Uint8Array, path: string): Result<Uint8Array> {
  const sections = peSections(file);
  if (!isUnified(sections)) return ok(file);
  const found = sections.get('.initrd');
  return found === undefined || found.length === 0
    ? fail({ area: 'input', kind: 'unified-image-damaged', path, section: '.initrd' })
    : ok(found);
}

/** `CONFIG_A=y` lines; what is "not set" is not in the map. */
export function parseConfig(bytes: Uint8Array): ReadonlyMap<string, string> {
  const options = new Map<string, string>();
  for (const line of Buffer.from(bytes).toString('utf8').split('\n')) {
    if (!line.startsWith('CONFIG_')) continue;
    const equals = line.indexOf('=');
    if (equals > 0) options.set(line.slice('CONFIG_'.length, equals), line.slice(equals + 1));
  }
  return options;
}
