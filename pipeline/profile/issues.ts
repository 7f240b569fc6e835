/** zod's issues -> our problems, each with its place. */
import * as z from 'zod';
import type { Problem } from '../problem/problem.ts';
import { showFound } from '../schema/show-found.ts';
import { insteadOfKey, insteadOfValue } from './kdump-words.ts';
import { nearest } from './nearest.ts';
import {
  keyPlaceAt,
  type MapNode,
  nodeAt,
  numberAt,
  type Path,
  placeAt,
  plainValue,
  type Scalar,
  showPath,
} from './source-tree.ts';

type Issue = z.core.$ZodIssue;
type Schema = z.core.$ZodType;

const asPath = (path: readonly PropertyKey[]): Path =>
  path.map((step) => (typeof step === 'number' ? step : String(step)));

/** Takes off what stands around a schema (defaults, optional) to see its shape. */
function bare(schema: Schema): Schema {
  const definition = schema._zod.def as { readonly innerType?: Schema };
  return definition.innerType === undefined ? schema : bare(definition.innerType);
}

type Definition = {
  readonly type: string;
  readonly shape?: Readonly<Record<string, Schema>>;
  readonly options?: readonly Schema[];
  readonly discriminator?: string;
  readonly element?: Schema;
  readonly values?: readonly unknown[];
};
const definitionOf = (schema: Schema): Definition => bare(schema)._zod.def as unknown as Definition;

/** Keys of an object schema. */
const keysOf = (schema: Schema): readonly string[] => Object.keys(definitionOf(schema).shape ?? {});

/** `from: apt`, when `schema` is the variant of a discriminated union. */
function shapeName(schema: Schema, discriminator: string): string {
  const literal = definitionOf(schema).shape?.[discriminator];
  const value = literal === undefined ? undefined : definitionOf(literal).values?.[0];
  return `${discriminator}: ${String(value)}`;
}

/** All schemas that could stand at `path`: more than one where a union is on the way. */
function schemasAt(schema: Schema, path: Path): readonly Schema[] {
  const definition = definitionOf(schema);
  if (definition.options !== undefined)
    return definition.options.flatMap((option) => schemasAt(option, path));
  const [step, ...rest] = path;
  if (step === undefined) return [schema];
  const next = typeof step === 'number' ? definition.element : definition.shape?.[step];
  return next === undefined ? [] : schemasAt(next, rest);
}

/** The discriminated union that stands at `path`, if one does. */
function unionAt(schema: Schema, path: Path): Definition | undefined {
  const definition = definitionOf(schema);
  const [step, ...rest] = path;
  if (step === undefined) {
    if (definition.discriminator !== undefined) return definition;
    // `reset` or `{ step: … }`: the shapes are below one of the options.
    return definition.options
      ?.map((option) => unionAt(option, path))
      .find((one) => one !== undefined);
  }
  const next = typeof step === 'number' ? definition.element : definition.shape?.[step];
  return next === undefined ? undefined : unionAt(next, rest);
}

function unknownKey(root: MapNode, schema: Schema, parent: Path, key: string): Problem {
  const path = [...parent, key];
  const place = keyPlaceAt(root, path);
  const union = unionAt(schema, parent);
  if (union?.discriminator !== undefined) {
    const { discriminator } = union;
    const owners = (union.options ?? []).filter((option) => keysOf(option).includes(key));
    const chosen = nodeAt(root, [...parent, discriminator]);
    if (owners.length > 0 && chosen?.kind === 'scalar')
      return {
        area: 'profile',
        kind: 'key-of-other-shape',
        place,
        key: showPath(path),
        chosen: `${discriminator}: ${chosen.value}`,
        belongsTo: owners.map((owner) => shapeName(owner, discriminator)),
      };
  }
  const here = schemasAt(schema, parent).filter((one) => {
    const discriminator = union?.discriminator;
    if (discriminator === undefined) return true;
    const chosen = nodeAt(root, [...parent, discriminator]);
    return (
      chosen?.kind === 'scalar' &&
      shapeName(one, discriminator) === `${discriminator}: ${chosen.value}`
    );
  });
  const known = [...new Set(here.flatMap(keysOf))];
  // A key that is there already would be written twice.
  const free = known.filter((name) => nodeAt(root, [...parent, name]) === undefined);
  const instead = parent.length === 0 ? insteadOfKey(key) : undefined;
  const guess = instead === undefined ? nearest(key, free) : undefined;
  return {
    area: 'profile',
    kind: 'unknown-key',
    place,
    key: showPath(path),
    nearest: guess === undefined ? undefined : showPath([...parent, guess]),
    known,
    ...(instead === undefined ? {} : { instead }),
  };
}

/** The first example that the schema gives for the value at `path`, as it would be written. */
function exampleAt(schema: Schema, path: Path): string | undefined {
  const [step, ...rest] = path;
  if (step === undefined) {
    const examples: unknown = z.globalRegistry.get(schema as z.ZodType)?.examples;
    const example: unknown = Array.isArray(examples) ? examples[0] : undefined;
    return example === undefined ? undefined : showExample(example);
  }
  const definition = definitionOf(schema);
  if (definition.options !== undefined)
    return definition.options
      .map((option) => exampleAt(option, path))
      .find((one) => one !== undefined);
  const next = typeof step === 'number' ? definition.element : definition.shape?.[step];
  return next === undefined ? undefined : exampleAt(next, rest);
}

