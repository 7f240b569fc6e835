/** Every segment of a crash region and every hole between them: what maps of it show. Pure. */

export type MapSegment = {
  readonly name: string;
  /** From the start of the region, or an address: the same as `start` of the region. */
  readonly place: bigint;
  readonly bufsz: bigint;
  readonly memsz: bigint;
};

export type LivePlace = {
  /** In the segment. */
  readonly offset: bigint;
  readonly size: bigint;
  /** What the loader writes there. */
  readonly words: string;
};

/** `A` for the lowest segment, and so on; 16 are the most that a kernel takes. */
export const letter = (index: number): string => String.fromCharCode(0x41 + index);

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

export const byPlace = (a: MapSegment, b: MapSegment): number =>
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

/** After Okabe and Ito's, which most people can tell apart, and dark enough for a white letter. */
const colours = ['#0072b2', '#c25400', '#00805d', '#b0578a', '#946a00', '#4a7a96', '#7b5aa6'];

export const colourOf = (index: number): string => colours[index % colours.length] ?? '#0072b2';
