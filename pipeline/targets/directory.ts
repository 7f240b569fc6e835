/** What every kind of target says that stores into a directory (components/init/store-files.sh). */
import * as z from 'zod';
import { choice, text, whole } from '../schema/takes.ts';

export type DumpDirectory = {
  /** Absolute, without a slash at its end: empty for the root. */
  readonly directory: string;
  /** Dumps of one host that stay; undefined: all. */
  readonly keep?: number;
  /** MiB that no dump takes. */
  readonly keepFree: number;
  readonly onUncollected: 'keep' | 'replace-oldest';
};

export const directoryKeys = {
  directory: text(
    'an absolute path without "." and ".." in it, such as /var/crash',
    /^(?!.*\/\.{1,2}(\/|$))\/[^\n]*$/,
  )
    .default('/var/crash')
    .meta({
      description:
        'Directory for the dumps, counted from the root of the file system itself, wherever the system mounts that: a partition that is mounted on `/var` has `/crash`. It is made where it is missing. Each dump has a directory of its own in it, `HOST-TIME`.',
      examples: ['/var/crash', '/crash'],
    }),
  keep: whole(1, 10000)
    .optional()
    .meta({
      description:
        'How many dumps of this machine stay there. When there are as many, the oldest that has been collected is removed.',
      defaultText: 'all, as long as there is room',
      examples: [5],
    }),
  keepFree: text('a size such as "512M" or "2G"', /^[0-9]{1,6}[MG]$/)
    .default('64M')
    .meta({
      description:
        'Room on the file system that no dump takes. Collected dumps are removed to make room, the oldest first; a dump that does not fit even then is cut off and removed, and the next target is tried.',
      examples: ['2G'],
    }),
  onUncollected: choice(['keep', 'replace-oldest']).default('keep').meta({
    description:
      'What to do when `keep` dumps are there that nobody has collected. `keep`: the new one is not saved here. `replace-oldest`: when the new one is whole, the oldest is removed.',
  }),
};

const keysObject = z.object(directoryKeys);

export const settleDirectory = ({
  directory,
  keep,
  keepFree,
  onUncollected,
}: z.output<typeof keysObject>): DumpDirectory => ({
  directory: directory.replaceAll(/\/+/g, '/').replace(/\/$/, ''),
  ...(keep === undefined ? {} : { keep }),
  keepFree: Number(keepFree.slice(0, -1)) * (keepFree.endsWith('G') ? 1024 : 1),
  onUncollected,
});

/** Words of configuration for store-files.sh. */
export const directorySettings = ({
  directory,
  keep,
  keepFree,
  onUncollected,
}: DumpDirectory): Readonly<Record<string, string>> => ({
  target_directory: directory,
  ...(keep === undefined ? {} : { target_keep: String(keep) }),
  target_keep_free: String(keepFree),
  target_uncollected: onUncollected,
});
