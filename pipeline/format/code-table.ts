/** A closed set of numbers with a name and a meaning each; becomes a C enum and a table in the docs. */
export type CodeTable = Readonly<Record<string, { readonly code: number; readonly doc: string }>>;

/** Declares a table and checks that no two names share a number. */
export function codeTable<T extends CodeTable>(table: T): T {
  const seen = new Set(Object.values(table).map((entry) => entry.code));
  if (seen.size !== Object.keys(table).length) throw new Error('two names share a code');
  return table;
}

/** The name of `code`, or undefined. */
export const nameOf = (table: CodeTable, code: number): string | undefined =>
  Object.entries(table).find(([, entry]) => entry.code === code)?.[0];
