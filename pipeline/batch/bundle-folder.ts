/** Bundles as files in a folder, with `index.json` beside them. */
import type { Host } from '../host/host.ts';
import { ok } from '../problem/result.ts';
import type { BundlePlace } from './bundle-place.ts';
import { type BundleFacts, factsOf } from './facts.ts';
import { indexName, renderIndex } from './index-file.ts';
import { isAsLeft, type Recorded, recordKeeper } from './record.ts';

export async function bundleFolder(
  host: Host,
  out: string,
  recordFile: string | undefined,
): Promise<BundlePlace> {
  const index = `${out}/${indexName}`;
  let opened: Promise<void> | undefined;
  /** An index that is there is right: so there is none from the first change to the last. */
  const open = (): Promise<void> => {
    opened ??= host.makeFolder(out).then(() => host.remove(index));
    return opened;
  };
  const pathOf = (file: string): string => `${out}/${file}`;
  const record = await recordKeeper(host, recordFile, (file, recorded) =>
    isAsLeft(host, pathOf(file), recorded),
  );
  return {
    nameOf: (profile, signed) => ok(`${profile}${signed ? '' : '.unsigned'}.crashseal`),
    pathOf,
    has: async (file) => (await host.stat(pathOf(file))) !== undefined,
    asLeft: record.asLeft,
    recorded: record.recorded,
    keep: (file, recorded) => {
      record.note(file, recorded);
      return { path: pathOf(file), unchanged: true, facts: recorded.facts };
    },
    write: async (file, finished, recipe) => {
      const facts = factsOf(finished);
      const path = pathOf(file);
      const left = await record.asLeft(file);
      const same = left !== undefined && sameSlices(left.facts, facts);
      const unchanged = same || (await holds(host, path, finished.archive));
      if (!unchanged) {
        await open();
        await host.writeFile(path, finished.archive, 0o644);
      }
      const mtimeMs = (await host.stat(path))?.mtimeMs ?? 0;
      record.note(file, { facts, recipe: recipe ?? null, mtimeMs });
      return ok({ path, unchanged, facts });
    },
    finish: async () => {
      const all = await record.finish();
      if (all === undefined || Object.keys(all).length === 0) return ok(undefined);
      const files = Object.entries(all).map(([file, { facts }]: [string, Recorded]) => ({
        file,
        facts,
      }));
      const bytes = renderIndex(files);
      const there = await host.readFile(index);
      if (there === undefined || Buffer.compare(there, bytes) !== 0)
        await host.writeFile(index, bytes);
      return ok(undefined);
    },
  };
}

const sameSlices = (a: BundleFacts, b: BundleFacts): boolean =>
  a.slices.length === b.slices.length &&
  a.slices.every(({ sha256 }, at) => sha256 === b.slices[at]?.sha256);

const readAtOnce = 256 << 10;

/** Whether the file has these bytes, and nothing else. */
async function holds(host: Host, path: string, pieces: readonly Uint8Array[]): Promise<boolean> {
  const size = pieces.reduce((sum, piece) => sum + piece.length, 0);
  const found = await host.stat(path);
  if (found?.kind !== 'file' || found.size !== size) return false;
  const file = await host.openFile(path);
  if (file === undefined || file === 'not-a-file') return false;
  try {
    let at = 0n;
    for (const piece of pieces)
      for (let start = 0; start < piece.length; start += readAtOnce) {
        const wanted = piece.subarray(start, start + readAtOnce);
        const there = await file.read(at, wanted.length);
        if (Buffer.compare(there, wanted) !== 0) return false;
        at += BigInt(wanted.length);
      }
    return true;
  } finally {
    await file.close();
  }
}
