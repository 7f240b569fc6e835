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

export async function readRecord(host: Host, path: string): Promise<BuildRecord> {
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

export async function writeRecord(host: Host, path: string, record: BuildRecord): Promise<void> {
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
