/** What was built natively and is part of this file, by architecture. */
import { gunzipSync } from 'node:zlib';
import { type ArchName, architectureOf, archNames } from '../arch/arch.ts';

/** Of an architecture that the tool was built for. */
export const purgatoryOf = async (name: ArchName): Promise<Uint8Array | undefined> =>
  (await architectureOf(name).embedded()).purgatory;

/** The loader that runs here; undefined: none does. */
export async function loaderHere(): Promise<Uint8Array | undefined> {
  const name = archNames.find((one) => architectureOf(one).nodeName === process.arch);
  if (process.platform !== 'linux' || name === undefined) return undefined;
  const { loader } = await architectureOf(name).embedded();
  return loader && gunzipSync(loader);
}
