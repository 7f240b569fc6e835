import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { type MemoryCommand, memoryHost } from '../../pipeline/host/memory-host.ts';
import { realHost } from '../../pipeline/host/real-host.ts';
import { programs } from '../../pipeline/problem/programs.ts';
import { provePrograms } from '../../pipeline/prove/programs.ts';
import { runCli } from '../cli/memory-world.ts';

const says =
  (line: string, exitCode = 0): MemoryCommand =>
  () => ({ exitCode, stdout: new TextEncoder().encode(`${line}\n`) });
const all = Object.fromEntries(
  [...Object.keys(programs), 'qemu-system-x86_64'].map((name) => [name, says(`${name} 1.0`)]),
);
const well: Readonly<Record<string, MemoryCommand>> = {
  ...all,
  df: says('Filesystem 1024-blocks Used Available\n/ 9 9 9999999 1% /'),
  openssl: says('[ available ]'),
};

const doctor = (commands: Readonly<Record<string, MemoryCommand>>, ...words: readonly string[]) =>
  runCli(['doctor', ...words], memoryHost({}, { commands, env: { HOME: '/h' } }));

describe('the doctor', () => {
  test('finds nothing missing where everything is there', async () => {
    const { status, out } = await doctor(well, '--for', 'build', '--for', 'sign');
    expect([status, out]).toEqual([0, expect.not.stringMatching(/MISSING|partly|install/)]);
    expect(out).toMatch(/^ {2}ok +dpkg-deb +dpkg-deb 1\.0$/m);
    expect(out).toMatch(/^ {2}ok +downloads cache +\/h\/\.cache\/crashseal$/m);
  });

  test('names each program that is not there, with one line that installs all', async () => {
    const { depmod: _depmod, xz: _xz, lz4: _lz4, ...rest } = well;
    const { status, out } = await doctor(rest, '--for', 'build');
    expect(status).toBe(1);
    expect(out).toMatch(/^ {2}MISSING +depmod +not on this machine$/m);
    expect(out).toMatch(/^ {2}partly +lz4 +not on this machine: needed for kernels in LZ4$/m);
    expect(out).toContain('apt-get install --no-install-recommends kmod lz4 xz-utils\n');
  });

  test('names packages of dnf where there is no apt', async () => {
    const { 'apt-get': _apt, xz: _xz, ...rest } = well;
    const { out } = await doctor({ ...rest, dnf: says('4.14') }, '--for', 'build');
    expect(out).toContain('  dnf install apt xz\n');
  });

  test('takes no program for there that cannot start', async () => {
    const broken = { ...well, tar: says('tar: error while loading shared libraries: x', 127) };
    expect((await doctor(broken, '--for', 'build')).out).toMatch(/MISSING +tar/);
  });

  test('knows the QEMU of an architecture, and architectures without one', async () => {
    const some = await doctor(well, '--for', 'test-crash', '--arch', 'arm64', '--json');
    expect(some.status).toBe(1);
    expect(JSON.parse(some.out)).toMatchObject({
      install: 'apt-get install --no-install-recommends qemu-system-arm',
    });
    const none = await doctor(well, '--for', 'test-crash', '--arch', 'ia64');
    expect(none.out).toMatch(/MISSING +QEMU for ia64 +this tool makes no such machine/);
    expect((await doctor(well, '--arch', 'vax')).status).toBe(2);
    expect((await doctor(well, '--for', 'all')).status).toBe(2);
  });

  test('says that space is short, and that no source has packages', async () => {
    const short = { ...well, df: says('F\n/ 9 9 1024 1% /'), 'apt-get': says('') };
    const { status, out } = await doctor(short, '--for', 'build');
    expect(status).toBe(0);
    expect(out).toMatch(/partly +free space +1 MiB/);
    expect(out).toMatch(/partly +package sources +apt has none/);
  });

  test('tells the truth of this machine', async () => {
    const { status, out } = await runCli(
      ['doctor', '--for', 'build', '--for', 'inspect'],
      realHost(),
    );
    expect([status, out]).toEqual([0, expect.not.stringContaining('MISSING')]);
    expect(out).toMatch(/ok +dpkg-deb +Debian 'dpkg-deb'/);
    expect(out).toMatch(/ok +xz +xz \(XZ Utils\) \d/);
  });
});

test('every program that the tool runs by name is in the table of programs', () => {
  const names = new Set(provePrograms.map(({ program }) => program));
  for (const folder of ['inputs', 'savecore', 'prove', 'guest'])
    for (const file of readdirSync(`pipeline/${folder}`, { recursive: true, encoding: 'utf8' })) {
      if (!file.endsWith('.ts')) continue;
      const text = readFileSync(`pipeline/${folder}/${file}`, 'utf8');
      for (const [, name = ''] of text.matchAll(
        /(?:host\.run|execFileSync|spawnSync)\(\s*'([^']+)'/g,
      ))
        names.add(name.slice(name.lastIndexOf('/') + 1));
    }
  expect(names.size).toBeGreaterThan(12);
  expect([...names].filter((name) => programs[name] === undefined)).toEqual([]);
});
