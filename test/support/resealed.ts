/** Bundles that differ from a built one in nothing but their seal, signed by the same key. */
import { readFileSync } from 'node:fs';
import { packBundle, unpackBundle } from '../../pipeline/seal/archive.ts';
import { decodeSeal, encodeSeal, type Seal } from '../../pipeline/seal/seal-codec.ts';
import { readSigner, signDetached } from '../../pipeline/sign/sign.ts';
import { must } from '../fixtures/results.ts';
import type { Keys } from './crashseal.ts';

const endOfArchive = 1024;
const block = 512;

export type SealHeads = {
  /** Where the first sealed member's header is in the bundle. */
  readonly size: number;
  /** What comes before that in a bundle with another seal: put the rest after it. */
  readonly with: (change: (seal: Seal) => Partial<Seal>) => Promise<Uint8Array>;
};

export async function sealHeads(path: string, keys: Keys): Promise<SealHeads> {
  const members = must(await unpackBundle(readFileSync(path)));
  const file = (name: string) => ({ path: name, bytes: readFileSync(name) });
  const signer = must(readSigner(file(keys.key), file(keys.certificates)));
  const [first] = members;
  if (first?.name !== 'seal.bin') throw new Error(`${path} begins with no seal`);
  const seal = must(decodeSeal(first.bytes));
  const blocks = (size: number): number => block + Math.ceil(size / block) * block;
  const isHead = (name: string): boolean => name.startsWith('seal.');
  return {
    size: members
      .filter(({ name }) => isHead(name))
      .reduce((sum, { bytes }) => sum + blocks(bytes.length), 0),
    with: async (change) => {
      const bytes = encodeSeal({ ...seal, ...change(seal) });
      const signature = must(await signDetached(bytes, signer, Date.now() / 1000));
      const head = await packBundle([
        { name: 'seal.bin', bytes },
        { name: 'seal.p7s', bytes: signature },
      ]);
      return head.subarray(0, -endOfArchive);
    },
  };
}
