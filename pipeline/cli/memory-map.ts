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

/** A segment, or a hole when there is none; ends are exclusive. */
export type MapRow<S extends MapSegment> = {
  readonly start: bigint;
  readonly end: bigint;
  readonly segment: S | undefined;
  /** Of the segment, or what a hole is. */
  readonly name: string;
  /** Of the segment; `.` of a hole. */
  readonly letter: string;
  /** Which segment it is, in order of address. */
  readonly index: number;
};

const byPlace = (a: MapSegment, b: MapSegment): number =>
  a.place < b.place ? -1 : a.place > b.place ? 1 : 0;

/** Every segment and every hole between them, in order of address. The region needs `needed` bytes of its `size`. */
export function mapRows<S extends MapSegment>(
  segments: readonly S[],
  start: bigint,
  size: bigint,
  needed = size,
): readonly MapRow<S>[] {
  const rows: MapRow<S>[] = [];
  const hole = (from: bigint, to: bigint, index: number): void => {
    const beyond = to > start + needed;
    const name = beyond ? 'free, reserved beyond what is needed' : 'free';
    if (to > from)
      rows.push({ start: from, end: to, segment: undefined, name, letter: '.', index });
  };
  let at = start;
  for (const [index, segment] of segments.toSorted(byPlace).entries()) {
    hole(at, segment.place, index);
    at = segment.place + segment.memsz;
    const { name, place } = segment;
    rows.push({ start: place, end: at, segment, name, letter: letter(index), index });
  }
  hole(at, start + size, segments.length);
  return rows;
}

/** The same as text, after a bar to scale. */
export function memoryMap(
  segments: readonly MapSegment[],
  start: bigint,
  size: bigint,
  needed = size,
): readonly string[] {
  if (size <= 0n) return [];
  const rows = mapRows(segments, start, size, needed).map(
    ({ start: from, end, segment, name, letter: mark }) => [
      mark,
      hex(from),
      hex(end),
      showSize(end - from),
      segment === undefined ? '' : showSize(segment.bufsz),
      name,
    ],
  );
  return [
    bar(segments.toSorted(byPlace), start, size),
    ...textTable(
      [['', 'start', 'end', 'occupies', 'loaded', 'segment'], ...rows],
      ['left', 'right', 'right', 'right', 'right', 'left'],
    ),
  ];
}
