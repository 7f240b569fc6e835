/**
 * `make check`: C includes go one way. A room includes from itself and from the rooms that the table
 * allows it, and no file is part of a circle; a source and its header count as one.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Rooms by where their files lie, the first that fits, and what each may include from. */
const rooms: readonly (readonly [name: string, files: RegExp, mayInclude: readonly string[]])[] = [
  // What purgatory and the loader share.
  ['lib', /^purgatory\/lib\/[^/]+$/, []],
  ['lib/arch', /^purgatory\/lib\/arch\//, ['lib']],
  ['purgatory', /^purgatory\/[^/]+$/, ['lib']],
  ['purgatory/arch', /^purgatory\/arch\//, ['purgatory', 'lib']],
  // Numbers and the trap of system calls, which sys.c finds by include path.
  ['system', /^loader\/arch\/(generic_numbers\.h|[^/]+\/(syscall\.h|start\.S))$/, []],
  ['base', /^loader\/base\//, ['system', 'lib']],
  ['tree', /^loader\/tree\//, ['base', 'lib']],
  ['bundle', /^loader\/bundle\//, ['tree', 'base', 'lib']],
  ['trust', /^loader\/trust\//, ['bundle', 'base', 'lib']],
  ['machine', /^loader\/machine\//, ['bundle', 'tree', 'base', 'lib']],
  ['segments', /^loader\/segments\//, ['machine', 'bundle', 'tree', 'base', 'lib']],
  ['arch', /^loader\/arch\//, ['segments', 'machine', 'bundle', 'tree', 'base', 'lib']],
  ['load', /^loader\/load\//, ['segments', 'machine', 'bundle', 'base', 'lib']],
  [
    'run',
    /^loader\/run\//,
    ['load', 'arch', 'segments', 'machine', 'trust', 'bundle', 'base', 'lib'],
  ],
  // A program of its own, with the same entry.
  ['savecore', /^loader\/savecore\//, ['base', 'lib']],
  // A program of the build machine, which unpacks what it packed.
  ['pack', /^loader\/pack\//, ['base', 'lib']],
];

/** Include paths of the two makefiles. */
const searched = ['loader', 'purgatory/lib', 'purgatory'];

const roomOf = (file: string) => rooms.find(([, files]) => files.test(file));

type Include = { readonly from: string; readonly to: string };

/** The repository's files that `file` includes, in quotes or in brackets, each with every place that it may mean. */
function includesOf(root: string, file: string, all: ReadonlySet<string>): readonly Include[] {
  const text = readFileSync(join(root, file), 'utf8');
  const folder = file.slice(0, file.lastIndexOf('/'));
  return [...text.matchAll(/^\s*#\s*include\s*["<]([^">]+)[">]/gm)].flatMap(([, name = '']) => {
    const first = [folder, ...searched]
      .map((path) => join(path, name))
      .find((path) => existsSync(join(root, path)));
    if (first !== undefined) return [{ from: file, to: first }];
    // Of the architecture that is built for: all of them are meant.
    return [...all]
      .filter((path) => path.endsWith(`/${name}`) && path.includes('/arch/'))
      .map((to) => ({ from: file, to }));
  });
}

const unitOf = (file: string): string => file.replace(/\.[chS]$/, '');

/** The first circle among units, as its members in order and the first again. */
function findCircle(
  edges: ReadonlyMap<string, ReadonlySet<string>>,
): readonly string[] | undefined {
  const done = new Set<string>();
  const visit = (unit: string, path: readonly string[]): readonly string[] | undefined => {
    if (path.includes(unit)) return [...path.slice(path.indexOf(unit)), unit];
    if (done.has(unit)) return undefined;
    for (const next of edges.get(unit) ?? []) {
      const circle = visit(next, [...path, unit]);
      if (circle !== undefined) return circle;
    }
    done.add(unit);
    return undefined;
  };
  for (const unit of edges.keys()) {
    const circle = visit(unit, []);
    if (circle !== undefined) return circle;
  }
  return undefined;
}

/** What is wrong below `root`, a line each. */
export function checkIncludes(root: string): readonly string[] {
  const files = ['loader', 'purgatory']
    .flatMap((folder) =>
      readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' }).map((name) =>
        join(folder, name),
      ),
    )
    // For the libraries, not ours.
    .filter((file) => /\.[chS]$/.test(file) && !file.startsWith('loader/freestanding/'))
    .sort();
  const all = new Set(files);
  const wrong: string[] = [];
  const edges = new Map<string, Set<string>>();
  for (const file of files) {
    const room = roomOf(file);
    if (room === undefined) {
      wrong.push(`${file} is in no room`);
      continue;
    }
    const own = file.replace(/\.c$/, '.h');
    // Parts of an architecture are told in one header, or in none; nothing calls a program of the build machine.
    if (/^loader\/.*\.c$/.test(file) && !/\/(arch\/.+|pack)\//.test(file) && !all.has(own))
      wrong.push(`${file} has no header`);
    for (const { from, to } of includesOf(root, file, all)) {
      const target = roomOf(to);
      if (target !== room && (target === undefined || !room[2].includes(target[0])))
        wrong.push(`${from} includes ${to}: ${room[0]} may not include ${target?.[0] ?? 'that'}`);
      if (unitOf(from) === unitOf(to)) continue;
      const reached = edges.get(unitOf(from)) ?? new Set();
      edges.set(unitOf(from), reached.add(unitOf(to)));
    }
  }
  const circle = findCircle(edges);
  if (circle !== undefined) wrong.push(`a circle of includes: ${circle.join(' -> ')}`);
  return wrong;
}
