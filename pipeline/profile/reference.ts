/** The generated parts of docs/profile.md, from the schema. Pure. */
import { type Node, schemaNode } from './editor-schema.ts';
import { showExample } from './issues.ts';
import { problemsOfKey } from './keys/keys.ts';
import { type ProblemKind, problemMeanings } from './problem-reference.ts';

const code = (value: unknown): string => `\`${showExample(value)}\``;
const cell = (value: string): string => value.replaceAll('|', '\\|');

function typeWords(node: Node): string {
  if (node.const !== undefined) return code(node.const);
  if (node.enum !== undefined) return node.enum.map(code).join(', ');
  const variants = node.anyOf ?? node.oneOf;
  if (variants !== undefined) {
    const words = [...new Set(variants.map(typeWords))];
    return words.every((word) => word.startsWith('`')) ? words.join(', ') : words.join(' or ');
  }
  switch (node.type) {
    case 'array':
      return `list of ${node.items === undefined ? 'values' : typeWords(node.items)}`;
    case 'object':
      return 'map';
    case 'integer':
      return node.maximum === undefined || node.maximum >= Number.MAX_SAFE_INTEGER
        ? 'whole number'
        : `${node.minimum ?? 0} to ${node.maximum}`;
    case 'boolean':
      return '`true`, `false`';
    default:
      return 'text';
  }
}

function defaultWords(node: Node, required: boolean): string {
  if (required) return '**required**';
  if (node.defaultText !== undefined)
    return /[` ]/.test(node.defaultText) ? node.defaultText : `\`${node.defaultText}\``;
  if (node.default === undefined) return 'none';
  if (typeof node.default === 'object' && Object.keys(node.default ?? {}).length === 0)
    return Array.isArray(node.default) ? 'empty' : 'see below';
  return code(node.default);
}

const row = (key: string, node: Node, required: boolean): readonly string[] => [
  `\`${key}\``,
  cell(typeWords(node)),
  cell(defaultWords(node, required)),
  cell([node.description ?? '', ...exampleWords(node)].join(' ')),
];

/** Of a key below another one; keys at the top have a block of their own. */
const exampleWords = (node: Node): readonly string[] =>
  node.examples?.[0] === undefined ? [] : [`Example: ${code(node.examples[0])}.`];

const table = (rows: readonly (readonly string[])[]): readonly string[] =>
  [['key', 'takes', 'default', 'meaning'], ['---', '---', '---', '---'], ...rows].map(
    (cells) => `| ${cells.join(' | ')} |`,
  );

/** Of the maps below a key that is itself in a table. */
function rowsInside(key: string, node: Node): readonly (readonly string[])[] {
  const shapes = [node, ...(node.anyOf ?? []), ...(node.oneOf ?? [])];
  return shapes.flatMap(({ properties = {}, required = [] }) =>
    Object.entries(properties).map(([name, child]) =>
      row(`${key}.${name}`, child, required.includes(name)),
    ),
  );
}

/** The keys of a map, or of each shape that a map may have. */
function keysBelow(key: string, node: Node): readonly string[] {
  const below = (shape: Node, except: readonly string[]): readonly string[] => {
    const required = new Set(shape.required ?? []);
    const rows = Object.entries(shape.properties ?? {})
      .filter(([name]) => !except.includes(name))
      .flatMap(([name, child]) => [
        row(`${key}.${name}`, child, required.has(name)),
        ...rowsInside(`${key}.${name}`, child),
      ]);
    return rows.length === 0 ? [] : ['', ...table(rows)];
  };
  if (node.properties !== undefined) return below(node, []);
  if (node.items?.properties !== undefined) return below(node.items, []);
  const variants = [...(node.oneOf ?? node.anyOf ?? []), ...(node.items?.anyOf ?? [])].flatMap(
    (variant) => variant.oneOf ?? [variant],
  );
  return variants.flatMap((variant) => {
    const shape = Object.entries(variant.properties ?? {}).find(
      ([, child]) => child.const !== undefined,
    );
    if (shape === undefined) return below(variant, []);
    const [name, { const: value }] = shape;
    const rest = below(variant, [name]);
    return [
      '',
      `With \`${name}: ${String(value)}\`${rest.length === 0 ? ' there is nothing more to say.' : ':'}`,
      ...rest,
    ];
  });
}

function keySection(key: string, node: Node, required: boolean): readonly string[] {
  const problems: readonly ProblemKind[] = [
    ...(required ? (['missing-key'] as const) : []),
    'wrong-value',
    ...problemsOfKey(key),
  ];
  const examples = (node.examples ?? []).map((example) => `${key}: ${showExample(example)}`);
  return [
    '',
    `### \`${key}\``,
    '',
    node.description ?? '',
    '',
    `Takes ${typeWords(node)}; ${required ? 'required' : `default ${defaultWords(node, false)}`}.`,
    ...(examples.length === 0 ? [] : ['', '```yaml', ...examples, '```']),
    ...keysBelow(key, node),
    '',
    `Problems: ${problems.map((kind) => `\`${kind}\``).join(', ')}.`,
  ];
}

/** By the names that docs/profile.md asks for. */
export function profileDocParts(): Readonly<Record<string, string>> {
  const root = schemaNode();
  const required = new Set(root.required ?? []);
  const keys = Object.entries(root.properties ?? {});
  return {
    'profile keys': table(
      keys.map(([key, { examples: _, ...node }]) => row(key, node, required.has(key))),
    ).join('\n'),
    'profile sections': keys
      .flatMap(([key, node]) => keySection(key, node, required.has(key)))
      .join('\n')
      .trim(),
    'profile problems': [
      '| problem | when |',
      '| --- | --- |',
      ...Object.entries(problemMeanings).map(
        ([kind, meaning]) => `| \`${kind}\` | ${cell(meaning)} |`,
      ),
    ].join('\n'),
  };
}
