/**
 * The whole flow as a drawing, docs/flow.svg: what is done on the build machine, on the target at boot, and there after
 * a panic. One file that fetches nothing and follows the reader's light or dark setting.
 */

type Box = {
  readonly name: string;
  /** What happens there, a line each. */
  readonly lines: readonly string[];
  /** Digests are fixed or checked here. */
  readonly digests?: true;
  /** From the left, 0 to 5; a box may lie between two columns. */
  readonly column: number;
  /** Below the row, for what happens when a digest is wrong. */
  readonly lower?: true;
};

type Row = { readonly when: string; readonly where: string; readonly boxes: readonly Box[] };

const picture: readonly Row[] = [
  {
    where: 'Build machine',
    when: 'days before, without the target and without root',
    boxes: [
      { column: 0, name: 'profile', lines: ['what a class of', 'machines needs'] },
      { column: 1, name: 'inputs', lines: ['kernel, modules,', 'tools: pinned'] },
      { column: 2, name: 'components', lines: ['initramfs, ELF', 'header, purgatory'] },
      { column: 3, name: 'plan', lines: ['a place for each', 'in the region'] },
      { column: 4, name: 'seal', lines: ['seal.bin names', 'every byte'], digests: true },
      { column: 5, name: 'sign', lines: ['one signature', 'over seal.bin'] },
    ],
  },
  {
    where: 'Target machine, at boot',
    when: 'crashseal-load, one static program',
    boxes: [
      { column: 0, name: 'bundle', lines: ['one signed file,', 'from anywhere'] },
      { column: 1, name: 'verify', lines: ['signature first,', 'then each byte'] },
      { column: 2, name: 'read', lines: ['region, memory,', 'CPUs, addresses'] },
      { column: 3, name: 'place, fill', lines: ['live values get', 'into their places'] },
      { column: 4, name: 'check again', lines: ['has anything', 'changed since?'] },
      { column: 5, name: 'kexec_load(2)', lines: ['the capture', 'kernel is armed'] },
    ],
  },
  {
    where: 'Target machine, after a panic',
    when: 'nothing is built or guessed any more',
    boxes: [
      { column: 0, name: 'panic', lines: ['the kernel stops', 'and jumps to'] },
      {
        column: 1.5,
        name: 'purgatory',
        lines: ['is all still as it', 'was signed?'],
        digests: true,
      },
      { column: 3.5, name: 'capture kernel', lines: ['with its own', 'initramfs'] },
      { column: 5, name: 'vmcore', lines: ['saved on the', 'dump target'] },
      { column: 3.5, name: 'policy', lines: ['message, reset,', 'dump tool …'], lower: true },
    ],
  },
];

const legend =
  'The digest that is checked after the panic is the digest that was signed, for every part without live values.';

const width = 880;
const box = { left: 36, step: 141, width: 122, height: 76 } as const;
const row = { top: 14, step: 160, head: 34, lower: 98 } as const;
/** Where the way from one row to the next goes down. */
const margin = 14;
const legendTop = row.top + 2 * row.step + row.head + row.lower + box.height + 34;
const height = legendTop + 18;

const style = `
    .page { fill: #ffffff }
    text { fill: #1f2328; font-family: sans-serif; font-size: 13px }
    .where { font-size: 15px; font-weight: bold }
    .name { font-size: 14px; font-weight: bold }
    .quiet { fill: #57606a }
    .box { fill: #f6f8fa; stroke: #8c959f; stroke-width: 1 }
    .policy { fill: #fff1e5; stroke: #bc4c00; stroke-width: 1 }
    .way { fill: none; stroke: #57606a; stroke-width: 1.5 }
    .head { fill: #57606a }
    .digest { fill: #0969da }
    @media (prefers-color-scheme: dark) {
      .page { fill: #0d1117 }
      text { fill: #e6edf3 }
      .quiet { fill: #9198a1 }
      .box { fill: #161b22; stroke: #6e7681 }
      .policy { fill: #2b1a0d; stroke: #f0883e }
      .way { stroke: #9198a1 }
      .head { fill: #9198a1 }
      .digest { fill: #58a6ff }
    }`;

