/** Which file imports which: imports of types are imports too. */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { parseSync, Visitor } from 'oxc-parser';

export type Import = {
  readonly from: string;
  /** A file of ours, or the name of a package. */
  readonly to: string;
  readonly isPackage: boolean;
};

/** Every import in the TypeScript files below a folder, in whatever form it is written. */
export function importsBelow(folder: string): readonly Import[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts') && !name.endsWith('.d.ts'))
    .map((name) => join(folder, name))
    .flatMap((path) => importsIn(path, readFileSync(path, 'utf8')));
}

export function importsIn(path: string, text: string): readonly Import[] {
  const { program, errors } = parseSync(path, text);
  if (errors.length > 0) throw new Error(`${path}: ${errors[0]?.message}`);
  const found: string[] = [];
  const take = ({ source }: { readonly source: unknown }): void => {
    const { value } = (source ?? {}) as { readonly value?: unknown };
    if (typeof value === 'string') found.push(value);
  };
  new Visitor({
    ImportDeclaration: take,
    ExportNamedDeclaration: take,
    ExportAllDeclaration: take,
    ImportExpression: take,
    TSImportType: take,
  }).visit(program);
  return found
    .filter((name) => !name.startsWith('node:'))
    .map((name) =>
      name.startsWith('.')
        ? { from: path, to: join(dirname(path), name), isPackage: false }
        : { from: path, to: packageOf(name), isPackage: true },
    );
}

const packageOf = (name: string): string =>
  name
    .split('/')
    .slice(0, name.startsWith('@') ? 2 : 1)
    .join('/');

/** Files that reach themselves through others, each circle once (Tarjan's strongly connected components). */
export function circles(imports: readonly Import[]): readonly (readonly string[])[] {
  const next = new Map<string, string[]>();
  for (const { from, to, isPackage } of imports)
    if (!isPackage) next.set(from, [...(next.get(from) ?? []), to]);
  const number = new Map<string, number>();
  const lowest = new Map<string, number>();
  const open: string[] = [];
  const found: string[][] = [];
  const visit = (file: string): number => {
    const own = number.size;
    number.set(file, own);
    lowest.set(file, own);
    open.push(file);
    for (const to of next.get(file) ?? []) {
      const reached = number.has(to)
        ? open.includes(to)
          ? (number.get(to) ?? own)
          : own
        : visit(to);
      lowest.set(file, Math.min(lowest.get(file) ?? own, reached));
    }
    const low = lowest.get(file) ?? own;
    if (low === own) {
      const circle = open.splice(open.indexOf(file));
      if (circle.length > 1 || next.get(file)?.includes(file)) found.push(circle.sort());
    }
    return low;
  };
  for (const file of next.keys()) if (!number.has(file)) visit(file);
  return found;
}