/** A value as one line of YAML. */
export function showExample(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(showExample).join(', ')}]`;
  if (typeof value === 'object' && value !== null) {
    const pairs = Object.entries(value).map(([key, item]) => `${key}: ${showExample(item)}`);
    return `{ ${pairs.join(', ')} }`;
  }
  const written = String(value);
  const needsQuotes =
    typeof value === 'string' &&
    (/[,:[\]{}#"'`]|^\s|\s$/.test(written) || /^[-+.]?\d/.test(written));
  return needsQuotes ? JSON.stringify(written) : written;
}

/** Words that the value at `path` may be, for "did you mean". */
function wordsAt(schema: Schema, path: Path): readonly string[] {
  return schemasAt(schema, path).flatMap((one) => {
    const values = (one._zod as { readonly values?: ReadonlySet<unknown> }).values;
    return [...(values ?? [])].filter((value) => typeof value === 'string');
  });
}

const takes = (schema: Schema, path: Path, value: unknown): boolean =>
  schemasAt(schema, path).some((one) => z.safeParse(one, value).success);

/** YAML 1.1 had more words for these, and people still know them. */
const truths: Readonly<Record<string, boolean>> = {
  yes: true,
  on: true,
  y: true,
  no: false,
  off: false,
  n: false,
};

/** What may have been meant by a value, the likeliest first. */
function candidates(
  value: unknown,
  digits: string | undefined,
  words: readonly string[],
): unknown[] {
  if (digits !== undefined) return [digits, `${digits}M`];
  if (typeof value === 'boolean') return [String(value)];
  if (typeof value !== 'string') return [];
  const word = nearest(value, words);
  return [
    ...(word === undefined ? [] : [word]),
    // `64 KiB` as the kernel writes it.
    value.replace(/\s+/g, '').replace(/^(\d+[kmgt])i?b?$/i, (_, size) => size.toUpperCase()),
    ...(/^\d+$/.test(value) ? [Number(value)] : []),
    ...(value.toLowerCase() in truths ? [truths[value.toLowerCase()]] : []),
  ].filter((one) => one !== value);
}

/** Whether a value in place of the one at a path would put it right. */
export type Cures = (path: Path, value: Scalar) => boolean;

type Telling = { readonly root: MapNode; readonly schema: Schema; readonly cures: Cures };

function wrongValue({ root, schema, cures }: Telling, path: Path, expected: string): Problem {
  const node = nodeAt(root, path);
  const key = showPath(path);
  const last = path.at(-1);
  const example = exampleAt(schema, path);
  if (node === undefined && typeof last === 'string')
    return {
      area: 'profile',
      kind: 'missing-key',
      place: placeAt(root, path),
      key,
      expected,
      example,
    };
  const value = node === undefined ? null : plainValue(node);
  const digits = numberAt(root, path);
  const union = unionAt(schema, path.slice(0, -1));
  const words =
    union !== undefined && union.discriminator === last ? shapeWords(union) : wordsAt(schema, path);
  const meant = candidates(value, digits, words).find(
    (one) => takes(schema, path, one) && cures(path, one as Scalar),
  );
  const instead = insteadOfValue(key, value);
  return {
    area: 'profile',
    kind: 'wrong-value',
    place: placeAt(root, path),
    key,
    found: digits ?? showFound(value),
    expected,
    example,
    nearest: meant === undefined ? undefined : showExample(meant),
    ...(instead === undefined ? {} : { instead }),
  };
}

/** `apt`, `deb` …: what the key can say that tells the shapes apart. */
const shapeWords = ({ options = [], discriminator = '' }: Definition): readonly string[] =>
  options.map((option) => shapeName(option, discriminator).slice(discriminator.length + 2));

/** Of a union's branches the one that was meant: where the value has the right type to begin with. */
function meantBranch(branches: readonly (readonly Issue[])[]): readonly Issue[] | undefined {
  const meant = branches.filter((issues) =>
    issues.every(
      (issue) =>
        issue.path.length > 0 ||
        (issue.code !== 'invalid_type' &&
          issue.code !== 'invalid_value' &&
          issue.code !== 'invalid_union'),
    ),
  );
  return meant.length === 1 ? meant[0] : undefined;
}

function problemsOf(telling: Telling, issue: Issue, base: Path): readonly Problem[] {
  const { root, schema } = telling;
  const path = [...base, ...asPath(issue.path)];
  if (issue.code === 'unrecognized_keys')
    return issue.keys.map((key) => unknownKey(root, schema, path, key));
  if (issue.code === 'invalid_union') {
    const branch = meantBranch(issue.errors);
    if (branch !== undefined) return branch.flatMap((inner) => problemsOf(telling, inner, path));
    const union = unionAt(schema, path.slice(0, -1));
    if (union?.discriminator !== undefined && path.at(-1) === union.discriminator) {
      const words = shapeWords(union);
      const expected = words.length === 1 ? `\`${words[0]}\`` : `one of ${words.join(', ')}`;
      return [wrongValue(telling, path, expected)];
    }
  }
  return [wrongValue(telling, path, issue.message)];
}

/** One problem for each mistake; what two checks of one value say is said once. */
export function problemsFromIssues(
  root: MapNode,
  schema: Schema,
  issues: readonly Issue[],
  cures: Cures,
): readonly Problem[] {
  const telling = { root, schema, cures };
  const problems = issues.flatMap((issue) => problemsOf(telling, issue, []));
  const seen = new Set<string>();
  return problems.filter((problem) => {
    const id =
      problem.kind === 'wrong-value' ? `${problem.kind} ${problem.key}` : JSON.stringify(problem);
    if (seen.has(id)) return false;
    seen.add(id);
    return true;
  });
}
