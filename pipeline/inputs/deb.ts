/**
 * Debian packages as files: whether one is whole, what it says of itself, and its content unpacked
 * into the store, keyed by digest. Unpacking is dpkg-deb's work.
 */
import type { Host } from '../host/host.ts';
import type { SourcePlace } from '../problem/explanation.ts';
import { fail, ok, type Result } from '../problem/result.ts';
import type { Digest } from '../units/units.ts';
import { sha256 } from './digest.ts';
import { readInput } from './read-input.ts';

/** A package at hand: read, digested and known to be whole. */
export type Deb = {
  readonly path: string;
  /** For messages: as the profile names it, or the package's name. */
  readonly shown: string;
  readonly digest: Digest;
  readonly size: number;
  readonly at: SourcePlace | undefined;
};

export type DebFacts = {
  readonly package: string;
  readonly version: string;
  readonly architecture: string;
  readonly depends: readonly string[];
};

export type UnpackedDeb = {
  readonly facts: DebFacts;
  /** Folder that holds the package's files as below `/`. */
  readonly root: string;
};

const archMagic = '!<arch>\n';
const UNPACK_TIMEOUT_MS = 600_000;

const ascii = (bytes: Uint8Array, from: number, to: number): string =>
  Buffer.from(bytes.subarray(from, to)).toString('latin1');

export type DebFault =
  | { readonly fault: 'not-a-package' }
  | {
      readonly fault: 'truncated';
      readonly member: string;
      readonly need: number;
      readonly have: number;
    };

/**
 * Walks the archive's members (deb(5), ar(5)): a header of 60 bytes with a decimal size at 48, the
 * content, padding to an even offset.
 */
export function debFault(bytes: Uint8Array): DebFault | undefined {
  if (ascii(bytes, 0, 8) !== archMagic) return { fault: 'not-a-package' };
  const names: string[] = [];
  let at = 8;
  while (at < bytes.length) {
    const number = names.length + 1;
    if (at + 60 > bytes.length)
      return {
        fault: 'truncated',
        member: `number ${number}`,
        need: at + 60,
        have: bytes.length,
      };
    const name = ascii(bytes, at, at + 16)
      .trim()
      .replace(/\/$/, '');
    const size = ascii(bytes, at + 48, at + 58).trim();
    if (!/^\d+$/.test(size) || ascii(bytes, at + 58, at + 60) !== '`\n')
      return { fault: 'not-a-package' };
    const end = at + 60 + Number(size);
    if (end > bytes.length)
      return { fault: 'truncated', member: name, need: end, have: bytes.length };
    names.push(name);
    at = end + (end % 2);
  }
  if (names[0] !== 'debian-binary') return { fault: 'not-a-package' };
  for (const wanted of ['control.tar', 'data.tar'])
    if (!names.some((name) => name.startsWith(wanted)))
      return {
        fault: 'truncated',
        member: wanted,
        need: bytes.length + 60,
        have: bytes.length,
      };
  return undefined;
}

/** The package as a value, or what is wrong with the file. */
export function checkDeb(
  bytes: Uint8Array,
  path: string,
  shown: string,
  at: SourcePlace | undefined,
): Result<Deb> {
  const wrong = debFault(bytes);
  if (wrong?.fault === 'not-a-package')
    return fail({ area: 'input', kind: 'deb-not-a-package', at, path: shown });
  if (wrong?.fault === 'truncated') {
    const { member, need, have } = wrong;
    return fail({ area: 'input', kind: 'deb-truncated', at, path: shown, member, need, have });
  }
  return ok({ path, shown, digest: sha256(bytes), size: bytes.length, at });
}

export async function readDeb(
  host: Host,
  path: string,
  at: SourcePlace | undefined,
): Promise<Result<Deb>> {
  const bytes = await readInput(host, path, 'package', at);
  return bytes.ok ? checkDeb(bytes.value, path, path, at) : bytes;
}

