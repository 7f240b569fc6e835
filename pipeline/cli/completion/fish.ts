/** The script for fish. Pure. */
import type { Completed, CompletedOption, CompletedVerb, Values } from './shape.ts';

const quoted = (text: string): string => `'${text.replace(/[\\']/g, (one) => `\\${one}`)}'`;

const line = (words: readonly string[], rest: string): string =>
  `complete -c crashseal -n ${quoted(`__crashseal_after ${words.join(' ')}`)} ${rest}`;

/** -x: a word of its own, and no file; -F: a file. */
function values(what: Values): string {
  switch (what.kind) {
    case 'none':
      return '-x';
    case 'files':
      return '-r -F';
    case 'words':
      return `-x -a ${quoted(what.of.join(' '))}`;
  }
}

const option = ({ name, value, values: of, about }: CompletedOption): string =>
  `-l ${name}${value === undefined ? '' : ` ${values(of)}`} -d ${quoted(about)}`;

function argument(of: Values): string {
  switch (of.kind) {
    case 'none':
      return '-f';
    case 'files':
      return '-F';
    case 'words':
      return `-a ${quoted(of.of.join(' '))}`;
  }
}

const verbLines = ({ words, options, arguments: own }: CompletedVerb): readonly string[] => [
  line(words, argument(own)),
  ...options.map((one) => line(words, option(one))),
];

export const fishCompletion = ({
  first,
  groups,
  verbs,
}: Completed): string => `# fish completion for crashseal; made by \`crashseal completion fish\`

# Whether the words before the cursor begin with these.
function __crashseal_after
    set -l words (commandline -opc)
    test (count $words) -gt (count $argv); or return 1
    for at in (seq (count $argv))
        test $words[(math $at + 1)] = $argv[$at]; or return 1
    end
end

# Whether these are all words before the cursor.
function __crashseal_only
    __crashseal_after $argv; and test (count (commandline -opc)) -eq (math (count $argv) + 1)
end

complete -c crashseal -f
complete -c crashseal -n __crashseal_only -l help -d 'Show this help'
complete -c crashseal -n __crashseal_only -l version -d 'Show the version'
${first
  .map(
    ({ name, about }) =>
      `complete -c crashseal -n __crashseal_only -a ${quoted(name)} -d ${quoted(about)}`,
  )
  .join('\n')}
${[...groups]
  .flatMap(([group, below]) =>
    below.map(
      ({ name, about }) =>
        `complete -c crashseal -n ${quoted(`__crashseal_only ${group}`)} -a ${quoted(name)} -d ${quoted(about)}`,
    ),
  )
  .join('\n')}
${verbs.flatMap(verbLines).join('\n')}
`;
