/** What the bundle does on a panic, from top to bottom: narrow enough for a phone. Pure. */
import { type Html, html } from './html.ts';
import { broken, label, px } from './svg-text.ts';

export type PanicPicture = {
  readonly kernel: string;
  /** What purgatory checks. */
  readonly regions: readonly string[];
  /** Steps on corruption, in order. */
  readonly policy: readonly string[];
  readonly targets: readonly string[];
  readonly finalAction: string;
  readonly failureAction: string;
};

const width = 360;
/** The way that all goes well runs down this line; what goes wrong stands to its right. */
const trunk = 30;
const side = 64;
const lineHeight = 17;
const padding = 12;
const gap = 26;

type Box = { readonly drawn: Html; readonly height: number };

/** A heading and lines below it, in a frame. */
function box(
  y: number,
  left: number,
  kind: string,
  heading: string,
  lines: readonly string[],
): Box {
  const room = width - left - 2 * padding;
  const headings = broken(heading, Math.floor(room / 7.8), 2);
  const texts = lines.flatMap((line) => broken(line, Math.floor(room / 7), 3));
  const height = 2 * padding + lineHeight * (headings.length + texts.length) - 3;
  const at = (index: number): number => y + padding + lineHeight * (index + 1) - 5;
  return {
    height,
    drawn: html`<rect class="box ${kind}" x="${px(left + 1)}" y="${px(y)}" width="${px(width - left - 2)}" height="${px(height)}" rx="8"/>
${headings.map((text, index) => label(left + padding, at(index), 'heading', text))}${texts.map((text, index) => label(left + padding, at(headings.length + index), 'words', text))}`,
  };
}

const numbered = (lines: readonly string[]): readonly string[] =>
  lines.length < 2 ? lines : lines.map((line, index) => `${index + 1}. ${line}`);

export function panicPicture(picture: PanicPicture): Html {
  const { failureAction, finalAction, kernel, policy, regions, targets } = picture;
  const drawn: Html[] = [];
  let y = 2;
  const put = (
    left: number,
    kind: string,
    heading: string,
    lines: readonly string[] = [],
  ): void => {
    const made = box(y, left, kind, heading, lines);
    drawn.push(made.drawn);
    y += made.height;
  };
  const down = (word: string): void => {
    drawn.push(
      html`<path class="way" d="M${trunk} ${px(y)}v${gap - 2}" marker-end="url(#tip)"/>`,
      label(trunk + 12, y + 17, 'way-word', word),
    );
    y += gap;
  };
  /** To the right of the trunk, which passes it. */
  const aside = (
    word: string,
    kind: string,
    heading: string,
    lines: readonly string[] = [],
  ): void => {
    const from = y;
    y += 22;
    const top = y;
    put(side, kind, heading, lines);
    drawn.push(
      html`<path class="way ${kind}" d="M${trunk} ${px(from)}V${px(top + 14)}a8 8 0 0 0 8 8H${side - 3}" marker-end="url(#tip-bad)"/>`,
      html`<path class="way" d="M${trunk} ${px(from)}V${px(y)}"/>`,
      label(trunk + 12, from + 16, `way-word ${kind}`, word),
    );
  };
  put(0, 'panic', 'The kernel panics');
  down('enters purgatory');
  put(0, 'check', 'Are all digests right?', [
    regions.length === 0
      ? 'purgatory checks what was loaded'
      : `purgatory checks ${regions.join(', ')}`,
  ]);
  aside(
    'no',
    'bad',
    'On-corruption policy',
    policy.length === 0 ? ['not known'] : numbered(policy),
  );
  down('yes');
  put(0, 'good', 'The capture kernel starts', [kernel]);
  down('init saves the dump');
  put(
    0,
    'good',
    targets.length > 1 ? 'The first target that works' : 'Dump target',
    targets.length === 0 ? ['as the finished initramfs decides'] : numbered(targets),
  );
  aside(targets.length > 1 ? 'none works' : 'it does not work', 'bad', 'After a failure', [
    failureAction,
  ]);
  down('saved');
  put(0, 'end', 'After the dump', [finalAction]);
  const height = y + 2;
  const words = [
    `On a panic purgatory checks ${regions.join(', ') || 'what was loaded'}.`,
    `If a digest is wrong: ${policy.join('; ') || 'not known'}.`,
    `If all are right, the capture kernel (${kernel}) starts and saves the dump to ${targets.join(', then ') || 'what the finished initramfs decides'}.`,
    `After that: ${finalAction}. If no target works: ${failureAction}.`,
  ].join(' ');
  return html`<svg class="flow" viewBox="0 0 ${width} ${px(height)}" width="${width}" height="${px(height)}" role="img" aria-label="${words}">
<defs><marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="8" markerHeight="8" orient="auto"><path class="tip" d="M0 0L8 4L0 8z"/></marker><marker id="tip-bad" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="8" markerHeight="8" orient="auto"><path class="tip bad" d="M0 0L8 4L0 8z"/></marker></defs>
${drawn}
</svg>`;
}
