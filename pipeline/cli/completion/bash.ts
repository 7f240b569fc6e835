/** The script for bash. It needs no other script, such as those of bash-completion. Pure. */
import type { Completed, CompletedOption, CompletedVerb, Values } from './shape.ts';

const names = (of: readonly { readonly name: string }[]): string =>
  of.map(({ name }) => name).join(' ');

/** Readline itself completes files: it knows `~`, and how to quote what has blanks. */
function offer(what: Values): string {
  switch (what.kind) {
    case 'none':
      return ':';
    case 'files':
      return 'compopt -o default';
    case 'words':
      return `__crashseal_words '${what.of.join(' ')}'`;
  }
}

/** What stands after an option; those that take the same in one line. */
function valueCases(options: readonly CompletedOption[]): readonly string[] {
  const alike = new Map<string, string[]>();
  for (const { name, value, values } of options) {
    if (value === undefined) continue;
    const offered = offer(values);
    alike.set(offered, [...(alike.get(offered) ?? []), `--${name}`]);
  }
  if (alike.size === 0) return [];
  const cases = [...alike].map(([offered, names]) => [
    `\t\t${names.join(' | ')})`,
    `\t\t\t${offered}`,
    '\t\t\treturn',
    '\t\t\t;;',
  ]);
  return ['\t\tcase $before in', ...cases.flat(), '\t\tesac'];
}

const verbCase = ({ words, options, arguments: own }: CompletedVerb): string =>
  [
    `\t'${words.join(' ')}')`,
    ...valueCases(options),
    '\t\tcase $word in',
    `\t\t-*) __crashseal_words '${options.map(({ name }) => `--${name}`).join(' ')}' ;;`,
    `\t\t*) ${offer(own)} ;;`,
    '\t\tesac',
    '\t\t;;',
  ].join('\n');

const groupCase = ([name, verbs]: readonly [string, readonly { name: string }[]]): string =>
  [
    `\t${name}*)`,
    '\t\t[ "$COMP_CWORD" -gt 2 ] ||',
    `\t\t\t__crashseal_words '${names(verbs)} --help'`,
    '\t\t;;',
  ].join('\n');

export const bashCompletion = ({
  first,
  groups,
  verbs,
}: Completed): string => `# bash completion for crashseal; made by \`crashseal completion bash\`

__crashseal_words() {
	mapfile -t COMPREPLY < <(compgen -W "$1" -- "$word")
}

_crashseal() {
	local word=\${COMP_WORDS[COMP_CWORD]} before=\${COMP_WORDS[COMP_CWORD - 1]} verb=\${COMP_WORDS[1]}
	COMPREPLY=()
	# bash takes --out=DIR for three words.
	if [ "$word" = = ]; then
		word=
	elif [ "$before" = = ]; then
		before=\${COMP_WORDS[COMP_CWORD - 2]}
	fi
	if [ "$COMP_CWORD" -eq 1 ]; then
		__crashseal_words '${names(first)} --help --version'
		return
	fi
	case $verb in
	${[...groups.keys()].join(' | ')}) [ "$COMP_CWORD" -eq 2 ] || verb="$verb \${COMP_WORDS[2]}" ;;
	esac
	case $verb in
${[...verbs.map(verbCase), ...[...groups].map(groupCase)].join('\n')}
	esac
}

complete -F _crashseal crashseal
`;
