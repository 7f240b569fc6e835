/** A file that the machine's local overlay brings into the capture kernel: a profile only names its place. */
import * as z from 'zod';
import { isSecretText } from './secret-text.ts';
import type { TargetContext } from './target.ts';

/** What was written is not shown: it may be the secret itself. */
export const localFile = (what: string) => z.string({ error: `the path of ${what}` });

export const isLocalFile = (value: string): boolean =>
  /^\/(?!.*(^|\/)\.\.?(\/|$))[A-Za-z0-9._/@+-]*[A-Za-z0-9._@+-]$/.test(value) &&
  value.length <= 200;

/** `usual` is where such a file is by default; it stands in for what is refused. */
export function localFileOf(
  value: string,
  name: string,
  usual: string,
  { key, place, report }: TargetContext,
): string {
  if (isLocalFile(value)) return value;
  report({
    kind: 'server-useless',
    place: place(name),
    key: key(name),
    mistake: { kind: isSecretText(value) ? 'private-key' : 'secret', usual },
  });
  return usual;
}
