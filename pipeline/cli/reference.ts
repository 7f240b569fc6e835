/** The generated parts of docs/cli.md, from the table of verbs. Pure. */
import { about, readCommandLine } from './command-line.ts';
import type { OptionSpec } from './option.ts';
import type { Verb } from './verb.ts';
import { verbs } from './verbs.ts';

const cell = (text: string): string => text.replaceAll('|', '\\|');

const table = (rows: readonly (readonly string[])[]): string =>
  rows.map((cells) => `| ${cells.map(cell).join(' | ')} |`).join('\n');

const noValue = { repeat: undefined, default: undefined, takes: undefined };

const oneOf = (of: readonly string[] | undefined): string =>
  of === undefined ? '' : ` One of ${of.map((one) => `\`${one}\``).join(', ')}.`;

function optionRow(spec: OptionSpec) {
  const { name, value } = spec;
  const { repeat, default: standard, takes } = spec.value === undefined ? noValue : spec;
  const more = [...(standard === undefined ? [] : [`Default: \`${standard}\`.`])];
  return [
    `\`--${name}${value === undefined ? '' : ` ${value}`}\`${repeat === true ? ' …' : ''}`,
    [`${about(spec)}.${oneOf(takes?.kind === 'choice' ? takes.of : undefined)}`, ...more].join(' '),
  ];
}

function synopsis(verb: Verb): string {
  const words = verb.arguments.map(({ name, required, many }) => {
    const shown = many === true ? `${name}...` : name;
    return required ? shown : `[${shown}]`;
  });
  return ['crashseal', verb.name, '[OPTIONS]', ...words].join(' ');
}

function verbSection(verb: Verb): string {
  const rows = [
    ...verb.arguments.map(({ name, help, of }) => [`\`${name}\``, `${help}.${oneOf(of)}`]),
    ...verb.options.map(optionRow),
  ];
  return [
    `### crashseal ${verb.name}`,
    `\`${synopsis(verb)}\``,
    ...verb.about,
    table([['', ''], ['---', '---'], ...rows]),
    [
      '```sh',
      ...verb.examples.flatMap(({ command, about }) => [`# ${about}`, command]),
      '```',
    ].join('\n'),
  ].join('\n\n');
}

/** By the names that docs/cli.md asks for. */
export function cliDocParts(): Readonly<Record<string, string>> {
  return {
    verbs: table([
      ['verb', 'what it does'],
      ['---', '---'],
      ...verbs.map(({ name, summary }) => [
        `[\`${name}\`](#crashseal-${name.replace(' ', '-')})`,
        summary,
      ]),
    ]),
    'verbs in full': verbs.map(verbSection).join('\n\n'),
  };
}

/** What `crashseal WORDS --help` prints, at a fixed width. */
export async function helpText(words: readonly string[]): Promise<string> {
  let text = '';
  const add = (more: string): void => {
    text += more;
  };
  await readCommandLine([...words.flatMap((word) => word.split(' ')), '--help'], '0.0.0', {
    out: add,
    talk: add,
    width: 100,
  });
  return text;
}
