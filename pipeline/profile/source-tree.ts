/** YAML text -> a tree of plain values that remembers where each of them stands. Pure. */
import {
  Composer,
  type CST,
  isAlias,
  isCollection,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  Parser,
} from 'yaml';
import type { NotRead } from '../host/host.ts';
import type { SourcePlace } from '../problem/explanation.ts';
import type { Problem } from '../problem/problem.ts';

export type Scalar = string | number | bigint | boolean | null;

export type TreeNode =
  | {
      readonly kind: 'scalar';
      readonly place: SourcePlace;
      readonly value: Scalar;
      /** Of a number: its digits as they stand, since 0x10 is 16 afterwards and 6.10 is 6.1. */
      readonly source?: string;
    }
  | { readonly kind: 'list'; readonly place: SourcePlace; readonly items: readonly TreeNode[] }
  | MapNode;

export type MapNode = {
  readonly kind: 'map';
  readonly place: SourcePlace;
  readonly entries: ReadonlyMap<string, MapEntry>;
};

export type MapEntry = { readonly keyPlace: SourcePlace; readonly node: TreeNode };

/** Deep enough for every key there is, and far from exhausting the stack. */
const depthLimit = 16;

/** Bytes that a profile has at most. */
export const largestProfile = 64 << 10;

/**
 * Words, signs, comments and line breaks that a profile has at most. The time that it takes to read
 * some texts grows with the square of these.
 */
const mostTokens = 16_000;

/** What decides whether a text is read on. */
type Outline = {
  readonly tokens: number;
  /** Where the first map or list begins that is nested too deep. */
  readonly tooDeepAt: number | undefined;
};

/** Without recursion: a text may be nested as deep as it is long. */
function outline(documents: readonly CST.Token[]): Outline {
  let tokens = 0;
  let tooDeepAt: number | undefined;
  const pending: { readonly token: object; readonly depth: number }[] = [];
  for (const token of documents) pending.push({ token, depth: 0 });
  for (let next = pending.pop(); next !== undefined && tokens <= mostTokens; next = pending.pop()) {
    const { token, depth } = next;
    tokens += 1;
    const holds = 'items' in token;
    if (holds && depth > depthLimit && 'offset' in token) tooDeepAt = Number(token.offset);
    for (const part of Object.values(token).flat())
      if (typeof part === 'object' && part !== null)
        pending.push({ token: part, depth: holds ? depth + 1 : depth });
  }
  return { tokens, tooDeepAt };
}

export type ReadTree = {
  /** Undefined where too little can be read to say more about it. */
  readonly tree: MapNode | undefined;
  readonly problems: readonly Problem[];
};

const unread = (problem: Problem): ReadTree => ({ tree: undefined, problems: [problem] });

const tooLarge = (file: string, most: string): ReadTree =>
  unread({ area: 'profile', kind: 'too-large', file, most });

