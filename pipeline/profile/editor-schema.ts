/**
 * docs/profile.schema.json, for editors. A file may be a whole profile or a part that others extend: of a file
 * with a name that extends nothing every key is asked for that must be there, of any other file none.
 */
import * as z from 'zod';
import { profileSchema } from './keys/keys.ts';

/** What we use of a JSON Schema. */
export type Node = {
  readonly type?: string;
  readonly description?: string;
  readonly default?: unknown;
  readonly defaultText?: string;
  readonly examples?: readonly unknown[];
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly items?: Node;
  readonly properties?: Readonly<Record<string, Node>>;
  readonly required?: readonly string[];
  readonly anyOf?: readonly Node[];
  readonly oneOf?: readonly Node[];
};

export const schemaNode = (): Node => z.toJSONSchema(profileSchema, { io: 'input' }) as Node;

const mapped = <T>(
  nodes: Readonly<Record<string, Node>>,
  change: (node: Node) => T,
): Readonly<Record<string, T>> =>
  Object.fromEntries(Object.entries(nodes).map(([key, node]) => [key, change(node)]));

/** What may stand in any file. `null` drops what is inherited; `defaultText` is for docs/profile.md. */
function part(node: Node): object {
  const { defaultText: _, required: __, oneOf, anyOf, items, properties, ...known } = node;
  const shapes = anyOf ?? oneOf;
  return {
    ...known,
    ...(items === undefined ? {} : { items: part(items) }),
    ...(shapes === undefined ? {} : { anyOf: shapes.map(part) }),
    ...(properties === undefined ? {} : { properties: mapped(properties, partOrNull) }),
  };
}

function partOrNull(node: Node): object {
  const { description, default: standard, examples, ...rest } = node;
  return {
    ...(description === undefined ? {} : { description }),
    ...(standard === undefined ? {} : { default: standard }),
    ...(examples === undefined ? {} : { examples }),
    anyOf: [part(rest), { type: 'null' }],
  };
}

/** What must be there, and nothing else; undefined where nothing must. */
function needs(node: Node): object | undefined {
  const { required = [], properties = {}, items } = node;
  const shapes = node.anyOf ?? node.oneOf;
  if (shapes !== undefined) {
    const inside = shapes.map(needs);
    // Of several shapes a value has one: those without needs of their own are told by their type.
    return inside.every((one) => one === undefined)
      ? undefined
      : { anyOf: shapes.map((shape, index) => inside[index] ?? { type: shape.type }) };
  }
  const ofItems = items === undefined ? undefined : needs(items);
  if (ofItems !== undefined) return { type: 'array', items: ofItems };
  const below = Object.entries(properties).flatMap(([key, child]) => {
    const inside = child.const === undefined ? needs(child) : { const: child.const };
    return inside === undefined ? [] : [[key, inside] as const];
  });
  if (required.length === 0 && below.length === 0) return undefined;
  return {
    type: 'object',
    ...(required.length === 0 ? {} : { required }),
    ...(below.length === 0 ? {} : { properties: Object.fromEntries(below) }),
  };
}

const wholeProfile = { required: ['name'], not: { required: ['extends'] } };

/** No schema of one key can say it: the check of `targets` does. */
const eitherTarget = { anyOf: [{ required: ['target'] }, { required: ['targets'] }] };

export function renderProfileSchema(): string {
  const node = schemaNode();
  const whole = { ...needs(withNulls(node)), ...eitherTarget };
  // JSON Schema's own words, one of which would make a promise of an object literal.
  const condition = Object.fromEntries([
    ['if', wholeProfile],
    ['then', whole],
  ]);
  return `${JSON.stringify({ ...part(node), ...condition }, null, 2)}\n`;
}

/** A key that need not be there may be null. */
function withNulls(node: Node): Node {
  const { properties, items, anyOf, oneOf, required = [] } = node;
  const shapes = anyOf ?? oneOf;
  const orNull = (key: string, child: Node): Node =>
    required.includes(key) ? withNulls(child) : { anyOf: [withNulls(child), { type: 'null' }] };
  return {
    ...node,
    ...(items === undefined ? {} : { items: withNulls(items) }),
    ...(shapes === undefined ? {} : { anyOf: shapes.map(withNulls) }),
    ...(properties === undefined
      ? {}
      : {
          properties: Object.fromEntries(
            Object.entries(properties).map(([key, child]) => [
              key,
              child.const === undefined ? orNull(key, child) : child,
            ]),
          ),
        }),
  };
}
