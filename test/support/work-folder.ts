/** Where tests that run guests keep their images: below out/, gone when the test has passed. */
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';

export function freshWorkFolder(name: string): string {
  const folder = join('out', 'e2e', name);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  return folder;
}

export async function withWorkFolder<T>(
  name: string,
  work: (folder: string) => Promise<T>,
): Promise<T> {
  const folder = freshWorkFolder(name);
  // After a failure it stays, for whoever wants to look.
  const result = await work(folder);
  rmSync(folder, { recursive: true });
  return result;
}
