/**
 * The crash region as a drawing: a bar to scale, and beside it every segment and hole by name.
 * One file without anything to fetch, for light and for dark pages; the same map gives the same bytes.
 */

import { colourOf, type LivePlace, type MapSegment, mapRows } from '../page/map-rows.ts';
import { hex, showSize } from '../units/units.ts';

export type DrawnSegment = MapSegment & { readonly live: readonly LivePlace[] };

export type Drawing = {
  readonly title: string;
  /** What the addresses are. */
  readonly caption: string;
  readonly start: bigint;
  readonly size: bigint;
  /** What the bundle needs of it; all, where it is left out. */
  readonly needed?: bigint;
  readonly segments: readonly DrawnSegment[];
};

const width = 1000;
const bar = { left: 24, width: 120, top: 84, least: 360 } as const;
const rows = { left: 230, width: 746, segment: 58, hole: 26 } as const;
const strip = { height: 14 } as const;
/** What is smaller would not be seen. */
const leastMark = 2;

const style = `
    .page { fill: #ffffff }
    text { fill: #1f2328; font-family: sans-serif; font-size: 13px }
    .number { font-family: monospace; font-size: 12px }
    .quiet { fill: #57606a }
    .title { font-size: 17px; font-weight: bold }
    .name { font-weight: bold }
    .frame { fill: none; stroke: #57606a; stroke-width: 1 }
    .free { fill: url(#hatch); stroke: #8c959f; stroke-width: 1 }
    .lines { stroke: #8c959f; stroke-width: 1; fill: none }
    .rest { fill-opacity: 0.3 }
    .live { fill: #1f2328; stroke: #ffffff; stroke-width: 0.5 }
    .letter { fill: #ffffff; font-weight: bold }
    @media (prefers-color-scheme: dark) {
      .page { fill: #0d1117 }
      text { fill: #e6edf3 }
      .quiet { fill: #9198a1 }
      .frame { stroke: #9198a1 }
      .live { fill: #e6edf3; stroke: #0d1117 }
      .letter { fill: #ffffff }
    }`;

const escapes: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
};

