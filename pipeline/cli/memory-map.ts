/** The crash region as text: what lies where, and what stays free. */
import { hex, showSize } from '../units/units.ts';
import { textTable } from './text-table.ts';

export type MapSegment = {
  readonly name: string;
  /** From the start of the region, or an address: the same as `start` of the region. */
  readonly place: bigint;
  readonly bufsz: bigint;
  readonly memsz: bigint;
};

const barWidth = 64n;

/** `A` for the lowest segment, and so on; 16 are the most that a kernel takes. */
const letter = (index: number): string => String.fromCharCode(0x41 + index);

/** The region in 64 cells, a letter for each segment; a small one still shows where there is room. */
function bar(segments: readonly MapSegment[], start: bigint, size: bigint): string {
  const cells = Array.from({ length: Number(barWidth) }, () => '.');
  for (const [index, segment] of segments.entries()) {
    const first = ((segment.place - start) * barWidth) / size;
    const end = ((segment.place + segment.memsz - start) * barWidth + size - 1n) / size;
    for (let cell = first; cell < end && cell < barWidth; cell++)
      if (cells[Number(cell)] === '.') cells[Number(cell)] = letter(index);
  }
  return `[${cells.join('')}]`;
}

/** Every segment and every hole between them, in order of address. */
export function memoryMap(
  segments: readonly MapSegment[],
  start: bigint,
  size: bigint,
): readonly string[] {
  if (size <= 0n) return [];
  const sorted = segments.toSorted((a, b) => (a.place < b.place ? -1 : a.place > b.place ? 1 : 0));
  const rows: (readonly string[])[] = [['', 'start', 'end', 'occupies', 'loaded', 'segment']];
  const hole = (from: bigint, to: bigint): void => {
    if (to > from) rows.push(['.', hex(from), hex(to), showSize(to - from), '', 'free']);
  };
  let at = start;
  for (const [index, segment] of sorted.entries()) {
    hole(at, segment.place);
    const end = segment.place + segment.memsz;
    rows.push([
      letter(index),
      hex(segment.place),
      hex(end),
      showSize(segment.memsz),
      showSize(segment.bufsz),
      segment.name,
    ]);
    at = end;
  }
  hole(at, start + size);
  return [
    bar(sorted, start, size),
    ...textTable(rows, ['left', 'right', 'right', 'right', 'right', 'left']),
  ];
}
