/** What `crashseal-load --facts` wrote, below a folder. */

import { dirname, join } from 'node:path';
import { foldersTo } from '../format/cpio.ts';
import { readTar, type TarEntry } from '../format/tar.ts';
import type { Host } from '../host/host.ts';
import { fail, ok, type Result } from '../problem/result.ts';

/** Facts are small text files; what is larger did not come from a loader. */
const factSizeMax = 64 << 20;
/** Two for each of 8192 CPUs, and room for the rest. */
const factsMax = 40_000;

export async function unpackFacts(
  host: Host,
  file: string,
  root: string,
): Promise<Result<undefined>> {
  const bytes = await host.readSmallFile(file, factSizeMax);
  if (bytes === undefined)
    return fail({ area: 'cli', kind: 'no-file', file, what: 'archive of facts' });
  const damaged = (reason: string): Result<never> =>
    fail({ area: 'cli', kind: 'facts-not-archive', file, reason });
  if (bytes === 'too-large') return damaged('it is too large');
  if (bytes === 'not-a-file') return damaged('it is no plain file');
  await host.makeFolder(root);
  const seen = new Set<string>();
  const files: TarEntry[] = [];
  const read = await readTar<string>(bytes, (entry) => {
    const { name, kind } = entry;
    if (kind === 'directory') return undefined;
    // Anyone may have made this file: nothing is written outside the folder.
    const clean =
      name.length <= 4096 &&
      name.split('/').every((part) => part !== '' && part !== '.' && part !== '..');
    if (seen.size >= factsMax) return name;
    if (kind !== 'file' || !clean || seen.has(name) || name.includes('\0')) return name;
    seen.add(name);
    files.push(entry);
    return undefined;
  });
  if (read.end === 'stopped' && seen.size >= factsMax)
    return damaged(`it has more than ${factsMax} files`);
  if (read.end === 'stopped')
    return fail({ area: 'cli', kind: 'facts-member', file, member: read.by });
  if (read.end === 'damaged') return damaged(read.reason);
  const folders = new Set(files.flatMap(({ name }) => [...foldersTo(name)]));
  const both = files.find(({ name }) => folders.has(name));
  if (both !== undefined)
    return fail({ area: 'cli', kind: 'facts-member', file, member: both.name });
  for (const { name, bytes: content } of files) {
    const path = join(root, ...name.split('/'));
    await host.makeFolder(dirname(path));
    await host.writeFile(path, content);
  }
  return seen.size === 0 ? damaged('there is nothing in it') : ok(undefined);
}
