/** A copy of a machine's facts, in which files can be changed to see what the loader would say then. */
import { join } from 'node:path';
import type { Host } from '../host/host.ts';

/** `content` of undefined removes the file. */
export type Edit = { readonly path: string; readonly content: string | Uint8Array | undefined };

export type FactsCopy = {
  /** Empty when there is no such file. */
  readonly read: (path: string) => Promise<string>;
  readonly apply: (edits: readonly Edit[]) => Promise<void>;
};

/** Paths are the machine's: they come from a signed seal or from here, and stay below the root all the same. */
export function factsCopy(host: Host, root: string): FactsCopy {
  const below = (path: string): string => {
    const parts = path.split('/').filter((part) => part !== '' && part !== '.' && part !== '..');
    return join(root, ...parts);
  };
  const apply = async ({ path, content }: Edit): Promise<void> => {
    const file = below(path);
    if (content === undefined) {
      if ((await host.stat(file)) !== undefined) await host.remove(file);
      return;
    }
    await host.makeFolder(join(file, '..'));
    await host.writeFile(
      file,
      typeof content === 'string' ? new TextEncoder().encode(content) : content,
    );
  };
  return {
    read: async (path) =>
      new TextDecoder().decode((await host.readFile(below(path))) ?? new Uint8Array()),
    apply: async (edits) => {
      for (const edit of edits) await apply(edit);
    },
  };
}