const saidLines = (text: string): string[] =>
  [...new Set(text.split('\n').filter((line) => line.trim() !== ''))].slice(0, 4);

async function factsOf(host: Host, deb: Deb): Promise<Result<DebFacts>> {
  const shown = await host.run(
    'dpkg-deb',
    ['--field', deb.path, 'Package', 'Version', 'Architecture', 'Depends'],
    { timeoutMs: UNPACK_TIMEOUT_MS },
  );
  if (!shown.ok) return shown;
  const fields = new Map<string, string>();
  for (const line of new TextDecoder().decode(shown.value.stdout).split('\n')) {
    const field = /^([A-Za-z-]+): (.*)$/.exec(line);
    if (field?.[1] !== undefined) fields.set(field[1], field[2] ?? '');
  }
  const name = fields.get('Package');
  const version = fields.get('Version');
  const architecture = fields.get('Architecture');
  if (
    shown.value.exitCode !== 0 ||
    name === undefined ||
    version === undefined ||
    architecture === undefined
  )
    return fail({
      area: 'input',
      kind: 'deb-damaged',
      at: deb.at,
      path: deb.shown,
      said: saidLines(shown.value.stderr),
    });
  const depends = (fields.get('Depends') ?? '')
    .split(/[,|]/)
    .map((one) => one.trim().replace(/[\s(:[<].*$/, ''))
    .filter((one) => one !== '');
  return ok({ package: name, version, architecture, depends });
}

/**
 * The package's content in the store; unpacked now if it was not yet.
 * `maker` names the treatment with a version; `finish` may add to what was unpacked before it appears.
 */
export async function unpackDeb(
  host: Host,
  store: string,
  maker: string,
  deb: Deb,
  finish: (root: string) => Promise<Result<void>> = async () => ok(undefined),
): Promise<Result<UnpackedDeb>> {
  const folder = unpackedFolder(store, maker, deb.digest);
  const kept = await unpackedAlready(host, store, maker, deb.digest);
  if (kept !== undefined) return ok(kept);
  const facts = await factsOf(host, deb);
  if (!facts.ok) return facts;
  const made = await host.withTempFolder(async (temp): Promise<Result<void>> => {
    const staged = `${temp}/unpacked`;
    const root = `${staged}/root`;
    await host.makeFolder(root);
    const ran = await host.run('dpkg-deb', ['--extract', deb.path, root], {
      timeoutMs: UNPACK_TIMEOUT_MS,
    });
    if (!ran.ok) return ran;
    if (ran.value.exitCode !== 0)
      return fail({
        area: 'input',
        kind: 'deb-damaged',
        at: deb.at,
        path: deb.shown,
        said: saidLines(ran.value.stderr),
      });
    const finished = await finish(root);
    if (!finished.ok) return finished;
    await host.writeFile(
      `${staged}/facts.json`,
      new TextEncoder().encode(`${JSON.stringify(facts.value)}\n`),
    );
    try {
      await host.rename(staged, folder);
    } catch (error) {
      // Another build was quicker; what it made is the same.
      if ((await host.stat(folder)) === undefined) throw error;
    }
    return ok(undefined);
  }, store);
  return made.ok ? ok({ facts: facts.value, root: `${folder}/root` }) : made;
}

const unpackedFolder = (store: string, maker: string, digest: Digest): string =>
  `${store}/${maker}-${digest}`;

/** What an earlier build unpacked. With it, the package itself is not needed any more. */
export async function unpackedAlready(
  host: Host,
  store: string,
  maker: string,
  digest: Digest,
): Promise<UnpackedDeb | undefined> {
  const folder = unpackedFolder(store, maker, digest);
  const facts = await host.readFile(`${folder}/facts.json`);
  if (facts === undefined) return undefined;
  return {
    facts: JSON.parse(new TextDecoder().decode(facts)) as DebFacts,
    root: `${folder}/root`,
  };
}
