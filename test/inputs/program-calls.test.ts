/** Every call of a program in the pipeline is read: no name that a user, a package or a machine gave can be an option. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseSync, Visitor } from 'oxc-parser';
import { expect, test } from 'vitest';

type Node = {
  readonly type: string;
  readonly name?: string;
  readonly value?: unknown;
  readonly elements?: readonly Node[];
  readonly argument?: Node;
  readonly callee?: Node;
  readonly property?: Node;
  readonly arguments?: readonly Node[];
  readonly id?: Node;
  readonly init?: Node | null;
  readonly quasis?: readonly { readonly value: { readonly raw: string } }[];
};

/** Lists of our own words that stand before any name; `command` is what the one caller in the file wrote. */
const ownWords = ['args', 'settings', 'command', 'trust', 'root', 'now', 'packing.args'];
/** Calls whose words are made elsewhere, with the reason why that is safe. */
const elsewhere: Readonly<Record<string, string>> = {
  'pipeline/doctor/doctor.ts':
    'options from a table; the folder is below our own cache, after `--`',
  'pipeline/sign/external-signer.ts':
    'openssl has names only as values of options; the shell is given the command that the user wrote',
  'pipeline/arch/x86/payload.ts': 'options from a table; the input is standard input',
  'pipeline/components/compression.ts': 'options from a table; the input is standard input',
  'pipeline/components/initramfs-files.ts': 'options from a table; the input is standard input',
  'pipeline/inputs/uncompress.ts': 'options from a table; the input is standard input',
};

/** A list within a list is one list. */
const flat = (elements: readonly Node[]): readonly Node[] =>
  elements.flatMap((one) =>
    one.type === 'SpreadElement' && one.argument?.type === 'ArrayExpression'
      ? flat(one.argument.elements ?? [])
      : [one],
  );

/** What stands before `--` and is neither a literal, an option with its value, nor the value of one. */
function loose(words: Node): readonly string[] {
  const found: string[] = [];
  let before = '';
  for (const element of flat(words.elements ?? [])) {
    const text = element.type === 'Literal' ? String(element.value) : '';
    if (text === '--') return found;
    const isOption =
      element.type === 'TemplateLiteral' && /^--?[a-z]/.test(element.quasis?.[0]?.value.raw ?? '');
    const isOwn =
      element.type === 'SpreadElement' &&
      (ownWords.includes(element.argument?.name ?? '') ||
        /^(Conditional|Parenthesized)Expression$/.test(element.argument?.type ?? ''));
    if (text === '' && !isOption && !isOwn && !before.startsWith('-'))
      found.push(element.name ?? element.type);
    before = text;
  }
  return found;
}

function callsIn(
  path: string,
): readonly { readonly path: string; readonly loose: readonly string[] }[] {
  const { program } = parseSync(path, readFileSync(path, 'utf8'));
  const lists = new Map<string, Node>();
  const calls: Node[] = [];
  new Visitor({
    VariableDeclarator: (node) => {
      const { id, init } = node as unknown as Node;
      if (id?.name !== undefined && init?.type === 'ArrayExpression') lists.set(id.name, init);
    },
    CallExpression: (node) => {
      const { callee, arguments: given } = node as unknown as Node;
      const name = callee?.type === 'MemberExpression' ? callee.property?.name : callee?.name;
      const words = given?.[1];
      if (name === 'run' && words !== undefined) calls.push(words);
    },
  }).visit(program);
  return calls.map((words) => {
    const list = words.type === 'ArrayExpression' ? words : lists.get(words.name ?? '');
    return { path, loose: list === undefined ? ['words made elsewhere'] : loose(list) };
  });
}

test('no name that comes from outside can be taken for an option', () => {
  const files = readdirSync('pipeline', { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts') && !name.endsWith('.d.ts'))
    .map((name) => join('pipeline', name))
    // Its `run` is the whole command line's.
    .filter((path) => path !== 'pipeline/cli/main.ts');
  const calls = files.flatMap(callsIn);
  expect(calls.length).toBeGreaterThan(10);
  const unread = calls.filter(({ loose: words }) => words.length > 0);
  expect(unread.filter(({ path }) => elsewhere[path] === undefined)).toEqual([]);
  // A reason for which there is no call any more would hide the next one.
  expect(new Set(unread.map(({ path }) => path))).toEqual(new Set(Object.keys(elsewhere)));
});
