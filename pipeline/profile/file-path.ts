import { dirname, isAbsolute, join } from 'node:path/posix';
import type { Written } from './key.ts';
import type { Path } from './source-tree.ts';

/** A relative path counts from the folder of the file that says it, which may be a shared one. */
export function pathFrom(written: Written, value: string, ...path: Path): string {
  if (isAbsolute(value) || !written.says(...path)) return value;
  return join(dirname(written.place(...path).file), value);
}