/** Reads one document whose top is a map. Every mistake in the syntax is reported at once. */
export function readTree(file: string, bytes: Uint8Array | NotRead): ReadTree {
  if (bytes === 'not-a-file') return unread({ area: 'profile', kind: 'not-a-file', file });
  if (bytes === 'too-large' || bytes.length > largestProfile)
    return tooLarge(file, `${largestProfile >> 10} KiB`);
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return unread({ area: 'profile', kind: 'not-text', file });
  }
  const lines = new LineCounter();
  const tokens = [...new Parser(lines.addNewLine).parse(text)];
  const { tokens: count, tooDeepAt } = outline(tokens);
  if (count > mostTokens) return tooLarge(file, `${mostTokens} words and signs`);
  const placeAt = (offset: number): SourcePlace => {
    const { line, col } = lines.linePos(offset);
    return { file, line: Math.max(line, 1), column: Math.max(col, 1) };
  };
  if (tooDeepAt !== undefined)
    return unread({
      area: 'profile',
      kind: 'unsupported-yaml',
      place: placeAt(tooDeepAt),
      feature: `nesting deeper than ${depthLimit}`,
    });
  const composer = new Composer({
    version: '1.2',
    schema: 'core',
    // Ints beyond 2^53 must not be rounded before they are refused.
    intAsBigInt: true,
    // Compared below, by name: here each would be compared with each.
    uniqueKeys: false,
    merge: false,
    prettyErrors: false,
    logLevel: 'error',
    lineCounter: lines,
  });
  const [document, second] = [...composer.compose(tokens, true, text.length)];

  // A warning (an unknown tag) means that a value was not taken as it was written.
  const problems: Problem[] = [...(document?.errors ?? []), ...(document?.warnings ?? [])].map(
    (error) => ({
      area: 'profile',
      kind: 'syntax',
      place: placeAt(error.pos[0]),
      detail: error.message,
    }),
  );
  if (problems.length > 0) return { tree: undefined, problems };
  if (second !== undefined)
    problems.push({ area: 'profile', kind: 'second-document', place: placeAt(second.range[0]) });

  const unsupported = (offset: number, feature: string): TreeNode => {
    problems.push({
      area: 'profile',
      kind: 'unsupported-yaml',
      place: placeAt(offset),
      feature,
    });
    return scalar(offset, null);
  };

  const scalar = (offset: number, value: Scalar, source?: string): TreeNode => ({
    kind: 'scalar',
    place: placeAt(offset),
    value,
    ...(source === undefined ? {} : { source }),
  });

  const convert = (node: unknown, fallback: number): TreeNode => {
    if (node === null || node === undefined) return scalar(fallback, null);
    if (isAlias(node)) return unsupported(node.range?.[0] ?? fallback, 'an alias');
    if (isMap(node)) {
      const place = placeAt(node.range?.[0] ?? fallback);
      const entries = new Map<string, MapEntry>();
      for (const { key, value } of node.items) {
        const keyOffset =
          (isScalar(key) || isCollection(key) || isAlias(key) ? key.range?.[0] : undefined) ??
          fallback;
        if (!isScalar(key)) {
          unsupported(keyOffset, 'a key that is not a word');
          continue;
        }
        const name = key.source ?? String(key.value);
        const first = entries.get(name);
        if (first !== undefined) {
          problems.push({
            area: 'profile',
            kind: 'key-twice',
            place: placeAt(keyOffset),
            key: name,
            first: first.keyPlace,
          });
          continue;
        }
        if (name === '<<') {
          unsupported(keyOffset, 'a merge key (<<)');
          continue;
        }
        entries.set(name, {
          keyPlace: placeAt(keyOffset),
          node: convert(value, keyOffset),
        });
      }
      return { kind: 'map', place, entries };
    }
    if (isSeq(node)) {
      const start = node.range?.[0] ?? fallback;
      return {
        kind: 'list',
        place: placeAt(start),
        items: node.items.map((item) => convert(item, start)),
      };
    }
    if (!isScalar(node)) return unsupported(fallback, 'this');
    const start = node.range?.[0] ?? fallback;
    const { value } = node;
    if (typeof value === 'bigint') {
      // In YAML 1.2 `0755` is 755, in the eyes of most people it is not.
      if (node.type === 'PLAIN' && /^[-+]?0[0-9]/.test(node.source ?? ''))
        return unsupported(start, `a number with a leading zero (${node.source})`);
      const small =
        value >= BigInt(Number.MIN_SAFE_INTEGER) && value <= BigInt(Number.MAX_SAFE_INTEGER);
      return scalar(start, small ? Number(value) : value, node.source);
    }
    if (typeof value === 'number') return scalar(start, value, node.source);
    if (value === null || typeof value === 'string' || typeof value === 'boolean')
      return scalar(start, value);
    return unsupported(start, 'a value of this type');
  };

  const top = convert(document?.contents, 0);
  if (top.kind === 'map') return { tree: top, problems };
  problems.push({ area: 'profile', kind: 'not-a-map', place: top.place });
  return { tree: undefined, problems };
}

