/** Where the loader of a machine's architecture is found: it is no part of the tool. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { architectureOf } from '../../pipeline/arch/arch.ts';
import { realHost } from '../../pipeline/host/real-host.ts';
import { findLoader } from '../../pipeline/prove/parts.ts';
import { withWorkFolder } from '../support/work-folder.ts';

/** A package that holds a loader with that text. */
function loaderPackage(folder: string, architecture: string, text: string): void {
  const from = join(folder, `.${architecture}`);
  mkdirSync(join(from, 'usr/sbin'), { recursive: true });
  mkdirSync(join(from, 'DEBIAN'));
  writeFileSync(join(from, 'usr/sbin/crashseal-load'), text, { mode: 0o755 });
  writeFileSync(
    join(from, 'DEBIAN/control'),
    `Package: crashseal-load\nVersion: 1\nArchitecture: ${architecture}\nMaintainer: none <none@example.org>\nDescription: a loader\n`,
  );
  const to = join(folder, `crashseal-load_1_${architecture}.deb`);
  execFileSync('dpkg-deb', ['--root-owner-group', '-b', from, to], { stdio: 'ignore' });
}

test('it is in a folder of its architecture, or in the package that machines install, or named', () =>
  withWorkFolder('prove-loader', async (folder) => {
    const host = realHost();
    const [native, deb, store] = ['native', 'deb', 'store'].map((name) => join(folder, name));
    mkdirSync(join(native ?? '', 'arm64'), { recursive: true });
    mkdirSync(deb ?? '');
    mkdirSync(store ?? '');
    writeFileSync(join(native ?? '', 'arm64/crashseal-load'), 'arm64, built');
    loaderPackage(deb ?? '', 's390x', 's390x, packed');
    loaderPackage(deb ?? '', 'arm64', 'arm64, packed');
    const found = async (arch: 'arm64' | 's390x' | 'riscv64', loader?: string) => {
      const result = await findLoader(host, architectureOf(arch), {
        loader,
        loaderFolders: [native ?? '', deb ?? ''],
        store: store ?? '',
      });
      return result.ok ? readFileSync(result.value, 'utf8') : result.problems[0];
    };
    expect(await found('arm64')).toBe('arm64, built');
    expect(await found('s390x')).toBe('s390x, packed');
    expect(await found('arm64', join(deb ?? '', 'crashseal-load_1_arm64.deb'))).toBe(
      'arm64, packed',
    );
    expect(await found('riscv64')).toMatchObject({
      kind: 'no-loader',
      looked: expect.arrayContaining([join(native ?? '', 'riscv64/crashseal-load')]),
    });
  }));
