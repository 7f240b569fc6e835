import { ok } from '../../problem/result.ts';
import { bashCompletion } from '../completion/bash.ts';
import { fishCompletion } from '../completion/fish.ts';
import { completed } from '../completion/shape.ts';
import { zshCompletion } from '../completion/zsh.ts';
import type { VerbModule } from '../verb.ts';
import { type OptionsOf, verbs } from '../verbs.ts';

const scripts = { bash: bashCompletion, zsh: zshCompletion, fish: fishCompletion };

export const run: VerbModule<OptionsOf<'completion'>>['run'] = async (_context, [shell = '']) => {
  const script = Object.entries(scripts).find(([name]) => name === shell)?.[1];
  if (script === undefined) return { misuse: `there is no completion for "${shell}"` };
  const text = script(completed(verbs));
  return ok({ text, json: { shell, script: text }, good: true });
};
