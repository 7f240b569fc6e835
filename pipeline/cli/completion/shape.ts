/**
 * What can stand where on a command line, as a shell's completion needs it; from the table of verbs. Pure.
 *
 * The library that reads our command lines has no completion, and those made for it start the program at every press of
 * the key and have nothing for files, which is what most of our words are. So each script has all words in it.
 */
import type { OptionSpec } from '../option.ts';
import type { ArgumentSpec, Verb } from '../verb.ts';

/** `none`: only the user knows. */
export type Values =
  | { readonly kind: 'none' }
  | { readonly kind: 'files' }
  | { readonly kind: 'words'; readonly of: readonly string[] };

export type CompletedOption = {
  /** Without the dashes. */
  readonly name: string;
  /** What stands after it in help; undefined for a switch. */
  readonly value: string | undefined;
  readonly values: Values;
  readonly repeat: boolean;
  readonly about: string;
};

export type CompletedVerb = {
  /** One word, or two for a verb of a group. */
  readonly words: readonly string[];
  readonly about: string;
  readonly options: readonly CompletedOption[];
  readonly arguments: Values;
};

export type Completed = {
  /** What may come first: verbs, groups and `help`. */
  readonly first: readonly { readonly name: string; readonly about: string }[];
  /** What may follow a group. */
  readonly groups: ReadonlyMap<
    string,
    readonly { readonly name: string; readonly about: string }[]
  >;
  readonly verbs: readonly CompletedVerb[];
};

const help: CompletedOption = {
  name: 'help',
  value: undefined,
  values: { kind: 'none' },
  repeat: false,
  about: 'Show this help',
};

/** The first clause: there is one line for it. */
const brief = (text: string): string => text.replace(/(; | \[|\. |: ).*$/s, '');

function optionValues(spec: OptionSpec): Values {
  if (spec.value === undefined) return { kind: 'none' };
  if (spec.takes.kind === 'path') return { kind: 'files' };
  if (spec.takes.kind === 'choice') return { kind: 'words', of: spec.takes.of };
  // A text that is free in form can name a file as well, as that of --key does.
  return spec.takes.kind === 'text' && spec.takes.form === undefined
    ? { kind: 'files' }
    : { kind: 'none' };
}

const completedOption = (spec: OptionSpec): CompletedOption => ({
  name: spec.name,
  value: spec.value,
  values: optionValues(spec),
  repeat: spec.value !== undefined && spec.repeat === true,
  about: brief(spec.help),
});

/** Files, unless it says its words: references to registries can name folders, too. */
function argumentValues([first]: readonly ArgumentSpec[]): Values {
  if (first === undefined) return { kind: 'none' };
  return first.of === undefined ? { kind: 'files' } : { kind: 'words', of: first.of };
}

export function completed(verbs: readonly Verb[]): Completed {
  const groups = new Map<string, { name: string; about: string }[]>();
  const first: { name: string; about: string }[] = [];
  for (const { name, summary } of verbs) {
    const [word = '', second] = name.split(' ');
    if (second === undefined) first.push({ name: word, about: summary });
    else {
      const group = groups.get(word);
      if (group === undefined) {
        groups.set(word, [{ name: second, about: summary }]);
        first.push({ name: word, about: summary });
      } else group.push({ name: second, about: summary });
    }
  }
  const shown: CompletedVerb = {
    words: ['help'],
    about: 'show the help of a verb',
    options: [],
    arguments: { kind: 'words', of: first.map(({ name }) => name) },
  };
  return {
    first: [...first, { name: 'help', about: shown.about }],
    groups,
    verbs: [
      ...verbs.map(
        (verb): CompletedVerb => ({
          words: verb.name.split(' '),
          about: verb.summary,
          options: [...verb.options.map(completedOption), help],
          arguments: argumentValues(verb.arguments),
        }),
      ),
      shown,
    ],
  };
}
