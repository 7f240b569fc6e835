import * as z from 'zod';
import { text } from '../../schema/takes.ts';
import { profileKey } from '../key.ts';

export const localOverlay = profileKey('localOverlay', {
  schema: z
    .strictObject(
      {
        max: text(
          'a size from 4K to 1M such as "64K"',
          /^([4-9]|[1-9][0-9]{1,2}|10[01][0-9]|102[0-4])K$|^1M$/,
        ).meta({
          description:
            'The most that it may have. The bundle is larger by as much, and so is what purgatory checks.',
          examples: ['64K'],
        }),
      },
      { error: 'a map with `max`' },
    )
    .optional()
    .meta({
      description:
        'Allows `crashseal-load --overlay FILE`: an archive of the machine itself, unpacked over the initramfs, for what a bundle must not hold, such as a key. It is not signed; its SHA-256 is reported, and purgatory checks it.',
      defaultText: 'not allowed',
      examples: [{ max: '64K' }],
    }),
  /** Bytes that a local overlay may have; undefined: none is allowed. */
  settle: (overlay): bigint | undefined =>
    overlay === undefined
      ? undefined
      : BigInt(overlay.max.slice(0, -1)) << (overlay.max.endsWith('M') ? 20n : 10n),
  problems: ['unknown-key'],
});
