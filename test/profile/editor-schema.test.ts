/**
 * What an editor says of a profile is what crashseal says of it. Before, the schema refused the shared part that
 * is shipped and every profile that leaves a required key to a file that it extends.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { renderProfileSchema } from '../../pipeline/profile/editor-schema.ts';
import { profileSchema } from '../../pipeline/profile/keys/keys.ts';
import { kindsWith, smallest, withLines } from './profile-texts.ts';

const folder = join('out', 'test', 'editor-schema');
mkdirSync(folder, { recursive: true });
const schemaFile = join(folder, 'profile.schema.json');
writeFileSync(schemaFile, renderProfileSchema());

/** The reference implementation of JSON Schema in Python. */
const program = `
import json, sys
import jsonschema
schema = json.load(open(sys.argv[1]))
jsonschema.Draft202012Validator.check_schema(schema)
validator = jsonschema.Draft202012Validator(schema)
json.dump([validator.is_valid(one) for one in json.load(sys.stdin)], sys.stdout)
`;
const there = spawnSync('python3', ['-c', 'import jsonschema']).status === 0;
if (!there) console.warn('no python3-jsonschema: the schema for editors is not tried');

function accepted(...texts: readonly string[]): readonly boolean[] {
  const ran = spawnSync('python3', ['-c', program, schemaFile], {
    input: JSON.stringify(texts.map((text) => parse(text))),
    encoding: 'utf8',
  });
  if (ran.status !== 0) throw new Error(ran.stderr);
  return JSON.parse(ran.stdout);
}

const shipped = [
  'profiles/appliance-i386.yaml',
  'profiles/cloud-guest.yaml',
  'profiles/efi-bare-metal.yaml',
  'profiles/ibm-z.yaml',
  'profiles/numa-server.yaml',
  'profiles/power-server.yaml',
  'profiles/qemu-development.yaml',
  'profiles/riscv-board.yaml',
  'profiles/shared/common.yaml',
];

describe.skipIf(!there)('an editor accepts', () => {
  test.each(shipped)('%s, and finds the schema by its first line', (file) => {
    const text = readFileSync(file, 'utf8');
    expect(accepted(text)).toEqual([true]);
    const line = /^# yaml-language-server: \$schema=(\S+)$/m.exec(text)?.[1] ?? '';
    expect(readFileSync(join(file, '..', line), 'utf8')).toBe(
      readFileSync('docs/profile.schema.json', 'utf8'),
    );
  });

  test('the examples of docs/profile.md', () => {
    const examples = [
      ...readFileSync('docs/profile.md', 'utf8').matchAll(/```yaml\n([\s\S]*?)```/g),
    ]
      .map(([, text]) => text ?? '')
      .filter((text) => /^(# .*\n)?name:.*\n\w/.test(text));
    expect(examples.length).toBeGreaterThan(1);
    expect(accepted(...examples)).toEqual(examples.map(() => true));
  });

  test.each([
    'name: db\nextends: a.yaml\n',
    'name: db\nextends: [a.yaml, b.yaml]\ntarget: { waitSeconds: 120 }\nnotAfter: null\n',
    'extends: a.yaml\nkernel: { version: "6.1" }\ninitramfs: null\nonCorruption: null\n',
    'finalAction: halt\n',
  ])('a file that leaves keys to others: %j', (text) => {
    expect(accepted(text)).toEqual([true]);
  });
});

describe.skipIf(!there)('an editor refuses', () => {
  test.each([
    smallest.replace('crashkernel: 256M\n', ''),
    smallest.replace(/^target:.*\n/m, ''),
    smallest.replace(', device: PARTLABEL=crashdump', ''),
    smallest.replace('from: apt, ', ''),
    withLines('fianlAction: reboot'),
    withLines('finalAction: rebot'),
    withLines('match: [{ equals: x }]'),
    'extends: a.yaml\ntarget: { waitSeconds: many }\n',
    'extends: { a: 1 }\n',
  ])('%j', (text) => {
    expect(accepted(text)).toEqual([false]);
  });
});

test.skipIf(!there)('the example of every key is accepted by both', () => {
  const lines = Object.entries(profileSchema.shape).flatMap(([key, schema]) => {
    const { examples = [] } = (schema as { meta(): { examples?: readonly unknown[] } }).meta();
    return examples.map((example) => `${key}: ${JSON.stringify(example)}`);
  });
  // Of the two keys for targets a profile has one.
  const texts = lines.map((line) =>
    line.startsWith('targets:') ? withLines(line).replace(/^target:.*\n/m, '') : withLines(line),
  );
  expect(accepted(...texts)).toEqual(texts.map(() => true));
  for (const line of lines) expect(kindsWith(line)).not.toContain('wrong-value');
});
