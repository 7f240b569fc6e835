/**
 * Debian packages as files: whether one is whole, what it says of itself, and its content as files.
 * Opening is dpkg-deb's and tar's work; how much they may write is bounded, since a package of 200 KB can
 * hold gigabytes of zeros.
 */
import { readTar } from '../format/tar.ts';
import type { CommandOutput } from '../host/host.ts';
import { ok, type Result } from '../problem/result.ts';
import { dependencyNames, parseStanza } from './apt.ts';
import { licenceWords } from './copyright.ts';
import {
  type PackageFacts,
  type PackageOpener,
  saidLines,
  UNPACK_TIMEOUT_MS,
  unpackedMax,
} from './package-opener.ts';

const archMagic = '!<arch>\n';
/** Control files are text and small scripts. */
const controlMax = 16 << 20;
const copyrightMax = 4 << 20;
/** What lists the members of a package: some 200,000 of them, of which a kernel with all modules has 8,000. */
const listingMax = 16 << 20;

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

/** Debian Policy 5.6.1: `name`, or `name (version)` where the source has a version of its own. */
function sourceOf(field: string, version: string): string | undefined {
  const [, name, own = version] =
    /^([a-z0-9][a-z0-9+.-]*)(?:\s*\(([^\s()]+)\))?$/.exec(field) ?? [];
  return name === undefined ? undefined : `${name} ${own}`;
}

export const openDeb: PackageOpener = {
  async facts(host, path, damaged): Promise<Result<PackageFacts>> {
    const ran = await host.run('dpkg-deb', ['--ctrl-tarfile', '--', path], {
      timeoutMs: UNPACK_TIMEOUT_MS,
      outputMax: controlMax,
    });
    if (!ran.ok) return ran;
    if (ran.value.exitCode !== 0) return damaged(saidLines(ran.value.stderr));
    let control: Uint8Array | undefined;
    const read = await readTar<string>(ran.value.stdout, ({ name, kind, bytes }) => {
      if (kind === 'file' && /^(\.\/)?control$/.test(name)) control = bytes;
      return undefined;
    });
    const fields = parseStanza(new TextDecoder().decode(control));
    const name = fields.get('Package');
    const version = fields.get('Version');
    const architecture = fields.get('Architecture');
    if (
      read.end !== 'read' ||
      name === undefined ||
      version === undefined ||
      architecture === undefined
    )
      return damaged(['its control file does not say what it is']);
    const depends = dependencyNames(fields.get('Depends') ?? '');
    const source = sourceOf(fields.get('Source') ?? name, version);
    const licences = undefined;
    return ok({ form: 'deb', package: name, version, architecture, depends, source, licences });
  },

  async licences(tree, name) {
    // Debian Policy 12.5. The folder may be a link to that of another package, which is then not here.
    const path = `usr/share/doc/${name}/copyright`;
    const bytes = await tree.read(path, copyrightMax);
    return bytes instanceof Uint8Array ? licenceWords(new TextDecoder().decode(bytes)) : undefined;
  },

  async unpack(host, path, root, damaged): Promise<Result<void>> {
    const archive = `${path}.tar`;
    const failed = ({ exitCode, stderr }: CommandOutput): Result<never> | undefined =>
      exitCode === 0 ? undefined : damaged(saidLines(stderr));
    const written = await host.run('dpkg-deb', ['--fsys-tarfile', '--', path], {
      timeoutMs: UNPACK_TIMEOUT_MS,
      outputFile: archive,
      outputMax: unpackedMax,
    });
    if (!written.ok) return written;
    const notWritten = failed(written.value);
    if (notWritten !== undefined) return notWritten;
    const listed = await host.run('tar', ['--list', `--file=${archive}`], {
      timeoutMs: UNPACK_TIMEOUT_MS,
      outputMax: listingMax,
    });
    if (!listed.ok) return listed;
    const notListed = failed(listed.value);
    if (notListed !== undefined) return notListed;
    // GNU tar makes links last, so that nothing is written through one of the package's own.
    const ran = await host.run(
      'tar',
      [
        '--extract',
        `--file=${archive}`,
        `--directory=${root}`,
        '--no-same-owner',
        '--warning=no-timestamp',
      ],
      { timeoutMs: UNPACK_TIMEOUT_MS },
    );
    await host.remove(archive);
    if (!ran.ok) return ran;
    return failed(ran.value) ?? ok(undefined);
  },
};
