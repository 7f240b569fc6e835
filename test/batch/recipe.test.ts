/** What a bundle was made of, as the next build knows it. */
import { describe, expect, test } from 'vitest';
import { differences, recipeOf } from '../../pipeline/batch/recipe.ts';
import { memoryHost } from '../../pipeline/host/memory-host.ts';
import { sharedWork } from '../../pipeline/host/shared-work.ts';
import type { Profile } from '../../pipeline/profile/keys/keys.ts';
import { text } from '../fixtures/bytes.ts';
import { profile } from '../fixtures/profile-and-inputs.ts';

const facts = { tool: 'this one', signer: undefined, buildDate: undefined, locked: {} };
const packed = (compression: 'zstd' | 'none'): Profile => ({
  ...profile,
  kernel: { kind: 'apt', package: 'linux-image-amd64', version: undefined },
  tools: { kind: 'apt' },
  initramfs: { kind: 'composed', compression, drivers: [], firmware: [] },
});

describe('the program that packs the initramfs', () => {
  const asked: string[] = [];
  const recipesWith = async (version: string, ...profiles: readonly Profile[]) => {
    asked.length = 0;
    const zstd = (words: readonly string[]) => {
      asked.push(words.join(' '));
      return { stdout: text(version) };
    };
    const host = memoryHost({}, { commands: { zstd } });
    const shared = sharedWork(1 << 20);
    const found = [];
    for (const one of profiles) {
      const recipe = await recipeOf(host, shared, one, facts);
      if (recipe === undefined) throw new Error('no recipe');
      found.push(recipe);
    }
    return found;
  };

  test('is known by its version, asked once in a build', async () => {
    const [old, again] = await recipesWith('v1.5.4', packed('zstd'), packed('zstd'));
    expect(asked).toEqual(['--version']);
    const [now] = await recipesWith('v1.5.7', packed('zstd'));
    if (old === undefined || again === undefined || now === undefined) throw new Error('no recipe');
    expect(differences(old, again)).toEqual([]);
    expect(differences(old, now)).toEqual(['compressor']);
  });

  test('is not asked where nothing is packed', async () => {
    const [old] = await recipesWith('v1.5.4', packed('none'));
    const [now] = await recipesWith('v1.5.7', packed('none'));
    expect(asked).toEqual([]);
    expect(now).toEqual(old);
  });
});