const text = (x: number, y: number, kind: string, words: string, more = ''): string =>
  `<text x="${x}" y="${y}" class="${kind}"${more}>${words}</text>`;

const leftOf = ({ column }: Box): number => box.left + column * box.step;
const topOf = (index: number, { lower }: Box): number =>
  row.top + index * row.step + row.head + (lower === true ? row.lower : 0);

function drawBox(index: number, drawn: Box): readonly string[] {
  const [x, y] = [leftOf(drawn), topOf(index, drawn)];
  const kind = drawn.lower === true ? 'policy' : 'box';
  const inside = x + 10;
  return [
    `<rect class="${kind}" x="${x}" y="${y}" width="${box.width}" height="${box.height}" rx="6"/>`,
    text(inside, y + 23, 'name', drawn.name),
    ...drawn.lines.map((line, at) => text(inside, y + 44 + 18 * at, 'quiet', line)),
    ...(drawn.digests === undefined
      ? []
      : [`<circle class="digest" cx="${x + box.width - 14}" cy="${y + 18}" r="6"/>`]),
  ];
}

/** A way through these points, with a head at its end. */
function way(points: readonly (readonly [number, number])[]): string {
  const path = points.map(([x, y], at) => `${at === 0 ? 'M' : 'L'}${x} ${y}`).join('');
  return `<path class="way" d="${path}" marker-end="url(#head)"/>`;
}

function waysOf(index: number, { boxes }: Row): readonly string[] {
  const straight = boxes.filter(({ lower }) => lower !== true);
  const middle = (drawn: Box): number => topOf(index, drawn) + box.height / 2;
  return straight.slice(1).map((to, at) => {
    const from = straight[at] ?? to;
    return way([
      [leftOf(from) + box.width, middle(from)],
      [leftOf(to) - 3, middle(to)],
    ]);
  });
}

/** From the end of a row to the beginning of the next. */
function turn(index: number): string {
  const y = row.top + index * row.step + row.head + box.height;
  const between = y + 20;
  const right = box.left + 5 * box.step + box.width / 2;
  const next = y + row.step - box.height / 2;
  return way([
    [right, y],
    [right, between],
    [margin, between],
    [margin, next],
    [box.left - 3, next],
  ]);
}

/** What purgatory finds, and where that leads. */
function verdict(): readonly string[] {
  const y = row.top + 2 * row.step + row.head;
  const from = box.left + 1.5 * box.step + box.width;
  const down = from - box.width / 2;
  const to = box.left + 3.5 * box.step;
  const low = y + row.lower + box.height / 2;
  return [
    text(from + 28, y + box.height / 2 - 8, 'quiet', 'all digests are right'),
    way([
      [down, y + box.height],
      [down, low],
      [to - 3, low],
    ]),
    text(from + 28, low - 8, 'quiet', 'a digest is wrong'),
  ];
}

const described = picture
  .map(({ where, boxes }) => `${where}: ${boxes.map(({ name }) => name).join(', ')}.`)
  .join(' ');

export function flowPicture(): string {
  const lines = [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-labelledby="title description">`,
    '  <title id="title">From a profile to a saved dump</title>',
    `  <desc id="description">${described} ${legend}</desc>`,
    `  <style>${style}\n  </style>`,
    '  <defs><marker id="head" viewBox="0 0 8 8" refX="6" refY="4" markerWidth="6" markerHeight="6" orient="auto"><path class="head" d="M0 0L8 4L0 8z"/></marker></defs>',
    ...[
      `<rect class="page" width="${width}" height="${height}"/>`,
      ...picture.flatMap((drawn, index) => [
        `<text x="${box.left}" y="${row.top + index * row.step + 20}"><tspan class="where">${drawn.where}</tspan><tspan class="quiet" dx="12">${drawn.when}</tspan></text>`,
        ...drawn.boxes.flatMap((each) => drawBox(index, each)),
        ...waysOf(index, drawn),
      ]),
      turn(0),
      turn(1),
      ...verdict(),
      `<circle class="digest" cx="${box.left + 6}" cy="${legendTop - 4}" r="6"/>`,
      text(box.left + 22, legendTop, 'quiet', legend),
    ].map((line) => `  ${line}`),
    '</svg>',
  ];
  return `${lines.join('\n')}\n`;
}
