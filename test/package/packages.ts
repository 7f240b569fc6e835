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

export type BuildSettings = { readonly umask?: string; readonly timeZone?: string };

/** Builds the package for an architecture, as out/native names it, into a new folder. */
export function buildDeb(arch: string, settings: BuildSettings = {}): string {
  const folder = freshFolder('deb');
  const line = `umask ${settings.umask ?? '022'}; exec loader/debian/build.sh "$@"`;
  execFileSync('bash', ['-c', line, 'build', arch, folder, `${arch}-linux-gnu`], {
    stdio: ['ignore', 'inherit', 'inherit'],
    env: { ...process.env, MANUAL: 'out/man', TZ: settings.timeZone ?? 'UTC' },
  });
  const [name] = readdirSync(folder);
  if (name === undefined) throw new Error('no package was built');
  return join(folder, name);
}

/** Unpacks a package, control files in DEBIAN, into a new folder. */
export function unpacked(deb: string): string {
  const folder = freshFolder('root');
  execFileSync('dpkg-deb', ['--raw-extract', deb, folder]);
  return folder;
}
