/** A key of ours as reports and documents write it: `notAfter` as `not-after`. */
export const kebabCase = (name: string): string =>
  name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);

/** As C and the tables of a format write it: `not_after`. */
export const snakeCase = (name: string): string => kebabCase(name).replaceAll('-', '_');

/** `kebabCase` of a name that is known to the compiler. */
export type KebabCase<S extends string> = S extends `${infer First}${infer Rest}`
  ? `${First extends Lowercase<First> ? First : `-${Lowercase<First>}`}${KebabCase<Rest>}`
  : S;

/** The keys of a table, as reports write them. */
export const kebabKeys = <T extends Readonly<Record<string, unknown>>>(
  table: T,
): readonly KebabCase<keyof T & string>[] =>
  Object.keys(table).map((name) => kebabCase(name) as KebabCase<keyof T & string>);
