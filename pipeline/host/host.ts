import type { Result } from '../problem/result.ts';

/** What a finished command left. `stdout` is exact bytes. */
export type CommandOutput = {
  readonly exitCode: number;
  readonly stdout: Uint8Array;
  readonly stderr: string;
};

export type CommandOptions = {
  readonly cwd?: string;
  /** Bytes for standard input; nothing (closed) when left out. */
  readonly input?: Uint8Array;
  /** A file whose content becomes standard input, for what is too large to hold. */
  readonly inputFile?: string;
  /** A file that standard output is written to; `stdout` is then empty. */
  readonly outputFile?: string;
  /** Added to a scrubbed environment (PATH, HOME, LC_ALL=C, TZ=UTC0). */
  readonly env?: Readonly<Record<string, string>>;
  /** The caller's whole environment instead, for a program that the user asked for and not we. */
  readonly callersEnvironment?: true;
  readonly timeoutMs?: number;
  /** Bytes of standard output that are expected at most; a program that writes more is ended. With `outputFile`, no file of its gets larger. */
  readonly outputMax?: number;
};

/** Why a file was not read: it is something else than a file, or has more bytes than the caller can use. */
export type NotRead = 'not-a-file' | 'too-large';

export type FileStat = {
  readonly kind: 'file' | 'directory' | 'symlink' | 'other';
  readonly size: number;
  readonly mode: number;
  readonly mtimeMs: number;
};

/** A file or a block device that is read here and there. */
export type OpenFile = {
  readonly kind: 'file' | 'block';
  readonly size: bigint;
  /** At most so many bytes; fewer only at the end. */
  readonly read: (at: bigint, size: number) => Promise<Uint8Array>;
  readonly close: () => Promise<void>;
};

/** A file that is written here and there; what lies between is zero. */
export type NewFile = {
  readonly write: (at: bigint, bytes: Uint8Array) => Promise<void>;
  /** On the disk, and not only in memory. */
  readonly sync: () => Promise<void>;
  readonly close: () => Promise<void>;
};

/**
 * The outside world. Made once by the command line and handed down, so that the stages take values
 * and tests can give them a world of their own.
 * A missing file is `undefined`, because callers choose what it means; other I/O errors throw.
 */
export type Host = {
  readonly readFile: (path: string) => Promise<Uint8Array | undefined>;
  /** At most `most` bytes of a file that somebody else may have made: nothing that blocks or has no end. */
  readonly readSmallFile: (path: string, most: number) => Promise<Uint8Array | NotRead | undefined>;
  /** For what is too large to hold. Opening never blocks. */
  readonly openFile: (path: string) => Promise<OpenFile | 'not-a-file' | undefined>;
  /** Makes a file that is not there yet. */
  readonly createFile: (path: string, mode?: number) => Promise<NewFile>;
  readonly stat: (path: string) => Promise<FileStat | undefined>;
  readonly readLink: (path: string) => Promise<string | undefined>;
  readonly makeLink: (path: string, target: string) => Promise<void>;
  /** Names in a folder, sorted by code unit; `undefined` when there is no such folder. */
  readonly list: (path: string) => Promise<readonly string[] | undefined>;
  /** Writes beside `path` and renames into place, so that nobody sees half a file. Pieces are written one after the other. */
  readonly writeFile: (
    path: string,
    bytes: Uint8Array | readonly Uint8Array[],
    mode?: number,
  ) => Promise<void>;
  /**
   * Runs `work` while `path` is ours: a file that one process at a time can make, and that is removed afterwards.
   * Waits for another's; after `patienceMs` it is a problem, because its maker may have ended without removing it.
   */
  readonly exclusively: <T>(
    path: string,
    work: () => Promise<Result<T>>,
    patienceMs?: number,
  ) => Promise<Result<T>>;
  /** With the folders above it; `mode` is for the last, if it is made. */
  readonly makeFolder: (path: string, mode?: number) => Promise<void>;
  /** Replaces a file, or a folder that is empty; throws for a folder that is not. */
  readonly rename: (from: string, to: string) => Promise<void>;
  readonly remove: (path: string) => Promise<void>;
  /** Sets the time of its last change to now: it was used. */
  readonly touch: (path: string) => Promise<void>;
  /**
   * Runs `work` with a fresh folder that is removed afterwards. Given `parent`, it lies there:
   * what is made in it can then be renamed to its place on the same file system.
   */
  readonly withTempFolder: <T>(work: (folder: string) => Promise<T>, parent?: string) => Promise<T>;
  /** Runs a program found on PATH. A program that is not there is a problem, not an exception. */
  readonly run: (
    command: string,
    args: readonly string[],
    options?: CommandOptions,
  ) => Promise<Result<CommandOutput>>;
  readonly env: (name: string) => string | undefined;
  /** Seconds since 1970. */
  readonly now: () => number;
  readonly cwd: () => string;
  /** CPUs that this process may use. */
  readonly cpus: () => number;
};
