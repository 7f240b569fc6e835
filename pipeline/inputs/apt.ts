/**
 * Debian packages by name, for any architecture, without root and without installing: apt with a
 * state of its own, over the sources that the machine already trusts. What is fetched is kept by
 * digest, so that a second build needs no network.
 */
import { setTimeout as pause } from 'node:timers/promises';
import type { Host } from '../host/host.ts';
import type { SourcePlace } from '../problem/explanation.ts';
import { fail, ok, type Result } from '../problem/result.ts';
import { sha256 } from '../units/sha256.ts';
import type { Digest } from '../units/units.ts';
import { fromArchives } from './package-archive.ts';

/** One version of a package, as the index describes it. */
export type AptPackage = {
  readonly package: string;
  readonly version: string;
  readonly architecture: string;
  readonly digest: Digest;
  readonly size: number;
  /** Names of Depends and Pre-Depends, alternatives in order, versions left out. */
  readonly depends: readonly string[];
  /** Versions of those that are depended on at exactly one, as metapackages do. */
  readonly exactly: ReadonlyMap<string, string>;
};

/** Enough to fetch the same bytes again. */
export type PinnedPackage = Pick<
  AptPackage,
  'package' | 'version' | 'architecture' | 'digest' | 'size'
>;

export type Wanted = {
  readonly package: string;
  readonly version: string | undefined;
  readonly at: SourcePlace | undefined;
};

export type Apt = {
  /** What the index says of a package; the newest version when none is asked for. */
  readonly find: (wanted: Wanted) => Promise<Result<AptPackage>>;
  /** The package's bytes, from the downloads cache or the network, checked against its digest. */
  readonly fetch: (
    wanted: PinnedPackage,
    at: SourcePlace | undefined,
    pinnedBy?: 'lock' | 'package-index',
  ) => Promise<Result<FetchedDeb>>;
};

export type FetchedDeb = {
  readonly path: string;
  readonly bytes: Uint8Array;
  readonly digest: Digest;
};

export type PackagePlaces = {
  /** Folder for downloads, outside the checkout. */
  readonly cache: string;
  /** Folders or URLs of .deb files, for what the mirrors do not have any more. */
  readonly archives?: readonly string[];
};

export type AptOptions = PackagePlaces & {
  /** Debian's name of the architecture. */
  readonly architecture: string;
  readonly say?: (detail: string) => void;
};

const UPDATE_TIMEOUT_MS = 300_000;
const DOWNLOAD_TIMEOUT_MS = 900_000;
const INDEX_TIMEOUT_MS = 60_000;
/** Older indexes are refreshed before "the newest" is taken from them. */
const FRESH_SECONDS = 12 * 3600;
const TRIES = 4;

/** apt's own lines that say why, without the progress around them. */
const complaints = (text: string): string[] =>
  text
    .split('\n')
    .filter((line) => /^[EW]: /.test(line))
    .slice(0, 6);

