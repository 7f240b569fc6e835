/** The crash region as a bar to scale, with a name for each part: narrow enough for a phone. Pure. */
import { hex, showSize } from '../units/units.ts';
import { type Html, html } from './html.ts';
import { colourOf, type MapRow, type MapSegment } from './map-rows.ts';
import { broken, label, px } from './svg-text.ts';

const width = 360;
const bar = { left: 1, width: 84, top: 18, least: 280 } as const;
const names = { left: 128 } as const;
const heights = { segment: 40, hole: 28 } as const;
/** What is smaller would not be seen. */
const leastMark = 2;

const heightOf = ({ segment }: MapRow<MapSegment>): number =>
  segment === undefined ? heights.hole : heights.segment;

export function mapPicture(rows: readonly MapRow<MapSegment>[], size: bigint): Html {
  const namesHeight = rows.reduce((sum, row) => sum + heightOf(row), 0);
  const height = Math.max(bar.least, namesHeight);
  const spread = rows.length > 1 ? (height - namesHeight) / (rows.length - 1) : 0;
  const start = rows[0]?.start ?? 0n;
  const at = (address: bigint): number =>
    size <= 0n
      ? bar.top
      : bar.top + (Number(((address - start) * 1_000_000n) / size) / 1_000_000) * height;
  let y: number = bar.top;
  const drawn = rows.map((row) => {
    const { segment, name, letter, index, end } = row;
    const top = at(row.start);
    const deep = Math.max(segment === undefined ? 0 : leastMark, at(end) - top);
    const line = y + 12;
    y += heightOf(row) + spread;
    const lead = html`<path class="lead" d="M${bar.left + bar.width} ${px(top + deep / 2)}L${names.left - 22} ${px(line)}H${names.left - 6}"/>`;
    if (segment === undefined)
      return html`${lead}<rect class="free" x="${bar.left}" y="${px(top)}" width="${bar.width}" height="${px(deep)}"/>
${label(names.left, line + 4, 'quiet', `${name === 'free' ? 'free' : 'reserved, not needed'}, ${showSize(end - row.start)}`)}
`;
    const mark =
      deep < 16
        ? html``
        : html`<text x="${px(bar.left + bar.width / 2)}" y="${px(top + deep / 2 + 5)}" class="letter">${letter}</text>`;
    const [shown = ''] = broken(name, 22, 1);
    return html`${lead}<rect x="${bar.left}" y="${px(top)}" width="${bar.width}" height="${px(deep)}" fill="${colourOf(index)}"/>${mark}
<text x="${names.left}" y="${px(line + 4)}" class="words"><tspan class="heading">${letter}  ${shown}</tspan>  ${showSize(end - row.start)}</text>
${label(names.left, line + 20, 'number', `${hex(row.start)} – ${hex(end)}`)}
`;
  });
  const bottom = bar.top + height;
  const words = rows
    .map(({ start: from, end, name }) => `${name} from ${hex(from)} to ${hex(end)}`)
    .join('; ');
  return html`<svg class="map" viewBox="0 0 ${width} ${px(bottom + 22)}" width="${width}" height="${px(bottom + 22)}" role="img" aria-label="Crash region, from its start: ${words}">
<defs><pattern id="hatch" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><line class="hatch" x1="0" y1="0" x2="0" y2="6"/></pattern></defs>
${label(bar.left, bar.top - 6, 'number', hex(start))}
${drawn}<rect class="frame" x="${bar.left}" y="${bar.top}" width="${bar.width}" height="${px(height)}"/>
${label(bar.left, bottom + 16, 'number', hex(start + size))}
</svg>`;
}
