import * as z from 'zod';
import { path, shape } from '../../schema/takes.ts';
import { pathFrom } from '../file-path.ts';
import { profileKey } from '../key.ts';

export type ToolsSource =
  /** busybox-static, makedumpfile and the libraries it needs, from packages for the profile's architecture. */
  | { readonly kind: 'apt' }
  | { readonly kind: 'debs'; readonly paths: readonly string[] }
  | { readonly kind: 'installed'; readonly root: string };

const debFiles = 'a list of .deb files';

export const tools = profileKey('tools', {
  schema: z
    .discriminatedUnion(
      'from',
      [
        z.strictObject({ from: shape('apt') }),
        z.strictObject({
          from: shape('debs'),
          paths: z
            .array(path('a .deb file'), { error: debFiles })
            .min(1, { error: debFiles })
            .meta({
              description: 'Packages that hold busybox, makedumpfile and every library they need.',
              examples: [['busybox-static.deb', 'makedumpfile.deb', 'libc6.deb']],
            }),
        }),
        z.strictObject({
          from: shape('installed'),
          root: path('a folder').default('/').meta({
            description: 'Root of the system to take them from.',
          }),
        }),
      ],
      { error: 'a map with `from: apt`, `debs` or `installed`' },
    )
    .prefault({ from: 'apt' })
    .meta({
      description: "Where busybox and makedumpfile come from, for the profile's architecture.",
    }),
  settle: (source, written): ToolsSource => {
    switch (source.from) {
      case 'apt':
        return { kind: 'apt' };
      case 'debs':
        return {
          kind: 'debs',
          paths: source.paths.map((path, index) =>
            pathFrom(written, path, 'tools', 'paths', index),
          ),
        };
      case 'installed':
        return { kind: 'installed', root: pathFrom(written, source.root, 'tools', 'root') };
    }
  },
  problems: ['unknown-key', 'key-of-other-shape', 'own-initramfs'],
});