/** `libc6 (>= 2.34), foo | bar:any` as names. */
export function dependencyNames(field: string): string[] {
  return field
    .split(/[,|]/)
    .map((one) => one.trim().replace(/[\s(:[<].*$/, ''))
    .filter((name) => name !== '');
}

function exactVersions(field: string): Map<string, string> {
  const versions = new Map<string, string>();
  for (const one of field.split(',')) {
    const found = /^\s*([a-z0-9.+-]+)(?::\w+)?\s*\(=\s*([^)\s]+)\s*\)/.exec(one);
    if (found?.[1] !== undefined && found[2] !== undefined) versions.set(found[1], found[2]);
  }
  return versions;
}

/** The first stanza of `apt-cache show`; a field may go on in indented lines, which are left out. */
export function parseStanza(text: string): ReadonlyMap<string, string> {
  const fields = new Map<string, string>();
  for (const line of text.split('\n')) {
    if (line === '' && fields.size > 0) break;
    const field = /^([A-Za-z0-9-]+):\s*(.*)$/.exec(line);
    if (field?.[1] !== undefined) fields.set(field[1], field[2] ?? '');
  }
  return fields;
}

export const cachedDeb = (cache: string, digest: Digest): string => `${cache}/debs/${digest}.deb`;

/** By Debian's name of an architecture; what it does meanwhile goes to the `say` of the last who asked for it. */
export type AptOf = (architecture: string, say: (detail: string) => void) => Apt;

/** One for each architecture, for all profiles of a build: each thing is asked once. */
export function sharedApt(host: Host, places: PackagePlaces): AptOf {
  const known = new Map<string, Apt>();
  let saying: (detail: string) => void = () => undefined;
  return (architecture, say) => {
    saying = say;
    const apt =
      known.get(architecture) ??
      privateApt(host, { ...places, architecture, say: (detail) => saying(detail) });
    known.set(architecture, apt);
    return apt;
  };
}

/** Asks once for each key, until it is forgotten or the answer is a failure. */
function remembering<T>(ask: (key: string) => Promise<T>, isKept: (answer: T) => boolean) {
  const answers = new Map<string, Promise<T>>();
  return {
    ask: async (key: string): Promise<T> => {
      const before = answers.get(key);
      if (before !== undefined) return before;
      const asked = ask(key);
      answers.set(key, asked);
      const answer = await asked;
      if (!isKept(answer)) answers.delete(key);
      return answer;
    },
    forget: () => answers.clear(),
  };
}

export function privateApt(host: Host, options: AptOptions): Apt {
  const folder = `${options.cache}/apt/${options.architecture}`;
  const stamp = `${folder}/updated`;
  const say = options.say ?? (() => undefined);
  const settings = [
    `Dir::State=${folder}/state`,
    `Dir::State::lists=${folder}/state/lists`,
    `Dir::State::status=${folder}/status`,
    `Dir::Cache=${folder}/cache`,
    `Dir::Cache::archives=${folder}/cache/archives`,
    // Container images switch these off; without them every look-up reads all indexes anew.
    'Dir::Cache::pkgcache=pkgcache.bin',
    'Dir::Cache::srcpkgcache=srcpkgcache.bin',
    `APT::Architecture=${options.architecture}`,
    `APT::Architectures=${options.architecture}`,
    // As root, apt would hand its work to a user who cannot write here.
    'APT::Sandbox::User=root',
    'Acquire::Languages=none',
    'Acquire::Retries=3',
    'DPkg::Lock::Timeout=120',
  ].flatMap((setting) => ['-o', setting]);

  const env: Record<string, string> = {};
  for (const name of ['http_proxy', 'https_proxy', 'no_proxy', 'APT_CONFIG']) {
    const value = host.env(name);
    if (value !== undefined) env[name] = value;
  }
  const apt = (
    program: string,
    command: readonly string[],
    names: readonly string[],
    timeoutMs: number,
    cwd?: string,
  ) =>
    host.run(program, [...settings, ...command, '--', ...names], {
      env,
      timeoutMs,
      ...(cwd === undefined ? {} : { cwd }),
    });

  const prepare = async (): Promise<void> => {
    for (const name of ['state/lists/partial', 'cache/archives/partial'])
      await host.makeFolder(`${folder}/${name}`);
    if ((await host.stat(`${folder}/status`)) === undefined)
      await host.writeFile(`${folder}/status`, new Uint8Array());
  };

  let updatedNow = false;
  let updating: Promise<Result<readonly string[]>> | undefined;
  /** One at a time: apt refuses a second one while the first holds its lock. */
  const update = (): Promise<Result<readonly string[]>> => {
    updating ??= updateIndexes().finally(() => {
      updating = undefined;
    });
    return updating;
  };
  /**
   * A mirror may be between two states of an index, and another build may hold the lock, so it is
   * tried again. A source that we do not need may fail for good: whether the package is found decides.
   */
  const updateIndexes = async (): Promise<Result<readonly string[]>> => {
    say(`refreshing the package index for ${options.architecture}`);
    await prepare();
    let said: readonly string[] = [];
    for (let attempt = 1; attempt <= TRIES; attempt++) {
      const ran = await apt('apt-get', ['update', '-q'], [], UPDATE_TIMEOUT_MS);
      if (!ran.ok) return ran;
      said = complaints(ran.value.stderr);
      if (ran.value.exitCode === 0 && said.length === 0) break;
      if (attempt < TRIES) await pause(2000 * attempt);
    }
    updatedNow = true;
    described.forget();
    offered.forget();
    await host.writeFile(stamp, new TextEncoder().encode(`${host.now()}\n`));
    return ok(said);
  };
  const isFresh = async (): Promise<boolean> => {
    const written = await host.readFile(stamp);
    if (written === undefined) return false;
    return host.now() - Number(new TextDecoder().decode(written)) < FRESH_SECONDS;
  };

  /** `NAME`, or `NAME=VERSION`. */
  const describe = async (name: string): Promise<Result<AptPackage | undefined>> => {
    const [wanted = ''] = name.split('=');
    const shown = await apt('apt-cache', ['show', '--no-all-versions'], [name], INDEX_TIMEOUT_MS);
    if (!shown.ok) return shown;
    if (shown.value.exitCode !== 0) return ok(undefined);
    const fields = parseStanza(new TextDecoder().decode(shown.value.stdout));
    const digest = fields.get('SHA256');
    const version = fields.get('Version');
    // `show` answers a provided name with the provider; that is not what was asked for.
    if (digest === undefined || version === undefined || fields.get('Package') !== wanted)
      return ok(undefined);
    const depends = `${fields.get('Pre-Depends') ?? ''},${fields.get('Depends') ?? ''}`;
    return ok({
      package: wanted,
      version,
      architecture: fields.get('Architecture') ?? options.architecture,
      digest: digest as Digest,
      size: Number(fields.get('Size') ?? 0),
      depends: dependencyNames(depends),
      exactly: exactVersions(depends),
    });
  };

  const described = remembering(describe, (answer) => answer.ok);
  const lookUp = ({ package: name, version }: Wanted): Promise<Result<AptPackage | undefined>> =>
    described.ask(version === undefined ? name : `${name}=${version}`);

  const versionsOf = async (name: string): Promise<readonly string[]> => {
    const ran = await apt('apt-cache', ['madison'], [name], INDEX_TIMEOUT_MS);
    if (!ran.ok) return [];
    const versions = new TextDecoder()
      .decode(ran.value.stdout)
      .split('\n')
      .flatMap((line) => line.split('|')[1]?.trim() ?? []);
    return [...new Set(versions)].slice(0, 8);
  };

  const offered = remembering(versionsOf, () => true);

  /** Whether any index was ever fetched. */
  const hasIndex = async (): Promise<boolean> =>
    ((await host.list(`${folder}/state/lists`)) ?? []).some((name) => /_Packages\b/.test(name));

  /** Whether there is anything that an update would ask. */
  const askSources = async (): Promise<boolean> => {
    const ran = await apt('apt-get', ['update', '--print-uris'], [], INDEX_TIMEOUT_MS);
    return !ran.ok || ran.value.exitCode !== 0 || ran.value.stdout.length > 0;
  };

  const sources = remembering(askSources, () => true);

  const find = async (wanted: Wanted): Promise<Result<AptPackage>> => {
    let said: readonly string[] = [];
    const refresh = async (): Promise<Result<void>> => {
      const updated = await update();
      if (!updated.ok) return updated;
      said = updated.value;
      return ok(undefined);
    };
    if (!(await isFresh())) {
      const refreshed = await refresh();
      if (!refreshed.ok) return refreshed;
    }
    const first = await lookUp(wanted);
    if (!first.ok) return first;
    if (first.value !== undefined) return ok(first.value);
    if (!updatedNow) {
      const refreshed = await refresh();
      if (!refreshed.ok) return refreshed;
      const second = await lookUp(wanted);
      if (!second.ok) return second;
      if (second.value !== undefined) return ok(second.value);
    }
    const about = {
      at: wanted.at,
      package: wanted.package,
      version: wanted.version,
      architecture: options.architecture,
      said,
    };
    if (!(await hasIndex())) {
      if (await sources.ask(''))
        return fail(
          said.length > 0
            ? { area: 'input', kind: 'package-index-unreachable', ...about }
            : { area: 'input', kind: 'package-sources-missing', ...about, forOthers: true },
        );
      return fail({ area: 'input', kind: 'package-sources-missing', ...about, forOthers: false });
    }
    return fail({
      area: 'input',
      kind: 'package-not-found',
      ...about,
      offered: await offered.ask(wanted.package),
    });
  };

  /** The lock pins what was there once. */
  const gone = ({ version }: PinnedPackage, found: Result<never>): Result<never> => {
    const [problem, ...more] = found.ok ? [] : found.problems;
    return problem?.area === 'input' && problem.kind === 'package-not-found'
      ? fail({ ...problem, kind: 'package-gone', version }, ...more)
      : found;
  };

  const download = async (
    wanted: PinnedPackage,
    at: SourcePlace | undefined,
    pinnedBy: 'lock' | 'package-index',
    temp: string,
  ): Promise<Result<Uint8Array>> => {
    const archived = await fromArchives(
      host,
      options.archives ?? [],
      wanted,
      (url, file) =>
        apt(
          '/usr/lib/apt/apt-helper',
          ['download-file'],
          [url, file, `SHA256:${wanted.digest}`],
          DOWNLOAD_TIMEOUT_MS,
        ),
      temp,
    );
    if (!archived.ok) return archived;
    if (archived.value !== undefined) return ok(archived.value);
    let said: readonly string[] = [];
    for (let attempt = 1; attempt <= 2; attempt++) {
      // The index is asked first: it may be missing or too old to know where the file is now.
      const found = await find({ package: wanted.package, version: wanted.version, at });
      if (!found.ok) return pinnedBy === 'lock' ? gone(wanted, found) : found;
      say(`fetching ${wanted.package} ${wanted.version} (${wanted.architecture})`);
      const ran = await apt(
        'apt-get',
        ['download', '-q'],
        [`${wanted.package}=${wanted.version}`],
        DOWNLOAD_TIMEOUT_MS,
        temp,
      );
      if (!ran.ok) return ran;
      const name = (await host.list(temp))?.find((file) => file.endsWith('.deb'));
      const bytes = name === undefined ? undefined : await host.readFile(`${temp}/${name}`);
      if (ran.value.exitCode === 0 && bytes !== undefined) return ok(bytes);
      said = complaints(ran.value.stderr);
      if (attempt === 1) {
        const updated = await update();
        if (!updated.ok) return updated;
      }
    }
    return fail({
      area: 'input',
      kind: 'package-download-failed',
      at,
      package: wanted.package,
      version: wanted.version,
      said,
    });
  };

  return {
    find,
    fetch: async (wanted, at, pinnedBy = 'package-index') => {
      const path = cachedDeb(options.cache, wanted.digest);
      const kept = await host.readFile(path);
      if (kept !== undefined && sha256(kept) === wanted.digest) {
        // The cache keeps what was used last.
        await host.touch(path);
        return ok({ path, bytes: kept, digest: wanted.digest });
      }
      const fetched = await host.withTempFolder(
        (temp) => download(wanted, at, pinnedBy, temp),
        `${options.cache}/tmp`,
      );
      if (!fetched.ok) return fetched;
      const digest = sha256(fetched.value);
      if (digest !== wanted.digest)
        return fail({
          area: 'input',
          kind: 'digest-wrong',
          input: `${wanted.package} ${wanted.version} (${wanted.architecture})`,
          expected: wanted.digest,
          found: digest,
          expectedSize: wanted.size,
          foundSize: fetched.value.length,
          pinnedBy,
        });
      await host.makeFolder(`${options.cache}/debs`);
      await host.writeFile(path, fetched.value);
      return ok({ path, bytes: fetched.value, digest });
    },
  };
}
