/**
 * What packages call a licence, in SPDX's words: only where both mean the same text. Everything else is a reference
 * to the package's own word, since two packages may call two texts by one name. Pure.
 */

/** DEP-5's names with SPDX's identifier, lower case; `+` and a version are read apart. */
const exact: Readonly<Record<string, string>> = {
  'apache-2.0': 'Apache-2.0',
  'artistic-2.0': 'Artistic-2.0',
  'bsd-2-clause': 'BSD-2-Clause',
  'bsd-3-clause': 'BSD-3-Clause',
  'bsd-4-clause': 'BSD-4-Clause',
  'bsl-1.0': 'BSL-1.0',
  'cc0-1.0': 'CC0-1.0',
  'cddl-1.0': 'CDDL-1.0',
  expat: 'MIT',
  isc: 'ISC',
  mit: 'MIT',
  'mpl-1.1': 'MPL-1.1',
  'mpl-2.0': 'MPL-2.0',
  zlib: 'Zlib',
};

/** Families whose identifiers say whether a later version will do. */
const families: readonly {
  readonly word: RegExp;
  readonly name: (version: string) => string;
  readonly versions: readonly string[];
}[] = [
  { word: /^gpl-(\d(?:\.\d)?)(\+?)$/, name: (v) => `GPL-${v}`, versions: ['1.0', '2.0', '3.0'] },
  { word: /^lgpl-(\d(?:\.\d)?)(\+?)$/, name: (v) => `LGPL-${v}`, versions: ['2.0', '2.1', '3.0'] },
  { word: /^agpl-(\d(?:\.\d)?)(\+?)$/, name: (v) => `AGPL-${v}`, versions: ['3.0'] },
  { word: /^gfdl-(\d\.\d)(\+?)$/, name: (v) => `GFDL-${v}`, versions: ['1.1', '1.2', '1.3'] },
  {
    word: /^gfdl-niv-(\d\.\d)(\+?)$/,
    name: (v) => `GFDL-${v}-no-invariants`,
    versions: ['1.1', '1.2', '1.3'],
  },
];

/** SPDX's own word for one licence; undefined where there is none that is certain. */
function identifierOf(word: string): string | undefined {
  const plain = word.toLowerCase();
  if (exact[plain] !== undefined) return exact[plain];
  // SPDX's own words, as newer packages write them.
  const own = /^((?:a|l)?gpl-\d\.\d)-(only|or-later)$/.exec(plain);
  const dep5 = own === null ? plain : `${own[1]}${own[2] === 'or-later' ? '+' : ''}`;
  for (const { word: form, name, versions } of families) {
    const [, short, later] = form.exec(dep5) ?? [];
    if (short === undefined) continue;
    const version = short.includes('.') ? short : `${short}.0`;
    if (versions.includes(version))
      return `${name(version)}-${later === '+' ? 'or-later' : 'only'}`;
  }
  return undefined;
}

/** A reference that only its own document can tell the meaning of. */
export type LicenceReference = {
  readonly id: string;
  readonly word: string;
  readonly package: string;
};

export type LicenceExpression = {
  readonly expression: string;
  readonly references: readonly LicenceReference[];
};

const idWord = (text: string): string =>
  text
    .replace(/\+/g, 'plus')
    .replace(/[^A-Za-z0-9.]+/g, '-')
    .replace(/^-+|-+$/g, '') || 'unnamed';

type Shape = { readonly text: string; readonly kind: 'one' | 'or' | 'and' };

/** In an expression of another kind it needs brackets. */
const within = (kind: 'or' | 'and', { text, kind: own }: Shape): string =>
  own === 'one' || own === kind ? text : `(${text})`;

function join(kind: 'or' | 'and', shapes: readonly Shape[]): Shape {
  const [only, ...more] = shapes;
  if (only !== undefined && more.length === 0) return only;
  const words = [...new Set(shapes.map((shape) => within(kind, shape)))];
  return words.length === 1 && only !== undefined
    ? { text: words[0] ?? '', kind: only.kind }
    : { text: words.join(kind === 'or' ? ' OR ' : ' AND '), kind };
}

/**
 * All licences of a package together: each of them holds for some of its files. DEP-5: `and` binds closer than `or`,
 * a comma before either turns that round, and `with` names an exception, which makes it another licence.
 */
export function licenceExpression(
  owner: string,
  words: readonly string[],
): LicenceExpression | undefined {
  const references = new Map<string, LicenceReference>();
  const one = (word: string): Shape => {
    const known = identifierOf(word);
    if (known !== undefined) return { text: known, kind: 'one' };
    const id = `LicenseRef-${idWord(owner)}-${idWord(word)}`;
    references.set(id, { id, word, package: owner });
    return { text: id, kind: 'one' };
  };
  const split = (text: string, separators: readonly RegExp[], depth: number): Shape => {
    const separator = separators[depth];
    if (separator === undefined) return one(text.trim());
    const kind = depth % 2 === 0 ? 'and' : 'or';
    const parts = text.split(separator).filter((part) => part.trim() !== '');
    return join(
      kind,
      (parts.length === 0 ? [text] : parts).map((part) => split(part, separators, depth + 1)),
    );
  };
  // Outermost first: what a comma stands before, then `or`, which binds least.
  const order = [/,\s*and\s+/i, /,\s*or\s+|\s+or\s+/i, /\s+and\s+/i, /(?!)/];
  const shapes = words.map((word) => split(word, order, 0));
  if (shapes.length === 0) return undefined;
  const { text } = join('and', shapes);
  return { expression: text, references: [...references.values()] };
}
