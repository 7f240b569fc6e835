/** What `crashseal-load --facts` wrote, below a folder. */

import { join } from 'node:path';
import { extract } from 'tar-stream';
import type { Host } from '../host/host.ts';
import { fail, ok, type Result } from '../problem/result.ts';
import { joinBytes } from '../units/bytes.ts';

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
  const archive = extract();
  archive.end(Buffer.from(bytes));
  const seen = new Set<string>();
  try {
    for await (const entry of archive) {
      const { name, type } = entry.header;
      if (type === 'directory') {
        entry.resume();
        continue;
      }
      // Names come from a file that anyone may have made: nothing is written outside the folder.
      const parts = name.split('/');
      const clean = parts.every((part) => part !== '' && part !== '.' && part !== '..');
      if (type !== 'file' || !clean || seen.has(name) || name.includes('\0'))
        return fail({ area: 'cli', kind: 'facts-member', file, member: name });
      seen.add(name);
      const chunks: Uint8Array[] = [];
      for await (const chunk of entry) chunks.push(chunk as Uint8Array);
      await host.makeFolder(join(root, ...parts.slice(0, -1)));
      await host.writeFile(join(root, ...parts), joinBytes(chunks));
    }
  } catch (error) {
    if (error instanceof Error && 'syscall' in error) throw error;
    return damaged(error instanceof Error ? error.message : String(error));
  }
  return seen.size === 0 ? damaged('there is nothing in it') : ok(undefined);
}
