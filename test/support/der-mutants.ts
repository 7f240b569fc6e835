/** DER changed by its structure: elements go, come twice, change places, tags, lengths and values. */
import type { Der } from './der-tree.ts';
import type { Random } from './random.ts';

const hex = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text, 'hex'));

/** Contents at the ends of what readers take. */
const contents = [
  ...['', '00', '01', '7f', '80', 'ff', '0080', '00ff', '0080000000', '00ffffffff', '0100000000'],
  ...['03', '010001', '02', '00ffffffffffffffff', '010000000000000001', '2b06010505070303'],
  ...['2a864886f70d01010b', '2a864886f70d01018b', '802a', '551d0f', '551d13', '551d25', 'efbbbf'],
].map(hex);
const tags = [0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x0c, 0x13, 0x17, 0x18, 0x1f, 0x30, 0x31, 0xa0];
const whole: readonly Der[] = [
  { tag: 0x05, body: hex('') },
  { tag: 0x01, body: hex('ff') },
  { tag: 0x01, body: hex('00') },
  { tag: 0x30, body: [] },
  { tag: 0x02, body: hex('01') },
];

type Path = readonly number[];

function pathsOf(tree: Der, before: Path = []): readonly Path[] {
  const inside = tree.body instanceof Uint8Array ? [] : tree.body;
  return [before, ...inside.flatMap((child, index) => pathsOf(child, [...before, index]))];
}

/** The tree with one element changed; the top one stays what it is. */
export function mutateDer(tree: Der, random: Random): Der {
  const paths = pathsOf(tree).slice(1);
  return paths.length === 0 ? tree : at(tree, random.of(paths), random);
}

function at(tree: Der, [first, ...rest]: Path, random: Random): Der {
  if (tree.body instanceof Uint8Array || first === undefined) return tree;
  const child = tree.body[first];
  if (child === undefined) return tree;
  const changed =
    rest.length > 0 ? [at(child, rest, random)] : change(child, tree.body, first, random);
  return { ...tree, body: tree.body.toSpliced(first, 1, ...changed) };
}

function change(
  element: Der,
  siblings: readonly Der[],
  place: number,
  random: Random,
): readonly Der[] {
  const { body } = element;
  const kinds = ['drop', 'twice', 'tag', 'length', 'before', 'sibling', 'value', 'value', 'value'];
  switch (random.of(kinds)) {
    case 'drop':
      return [];
    case 'twice':
      return [element, element];
    case 'tag':
      return [{ ...element, tag: random.of(tags) }];
    case 'length':
      return [{ ...element, length: random.of(['long', 'open'] as const) }];
    case 'before':
      return random.chance(0.5) ? [random.of(whole), element] : [element, random.of(whole)];
    case 'sibling':
      return [siblings[(place + 1) % siblings.length] ?? element];
    default:
      if (!(body instanceof Uint8Array)) return [{ ...element, body: [...body].reverse() }];
      return [{ ...element, body: otherContent(body, random) }];
  }
}

function otherContent(body: Uint8Array, random: Random): Uint8Array {
  const changed = Uint8Array.from(body);
  const where = random.below(changed.length || 1);
  switch (random.below(5)) {
    case 0:
      return random.of(contents);
    case 1:
      return changed.slice(0, where);
    case 2:
      return Uint8Array.from([...changed, random.below(256)]);
    case 3:
      return Uint8Array.from([random.of([0, 0x7f, 0x80, 0xff]), ...changed]);
    default:
      if (changed.length > 0) changed[where] = (changed[where] ?? 0) ^ (1 << random.below(8));
      return changed;
  }
}
