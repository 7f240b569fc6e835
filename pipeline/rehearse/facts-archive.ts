/** What `crashseal-load --facts` wrote, below a folder. */

import { dirname, join } from 'node:path';
import { readTar, type TarEntry } from '../format/tar.ts';
import type { Host } from '../host/host.ts';
import { fail, ok, type Result } from '../problem/result.ts';

/** Facts are small text files; what is larger did not come from a loader. */
const factSizeMax = 64 << 20;

export async function unpackFacts(
  host: Host,
  file: string,
  root: string,
): Promise<Result<undefined>> {
  const bytes = await host.readFile(file);
  if (bytes === undefined)
    return fail({ area: 'cli', kind: 'no-file', file, what: 'archive of facts' });
  const damaged = (reason: string): Result<never> =>
    fail({ area: 'cli', kind: 'facts-not-archive', file, reason });
  if (bytes.length > factSizeMax) return damaged('it is too large');
  await host.makeFolder(root);
  const seen = new Set<string>();
  const files: TarEntry[] = [];
  const read = await readTar<string>(bytes, (entry) => {
    const { name, kind } = entry;
    if (kind === 'directory') return undefined;
    // Anyone may have made this file: nothing is written outside the folder.
    const clean = name.split('/').every((part) => part !== '' && part !== '.' && part !== '..');
    if (kind !== 'file' || !clean || seen.has(name) || name.includes('\0')) return name;
    seen.add(name);
    files.push(entry);
    return undefined;
  });
  if (read.end === 'stopped')
    return fail({ area: 'cli', kind: 'facts-member', file, member: read.by });
  if (read.end === 'damaged') return damaged(read.reason);
  for (const { name, bytes: content } of files) {
    const path = join(root, ...name.split('/'));
    await host.makeFolder(dirname(path));
    await host.writeFile(path, content);
  }
  return seen.size === 0 ? damaged('there is nothing in it') : ok(undefined);
}
