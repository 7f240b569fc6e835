/** Libraries that stand in for others, judged by readelf and by the dynamic loader of each architecture. */
import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { architectureOf, archNames } from '../../pipeline/arch/arch.ts';
import { readElf } from '../../pipeline/format/elf.ts';
import { askedOf, standInLibrary } from '../../pipeline/format/elf-library.ts';
import { type GuestArch, machines } from '../../pipeline/guest/machines/machines.ts';
import { packageTree } from '../support/packages.ts';
import { testSystems } from '../support/systems/systems.ts';
import { withWorkFolder } from '../support/work-folder.ts';

const replaced = 'libdw.so.1';

const elfOf = (bytes: Uint8Array) => {
  const elf = readElf(bytes);
  if (!elf.ok) throw new Error(elf.why.fault);
  return elf.value;
};

const answerOf = (arch: GuestArch): Uint8Array => {
  const { returnsZero } = architectureOf(arch);
  if (returnsZero === undefined) throw new Error(`${arch} has no answer`);
  return returnsZero;
};

/** By readelf: `name@version` of each symbol whose line matches, sorted. */
const byReadelf = (path: string, pattern: RegExp): readonly string[] =>
  execFileSync('readelf', ['-W', '--dyn-syms', path], { encoding: 'utf8', maxBuffer: 2 ** 26 })
    .split('\n')
    .flatMap((line) => {
      const [, name, version] = pattern.exec(line) ?? [];
      return name === undefined ? [] : [`${name}@${version}`];
    })
    .sort();

test.each(Object.keys(machines) as GuestArch[])(
  'makedumpfile of %s runs with libraries that stand in, and says no word about them',
  (arch) =>
    withWorkFolder(`stand-in-${arch}`, async (folder) => {
      const { emulator, multiarch, interpreter } = testSystems[arch];
      const packaged = await packageTree(arch, 'makedumpfile');
      const root = join(folder, 'root');
      const libraries = join(root, `lib/${multiarch}`);
      mkdirSync(libraries, { recursive: true });
      mkdirSync(join(root, interpreter, '..'), { recursive: true });
      const program = join(root, 'makedumpfile');
      cpSync(join(packaged, 'usr/bin/makedumpfile'), program);
      cpSync(join(packaged, interpreter), join(root, interpreter), { dereference: true });
      const elf = elfOf(readFileSync(program));
      const asked = askedOf(elf, replaced) ?? [];
      const standIn = join(libraries, replaced);
      const makeStandIn = (symbols: typeof asked) =>
        writeFileSync(standIn, standInLibrary(replaced, symbols, answerOf(arch), elf));
      makeStandIn(asked);
      expect(execFileSync('readelf', ['-W', '-h', '-l', '-d', standIn]).toString()).toContain(
        `Library soname: [${replaced}]`,
      );
      const real = ['lib', 'usr/lib'].map((place) => join(packaged, place, multiarch));
      const provided = byReadelf(
        join(real.find((one) => existsSync(join(one, replaced))) ?? '', replaced),
        /\d+ (\S+)@@(ELFUTILS\S+)/,
      );
      const wanted = byReadelf(program, / UND (\S+)@(ELFUTILS\S+)/);
      const names = asked.map(({ name, version }) => `${name}@${version}`);
      expect(names.length).toBeGreaterThan(20);
      expect(names).toEqual(wanted.filter((one) => provided.includes(one)));
      for (const place of real.filter((one) => existsSync(one)))
        for (const library of readdirSync(place).filter((one) => /\.so\./.test(one)))
          if (library !== replaced && !/^lib(lzma|bz2)/.test(library))
            cpSync(join(place, library), join(libraries, library), { dereference: true });
      const run = (...words: string[]) =>
        spawnSync(
          emulator ?? join(root, interpreter),
          emulator === undefined
            ? ['--library-path', libraries, program, ...words]
            : ['-L', root, '-E', `LD_LIBRARY_PATH=/lib/${multiarch}`, program, ...words],
          { encoding: 'utf8', env: { LD_BIND_NOW: '1' } },
        );
      const version = run('-v');
      expect(version).toMatchObject({ status: 0, stderr: '' });
      expect(version.stdout).toContain('makedumpfile: version');
      // What is no dump is refused as such, after the libraries were asked what they are.
      const noDump = run('-d', '31', program, join(folder, 'dump'));
      expect(noDump.stderr + noDump.stdout).not.toMatch(/Elf library/);
      expect(noDump.status).toBe(1);
      // A file with debugging information for all who have the real one: an error, and no crash.
      const withDebug = run('-g', join(folder, 'vmcoreinfo'), '-x', program);
      expect(withDebug.status).toBe(1);
      // Without one of its functions: the dynamic loader asks for each.
      const [first, ...others] = asked;
      makeStandIn(others);
      expect(run('-v')).toMatchObject({
        status: 127,
        stderr: expect.stringContaining(first?.name ?? 'none'),
      });
    }),
  600_000,
);

test('every architecture that is run has an answer, and it is short', () => {
  for (const name of archNames) {
    const { returnsZero, shownOnly } = architectureOf(name);
    expect(returnsZero === undefined).toBe(shownOnly !== undefined);
    expect(returnsZero?.length ?? 0).toBeLessThanOrEqual(8);
  }
});

test('what is damaged asks for nothing that anybody could stand in for', async () => {
  const bytes = readFileSync('/usr/bin/makedumpfile');
  const elf = elfOf(bytes);
  expect(askedOf(elf, 'libnone.so.1')).toBeUndefined();
  for (const name of ['.dynsym', '.dynstr', '.gnu.version', '.gnu.version_r']) {
    const section = elf.sections.find((one) => one.name === name);
    if (section === undefined) throw new Error(`no ${name}`);
    const sections = elf.sections.map((one) => (one === section ? { ...one, size: 8n } : one));
    expect(askedOf({ ...elf, sections }, 'libdw.so.1') ?? []).toEqual([]);
    // Any bytes in it: an answer comes, whatever it is.
    const noise = Uint8Array.from(bytes);
    const from = Number(section.offset);
    for (let at = 0; at < Number(section.size); at += 1) noise[from + at] = (at * 73) & 0xff;
    askedOf({ ...elf, bytes: noise }, 'libdw.so.1');
  }
});
