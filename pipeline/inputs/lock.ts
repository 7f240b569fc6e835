/**
 * `crashseal.lock`: every input of every profile by SHA-256, so that another build, later or
 * elsewhere, has the same material or says what differs. JSON with sorted keys, to be committed.
 */
import type { Host } from '../host/host.ts';
import type { Problem } from '../problem/problem.ts';
import { ok, type Result, unlessProblems } from '../problem/result.ts';
import type { Digest } from '../units/units.ts';

export const LOCK_VERSION = 1;

export type Lock = {
  readonly version: typeof LOCK_VERSION;
  /** By profile name. */
  readonly profiles: Readonly<Record<string, LockedProfile>>;
};

/** By part of a build: `kernel`, `modules`, `tools`, `initramfs`. */
export type LockedProfile = Readonly<Record<string, LockedPart>>;

export type LockedPart = {
  /** What the profile asked for, so that a changed profile is not answered with the old input. */
  readonly asked: string;
  readonly inputs: readonly LockedInput[];
};

export type LockedInput = {
  readonly name: string;
  readonly sha256: Digest;
  readonly size: number;
  /** For what came from a package. */
  readonly package?: {
    readonly name: string;
    readonly version: string;
    readonly architecture: string;
  };
};

const sortedObject = <T>(record: Readonly<Record<string, T>>): Record<string, T> =>
  Object.fromEntries(Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1)));

/** The bytes of crashseal.lock: equal locks are equal bytes. */
export function renderLock(lock: Lock): Uint8Array {
  const input = ({ name, sha256, size, package: from }: LockedInput): object => ({
    name,
    ...(from === undefined
      ? {}
      : {
          package: {
            architecture: from.architecture,
            name: from.name,
            version: from.version,
          },
        }),
    sha256,
    size,
  });
  const part = ({ asked, inputs }: LockedPart): object => ({
    asked,
    inputs: [...inputs].sort((a, b) => (a.name < b.name ? -1 : 1)).map(input),
  });
  const profiles = Object.entries(sortedObject(lock.profiles)).map(([name, parts]) => [
    name,
    Object.fromEntries(Object.entries(sortedObject(parts)).map(([key, it]) => [key, part(it)])),
  ]);
  const text = JSON.stringify(
    { profiles: Object.fromEntries(profiles), version: lock.version },
    undefined,
    2,
  );
  return new TextEncoder().encode(`${text}\n`);
}

/** `newer` wins, profile by profile. */
export const mergeLocks = (older: Lock | undefined, newer: Lock): Lock => ({
  version: LOCK_VERSION,
  profiles: { ...older?.profiles, ...newer.profiles },
});

