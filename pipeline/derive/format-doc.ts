/** Fills the tables of docs/format.md, between `<!-- generated: NAME -->` and `<!-- end -->`. Pure. */

import { bundleMembers } from '../format/bundle-members.ts';
import type { CodeTable } from '../format/code-table.ts';
import { declaredCodes, declaredLayouts, machineLayouts } from '../format/declared.ts';
import type { Field, Layout } from '../format/layout.ts';
import { limits } from '../format/limits.ts';
import { sealFaults, sealParts } from '../format/seal-faults.ts';
import { liveSources, matchKinds } from '../format/seal-layout.ts';
import { snakeCase } from '../units/kebab-case.ts';
import { cell, fillParts, table } from './generated-parts.ts';

const hex = (value: number, digits: number): string =>
  `0x${value.toString(16).padStart(digits, '0')}`;

function typeOf(field: Field): string {
  switch (field.type) {
    case 'uint':
      return `u${field.size * 8}`;
    case 'u64':
      return 'u64';
    case 'bytes':
      return `${field.size} bytes`;
    case 'text':
      return `text, ${field.size}`;
  }
}

/** Offsets with the digits that the size needs; what no field covers is a row of its own. */
function layoutTable(declared: Layout): string {
  const digits = declared.size.toString(16).length;
  const rows: string[][] = [];
  let end = 0;
  const reserved = (to: number): void => {
    if (to > end)
      rows.push([hex(end, digits), `${to - end} bytes`, '', 'reserved: zero, refused otherwise']);
  };
  for (const [key, field] of Object.entries(declared.fields)) {
    reserved(field.offset);
    rows.push([hex(field.offset, digits), typeOf(field), `\`${snakeCase(key)}\``, cell(field.doc)]);
    end = field.offset + field.size;
  }
  reserved(declared.size);
  return `\`${declared.name}\`, ${hex(declared.size, 0)} bytes. ${declared.doc}.\n\n${table(
    ['at', 'type', 'field', 'meaning'],
    rows,
  )}`;
}

/** Small codes count or are bits; large ones are what an operator sees, in hex. */
const showCode = (code: number): string => (code < 0x1000 ? `${code}` : hex(code, 0));

const codesTable = (codes: CodeTable): string =>
  table(
    ['code', 'name', 'meaning'],
    Object.entries(codes).map(([name, { code, doc }]) => [
      showCode(code),
      `\`${snakeCase(name)}\``,
      cell(doc),
    ]),
  );

const takesCell = (takes: readonly string[]): string =>
  takes.map((field) => `\`${field === 'path' ? 'text' : field}\``).join(' ');

/** What is declared of a seal beside its layouts and codes. */
const ruleTables = (): Readonly<Record<string, string>> => ({
  limits: table(
    ['at most', 'of what'],
    Object.values(limits).map(({ value, doc }) => [`${value}`, cell(doc)]),
  ),
  members: table(
    ['member', '', 'bytes at most', 'content'],
    Object.values(bundleMembers).map(({ name, required, limit, doc }) => [
      `\`${name}\``,
      required ? 'required' : 'optional',
      `${limits[limit].value}`,
      cell(doc),
    ]),
  ),
  'live sources': table(
    ['code', 'name', 'writes', 'takes', 'meaning'],
    Object.entries(liveSources).map(([name, { code, kind, takes, doc }]) => [
      `${code}`,
      `\`${snakeCase(name)}\``,
      kind,
      takesCell(takes),
      cell(doc),
    ]),
  ),
  'match kinds': table(
    ['code', 'name', 'takes', 'meaning'],
    Object.entries(matchKinds).map(([name, { code, takes, doc }]) => [
      `${code}`,
      `\`${snakeCase(name)}\``,
      takes.map((field) => `\`${field}\``).join(' '),
      cell(doc),
    ]),
  ),
  'seal faults': table(
    ['fault', 'what'],
    Object.entries(sealFaults).map(([name, { part, doc }]) => [
      `\`${name}\``,
      cell(`${sealParts[part].doc} ${doc}`),
    ]),
  ),
});

/**
 * `document` with every generated part made anew. `files` are texts that it shows, by name.
 */
export function fillFormatDoc(document: string, files: Readonly<Record<string, string>>): string {
  const parts: Readonly<Record<string, string>> = {
    ...Object.fromEntries(
      [...declaredLayouts, ...machineLayouts].map((declared) => [
        `layout ${declared.name}`,
        layoutTable(declared),
      ]),
    ),
    ...Object.fromEntries(
      declaredCodes.map(({ title, codes }) => [`codes ${title}`, codesTable(codes)]),
    ),
    ...ruleTables(),
    ...Object.fromEntries(
      Object.entries(files).map(([name, text]) => [
        `file ${name}`,
        `\`\`\`text\n${text.trimEnd()}\n\`\`\``,
      ]),
    ),
  };
  return fillParts('docs/format.md', document, parts);
}
