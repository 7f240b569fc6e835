/** zod's issues -> our problems, each with its place. */
import { z } from 'zod';
import type { Problem } from '../problem/problem.ts';
import { showFound } from '../schema/show-found.ts';
import { nearest } from './nearest.ts';
import {
  keyPlaceAt,
  type MapNode,
  nodeAt,
  numberAt,
  type Path,
  placeAt,
  plainValue,
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
  const guess = nearest(key, known);
  return {
    area: 'profile',
    kind: 'unknown-key',
    place,
    key: showPath(path),
    nearest: guess === undefined ? undefined : showPath([...parent, guess]),
    known,
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

/** Whether a number would be right as text: YAML makes one of what only looks like it, without quotes. */
const takes = (schema: Schema, path: Path, text: string): boolean =>
  schemasAt(schema, path).some((one) => z.safeParse(one, text).success);

function wrongValue(root: MapNode, schema: Schema, path: Path, expected: string): Problem {
  const node = nodeAt(root, path);
  const key = showPath(path);
  const last = path.at(-1);
  if (node === undefined && typeof last === 'string')
    return {
      area: 'profile',
      kind: 'missing-key',
      place: placeAt(root, path),
      key,
      expected,
      example: exampleAt(schema, path),
    };
  const value = node === undefined ? null : plainValue(node);
  const number = numberAt(root, path);
  return {
    area: 'profile',
    kind: 'wrong-value',
    place: placeAt(root, path),
    key,
    found: number ?? showFound(value),
    expected,
    example: exampleAt(schema, path),
    nearest:
      typeof value === 'string'
        ? nearest(value, wordsAt(schema, path))
        : number !== undefined && takes(schema, path, number)
          ? JSON.stringify(number)
          : undefined,
  };
}

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

function problemsOf(root: MapNode, schema: Schema, issue: Issue, base: Path): readonly Problem[] {
  const path = [...base, ...asPath(issue.path)];
  if (issue.code === 'unrecognized_keys')
    return issue.keys.map((key) => unknownKey(root, schema, path, key));
  if (issue.code === 'invalid_union') {
    const branch = meantBranch(issue.errors);
    if (branch !== undefined)
      return branch.flatMap((inner) => problemsOf(root, schema, inner, path));
    const union = unionAt(schema, path.slice(0, -1));
    if (union?.discriminator !== undefined && path.at(-1) === union.discriminator) {
      const { discriminator } = union;
      const words = (union.options ?? []).map((option) =>
        shapeName(option, discriminator).slice(discriminator.length + 2),
      );
      const expected = words.length === 1 ? `\`${words[0]}\`` : `one of ${words.join(', ')}`;
      const problem = wrongValue(root, schema, path, expected);
      return problem.kind === 'wrong-value'
        ? [{ ...problem, nearest: nearest(String(nodeValue(root, path)), words) }]
        : [problem];
    }
  }
  return [wrongValue(root, schema, path, issue.message)];
}

function nodeValue(root: MapNode, path: Path): unknown {
  const node = nodeAt(root, path);
  return node === undefined ? undefined : plainValue(node);
}

/** One problem for each mistake; what two checks of one value say is said once. */
export function problemsFromIssues(
  root: MapNode,
  schema: Schema,
  issues: readonly Issue[],
): readonly Problem[] {
  const problems = issues.flatMap((issue) => problemsOf(root, schema, issue, []));
  const seen = new Set<string>();
  return problems.filter((problem) => {
    const id =
      problem.kind === 'wrong-value' ? `${problem.kind} ${problem.key}` : JSON.stringify(problem);
    if (seen.has(id)) return false;
    seen.add(id);
    return true;
  });
}
