/** A stream in numbered parts, as a web server has got it, with a manifest that was sent last. */
import type { Host } from '../host/host.ts';
import { type ByteSource, oneAfterTheOther } from './byte-source.ts';
import { digestOfSource } from './digest.ts';
import type { Opener } from './opener.ts';

const magic = '# crashseal-parts 1';
const largestManifest = 4 << 20;

export const partName = /^(.+)\.part-(\d{6})$/;
export const manifestName = /^(.+)\.parts$/;

export type Parts = {
  readonly source: ByteSource;
  /** Why there is not all of it; undefined when every part is what the manifest says. */
  readonly fault: string | undefined;
};

/** The stream `name`, from its parts among the `files` of a folder. */
export async function joinParts(
  host: Host,
  open: Opener,
  folder: string,
  files: readonly string[],
  name: string,
): Promise<Parts> {
  const listed = files.includes(`${name}.parts`)
    ? await manifestOf(host, `${folder}/${name}.parts`)
    : undefined;
  const sources: ByteSource[] = [];
  const end = (fault: string | undefined): Parts => ({ source: oneAfterTheOther(sources), fault });
  if (listed === undefined) {
    for (let number = 1; ; number += 1) {
      const part = `${name}.part-${String(number).padStart(6, '0')}`;
      const source = files.includes(part) ? await open(`${folder}/${part}`) : undefined;
      if (source === undefined) break;
      sources.push(source);
    }
    return end(`there is no manifest ${name}.parts: the stream was cut`);
  }
  for (const [part, digest] of listed) {
    const source = files.includes(part) ? await open(`${folder}/${part}`) : undefined;
    if (source === undefined) return end(`${part} is missing`);
    if ((await digestOfSource(source)) !== digest) return end(`${part} is not what was sent`);
    sources.push(source);
  }
  return end(undefined);
}

/** Parts in order with their digests, in the form of sha256sum; undefined for what is no manifest. */
async function manifestOf(
  host: Host,
  path: string,
): Promise<readonly (readonly [part: string, digest: string])[] | undefined> {
  const bytes = await host.readSmallFile(path, largestManifest);
  if (!(bytes instanceof Uint8Array)) return undefined;
  const lines = Buffer.from(bytes).toString('latin1').split('\n');
  if (lines[0] !== magic) return undefined;
  return lines.flatMap((line): [string, string][] => {
    const [, digest, part] = /^([0-9a-f]{64}) {2}([\w.-]+)$/.exec(line) ?? [];
    return digest === undefined || part === undefined ? [] : [[part, digest]];
  });
}
