/** YAML text -> a tree of plain values that remembers where each of them stands. Pure. */
import { isAlias, isCollection, isMap, isScalar, isSeq, LineCounter, parseDocument } from 'yaml';
import type { SourcePlace } from '../problem/explanation.ts';
import type { Problem } from '../problem/problem.ts';
import { fail, type Result, unlessProblems } from '../problem/result.ts';

export type Scalar = string | number | bigint | boolean | null;

export type TreeNode =
  | {
      readonly kind: 'scalar';
      readonly place: SourcePlace;
      readonly value: Scalar;
      /** Of a whole number: its digits as they stand, since 0x10 is 16 afterwards. */
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

/** Reads one document whose top is a map. Every mistake in the syntax is reported at once. */
export function readTree(file: string, bytes: Uint8Array): Result<MapNode> {
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return fail({ area: 'profile', kind: 'not-text', file });
  }
  const lines = new LineCounter();
  const document = parseDocument(text, {
    version: '1.2',
    schema: 'core',
    // Ints beyond 2^53 must not be rounded before they are refused.
    intAsBigInt: true,
    uniqueKeys: true,
    merge: false,
    prettyErrors: false,
    // At `silent` a second document would be dropped without an error.
    logLevel: 'error',
    lineCounter: lines,
  });
  const placeAt = (offset: number): SourcePlace => {
    const { line, col } = lines.linePos(offset);
    return { file, line: Math.max(line, 1), column: Math.max(col, 1) };
  };

  // A warning (an unknown tag) means that a value was not taken as it was written.
  const problems: Problem[] = [...document.errors, ...document.warnings].map((error) => ({
    area: 'profile',
    kind: 'syntax',
    place: placeAt(error.pos[0]),
    detail: error.message,
  }));

  const unsupported = (offset: number, feature: string): TreeNode => {
    problems.push({
      area: 'profile',
      kind: 'unsupported-yaml',
      place: placeAt(offset),
      feature,
    });
    return { kind: 'scalar', place: placeAt(offset), value: null };
  };

  const convert = (node: unknown, fallback: number, depth: number): TreeNode => {
    if (node === null || node === undefined)
      return { kind: 'scalar', place: placeAt(fallback), value: null };
    if (isAlias(node)) return unsupported(node.range?.[0] ?? fallback, 'an alias');
    if (isCollection(node) && depth > depthLimit)
      return unsupported(node.range?.[0] ?? fallback, `nesting deeper than ${depthLimit}`);
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
        if (name === '<<') {
          unsupported(keyOffset, 'a merge key (<<)');
          continue;
        }
        entries.set(name, {
          keyPlace: placeAt(keyOffset),
          node: convert(value, keyOffset, depth + 1),
        });
      }
      return { kind: 'map', place, entries };
    }
    if (isSeq(node)) {
      const start = node.range?.[0] ?? fallback;
      return {
        kind: 'list',
        place: placeAt(start),
        items: node.items.map((item) => convert(item, start, depth + 1)),
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
      return {
        kind: 'scalar',
        place: placeAt(start),
        value: small ? Number(value) : value,
        ...(node.source === undefined ? {} : { source: node.source }),
      };
    }
    if (
      value === null ||
      typeof value === 'string' ||
      typeof value === 'number' ||
      typeof value === 'boolean'
    )
      return { kind: 'scalar', place: placeAt(start), value };
    return unsupported(start, 'a value of this type');
  };

  const top = problems.length === 0 ? convert(document.contents, 0, 0) : undefined;
  if (top !== undefined && top.kind !== 'map' && problems.length === 0)
    problems.push({ area: 'profile', kind: 'not-a-map', place: top.place });
  return unlessProblems(problems, () =>
    top?.kind === 'map' ? top : { kind: 'map', place: placeAt(0), entries: new Map() },
  );
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