/** Keys that say which of several shapes a map has. */
const shapeKeys = ['from', 'kind'] as const;

function sameShape(base: MapNode, over: MapNode): boolean {
  return shapeKeys.every((key) => {
    const before = base.entries.get(key)?.node;
    const after = over.entries.get(key)?.node;
    if (before?.kind !== 'scalar' || after?.kind !== 'scalar') return true;
    return before.value === after.value;
  });
}

/**
 * `over` on top of `base`: maps merge key by key, everything else is replaced whole.
 * A map of another shape (`from: apt` over `from: deb`) replaces too, because the keys of the one
 * mean nothing to the other. `null` forgets what was inherited.
 */
export function mergeTrees(base: MapNode, over: MapNode): MapNode {
  const entries = new Map(base.entries);
  for (const [key, entry] of over.entries) {
    const inherited = base.entries.get(key);
    if (
      inherited?.node.kind === 'map' &&
      entry.node.kind === 'map' &&
      sameShape(inherited.node, entry.node)
    )
      entries.set(key, { ...entry, node: mergeTrees(inherited.node, entry.node) });
    else entries.set(key, entry);
  }
  return { kind: 'map', place: over.place, entries };
}

/** The tree as plain data. A key whose value is null counts as not written. */
export function plainValue(node: TreeNode): unknown {
  switch (node.kind) {
    case 'scalar':
      return node.value;
    case 'list':
      return node.items.map(plainValue);
    case 'map': {
      const value: Record<string, unknown> = Object.create(null);
      for (const [key, { node: child }] of node.entries)
        if (child.kind !== 'scalar' || child.value !== null) value[key] = plainValue(child);
      return value;
    }
  }
}

export type Path = readonly (string | number)[];

/** The node at `path`, or undefined when nobody wrote one. */
export function nodeAt(root: TreeNode, path: Path): TreeNode | undefined {
  let node: TreeNode | undefined = root;
  for (const step of path) {
    if (node?.kind === 'map') node = node.entries.get(String(step))?.node;
    else if (node?.kind === 'list') node = node.items[Number(step)];
    else return undefined;
  }
  return node?.kind === 'scalar' && node.value === null ? undefined : node;
}

/** The tree with another scalar at `path`, in the place of the one that is there. */
export function withScalar<Node extends TreeNode>(root: Node, path: Path, value: Scalar): Node {
  const change = (node: TreeNode, rest: Path): TreeNode => {
    const [step, ...more] = rest;
    if (step === undefined) return { kind: 'scalar', place: node.place, value };
    if (node.kind === 'list')
      return {
        ...node,
        items: node.items.map((item, index) => (index === step ? change(item, more) : item)),
      };
    const entry = node.kind === 'map' ? node.entries.get(String(step)) : undefined;
    if (node.kind !== 'map' || entry === undefined) return node;
    const changed = { ...entry, node: change(entry.node, more) };
    return { ...node, entries: new Map(node.entries).set(String(step), changed) };
  };
  return change(root, path) as Node;
}

/** The number at `path` as it stands in the text; undefined for anything else. */
export function numberAt(root: TreeNode, path: Path): string | undefined {
  const node = nodeAt(root, path);
  return node?.kind === 'scalar' ? node.source : undefined;
}

/** Where `path` stands, or the nearest enclosing value that was written. */
export function placeAt(root: MapNode, path: Path): SourcePlace {
  for (let length = path.length; length > 0; length--) {
    const node = nodeAt(root, path.slice(0, length));
    if (node !== undefined) return node.place;
  }
  return root.place;
}

/** Where the key at the end of `path` stands. */
export function keyPlaceAt(root: MapNode, path: Path): SourcePlace {
  const parent = nodeAt(root, path.slice(0, -1));
  const entry = parent?.kind === 'map' ? parent.entries.get(String(path.at(-1))) : undefined;
  return entry?.keyPlace ?? placeAt(root, path);
}

/** `onCorruption.1.port`, as problems and `placeOf` write it. */
export const showPath = (path: Path): string => path.join('.');
