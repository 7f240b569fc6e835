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

/** Throws on a name that is not in the table: only an untyped caller can cause that. */
export function codeOf<T extends CodeTable>(table: T, name: keyof T & string): number {
  const entry = table[name];
  if (entry === undefined) throw new Error(`no code for ${name}`);
  return entry.code;
}

/** Of a table whose codes are bits: these, together. */
export const bitsOf = <T extends CodeTable>(
  table: T,
  flags: readonly (keyof T & string)[],
): number => flags.reduce((bits, flag) => bits | codeOf(table, flag), 0);

/** The flags that are set, in the order of the table. */
export const flagsOf = <T extends CodeTable>(
  table: T,
  bits: number,
): readonly (keyof T & string)[] =>
  Object.keys(table).filter((key) => (bits & (table[key]?.code ?? 0)) !== 0);

/** The bits that are set and have no name. */
export const unknownBits = (table: CodeTable, bits: number): number =>
  Object.values(table).reduce((left, { code }) => left & ~code, bits) >>> 0;
