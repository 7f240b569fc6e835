/**
 * What the builds into a folder have left there, by name of the file: for the next build alone. A record that cannot be
 * read is as good as none.
 */
import { dirname } from 'node:path/posix';
import type { Host } from '../host/host.ts';
import type { BundleFacts } from './facts.ts';
import type { Recipe } from './recipe.ts';

export type Recorded = {
  readonly facts: BundleFacts;
  /** Null where the recipe does not tell. */
  readonly recipe: Recipe | null;
  /** Of the file, as it was left. */
  readonly mtimeMs: number;
};

export type BuildRecord = Readonly<Record<string, Recorded>>;

/** Raise it when a field changes its meaning. */
const version = 1;

async function readRecord(host: Host, path: string): Promise<BuildRecord> {
  const bytes = await host.readFile(path);
  if (bytes === undefined) return {};
  try {
    const read = JSON.parse(new TextDecoder().decode(bytes)) as {
      readonly version: number;
      readonly bundles: BuildRecord;
    };
    return read.version === version ? read.bundles : {};
  } catch {
    return {};
  }
}

async function writeRecord(host: Host, path: string, record: BuildRecord): Promise<void> {
  const bundles = Object.fromEntries(
    Object.entries(record).toSorted(([a], [b]) => (a < b ? -1 : 1)),
  );
  await host.makeFolder(dirname(path));
  const text = `${JSON.stringify({ version, bundles })}\n`;
  await host.writeFile(path, new TextEncoder().encode(text));
}

/** Whether the file is still the one that was left. */
export async function isAsLeft(
  host: Host,
  path: string,
  recorded: Recorded | undefined,
): Promise<boolean> {
  if (recorded === undefined) return false;
  const found = await host.stat(path);
  return (
    found?.kind === 'file' &&
    found.size === recorded.facts.size &&
    found.mtimeMs === recorded.mtimeMs
  );
}

export type RecordKeeper = {
  readonly asLeft: (name: string) => Promise<Recorded | undefined>;
  readonly recorded: (name: string) => Recorded | undefined;
  /** What is known of it from now on. */
  readonly note: (name: string, recorded: Recorded) => void;
  /** Writes what is known, if that is anything new. Undefined: nobody keeps a record. */
  readonly finish: () => Promise<BuildRecord | undefined>;
};

/** `isThere`: whether what is recorded is still the way it was left. */
export async function recordKeeper(
  host: Host,
  path: string | undefined,
  isThere: (name: string, recorded: Recorded | undefined) => Promise<boolean>,
): Promise<RecordKeeper> {
  const before = path === undefined ? {} : await readRecord(host, path);
  const now = new Map<string, Recorded>();
  const asLeft = async (name: string): Promise<Recorded | undefined> => {
    const recorded = before[name];
    return (await isThere(name, recorded)) ? recorded : undefined;
  };
  return {
    asLeft,
    recorded: (name) => before[name],
    note: (name, recorded) => now.set(name, recorded),
    finish: async () => {
      if (path === undefined) return undefined;
      const record: Record<string, Recorded> = Object.fromEntries(now);
      for (const name of Object.keys(before))
        if (!now.has(name)) {
          const there = await asLeft(name);
          if (there !== undefined) record[name] = there;
        }
      if (JSON.stringify(inOrder(record)) !== JSON.stringify(inOrder(before)))
        await writeRecord(host, path, record);
      return record;
    },
  };
}

const inOrder = (record: BuildRecord): readonly unknown[] =>
  Object.entries(record).toSorted(([a], [b]) => (a < b ? -1 : 1));
