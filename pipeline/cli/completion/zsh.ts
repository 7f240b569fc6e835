/** The script for zsh. Pure. */
import type { Completed, CompletedOption, CompletedVerb, Values } from './shape.ts';

const quoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;

/** In a description of _arguments these end it. */
const plain = (text: string): string => text.replace(/[\\[\]:]/g, (one) => `\\${one}`);

/** An action of _arguments; a blank is one that offers nothing. */
function action(values: Values): string {
  switch (values.kind) {
    case 'none':
      return ' ';
    case 'files':
      return '_files';
    case 'words':
      return `(${values.of.join(' ')})`;
  }
}

const option = ({ name, value, values, repeat, about }: CompletedOption): string =>
  quoted(
    `${repeat ? '*' : ''}--${name}${value === undefined ? '' : '='}[${plain(about)}]${
      value === undefined ? '' : `:${value}:${action(values)}`
    }`,
  );

const list = (of: readonly { readonly name: string; readonly about: string }[]): string =>
  of.map(({ name, about }) => quoted(`${name}:${about}`)).join(' ');

const verbCase = ({ words, options, arguments: own }: CompletedVerb): string =>
  [
    `\t${quoted(words.join(' '))})`,
    '\t\t_arguments -S \\',
    ...options.map((one) => `\t\t\t${option(one)} \\`),
    `\t\t\t${quoted(`*: :${action(own)}`)}`,
    '\t\t;;',
  ].join('\n');

export const zshCompletion = ({ first, groups, verbs }: Completed): string => `#compdef crashseal
# zsh completion for crashseal; made by \`crashseal completion zsh\`

_crashseal() {
	local -a first
	local verb=$words[2]
	if ((CURRENT == 2)); then
		first=(${list(first)})
		_describe -t verbs verb first
		[[ $PREFIX != -* ]] || _arguments '--help[Show this help]' '--version[Show the version]'
		return
	fi
	case $verb in
${[...groups]
  .map(
    ([name, below]) => `	${name})
		if ((CURRENT == 3)); then
			first=(${list(below)})
			_describe -t verbs verb first
			return
		fi
		verb="$verb $words[3]"
		shift words
		((CURRENT--))
		;;`,
  )
  .join('\n')}
	esac
	shift words
	((CURRENT--))
	case $verb in
${verbs.map(verbCase).join('\n')}
	esac
}

# Read from a folder of functions, it is called at once; read by the shell itself, it is only made known.
if [[ $funcstack[1] == _crashseal ]]; then
	_crashseal "$@"
else
	compdef _crashseal crashseal
fi
`;
