/** Sections of a PE file (PE/COFF specification, "File Headers"), in which a unified kernel image keeps its parts. */

/** The number of sections that the format's loaders take. */
const sectionsMax = 96;
const sectionSize = 40;

/** By name, as far as they lie in the file; the first of a name, as systemd-stub takes it. Empty for any other file. */
export function peSections(file: Uint8Array): ReadonlyMap<string, Uint8Array> {
  const sections = new Map<string, Uint8Array>();
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  const within = (at: number, size: number): boolean => at >= 0 && at + size <= file.length;
  if (!within(0, 64) || view.getUint16(0, true) !== 0x5a4d) return sections;
  const header = view.getUint32(0x3c, true);
  if (!within(header, 24) || view.getUint32(header, true) !== 0x4550) return sections;
  const count = view.getUint16(header + 6, true);
  const table = header + 24 + view.getUint16(header + 20, true);
  if (count > sectionsMax || !within(table, count * sectionSize)) return sections;
  for (let at = table; at < table + count * sectionSize; at += sectionSize) {
    const name = Buffer.from(file.subarray(at, at + 8))
      .toString('latin1')
      .replace(/\0.*$/s, '');
    const inMemory = view.getUint32(at + 8, true);
    const inFile = view.getUint32(at + 16, true);
    const start = view.getUint32(at + 20, true);
    const size = Math.min(inMemory, inFile);
    if (!sections.has(name) && within(start, size))
      sections.set(name, file.subarray(start, start + size));
  }
  return sections;
}
