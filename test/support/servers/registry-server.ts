/** Programs around registries, from the root of servers; they run without it being theirs. */
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { serverRoot } from './debian-server.ts';

/** With the libraries of the root. */
const libraries = (root: string): string =>
  ['usr/lib', 'lib'].map((folder) => join(root, folder, 'x86_64-linux-gnu')).join(':');

export function skopeo(words: readonly string[]): string {
  const root = serverRoot();
  return execFileSync(join(root, 'usr/bin/skopeo'), ['--insecure-policy', ...words], {
    encoding: 'utf8',
    env: { ...process.env, LD_LIBRARY_PATH: libraries(root) },
  });
}
