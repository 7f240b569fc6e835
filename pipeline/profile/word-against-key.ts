/** Words of the command line that would undo what a key of the profile asks for. */
import { isNamed, valueIn } from '../arch/command-line-words.ts';
import type { Written } from './key.ts';
import { rulesOf } from './keys/arch.ts';
import { failureAction } from './keys/failure-action.ts';
import { initramfs } from './keys/initramfs.ts';

export type AgainstKey = { readonly key: string; readonly reason: string };

/** Module names with `-` and `_` are one; `ahci?` is a driver that may be missing. */
const moduleName = (name: string): string => name.replace(/\?$/, '').replaceAll('-', '_');

function driversOf(written: Written): readonly string[] {
  const source = written.of(initramfs);
  if (source.from !== 'composed') return [];
  return (source.drivers ?? rulesOf(written).drivers).map(moduleName);
}

const rules: readonly {
  readonly names: readonly string[];
  readonly find: (value: string | undefined, written: Written) => AgainstKey | undefined;
}[] = [
  {
    names: ['module_blacklist', 'modprobe.blacklist'],
    find: (value = '', written) => {
      const banned = value.split(',').map(moduleName);
      const both = driversOf(written).filter((driver) => banned.includes(driver));
      return both.length === 0
        ? undefined
        : { key: 'initramfs.drivers', reason: `the dump target may need ${both.join(', ')}` };
    },
  },
  {
    names: ['nomodule'],
    find: (_, written) =>
      driversOf(written).length === 0
        ? undefined
        : { key: 'initramfs.drivers', reason: 'no driver would be loaded' },
  },
  {
    names: ['init', 'rdinit', 'noinitrd'],
    find: () => ({ key: 'initramfs', reason: 'the program that saves the dump would not run' }),
  },
  {
    names: ['mem'],
    find: () => ({
      key: 'crashkernel',
      reason: 'the loader says which memory the capture kernel may use, by its addresses',
    }),
  },
  {
    names: ['panic'],
    find: (value, written) => {
      const action = written.of(failureAction);
      return value === '0' && (action === 'reboot' || action === 'poweroff')
        ? { key: 'failureAction', reason: 'a capture kernel that panics would wait for ever' }
        : undefined;
    },
  },
];

/** The key that a word is against, and why; undefined for most words. */
export const againstKey = (word: string, written: Written): AgainstKey | undefined =>
  rules
    .filter(({ names }) => names.some((name) => isNamed(word, name)))
    .map(({ find }) => find(valueIn(word), written))
    .find((one) => one !== undefined);
