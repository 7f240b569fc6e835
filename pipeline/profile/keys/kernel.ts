import * as z from 'zod';
import { architectureOf, archNames } from '../../arch/arch.ts';
import { onEach } from '../../arch/in-words.ts';
import { path, shape, text } from '../../schema/takes.ts';
import { pathFrom } from '../file-path.ts';
import { profileKey } from '../key.ts';

export type KernelSource =
  /** Files, .deb or .rpm; several where a distribution keeps the modules in packages of their own. */
  | { readonly kind: 'packages'; readonly paths: readonly string[] }
  /** `version` absent: the newest that apt offers, then pinned by the lock. */
  | { readonly kind: 'apt'; readonly package: string; readonly version: string | undefined }
  /** `release` absent: the one running. Files below `root` (`/boot/vmlinuz-R`, `/boot/config-R`, `/lib/modules/R`). */
  | { readonly kind: 'installed'; readonly release: string | undefined; readonly root: string }
  | {
      readonly kind: 'files';
      readonly image: string;
      readonly config: string | undefined;
      readonly modules: string | undefined;
    };

/** For examples. */
export const kernelPackage = `linux-image-${architectureOf(archNames[0]).debian.architecture}`;
export const kernelRelease = `6.1.0-53-${architectureOf(archNames[0]).debian.architecture}`;

const apt = z.strictObject({
  from: shape('apt'),
  package: text(`a package name such as ${kernelPackage}`, /^[a-z0-9][a-z0-9+.-]+$/).meta({
    description: `Kernel package. A metapackage such as \`${kernelPackage}\` is followed to the image it stands for.`,
    examples: [kernelPackage],
  }),
  version: text('a package version such as 6.1.176-1', /^[0-9][A-Za-z0-9.+~:-]*$/)
    .optional()
    .meta({
      description: 'Package version.',
      defaultText: 'the newest that apt offers, pinned by `crashseal.lock`',
      examples: ['6.1.176-1'],
    }),
});

const packages = (from: 'deb' | 'rpm', example: string, modules: string) => {
  const what = `a .${from} file`;
  const several = `the path of ${what}, or a list of such paths`;
  return z.strictObject({
    from: shape(from),
    path: z
      .union(
        [
          path(what),
          z
            .array(path(what), { error: several })
            .min(1, { error: several })
            .max(16, { error: several }),
        ],
        { error: several },
      )
      .meta({
        description: `Kernel package as a file; a list where the modules are in packages of their own (\`${modules}\`).`,
        examples: [example],
      }),
  });
};
const deb = packages('deb', `packages/linux-image-${kernelRelease}.deb`, 'linux-modules-…');
const rpm = packages('rpm', 'packages/kernel-core-6.17.4.rpm', 'kernel-modules-core-…');

const installed = z.strictObject({
  from: shape('installed'),
  release: text('a kernel release as `uname -r` prints it', /^[A-Za-z0-9][A-Za-z0-9._+~-]*$/)
    .optional()
    .meta({
      description: 'Release to take from `/boot` and `/lib/modules`.',
      defaultText: 'the one that is running',
      examples: [kernelRelease],
    }),
  root: path('a folder').default('/').meta({
    description: 'Root of the system to take it from.',
  }),
});

const files = z.strictObject({
  from: shape('files'),
  image: path('a kernel image').meta({
    description: `Kernel image: ${onEach((rules) => rules.kernelImage)}. Of a unified kernel image (\`.efi\`) the kernel in it is taken.`,
    examples: ['build/bzImage'],
  }),
  config: path('a kernel configuration')
    .optional()
    .meta({
      description:
        'Its configuration. Without one, missing options are found only when the machine crashes.',
      examples: ['build/.config'],
    }),
  modules: path('a modules folder')
    .optional()
    .meta({
      description: 'Its modules: the folder that holds `kernel/` and `modules.builtin`.',
      examples: ['build/modules/lib/modules/6.12.9'],
    }),
});

export const kernel = profileKey('kernel', {
  schema: z
    .discriminatedUnion('from', [apt, deb, rpm, installed, files], {
      error: 'a map with `from: apt`, `deb`, `rpm`, `installed` or `files`',
    })
    .meta({
      description: 'Where the capture kernel and its modules come from.',
      examples: [{ from: 'apt', package: kernelPackage }],
    }),
  settle: (source, written): KernelSource => {
    const from = (value: string, key: string): string => pathFrom(written, value, 'kernel', key);
    const perhaps = (value: string | undefined, key: string): string | undefined =>
      value === undefined ? undefined : from(value, key);
    switch (source.from) {
      case 'apt':
        return { kind: 'apt', package: source.package, version: source.version };
      case 'deb':
      case 'rpm':
        return {
          kind: 'packages',
          paths: (Array.isArray(source.path) ? source.path : [source.path]).map((one, index) =>
            typeof source.path === 'string'
              ? from(one, 'path')
              : pathFrom(written, one, 'kernel', 'path', index),
          ),
        };
      case 'installed':
        return { kind: 'installed', release: source.release, root: from(source.root, 'root') };
      case 'files':
        return {
          kind: 'files',
          image: from(source.image, 'image'),
          config: perhaps(source.config, 'config'),
          modules: perhaps(source.modules, 'modules'),
        };
    }
  },
  problems: ['unknown-key', 'key-of-other-shape'],
  standIn: { from: 'apt', package: 'linux-image' },
});
