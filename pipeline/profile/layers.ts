/** A profile's file with everything that it extends, laid on one another as one tree. Pure. */
import { dirname, isAbsolute, join, normalize } from 'node:path/posix';
import type { NotRead } from '../host/host.ts';
import type { SourcePlace } from '../problem/explanation.ts';
import type { Problem } from '../problem/problem.ts';
import { fail, ok, type Result } from '../problem/result.ts';
import { showFound } from '../schema/show-found.ts';
import { extendedFiles } from './keys/extends.ts';
import {
  type MapNode,
  mergeTrees,
  nodeAt,
  plainValue,
  type ReadTree,
  readTree,
} from './source-tree.ts';

/** By normalised path; a file that is not there is not in it. */
export type ProfileFiles = ReadonlyMap<string, Uint8Array | NotRead>;

/** What could be read is kept beside the problems. */
type Layered = ReadTree & {
  /** A file or a part of the way is missing: what it would have said is not known. */
  readonly partial: boolean;
};

type Extended = { readonly file: string; readonly place: SourcePlace };

/** A chain of files longer than this is a mistake, such as a folder that links to itself. */
const longestChain = 16;

/** Of one profile, itself included. */
export const mostFiles = 64;

/** The files that `tree` extends, in the order they are laid on one another. */
function extendedBy(file: string, tree: MapNode): Result<readonly Extended[]> {
  const node = nodeAt(tree, ['extends']);
  if (node === undefined) return ok([]);
  const items = node.kind === 'list' ? node.items : [node];
  const extended: Extended[] = [];
  for (const item of items) {
    if (item.kind !== 'scalar' || typeof item.value !== 'string' || item.value === '')
      return fail({
        area: 'profile',
        kind: 'wrong-value',
        place: item.place,
        key: 'extends',
        found: showFound(plainValue(item)),
        expected: extendedFiles,
        example: 'common.yaml',
        nearest: undefined,
      });
    const path = isAbsolute(item.value) ? item.value : join(dirname(file), item.value);
    extended.push({ file: normalize(path), place: item.place });
  }
  return ok(extended);
}

/** By file, what was read of it. */
export type Trees = Map<string, ReadTree>;

/** For whoever reads the files. */
export function filesExtendedBy(
  file: string,
  bytes: Uint8Array | NotRead,
  trees: Trees,
): readonly string[] {
  const { tree } = treeOf(file, bytes, trees);
  const extended = tree === undefined ? undefined : extendedBy(file, tree);
  return extended?.ok === true ? extended.value.map((one) => one.file) : [];
}

function treeOf(file: string, bytes: Uint8Array | NotRead, trees: Trees): ReadTree {
  const read = trees.get(file) ?? readTree(file, bytes);
  trees.set(file, read);
  return read;
}

const withoutExtends = (tree: MapNode): MapNode => ({
  ...tree,
  entries: new Map([...tree.entries].filter(([key]) => key !== 'extends')),
});

/** Keys of which a profile has one: who writes one of them drops the other that is inherited. */
const alternatives = [
  ['target', 'targets'],
  ['targets', 'target'],
] as const;

function layOn(base: MapNode, over: MapNode): MapNode {
  const entries = new Map(base.entries);
  for (const [written, inherited] of alternatives)
    if (nodeAt(over, [written]) !== undefined) entries.delete(inherited);
  return mergeTrees({ ...base, entries }, over);
}

export function layered(main: string, files: ProfileFiles, trees: Trees): Layered {
  /** A base that many files share is laid once: the ways to it may be more than anyone can walk. */
  const done = new Map<string, Layered>();
  const lay = (file: string, chain: readonly string[], askedBy?: SourcePlace): Layered => {
    const bytes = files.get(file);
    if (bytes === undefined)
      return {
        tree: undefined,
        problems: [{ area: 'profile', kind: 'no-file', file, askedBy }],
        partial: true,
      };
    const known = done.get(file);
    if (known !== undefined) return known;
    const read = treeOf(file, bytes, trees);
    if (read.tree === undefined) return { ...read, partial: true };
    const own = withoutExtends(read.tree);
    const extended = extendedBy(file, read.tree);
    if (!extended.ok)
      return { tree: own, problems: [...read.problems, ...extended.problems], partial: true };

    const problems = new Set<Problem>(read.problems);
    let base: MapNode | undefined;
    let partial = false;
    const chained = [...chain, file];
    for (const { file: next, place } of extended.value) {
      if (chained.includes(next) || chained.length >= longestChain) {
        const circle = [...chained.slice(Math.max(0, chained.indexOf(next))), next];
        problems.add({ area: 'profile', kind: 'extends-cycle', place, files: circle });
        partial = true;
      } else if (trees.size >= mostFiles && !trees.has(next)) {
        problems.add({ area: 'profile', kind: 'extends-too-many', place, most: mostFiles });
        partial = true;
      } else {
        const layer = lay(next, chained, place);
        for (const problem of layer.problems) problems.add(problem);
        partial ||= layer.partial;
        if (layer.tree !== undefined)
          base = base === undefined ? layer.tree : layOn(base, layer.tree);
      }
    }
    const laid = {
      tree: base === undefined ? own : layOn(base, own),
      problems: [...problems],
      partial,
    };
    done.set(file, laid);
    return laid;
  };
  return lay(main, []);
}