/** Text for XML 1.0: what it cannot hold becomes U+FFFD. */
const xml = (text: string): string =>
  text
    // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what XML forbids
    .replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ud800-\udfff\ufffe\uffff]/gu, '\ufffd')
    .replace(/[&<>"]/g, (character) => escapes[character] ?? character);

/** A tenth of a pixel, without a trailing zero. */
const px = (value: number): string => `${Math.round(value * 10) / 10}`;

/** `part` of `whole`, on `length` pixels; sizes may pass 2^53. */
const share = (part: bigint, whole: bigint, length: number): number =>
  whole <= 0n ? 0 : (Number((part * 1_000_000n) / whole) / 1_000_000) * length;

const rect = (
  kind: string,
  [x, y, w, h]: readonly [number, number, number, number],
  more = '',
): string =>
  `<rect class="${kind}" x="${px(x)}" y="${px(y)}" width="${px(w)}" height="${px(h)}"${more}/>`;

const label = (x: number, y: number, kind: string, text: string, more = ''): string =>
  `<text x="${px(x)}" y="${px(y)}"${kind === '' ? '' : ` class="${kind}"`}${more}>${xml(text)}</text>`;

/** One segment in its own scale: what is loaded, what is occupied beyond that, and the live places. */
function segmentStrip(segment: DrawnSegment, colour: string, y: number): readonly string[] {
  const full = segment.memsz > segment.bufsz ? segment.memsz : segment.bufsz;
  const loaded = share(segment.bufsz, full, rows.width);
  const fill = ` fill="${colour}"`;
  return [
    rect('rest', [rows.left, y, rows.width, strip.height], fill),
    rect('loaded', [rows.left, y, loaded, strip.height], fill),
    ...segment.live.map(({ offset, size, words }) => {
      const at = rows.left + share(offset, full, rows.width);
      const wide = Math.max(leastMark, share(size, full, rows.width));
      const mark = rect('live', [
        Math.min(at, rows.left + rows.width - wide),
        y,
        wide,
        strip.height,
      ]);
      const what = `+${hex(offset)}, ${size} bytes: ${words}`;
      return mark.replace('/>', `><title>${xml(what)}</title></rect>`);
    }),
    rect('frame', [rows.left, y, rows.width, strip.height]),
  ];
}

const sizeWords = ({ bufsz, memsz }: MapSegment): string =>
  memsz === bufsz
    ? `${showSize(memsz)}, loaded`
    : `${showSize(memsz)}, of which ${showSize(bufsz)} loaded`;

const liveWords = (count: number): string =>
  count === 0 ? 'as it was signed' : `${count} live value${count === 1 ? '' : 's'}`;

export function memoryMapSvg(drawing: Drawing): string {
  const { title, caption, start, size, segments } = drawing;
  const map = mapRows(segments, start, size, drawing.needed);
  const rowsHeight = map.reduce(
    (sum, { segment }) => sum + (segment === undefined ? rows.hole : rows.segment),
    0,
  );
  const height = Math.max(bar.least, rowsHeight);
  const at = (address: bigint): number => bar.top + share(address - start, size, height);

  const drawn: string[] = [];
  // Where there is room to spare, the rows stand as far apart as the bar is high.
  const spread = map.length > 1 ? (height - rowsHeight) / (map.length - 1) : 0;
  let y = bar.top;
  for (const { start: from, end, segment, name, letter, index } of map) {
    const tall = segment === undefined ? rows.hole : rows.segment;
    const top = at(from);
    const deep = Math.max(segment === undefined ? 0 : leastMark, at(end) - top);
    const where = `[${hex(from)}, ${hex(end)})`;
    const middle = top + deep / 2;
    const row = y + (segment === undefined ? 12 : 14);
    drawn.push(
      `<path class="lines" d="M${px(bar.left + bar.width)} ${px(middle)}L${px(rows.left - 34)} ${px(row)}h26"/>`,
    );
    if (segment === undefined) {
      drawn.push(
        rect('free', [bar.left, top, bar.width, deep]),
        label(rows.left, row + 4, 'quiet', `${name}, ${showSize(end - from)}`),
        label(rows.left + rows.width, row + 4, 'number quiet', where, ' text-anchor="end"'),
      );
    } else {
      const colour = colourOf(index);
      const sizes = `${sizeWords(segment)}, ${liveWords(segment.live.length)}`;
      drawn.push(
        rect('segment', [bar.left, top, bar.width, deep], ` fill="${colour}"`),
        ...(deep < 16
          ? []
          : [
              label(
                bar.left + bar.width / 2,
                middle + 5,
                'letter',
                letter,
                ' text-anchor="middle"',
              ),
            ]),
        `<text x="${px(rows.left)}" y="${px(row + 4)}"><tspan class="name">${xml(`${letter}  ${segment.name}`)}</tspan>  ${xml(sizes)}</text>`,
        label(rows.left + rows.width, row + 4, 'number', where, ' text-anchor="end"'),
        ...segmentStrip(segment, colour, row + 12),
      );
    }
    y += tall + spread;
  }

  const foot = bar.top + height + 34;
  const key = (x: number, mark: string, words: string): readonly string[] => [
    mark,
    label(x + 30, foot + 11, 'quiet', words),
  ];
  const lines = [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${px(foot + 34)}" width="${width}" height="${px(foot + 34)}" role="img" aria-labelledby="title description">`,
    `  <title id="title">${xml(title)}</title>`,
    `  <desc id="description">${xml(description(caption, map))}</desc>`,
    `  <style>${style}\n  </style>`,
    '  <defs><pattern id="hatch" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><line x1="0" y1="0" x2="0" y2="6" stroke="#8c959f" stroke-width="1"/></pattern></defs>',
    ...[
      rect('page', [0, 0, width, foot + 34]),
      label(bar.left, 32, 'title', title),
      label(bar.left, 56, 'quiet', caption),
      label(bar.left, bar.top - 8, 'number', hex(start)),
      ...drawn,
      rect('frame', [bar.left, bar.top, bar.width, height]),
      label(bar.left, bar.top + height + 16, 'number', hex(start + size)),
      ...key(
        rows.left,
        rect('loaded', [rows.left, foot, 22, 14], ` fill="${colourOf(0)}"`),
        'loaded',
      ),
      ...key(
        rows.left + 100,
        rect('rest', [rows.left + 100, foot, 22, 14], ` fill="${colourOf(0)}"`),
        'occupied beyond that',
      ),
      ...key(
        rows.left + 290,
        rect('live', [rows.left + 300, foot, leastMark, 14]),
        'live value, filled in by the loader',
      ),
      ...key(rows.left + 560, rect('free', [rows.left + 560, foot, 22, 14]), 'free'),
    ].map((line) => `  ${line}`),
    '</svg>',
  ];
  return `${lines.join('\n')}\n`;
}

/** The same in a sentence for each, for those who do not see the drawing. */
function description(caption: string, map: ReturnType<typeof mapRows<DrawnSegment>>): string {
  const parts = map.map(({ start, end, segment, name }) => {
    const part = `${name} from ${hex(start)} to ${hex(end)}`;
    return segment === undefined ? part : `${part}, ${liveWords(segment.live.length)}`;
  });
  return `${caption}: ${parts.join('; ')}.`;
}
