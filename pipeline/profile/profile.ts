/** YAML text -> Profile: parsed, merged with what it extends, defaults filled in, every complaint at once. */
import { normalize } from 'node:path/posix';
import type { Host, NotRead } from '../host/host.ts';
import { type SourcePlace, showPlace } from '../problem/explanation.ts';
import type { Problem } from '../problem/problem.ts';
import { fail, ok, type Result } from '../problem/result.ts';
import { type Cures, problemsFromIssues } from './issues.ts';
import {
  contradictions,
  type Profile,
  type ProfileInput,
  profileSchema,
  settle,
  standIns,
} from './keys/keys.ts';
import { filesExtendedBy, layered, mostFiles, type ProfileFiles, type Trees } from './layers.ts';
import { largestProfile, type MapNode, placeAt, plainValue, withScalar } from './source-tree.ts';

/**
 * By file in the order they were met, then by line; what has no place comes first.
 * One mistake that two files on the way report (a base reached twice) is reported once.
 */
function inOrder(problems: readonly Problem[]): readonly Problem[] {
  const placeIn = (problem: Problem): SourcePlace | undefined =>
    'place' in problem ? (problem.place as SourcePlace | undefined) : undefined;
  const files = [...new Set(problems.map((problem) => placeIn(problem)?.file))];
  const rank = (problem: Problem): readonly number[] => {
    const place = placeIn(problem);
    return place === undefined ? [-1] : [files.indexOf(place.file), place.line, place.column];
  };
  const unique = new Map(
    problems.map((problem) => [
      JSON.stringify(problem, (_key, value) => (typeof value === 'bigint' ? `${value}n` : value)),
      problem,
    ]),
  );
  return [...unique.values()]
    .map((problem) => ({ problem, rank: rank(problem) }))
    .sort((a, b) => {
      const at = a.rank.findIndex((value, index) => value !== b.rank[index]);
      return at < 0 ? 0 : (a.rank[at] ?? 0) - (b.rank[at] ?? 0);
    })
    .map(({ problem }) => problem);
}

/**
 * The pure core: `files` holds the profile's file and those it extends, by normalised path.
 * Opens nothing.
 */
export function parseProfileFiles(
  file: string,
  files: ProfileFiles,
  trees: Trees = new Map(),
): Result<Profile> {
  const main = normalize(file);
  const { tree, problems: loading, partial } = layered(main, files, trees);
  const known = partial ? 'partial' : loading.length > 0 ? 'doubtful' : 'whole';
  const settled = tree === undefined ? undefined : check(main, tree, known);
  const problems = inOrder([...loading, ...(settled?.problems ?? [])]);
  const [first, ...more] = problems;
  if (first !== undefined) return fail(first, ...more);
  if (settled?.profile === undefined) throw new Error('no profile and no problem');
  return ok(settled.profile);
}

/**
 * How much of what was written is known: with a base missing it is not known what that would have said; in doubt
 * a value was left out that could not be taken as it was written.
 */
type Known = 'whole' | 'doubtful' | 'partial';

/** Each is tried on the whole profile, and whoever has more mistakes than this starts with the first. */
const mostHints = 20;

/** A hint must not lead to the next mistake: what it says is tried before it is given. */
function curesIn(file: string, tree: MapNode): Cures {
  let tried = 0;
  return (path, value) => {
    if (tried++ >= mostHints) return false;
    const place = showPlace(placeAt(tree, path));
    const { problems } = check(file, withScalar(tree, path, value), 'whole', () => false);
    return !problems.some((problem) => placeOf(problem) === place);
  };
}

const placeOf = (problem: Problem): string | undefined =>
  'place' in problem && problem.place !== undefined
    ? showPlace(problem.place as SourcePlace)
    : undefined;

function check(
  file: string,
  tree: MapNode,
  known: Known,
  cures?: Cures,
): { readonly profile: Profile | undefined; readonly problems: readonly Problem[] } {
  const contradicting = (input: ProfileInput, broken: ReadonlySet<string>): readonly Problem[] =>
    contradictions(input, tree, broken).filter(
      ({ kind }) => known === 'whole' || kind !== 'missing-key',
    );
  const value = plainValue(tree) as Record<string, unknown>;
  const parsed = profileSchema.safeParse(value);
  if (parsed.success) {
    const problems = known === 'partial' ? [] : contradicting(parsed.data, new Set());
    const profile =
      problems.length === 0 && known === 'whole' ? settle(file, parsed.data, tree) : undefined;
    return { profile, problems };
  }

  const found = problemsFromIssues(
    tree,
    profileSchema,
    parsed.error.issues,
    cures ?? curesIn(file, tree),
  );
  const problems =
    known === 'whole' ? [...found] : found.filter(({ kind }) => kind !== 'missing-key');
  if (known === 'partial') return { profile: undefined, problems };

  // What is broken is set aside, so that contradictions among the rest are told at once.
  const broken = new Set<string>();
  for (const issue of parsed.error.issues) {
    const [top] = issue.path;
    if (top !== undefined) broken.add(String(top));
  }
  const sound: Record<string, unknown> = { ...standIns };
  const keys = new Set(Object.keys(profileSchema.shape));
  for (const key of Object.keys(value))
    if (keys.has(key) && !broken.has(key)) sound[key] = value[key];
  // A mistyped key is a key that was meant to be set.
  for (const problem of found)
    if (problem.kind === 'unknown-key' && problem.nearest !== undefined)
      broken.add(problem.nearest.split('.')[0] ?? '');
  const rest = profileSchema.safeParse(sound);
  if (rest.success) problems.push(...contradicting(rest.data, broken));
  return { profile: undefined, problems };
}

/** Reads the profile at `path` and every file it extends, then {@link parseProfileFiles}. */
export async function parseProfile(host: Host, path: string): Promise<Result<Profile>> {
  const files = new Map<string, Uint8Array | NotRead>();
  const trees: Trees = new Map();
  const pending = [normalize(path)];
  const asked = new Set<string>();
  for (let file = pending.pop(); file !== undefined; file = pending.pop()) {
    if (asked.has(file) || asked.size > mostFiles) continue;
    asked.add(file);
    const bytes = await host.readSmallFile(file, largestProfile);
    if (bytes === undefined) continue;
    files.set(file, bytes);
    pending.push(...filesExtendedBy(file, bytes, trees));
  }
  return parseProfileFiles(path, files, trees);
}
