import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { cliDocParts, helpText } from '../../pipeline/cli/reference.ts';
import type { Verb } from '../../pipeline/cli/verb.ts';
import { verbs } from '../../pipeline/cli/verbs.ts';
import { memoryHost } from '../../pipeline/host/memory-host.ts';
import { runCli } from './memory-world.ts';

describe('help', () => {
  test.each([[], ...verbs.map(({ name }) => [name])])(
    'of "%s" is as in its golden file',
    async (...words) => {
      const text = await helpText(words);
      await expect(text).toMatchFileSnapshot(
        `../golden/cli/help${words.map((word) => `-${word.replace(' ', '-')}`).join('')}.txt`,
      );
    },
  );

  test('goes to standard output, and asking for it is no mistake', async () => {
    const { status, out, talk } = await runCli(['build', '--help']);
    expect([status, talk]).toEqual([0, '']);
    expect(out).toContain('Examples:');
  });

  test('help VERB is VERB --help', async () => {
    expect(await runCli(['help', 'plan'])).toEqual(await runCli(['plan', '--help']));
  });

  test('every verb has a sentence, an example and --json', () => {
    for (const verb of verbs) {
      expect(verb.about.length).toBeGreaterThan(0);
      expect(verb.examples.length).toBeGreaterThan(0);
      expect(verb.options.map(({ name }) => name)).toContain('json');
      for (const { command } of verb.examples) expect(command).toMatch(`crashseal ${verb.name}`);
    }
  });

  test('what an option needs or excludes is an option of its verb', () => {
    for (const { name, options, arguments: args, exactlyOne } of verbs as readonly Verb[]) {
      const known = new Set(options.map((one) => one.name));
      const meant = [
        ...options.flatMap(({ needs = [], excludes = [] }) => [...needs.flat(), ...excludes]),
        ...args.flatMap(({ needs = [] }) => needs.flat()),
        ...(exactlyOne?.of ?? []),
      ];
      expect(
        meant.filter((one) => !known.has(one)),
        name,
      ).toEqual([]);
    }
  });

  test('the tables of docs/cli.md are those of the parser', () => {
    const document = readFileSync('docs/cli.md', 'utf8');
    for (const part of Object.values(cliDocParts())) expect(document).toContain(part);
  });
});

describe('a command line that cannot be meant', () => {
  const table: readonly (readonly [readonly string[], string])[] = [
    [[], 'Usage: crashseal'],
    [['buidl'], 'Did you mean build?'],
    [['build'], "missing required argument 'PROFILE'"],
    [['build', 'a.yaml', '--dev-kye'], 'Did you mean --dev-key?'],
    [['build', 'a.yaml'], 'say how to sign'],
    [['build', 'a.yaml', '--dev-key', '--unsigned'], 'say how to sign'],
    [['build', 'a.yaml', '--key', 'k'], '--key needs --cert'],
    [['build', 'a.yaml', '--unsigned', '--cert', 'c'], '--cert needs --key or --signer-command'],
    [['build', 'a.yaml', '--unsigned', '--date', 'soon'], '--date takes a date'],
    [['inspect'], "missing required argument 'BUNDLE'"],
    [['inspect', 'a', 'b'], 'too many arguments'],
    [['verify', 'a', '--at', '2027-02-31'], '--at takes a date'],
    [['init', '--class', 'mainframe'], '--class takes one of cloud, server, efi, qemu'],
    [['init', '--name', 'Big Server', '--stdout'], '--name takes at most 63 lower-case letters'],
    [['keygen', '--days', '0'], '--days takes a whole number'],
    [['keygen', '--bits', 'many'], '--bits takes a whole number'],
    [['keygen', '--authority-days', '1.5'], '--authority-days takes a whole number'],
    [['keygen', '--issuer-key', 'k'], '--issuer-key needs --issuer-cert'],
    [
      ['build', 'a.yaml', '--key', 'k', '--signer-command', 'c'],
      '--key and --signer-command exclude each other',
    ],
    [['build', 'a.yaml', '--signer-command', 'c'], '--signer-command needs --cert'],
    [['build', 'a.yaml', '--dev-key', '--engine', 'pkcs11'], '--engine needs --key'],
    [
      ['resign', 'b', '--key', 'k', '--cert', 'c', '--signer-timeout', '0'],
      '--signer-timeout takes seconds',
    ],
    [
      [
        'resign',
        'b',
        '--key',
        'k',
        '--cert',
        'c',
        '--passphrase-file',
        'f',
        '--passphrase-env',
        'e',
      ],
      '--passphrase-file and --passphrase-env exclude each other',
    ],
    [['resign', 'b'], 'say what to do'],
    [['resign', 'b', '--drop', '1', '--add'], '--drop and --add exclude each other'],
    [['resign', 'b', '--drop', 'one'], '--drop takes a whole number from 1'],
    [
      ['resign', 'b', '--key', 'k', '--cert', 'c', '--add', '--replace'],
      '--add and --replace exclude each other',
    ],
    [['resign', 'a', 'b', '--drop', '1', '--out', 'o'], '--out is for one BUNDLE only'],
    [['revoke', 'b'], 'WHAT needs --key or --signer-command'],
    [['revoke', '--number', '-1', '--key', 'k', '--cert', 'c'], '--number takes a whole number'],
  ];
  test.each(table)('%j: %s', async (words, said) => {
    const { status, out, talk } = await runCli(words);
    expect([status, out]).toEqual([2, '']);
    expect(talk).toContain(said);
  });

  test('every mistake is told at once', async () => {
    const words = ['keygen', '--days', '0', '--bits', 'x', '--issuer-cert', 'c', '--name', 'a'];
    const { status, talk } = await runCli([...words, '--name', 'b']);
    expect(status).toBe(2);
    expect(talk).toBe(
      [
        'error: --name can be given only once',
        'error: --days takes a whole number from 1 to 36500, not "0"',
        'error: --bits takes a whole number from 1, not "x"',
        'error: --issuer-cert needs --issuer-key',
        '(see `crashseal keygen --help`)\n',
      ].join('\n'),
    );
  });
});

