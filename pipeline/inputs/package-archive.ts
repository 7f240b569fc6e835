/**
 * A second source of packages beside the mirrors: a folder of .deb files, or a URL below which they lie. What is
 * taken from it has the digest that was asked for, so nobody has to trust it.
 */
import type { CommandOutput, Host } from '../host/host.ts';
import type { Result } from '../problem/result.ts';
import { sha256 } from '../units/sha256.ts';
import type { Digest } from '../units/units.ts';

type WantedFile = {
  readonly package: string;
  readonly version: string;
  readonly architecture: string;
  readonly digest: Digest;
  readonly size: number;
};

/** Names that a package has where people keep it: ours, apt's, and a pool's, which leaves out the epoch. */
const namesOf = ({ digest, package: name, version, architecture }: WantedFile): string[] => [
  ...new Set([
    `${digest}.deb`,
    `${name}_${version.replaceAll(':', '%3a')}_${architecture}.deb`,
    `${name}_${version.replace(/^\d+:/, '')}_${architecture}.deb`,
  ]),
];

/** `debs`: where the downloads cache has them, which serves as an archive as it is. */
const subfolders = ['', 'debs/'];

const isUrl = (place: string): boolean => /^[a-z][a-z0-9+.-]+:\/\//.test(place);

export async function fromArchives(
  host: Host,
  archives: readonly string[],
  wanted: WantedFile,
  /** Fetches a URL into a file, with apt's own ways and settings. */
  download: (url: string, file: string) => Promise<Result<CommandOutput>>,
  temp: string,
): Promise<Result<Uint8Array | undefined>> {
  const taken = async (path: string): Promise<Uint8Array | undefined> => {
    const bytes = await host.readSmallFile(path, wanted.size);
    return bytes instanceof Uint8Array && sha256(bytes) === wanted.digest ? bytes : undefined;
  };
  for (const place of archives)
    for (const subfolder of subfolders)
      for (const name of namesOf(wanted)) {
        let path = `${place.replace(/\/+$/, '')}/${subfolder}${name}`;
        if (isUrl(place)) {
          const url = `${place.replace(/\/+$/, '')}/${subfolder}${encodeURIComponent(name)}`;
          path = `${temp}/archived.deb`;
          const ran = await download(url, path);
          if (!ran.ok) return ran;
          if (ran.value.exitCode !== 0) continue;
        }
        const bytes = await taken(path);
        if (bytes !== undefined) return { ok: true, value: bytes };
      }
  return { ok: true, value: undefined };
}
