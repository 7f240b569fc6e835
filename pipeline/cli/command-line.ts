/** The table of verbs -> a command line: parsed, its help, and what it asks for. */
import { Argument, Command, CommanderError, Option } from 'commander';
import { dashed, type OptionSpec } from './option.ts';
import { readOptions } from './read-options.ts';
import type { Verb } from './verb.ts';
import { type VerbName, verbs } from './verbs.ts';

/** What was asked for. */
export type Asked =
  | {
      readonly kind: 'verb';
      readonly verb: Verb & { readonly name: VerbName };
      readonly args: readonly string[];
      readonly values: Readonly<Record<string, unknown>>;
    }
  | { readonly kind: 'shown' }
  | { readonly kind: 'misused' };

export type Streams = {
  readonly out: (text: string) => void;
  readonly talk: (text: string) => void;
  /** Columns of the terminal, for help. */
  readonly width: number;
};

const exitStatuses = `
Exit status:
  0   done
  1   a problem, explained on standard error; or the answer is no
  2   the command line is wrong
  3   what was compared differs (diff, build --changed)
  4   not everything could be proven (test-crash), or is known yet (fleet gate, promote)
  70  a mistake in crashseal itself
  130 ended by Ctrl-C; nothing half-written is left`;

/** commander finds the words of an option and shows its help; what they mean is for readOptions(). */
function optionOf(spec: OptionSpec, given: Map<string, readonly string[]>): Option {
  const { name, value } = spec;
  const option = new Option(`--${name}${value === undefined ? '' : ` <${value}>`}`, about(spec));
  if (spec.value === undefined) return option;
  if (spec.takes.kind === 'choice') option.argChoices = [...spec.takes.of];
  if (spec.default !== undefined) option.default(spec.default);
  return option.argParser((text: string) => {
    given.set(name, [...(given.get(name) ?? []), text]);
    return text;
  });
}

/** Its help, and what it goes together with. */
export function about({ help, needs = [], excludes = [] }: OptionSpec): string {
  return [
    help,
    ...needs.map((names) => `needs ${dashed(names)}`),
    ...(excludes.length === 0 ? [] : [`not with ${dashed(excludes)}`]),
  ].join('; ');
}

const examplesOf = (verb: Verb): string =>
  [
    '',
    'Examples:',
    ...verb.examples.flatMap(({ command, about }) => [`  # ${about}`, `  ${command}`]),
  ].join('\n');

export const seeHelp = (verb?: string): string =>
  `(see \`crashseal${verb === undefined ? '' : ` ${verb}`} --help\`)`;

function settle(command: Command, streams: Streams, verb?: string): Command {
  return command
    .exitOverride()
    .helpOption('-h, --help', 'Show this help')
    .showHelpAfterError(seeHelp(verb))
    .configureOutput({
      writeOut: streams.out,
      writeErr: streams.talk,
      getOutHelpWidth: () => streams.width,
      getErrHelpWidth: () => streams.width,
    });
}

function commandOf(verb: Verb, given: Map<string, readonly string[]>, streams: Streams): Command {
  const command = settle(new Command(verb.name.replace(/^.* /, '')), streams, verb.name)
    .summary(verb.summary)
    .description(verb.about.join('\n\n'))
    .allowExcessArguments(false);
  for (const spec of verb.arguments) {
    const name = spec.many === true ? `${spec.name}...` : spec.name;
    const argument = new Argument(spec.required ? `<${name}>` : `[${name}]`, spec.help);
    command.addArgument(spec.of === undefined ? argument : argument.choices(spec.of));
  }
  for (const spec of verb.options) command.addOption(optionOf(spec, given));
  return command.addHelpText('after', examplesOf(verb));
}

/** commander names `--dev-key` `devKey`; the table's names are the ones we use. */
const camel = (name: string): string =>
  name.replace(/-([a-z])/g, (_all, letter: string) => letter.toUpperCase());

export async function readCommandLine(
  words: readonly string[],
  version: string,
  streams: Streams,
): Promise<Asked> {
  let asked: Asked = { kind: 'shown' };
  const program = settle(new Command('crashseal'), streams)
    .description(
      'Builds signed kdump bundles ahead of time: profile in, sealed bundle out.\nA machine loads a bundle with crashseal-load.',
    )
    .version(version, '--version', 'Show the version')
    .helpCommand('help [VERB]', 'show the help of a verb')
    .usage('VERB [options]')
    .addHelpText('after', exitStatuses);
  /** `fleet status` is a verb below `fleet`, which is none. */
  const groups = new Map<string, Command>();
  const groupOf = (name: string): Command => {
    const [group, rest] = name.split(' ');
    if (group === undefined || rest === undefined) return program;
    const made = groups.get(group) ?? settle(new Command(group), streams, group);
    if (!groups.has(group)) {
      groups.set(group, made);
      const below = verbs.filter((verb) => verb.name.startsWith(`${group} `));
      made
        .summary(below.map(({ summary }) => summary).join('; '))
        .description(below.map(({ name: full, summary }) => `${full}: ${summary}`).join('\n'))
        .helpCommand(false);
      program.addCommand(made);
    }
    return made;
  };
  for (const verb of verbs) {
    const given = new Map<string, readonly string[]>();
    const command = commandOf(verb, given, streams);
    command.action(() => {
      const switches = command.opts();
      for (const { name, value } of verb.options as readonly OptionSpec[])
        if (value === undefined && switches[camel(name)] === true) given.set(name, []);
      const read = readOptions(verb, given, command.args);
      if (read.ok) asked = { kind: 'verb', verb, args: command.args, values: read.values };
      else {
        for (const mistake of read.mistakes) streams.talk(`error: ${mistake}\n`);
        streams.talk(`${seeHelp(verb.name)}\n`);
        asked = { kind: 'misused' };
      }
    });
    groupOf(verb.name).addCommand(command);
  }
  try {
    if (words.length === 0) {
      streams.talk(program.helpInformation());
      return { kind: 'misused' };
    }
    await program.parseAsync([...words], { from: 'user' });
    return asked;
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    return { kind: error.exitCode === 0 ? 'shown' : 'misused' };
  }
}
