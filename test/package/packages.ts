/** The Debian packages as `make deb` makes them. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

const native = ['x86_64', 's390x'].flatMap((arch) =>
  ['load', 'rearrange'].map((name) => `out/native/${arch}/crashseal-${name}`),
);

/** What goes into a package is there. */
export const makeParts = (): void => {
  execFileSync('make', ['-s', 'manual', ...native], { stdio: ['ignore', 'inherit', 'inherit'] });
};

/** Below out/, because everything built is. */
function freshFolder(name: string): string {
  mkdirSync('out/test/package', { recursive: true });
  return mkdtempSync(join('out/test/package', `${name}-`));
}

export type BuildSettings = {
  readonly umask?: string;
  readonly timeZone?: string;
  readonly package?: 'crashseal' | 'crashseal-pull';
};

/** Builds a package into a new folder: that of the loader for an architecture, as out/native names it, or another. */
export function buildDeb(arch: string, settings: BuildSettings = {}): string {
  const folder = freshFolder('deb');
  const words = {
    crashseal: ['crashseal', 'tool', folder],
    'crashseal-pull': ['crashseal-pull', 'pull', folder],
    'crashseal-load': ['crashseal-load', 'load', folder, `${arch}-linux-gnu`],
  }[settings.package ?? 'crashseal-load'];
  const line = `umask ${settings.umask ?? '022'}; exec setup/deb.sh "$@"`;
  execFileSync('bash', ['-c', line, 'deb', ...words], {
    stdio: ['ignore', 'inherit', 'inherit'],
    env: { ...process.env, TZ: settings.timeZone ?? 'UTC' },
  });
  const [name] = readdirSync(folder);
  if (name === undefined) throw new Error('no package was built');
  return join(folder, name);
}

/** Mode, path, target and digest of all that is in a folder, as lines. */
export const described = (folder: string): string =>
  execFileSync(
    'bash',
    [
      '-c',
      'find . -printf "%M %p %l\\n" | sort; find . -type f -print0 | sort -z | xargs -0 sha256sum',
    ],
    { cwd: folder, encoding: 'utf8', maxBuffer: 2 ** 24 },
  );

/** Unpacks a package, control files in DEBIAN, into a new folder. */
export function unpacked(deb: string): string {
  const folder = freshFolder('root');
  execFileSync('dpkg-deb', ['--raw-extract', deb, folder]);
  return folder;
}
