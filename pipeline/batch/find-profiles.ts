/** What a batch is asked to build -> files: a file, a folder of them, or a pattern. */
import { join, normalize } from 'node:path/posix';
import type { Host } from '../host/host.ts';
import type { Problem } from '../problem/problem.ts';
import { type Result, unlessProblems } from '../problem/result.ts';

const isProfile = (name: string): boolean => /\.ya?ml$/.test(name) && !name.startsWith('.');

/** Folders in folders that are looked through for `**`. */
const depthMax = 16;

/**
 * Each file once, sorted within what each argument means. In a folder those that end in .yaml or .yml are profiles; what
 * lies in folders below is not. A file that is named is taken as it is.
 */
export async function findProfiles(
  host: Host,
  asked: readonly string[],
): Promise<Result<readonly string[]>> {
  const found = new Set<string>();
  const problems: Problem[] = [];
  for (const one of asked) {
    const stat = await host.stat(one);
    const isFolder =
      stat?.kind === 'directory' ||
      (stat?.kind === 'symlink' && (await host.list(one)) !== undefined);
    if (isFolder) {
      const files = ((await host.list(one)) ?? []).filter(isProfile).map((name) => join(one, name));
      for (const file of files) found.add(file);
      if (files.length === 0)
        problems.push({ area: 'cli', kind: 'no-profiles', path: one, pattern: false });
    } else if (stat === undefined && /[*?]/.test(one)) {
      const files = await matching(host, one);
      for (const file of files) found.add(file);
      if (files.length === 0)
        problems.push({ area: 'cli', kind: 'no-profiles', path: one, pattern: true });
    } else found.add(normalize(one));
  }
  return unlessProblems(problems, () => [...found]);
}

/** `*` and `?` stand for what is not `/`, and `**` for any folders; none of them for a name that begins with a dot. */
async function matching(host: Host, pattern: string): Promise<readonly string[]> {
  const parts = pattern.split('/').filter((part) => part !== '');
  const files: string[] = [];
  const look = async (folder: string, rest: readonly string[], depth: number): Promise<void> => {
    const [part, ...more] = rest;
    if (part === undefined || depth > depthMax) return;
    if (part === '**') await look(folder, more, depth);
    const wanted =
      part === '**'
        ? /^[^.]/
        : new RegExp(
            `^${/^[*?]/.test(part) ? '(?!\\.)' : ''}${part
              .replace(/[.+^${}()|[\]\\]/g, '\\$&')
              .replaceAll('*', '.*')
              .replaceAll('?', '.')}$`,
          );
    const names = /[*?]/.test(part) ? ((await host.list(folder)) ?? []) : [part];
    for (const name of names) {
      if (!wanted.test(name)) continue;
      const path = folder === '.' ? name : join(folder, name);
      const kind = (await host.stat(path))?.kind;
      if (part === '**') {
        // A link may lead back up.
        if (kind === 'directory') await look(path, rest, depth + 1);
      } else if (more.length > 0) await look(path, more, depth + 1);
      else if (kind === 'file' || kind === 'symlink') files.push(path);
    }
  };
  await look(pattern.startsWith('/') ? '/' : '.', parts, 0);
  return [...new Set(files)].sort((a, b) => (a < b ? -1 : 1));
}
