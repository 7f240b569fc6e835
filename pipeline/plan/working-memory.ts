/**
 * What a capture kernel takes beside what is loaded and what is unpacked, until its init starts: descriptions of its
 * pages, threads, drivers, tables. Saving the dump takes less than what is given back then.
 */
import { hasInitcallBlacklisted, valuesOf } from '../arch/command-line-words.ts';

const mebibyte = 1n << 20n;

/**
 * With all the words of `frugalWords`, Debian's kernels 6.1 and 6.12 for a PC of 64 bits and a disk of virtio: a capture
 * kernel that had less never came to its init (test/matrix/capture-at-the-smallest-region.test.ts).
 */
const least = 11n * mebibyte;
/** What 6.1 was seen to take beside that. No version between 6.1 and 6.12 was tried. */
const older = 1n * mebibyte;
const newer = [6, 2] as const;

/** What is kept without a word that is a default, at least (docs/decisions/0029-what-a-capture-kernel-leaves-out.md). */
const accounting = 3n * mebibyte;
const tracing = 8n * mebibyte;
/** Since then the files of tracefs are made when somebody looks for them. */
const leanTracing = [6, 6] as const;

const isBefore = (release: string, [major, minor]: readonly [number, number]): boolean => {
  const [, first, second] = /^(\d+)\.(\d+)/.exec(release) ?? [];
  if (first === undefined) return false;
  return Number(first) < major || (Number(first) === major && Number(second) < minor);
};

/** `release`: `uname -r` of the capture kernel; undefined counts as a new one. */
export function workingMemory(commandLine: string, release: string | undefined): bigint {
  const counted = !valuesOf(commandLine, 'cgroup.memory').some((value) =>
    value.split(',').includes('nokmem'),
  );
  const wasBefore = (version: readonly [number, number]): boolean =>
    release !== undefined && isBefore(release, version);
  const traced =
    !hasInitcallBlacklisted(commandLine, 'tracer_init_tracefs') && wasBefore(leanTracing);
  return (
    least + (wasBefore(newer) ? older : 0n) + (counted ? accounting : 0n) + (traced ? tracing : 0n)
  );
}
