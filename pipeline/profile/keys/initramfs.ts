import * as z from 'zod';
import { onEach } from '../../arch/in-words.ts';
import { choice, path, shape, text } from '../../schema/takes.ts';
import { pathFrom } from '../file-path.ts';
import { profileKey } from '../key.ts';
import { rulesOf } from './arch.ts';
import { budget } from './budget.ts';
import { dump } from './dump.ts';
import { failureAction } from './failure-action.ts';
import { finalAction } from './final-action.ts';
import { kernelRelease } from './kernel.ts';
import { network } from './network.ts';
import { recipient } from './recipient.ts';
import { tools } from './tools.ts';

/** A package by name; a package's file or a folder by its path. */
export type FirmwareSource =
  | { readonly kind: 'package'; readonly name: string }
  | { readonly kind: 'path'; readonly path: string };

export type InitramfsSource =
  | {
      readonly kind: 'composed';
      readonly compression: 'none' | 'zstd' | 'xz' | 'gzip';
      /**
       * Module names, or the word `storage` for every block driver that the kernel package has. Built-ins are fine.
       * `ahci?` is left out where the kernel does not have it.
       */
      readonly drivers: readonly string[];
      /** Where firmware comes from that is not beside the kernel. */
      readonly firmware: readonly FirmwareSource[];
    }
  /** A finished initramfs, taken as it is: no overlay of ours is added. */
  | { readonly kind: 'file'; readonly path: string };

const firmwareForms = 'the name of a package, or the path of a .deb or .rpm file or of a folder';

const composed = z.strictObject({
  from: shape('composed'),
  compression: choice(['none', 'zstd', 'xz', 'gzip']).default('zstd').meta({
    description:
      'Compression of the base part. The capture kernel must be able to unpack it (`CONFIG_RD_ZSTD` …).',
  }),
  drivers: z
    .array(text('a module name such as virtio_blk, or `storage`', /^[A-Za-z0-9_-]+\??$/), {
      error: 'a list of module names',
    })
    .optional()
    .meta({
      description:
        'Kernel modules that the dump target needs; what they need themselves is added. `storage` stands for every block driver of the kernel package. Built-in drivers may be named. With a `?` at its end (`ahci?`) a driver is left out where the kernel does not have it.',
      defaultText: onEach((rules) => `\`[${rules.drivers.join(', ')}]\``),
      examples: [['virtio_pci', 'virtio_blk']],
    }),
  firmware: z
    .array(text(firmwareForms, /^(?:[a-z0-9][a-z0-9+.-]+|[^\n]*\/[^\n]*)$/), {
      error: `a list, each ${firmwareForms}`,
    })
    .optional()
    .meta({
      description:
        'Where to find firmware that the modules ask for (`modinfo -F firmware`): Debian packages by name, `.deb` or `.rpm` files, folders such as a copy of `/lib/firmware`. After these, the system or package that the kernel comes from is looked at. Only what a module in the initramfs asks for is packed; the build tells what is missing.',
      defaultText: 'what lies beside the kernel',
      examples: [['firmware-bnx2x']],
    }),
});

const file = z.strictObject({
  from: shape('file'),
  path: path('an initramfs').meta({
    description:
      'A finished initramfs, taken as it is; of a unified kernel image, the one in it. It decides itself what to save, how, and what to do afterwards.',
    examples: [`/boot/initrd.img-${kernelRelease}kdump`],
  }),
});

/** What a finished initramfs does in its own way. */
const decidedInside = [tools, network, budget, recipient, dump, finalAction, failureAction];

export const initramfs = profileKey('initramfs', {
  schema: z
    .discriminatedUnion('from', [composed, file], {
      error: 'a map with `from: composed` or `file`',
    })
    .prefault({ from: 'composed' })
    .meta({ description: 'The initramfs that saves the dump.' }),
  settle: (source, written): InitramfsSource =>
    source.from === 'file'
      ? { kind: 'file', path: pathFrom(written, source.path, 'initramfs', 'path') }
      : {
          kind: 'composed',
          compression: source.compression,
          drivers: source.drivers ?? rulesOf(written).drivers,
          firmware: (source.firmware ?? []).map(
            (one, index): FirmwareSource =>
              /\/|\.(?:deb|rpm)$/.test(one)
                ? { kind: 'path', path: pathFrom(written, one, 'initramfs', 'firmware', index) }
                : { kind: 'package', name: one },
          ),
        },
  checks: [
    {
      with: decidedInside,
      find: (source, { place, says }) => {
        const keys = decidedInside
          .filter(({ name }) => says(name))
          .map(({ name }) => ({ key: name, place: place(name) }));
        return source.from !== 'file' || keys.length === 0
          ? []
          : [{ area: 'profile', kind: 'own-initramfs', place: place('initramfs'), keys }];
      },
    },
  ],
  problems: ['unknown-key', 'key-of-other-shape', 'own-initramfs'],
});
