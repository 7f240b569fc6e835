import * as z from 'zod';
import type { Problem } from '../../problem/problem.ts';
import { choice, whole } from '../../schema/takes.ts';
import { profileKey } from '../key.ts';

export type DumpOptions = {
  /** makedumpfile's dump level, 0–31. */
  readonly level: number;
  /** `kdump`: makedumpfile's compressed format (flattened on a raw device). `elf`: the vmcore as it is, level 0. */
  readonly format: 'kdump' | 'elf';
  readonly compression: 'zlib' | 'lzo' | 'snappy' | 'zstd' | 'none';
};

const standard = {
  kdump: { level: 31, compression: 'lzo' },
  elf: { level: 0, compression: 'none' },
} as const;

export const dump = profileKey('dump', {
  schema: z
    .strictObject(
      {
        level: whole(0, 31)
          .optional()
          .meta({
            description:
              "makedumpfile's dump level, a sum of what to leave out: 1 zero pages, 2 and 4 page cache, 8 user memory, 16 free pages.",
            defaultText: `${standard.kdump.level}; ${standard.elf.level} with \`format: elf\``,
            examples: [31],
          }),
        format: choice(['kdump', 'elf']).default('kdump').meta({
          description:
            "`kdump`: makedumpfile's compressed format, flattened on a raw device. `elf`: the vmcore as it is.",
        }),
        compression: choice(['zlib', 'lzo', 'snappy', 'zstd', 'none'])
          .optional()
          .meta({
            description:
              "Compression of pages. Debian's makedumpfile has `zlib` and `lzo`; `snappy` and `zstd` need one that was built with them.",
            defaultText: `\`${standard.kdump.compression}\`; \`${standard.elf.compression}\` with \`format: elf\``,
            examples: ['zlib'],
          }),
      },
      { error: 'a map' },
    )
    .prefault({})
    .meta({ description: 'What is saved, and how.' }),
  settle: ({ format, level, compression }): DumpOptions => ({
    level: level ?? standard[format].level,
    format,
    compression: compression ?? standard[format].compression,
  }),
  checks: [
    {
      with: [],
      find: (options, { place }) =>
        options.format !== 'elf'
          ? []
          : (['level', 'compression'] as const).flatMap((key): readonly Problem[] => {
              const found = options[key];
              const only = standard.elf[key];
              return found === undefined || found === only
                ? []
                : [
                    {
                      area: 'profile',
                      kind: 'elf-takes-all',
                      place: place('dump', key),
                      key: `dump.${key}`,
                      found: String(found),
                      only: String(only),
                    },
                  ];
            }),
    },
  ],
  problems: ['unknown-key', 'elf-takes-all', 'own-initramfs'],
});