type Json = Readonly<Record<string, unknown>>;
const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Reads a lock, with every complaint at once. */
export function parseLock(text: string): Result<Lock> {
  const problems: Problem[] = [];
  let raw: unknown;
  try {
    raw = JSON.parse(text);
  } catch (error) {
    problems.push({
      area: 'input',
      kind: 'lock-syntax',
      message: error instanceof Error ? error.message : String(error),
    });
    return unlessProblems(problems, () => emptyLock);
  }
  const wrong = (key: string, expected: string, value: unknown): void => {
    const found = value === undefined ? 'nothing' : (JSON.stringify(value) ?? String(value));
    problems.push({
      area: 'input',
      kind: 'lock-value',
      key,
      expected,
      found: found.length > 60 ? `${found.slice(0, 57)}...` : found,
    });
  };
  const object = (value: unknown, key: string): Json => {
    if (isObject(value)) return value;
    wrong(key, 'a map', value);
    return {};
  };
  const string = (
    value: unknown,
    key: string,
    expected: string,
    pattern = /^\P{Cc}+$/u,
  ): string => {
    if (typeof value === 'string' && pattern.test(value)) return value;
    wrong(key, expected, value);
    return '';
  };
  const noOthers = (value: Json, key: string, known: readonly string[]): void => {
    for (const name of Object.keys(value))
      if (!known.includes(name))
        wrong(key === '' ? name : `${key}.${name}`, 'a known key', value[name]);
  };

  const top = object(raw, 'the whole file');
  if (isObject(raw) && top.version !== LOCK_VERSION) {
    problems.push({
      area: 'input',
      kind: 'lock-version',
      found: JSON.stringify(top.version) ?? 'none',
      known: LOCK_VERSION,
    });
    return unlessProblems(problems, () => emptyLock);
  }
  noOthers(top, '', ['version', 'profiles']);

  const readPackage = (value: unknown, key: string): LockedInput['package'] => {
    const from = object(value, key);
    noOthers(from, key, ['name', 'version', 'architecture']);
    // Bounded to what apt takes for such a thing: these words become its arguments.
    const word = /^[a-z0-9][A-Za-z0-9.+:~_-]*$/;
    return {
      name: string(from.name, `${key}.name`, 'a package name', word),
      version: string(from.version, `${key}.version`, 'a package version', word),
      architecture: string(from.architecture, `${key}.architecture`, 'an architecture', word),
    };
  };
  const readInput = (value: unknown, key: string): LockedInput => {
    const input = object(value, key);
    noOthers(input, key, ['name', 'package', 'sha256', 'size']);
    const size = input.size;
    if (!Number.isSafeInteger(size) || Number(size) < 0) wrong(`${key}.size`, 'a size', size);
    return {
      name: string(input.name, `${key}.name`, 'a name'),
      sha256: string(
        input.sha256,
        `${key}.sha256`,
        '64 lower-case hex digits',
        /^[0-9a-f]{64}$/,
      ) as Digest,
      size: Number(size),
      ...(input.package === undefined
        ? {}
        : { package: readPackage(input.package, `${key}.package`) }),
    } as LockedInput;
  };
  const readPart = (value: unknown, key: string): LockedPart => {
    const part = object(value, key);
    noOthers(part, key, ['asked', 'inputs']);
    const inputs = Array.isArray(part.inputs) ? part.inputs : [];
    if (!Array.isArray(part.inputs)) wrong(`${key}.inputs`, 'a list', part.inputs);
    return {
      asked: string(part.asked, `${key}.asked`, 'what the profile asked for'),
      inputs: inputs.map((input, at) => readInput(input, `${key}.inputs.${at}`)),
    };
  };
  const profiles = Object.entries(object(top.profiles, 'profiles')).map(
    ([name, parts]): [string, LockedProfile] => [
      name,
      Object.fromEntries(
        Object.entries(object(parts, `profiles.${name}`)).map(([part, value]) => [
          part,
          readPart(value, `profiles.${name}.${part}`),
        ]),
      ),
    ],
  );
  return unlessProblems(problems, () => ({
    version: LOCK_VERSION,
    profiles: Object.fromEntries(profiles),
  }));
}

export const emptyLock: Lock = { version: LOCK_VERSION, profiles: {} };

/** Undefined when there is no lock yet. */
export async function readLock(host: Host, path: string): Promise<Result<Lock | undefined>> {
  const bytes = await host.readFile(path);
  return bytes === undefined ? ok(undefined) : parseLock(new TextDecoder().decode(bytes));
}

/** What a build found, held against what was pinned. */
export function checkAgainstLock(
  profile: string,
  locked: LockedProfile,
  found: LockedProfile,
): readonly Problem[] {
  const problems: Problem[] = [];
  for (const [name, part] of Object.entries(found)) {
    const pinned = locked[name];
    if (pinned === undefined) {
      for (const input of part.inputs)
        problems.push({ area: 'input', kind: 'lock-input-unknown', profile, input: input.name });
      continue;
    }
    problems.push(...checkAsked(profile, name, pinned, part.asked));
    if (pinned.asked !== part.asked) continue;
    const byName = new Map(pinned.inputs.map((input) => [input.name, input]));
    for (const input of part.inputs) {
      const expected = byName.get(input.name);
      byName.delete(input.name);
      if (expected === undefined)
        problems.push({ area: 'input', kind: 'lock-input-unknown', profile, input: input.name });
      else if (expected.sha256 !== input.sha256)
        problems.push({
          area: 'input',
          kind: 'digest-wrong',
          input: input.name,
          expected: expected.sha256,
          found: input.sha256,
          expectedSize: expected.size,
          foundSize: input.size,
          pinnedBy: 'lock',
        });
    }
    for (const input of byName.keys())
      problems.push({ area: 'input', kind: 'lock-input-gone', profile, input });
  }
  return problems;
}

/** Asked before anything is fetched: what is pinned must be the answer to what is asked now. */
export const checkAsked = (
  profile: string,
  part: string,
  locked: LockedPart | undefined,
  asked: string,
): readonly Problem[] =>
  locked === undefined || locked.asked === asked
    ? []
    : [{ area: 'input', kind: 'lock-differs', profile, part, locked: locked.asked, asked }];
