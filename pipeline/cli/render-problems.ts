/** Problems as people and machines read them. */
import { styleText } from 'node:util';
import type { Explanation } from '../problem/explanation.ts';
import { explain, type Problem } from '../problem/problem.ts';
import { harmless } from './harmless.ts';

type Style = Parameters<typeof styleText>[0];
/** Colours a word, or leaves it as it is. */
export type Paint = (style: Style, text: string) => string;

export const noPaint: Paint = (_style, text) => text;
export const paint: Paint = (style, text) => styleText(style, text, { validateStream: false });

function renderExplanation({ message, notes, hint }: Explanation, dye: Paint): string {
  const lines = [`${dye(['bold', 'red'], 'error:')} ${harmless(message)}`];
  for (const note of notes) lines.push(`  ${dye('cyan', 'note:')} ${harmless(note)}`);
  if (hint !== '') lines.push(`  ${dye('green', 'hint:')} ${harmless(hint)}`);
  return `${lines.join('\n')}\n`;
}

export const renderProblems = (problems: readonly Problem[], dye: Paint): string =>
  problems.map((problem) => renderExplanation(explain(problem), dye)).join('');

/** The problems' data beside their wording, for `--json`. */
export const problemsAsData = (problems: readonly Problem[]): readonly object[] =>
  problems.map((problem) => ({ ...problem, ...explain(problem) }));
