/** What was built natively and is part of this file, by architecture. */
import { gunzipSync } from 'node:zlib';
import { type ArchName, architectureOf, archNames } from '../arch/arch.ts';

export async function purgatoryImages(): Promise<Readonly<Partial<Record<ArchName, Uint8Array>>>> {
  const images: Partial<Record<ArchName, Uint8Array>> = {};
  for (const name of archNames) images[name] = (await architectureOf(name).embedded()).purgatory;
  return images;
}

/** The loader that runs here; undefined: none does. */
export async function loaderHere(): Promise<Uint8Array | undefined> {
  const name = archNames.find((one) => architectureOf(one).nodeName === process.arch);
  if (process.platform !== 'linux' || name === undefined) return undefined;
  const { loader } = await architectureOf(name).embedded();
  return loader && gunzipSync(loader);
}