describe('results and problems', () => {
  test('a problem goes to standard error, with exit status 1', async () => {
    const { status, out, talk } = await runCli(['inspect', '/gone.crashseal']);
    expect([status, out]).toEqual([1, '']);
    expect(talk).toMatch(/^error: .*\/gone\.crashseal/);
    expect(talk).toContain('\n  hint: ');
  });

  test('with --json it is one document on standard output', async () => {
    const { status, out, talk } = await runCli(['inspect', '/gone.crashseal', '--json']);
    expect([status, talk]).toEqual([1, '']);
    expect(JSON.parse(out)).toMatchObject({ problems: [{ area: 'seal', kind: 'bundle-missing' }] });
  });

  test('colour is used where it is asked for, and nowhere else', async () => {
    const words = ['inspect', '/gone.crashseal'];
    expect((await runCli(words)).talk).not.toContain('\u001b');
    expect((await runCli(words, memoryHost({}), true)).talk).toContain('\u001b[');
  });

  test('what the system refuses is explained', async () => {
    const refusing = {
      ...memoryHost({}),
      openFile: async () => {
        throw Object.assign(new Error("EACCES: permission denied, open '/x'"), {
          code: 'EACCES',
          syscall: 'open',
          path: '/x',
        });
      },
    };
    const { status, talk } = await runCli(['inspect', '/x'], refusing);
    expect(status).toBe(1);
    expect(talk).toBe(
      'error: cannot open /x: permission denied\n  hint: check who owns it, or run as a user who may\n',
    );
  });

  test('a mistake of ours says so, shortly, with exit status 70', async () => {
    const broken = {
      ...memoryHost({}),
      openFile: async () => {
        throw new TypeError('x is undefined');
      },
    };
    const { status, out, talk } = await runCli(['inspect', '/x'], broken);
    expect([status, out]).toEqual([70, '']);
    expect(talk).toContain('crashseal 1.2.3 inspect, Node');
    expect(talk).toContain('TypeError: x is undefined');
    expect(talk.split('\n').length).toBeLessThan(13);
  });
});

test('a mistake on the command line is one JSON document with --json', async () => {
  for (const words of [
    ['verify', '--json', '--nonsense'],
    ['verify', 'x', '--now', 'z', '--json'],
  ]) {
    const { status, out, talk } = await runCli(words);
    expect([status, talk]).toEqual([2, '']);
    const { problems } = JSON.parse(out) as { problems: readonly Record<string, unknown>[] };
    expect(problems[0]).toMatchObject({ area: 'command-line', kind: 'misuse' });
    expect(problems[0]?.hint).toContain('crashseal verify --help');
  }
});
