/** What the manifest of a bundle tells of the inputs, as far as it tells anything: nobody has verified it. Pure. */
import type { Inspection } from './inspect.ts';

export type ToldPackage = {
  readonly form: 'deb' | 'rpm';
  readonly name: string;
  readonly version: string;
  readonly architecture: string;
  /** Name and version of a Debian source package, or the file of a source RPM. */
  readonly source: string | undefined;
  /** In the package's own words; undefined where no machine can read what it says. */
  readonly licences: readonly string[] | undefined;
};

export type ToldInput = {
  readonly name: string;
  readonly origin: string;
  readonly size: bigint | undefined;
  readonly sha256: string | undefined;
  readonly package: ToldPackage | undefined;
  /** Of the initramfs; a path that ends in `/` means all that lies there. */
  readonly files: readonly string[];
};

type Json = Readonly<Record<string, unknown>>;

const isMap = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');
const textsIn = (value: unknown): readonly string[] | undefined =>
  Array.isArray(value) ? value.filter((one) => typeof one === 'string') : undefined;

export const toldInputs = (manifest: Inspection['manifest']): readonly ToldInput[] =>
  Array.isArray(manifest?.inputs) ? manifest.inputs.filter(isMap).map(inputOf) : [];

function inputOf({ name, origin, size, sha256, files, package: from }: Json): ToldInput {
  const digest = textOf(sha256);
  return {
    name: textOf(name),
    origin: textOf(origin),
    size:
      typeof size === 'number' && Number.isSafeInteger(size) && size >= 0
        ? BigInt(size)
        : undefined,
    sha256: /^[0-9a-f]{64}$/.test(digest) ? digest : undefined,
    package: isMap(from) ? packageOf(from) : packageIn(textOf(origin)),
    files: textsIn(files) ?? [],
  };
}

function packageOf({ form, name, version, architecture, source, licences }: Json): ToldPackage {
  return {
    form: form === 'rpm' ? 'rpm' : 'deb',
    name: textOf(name),
    version: textOf(version),
    architecture: textOf(architecture),
    source: textOf(source) || undefined,
    licences: textsIn(licences),
  };
}

/** The line of text that bundles from before have: name, version and architecture. */
function packageIn(origin: string): ToldPackage | undefined {
  const [, name, version, architecture] =
    /^([a-z0-9][a-z0-9.+-]*) (\S+) ([a-z0-9_-]+)$/.exec(origin) ?? [];
  if (name === undefined || version === undefined || architecture === undefined) return undefined;
  const form = /\.(el|fc)\d+/.test(version) ? 'rpm' : 'deb';
  return { form, name, version, architecture, source: undefined, licences: undefined };
}
