import type { Explanation } from './explanation.ts';

/** What the operating system refused: a right, room, a file of another kind. */
export type SystemProblem = {
  readonly kind: 'system-error';
  /** As errno(3) has it: `EACCES`. */
  readonly code: string;
  readonly syscall: string;
  readonly path: string | undefined;
  /** The system's own words. */
  readonly said: string;
};

const hints: Readonly<Record<string, string>> = {
  EACCES: 'check who owns it, or run as a user who may',
  EPERM: 'check who owns it, or run as a user who may',
  ENOSPC: 'free some space, or choose another folder',
  EEXIST: 'a file is where a folder is needed; remove it, or choose another folder',
  ENOENT: 'the file system makes no such folder; choose another one',
  EROFS: 'choose a folder that can be written to',
  EISDIR: 'name a file, this is a folder',
  ENOTDIR: 'a part of the path is a file, not a folder',
  EMFILE: 'raise the limit of open files (`ulimit -n`)',
};

export const explainSystem = ({ code, syscall, path, said }: SystemProblem): Explanation => ({
  message: `cannot ${syscall}${path === undefined ? '' : ` ${path}`}: ${said}`,
  notes: [],
  hint: hints[code] ?? `the system says ${code}`,
});
