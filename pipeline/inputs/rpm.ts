/** RPM packages as files: rpm says what one is, rpm2cpio gives its content as an archive. */
import { dirname, join } from 'node:path';
import { foldersTo, readForeignCpio } from '../format/cpio.ts';
import { ok, type Result } from '../problem/result.ts';
import {
  type PackageFacts,
  type PackageOpener,
  saidLines,
  UNPACK_TIMEOUT_MS,
  unpackedMax,
} from './package-opener.ts';

/** The lead's magic (RPM's lib/rpmlead.c). */
const leadMagic = [0xed, 0xab, 0xee, 0xdb];

export const isRpm = (bytes: Uint8Array): boolean =>
  leadMagic.every((byte, at) => bytes[at] === byte);

const factsMax = 1 << 20;
const format =
  '%{NAME}\\n%{VERSION}-%{RELEASE}\\n%{ARCH}\\n%{SOURCERPM}\\n%{LICENSE}\\n[%{REQUIRENAME}\\n]';

export const openRpm: PackageOpener = {
  async facts(host, path, damaged): Promise<Result<PackageFacts>> {
    // Its signature is not asked for: the package is what the profile names or the lock pins.
    const words = ['--query', '--nosignature', '--package', '--queryformat', format, '--', path];
    const ran = await host.run('rpm', words, {
      timeoutMs: UNPACK_TIMEOUT_MS,
      outputMax: factsMax,
    });
    if (!ran.ok) return ran;
    const text = new TextDecoder().decode(ran.value.stdout);
    const [name = '', version = '', architecture = '', source = '', licence = '', ...requires] =
      text.split('\n');
    if (ran.value.exitCode !== 0 || architecture === '')
      return damaged(saidLines(ran.value.stderr));
    const depends = [...new Set(requires)].filter((one) => /^[A-Za-z0-9][\w.+-]*$/.test(one));
    return ok({
      form: 'rpm',
      package: name,
      version,
      architecture,
      depends,
      source: /^[\w.+~^-]+\.src\.rpm$/.test(source) ? source : undefined,
      licences: /^\P{C}{1,500}$/u.test(licence) && licence !== '(none)' ? [licence] : undefined,
    });
  },

  async unpack(host, path, root, damaged): Promise<Result<void>> {
    const ran = await host.run('rpm2cpio', ['-'], {
      inputFile: path,
      timeoutMs: UNPACK_TIMEOUT_MS,
      outputMax: unpackedMax,
    });
    if (!ran.ok) return ran;
    const { exitCode, stdout, stderr } = ran.value;
    if (exitCode !== 0) return damaged(saidLines(stderr));
    const archive = readForeignCpio(stdout, 0);
    if (!archive.ok) return damaged([`its archive: ${archive.why.fault} at ${archive.why.at}`]);
    if (archive.entries.length > entriesMax)
      return damaged([`it has ${archive.entries.length} files`]);
    const entries = archive.entries.map(({ entry }) => entry);
    const links = new Set(entries.flatMap(({ kind, path }) => (kind === 'symlink' ? [path] : [])));
    // Nothing is written through a link of the package's own.
    const through = entries.find(({ path }) =>
      [...foldersTo(path)].some((folder) => links.has(folder)),
    );
    if (through !== undefined) return damaged([`${through.path} lies in a link`]);
    for (const entry of entries) {
      if (entry.kind !== 'file' && entry.kind !== 'symlink') continue;
      const place = join(root, entry.path);
      await host.makeFolder(dirname(place));
      if (entry.kind === 'file') await host.writeFile(place, entry.bytes);
      else await host.makeLink(place, entry.target);
    }
    return ok(undefined);
  },
};

const entriesMax = 200_000;
