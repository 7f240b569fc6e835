/** A bill of materials of a real bundle, held against the packages themselves. */
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { crashseal } from '../support/crashseal.ts';
import { withWorkFolder } from '../support/work-folder.ts';

type Component = {
  readonly name: string;
  readonly version?: string;
  readonly purl?: string;
  readonly hashes?: readonly { readonly alg: string; readonly content: string }[];
  readonly licenses?: readonly { readonly expression?: string }[];
  readonly components?: readonly Component[];
};

const parseExpression = createRequire(import.meta.url)('spdx-expression-parse') as (
  expression: string,
) => unknown;

const cache =
  process.env.CRASHSEAL_CACHE ??
  join(process.env.XDG_CACHE_HOME ?? join(process.env.HOME ?? '/', '.cache'), 'crashseal');

const sha256Of = ({ hashes = [] }: Component): string =>
  hashes.find(({ alg }) => alg === 'SHA-256')?.content ?? '';

test('every package has the name, version, source and files that dpkg-deb tells of the package with that digest', async () => {
  await withWorkFolder('sbom', async (folder) => {
    const profile = 'profiles/qemu-development.yaml';
    const common = ['--out', folder, '--lock', `${folder}/lock`];
    expect(crashseal(['build', '--unsigned', ...common, profile]).exitCode).toBe(0);
    const bundle = `${folder}/qemu-development.unsigned.crashseal`;
    const { exitCode, stdout } = crashseal(['sbom', bundle]);
    expect(exitCode).toBe(0);
    const { components } = JSON.parse(stdout) as { readonly components: readonly Component[] };
    const packages = components.filter(({ purl }) => purl !== undefined);
    expect(packages.map(({ name }) => name)).toEqual(
      expect.arrayContaining(['busybox-static', 'makedumpfile', 'libc6', 'zlib1g']),
    );
    for (const one of packages) {
      const deb = `${cache}/debs/${sha256Of(one)}.deb`;
      expect([one.name, existsSync(deb)]).toEqual([one.name, true]);
      const field = (name: string): string =>
        execFileSync('dpkg-deb', ['--field', deb, name], { encoding: 'utf8' }).trim();
      const [name, version, architecture] = ['Package', 'Version', 'Architecture'].map(field);
      expect([one.name, one.version]).toEqual([name, version]);
      const url = new URL(one.purl ?? '');
      expect(decodeURIComponent(url.pathname)).toBe(`deb/debian/${name}@${version}`);
      expect(url.searchParams.get('arch')).toBe(architecture);
      const [source = name, own = version] = field('Source')
        .replace(/[()]/g, '')
        .split(' ')
        .filter(Boolean);
      expect(url.searchParams.get('upstream')).toBe(`${source}@${own}`);
      const listed = execFileSync('dpkg-deb', ['--contents', deb], {
        encoding: 'utf8',
        maxBuffer: 2 ** 26,
      });
      const files = one.components ?? [];
      expect([name, files.length > 0]).toEqual([name, true]);
      for (const file of files.filter((held) => !held.name.startsWith('lib/modules/')))
        expect(listed).toContain(`/${file.name.slice(file.name.lastIndexOf('/') + 1)}`);
      for (const { expression } of one.licenses ?? []) parseExpression(expression ?? '');
    }
    // zlib's copyright file is a page long and names one licence.
    const zlib = packages.find(({ name }) => name === 'zlib1g');
    expect(zlib?.licenses).toMatchObject([{ expression: 'Zlib' }]);
    // Written for people alone.
    const busybox = packages.find(({ name }) => name === 'busybox-static');
    expect(busybox?.licenses).toBeUndefined();
    // A profile gives what its bundle does, and pins nothing.
    const ofProfile = crashseal(['sbom', ...common, profile]);
    expect(ofProfile.stdout).toBe(stdout);
  });
});
