import { describe, expect, test } from 'vitest';
import {
  disagreements,
  manifestOfSeal,
  parseObject,
  renderManifest,
} from '../../pipeline/seal/manifest.ts';
import { sampleSeal } from '../fixtures/sample-seal.ts';

describe('a manifest', () => {
  test('reads like its golden file', async () => {
    const text = Buffer.from(renderManifest(manifestOfSeal(sampleSeal))).toString();
    await expect(text).toMatchFileSnapshot('../golden/sample-manifest.json');
  });

  test('is what JSON.stringify would say of it with sorted keys', () => {
    const value = { b: [1, { d: null, c: 'x"\n' }], a: {}, e: [], f: true };
    expect(Buffer.from(renderManifest(value)).toString()).toBe(
      `${JSON.stringify({ a: {}, b: [1, { c: 'x"\n', d: null }], e: [], f: true }, null, 2)}\n`,
    );
  });

  test('keeps integers of 64 bits, and has no floats', () => {
    expect(Buffer.from(renderManifest({ a: 2n ** 64n - 1n })).toString()).toContain(
      '18446744073709551615',
    );
    expect(() => renderManifest({ a: 0.5 })).toThrow('not an integer');
  });

  test('agrees with its seal, and says in what it does not', () => {
    const manifest = renderManifest({ ...manifestOfSeal(sampleSeal), console: 'any' });
    expect(disagreements(manifest, sampleSeal)).toEqual([]);
    expect(disagreements(manifest, { ...sampleSeal, epoch: 4n, profile: 'other' })).toEqual([
      'epoch',
      'profile',
    ]);
    expect(disagreements(new Uint8Array(), sampleSeal)).toEqual(
      Object.keys(manifestOfSeal(sampleSeal)).sort(),
    );
    expect(parseObject(new TextEncoder().encode('[]'))).toBeUndefined();
  });
});
