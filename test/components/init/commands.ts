/** The commands that a shell script runs, read from its text. Enough of the grammar for the capture init. */
import { words } from '../../../pipeline/units/words.ts';

const keywords = new Set(words`
  if then else elif fi do done while until for case esac in { } !
`);
/** A name comes after these, not a command. */
const named = new Set(['for', 'case', 'in']);
/** What runs its arguments: the next word that is no option is a command too. */
const runners = new Set(['xargs', 'setsid', 'cttyhack', '-exec']);

type Word = { readonly text: string; readonly first: boolean };

/** Words with what begins a command marked; what is quoted counts as one letter of a word. */
function wordsOf(script: string): readonly Word[] {
  const words: Word[] = [];
  let at = 0;
  const upTo = (end: string): void => {
    const found = script.indexOf(end, at);
    if (found < 0) throw new Error(`no ${end} after: ${script.slice(at, at + 60)}`);
    at = found + end.length;
  };
  const inDoubleQuotes = (): void => {
    while (script[at] !== '"') {
      if (at >= script.length) throw new Error('a quote without an end');
      if (script[at] === '\\') at += 2;
      else if (script.startsWith('$(', at)) substitution();
      else at++;
    }
    at++;
  };
  const substitution = (): void => {
    if (script.startsWith('$((', at)) {
      at += 3;
      while (!script.startsWith('))', at) && at < script.length)
        if (script.startsWith('$(', at)) substitution();
        else at++;
      at += 2;
    } else {
      at += 2;
      commands();
    }
  };
  /** Until the bracket that closes this list of commands, or the end. */
  const commands = (): void => {
    let text = '';
    let first = true;
    let patterns = false;
    const cases: boolean[] = [];
    const end = (next: boolean): void => {
      if (text !== '') {
        words.push({ text, first: first && !patterns });
        if (text === 'case') cases.push(true);
        if (text === 'esac') {
          cases.pop();
          patterns = false;
        }
        if (text === 'in' && cases.length > 0) patterns = true;
        first = first && keywords.has(text) && !named.has(text);
      }
      text = '';
      first ||= next;
    };
    while (at < script.length) {
      const here = script[at] ?? '';
      if (here === "'") {
        at++;
        upTo("'");
        text += '?';
      } else if (here === '"') {
        at++;
        inDoubleQuotes();
        text += '?';
      } else if (here === '\\') {
        if (script[at + 1] === '\n') end(false);
        else text += '?';
        at += 2;
      } else if (script.startsWith('$(', at)) {
        substitution();
        text += '?';
      } else if (script.startsWith('${', at)) {
        upTo('}');
        text += '?';
      } else if (here === '#' && text === '') {
        upTo('\n');
        at--;
      } else if (here === ')' && patterns && text !== 'esac') {
        text = '';
        patterns = false;
        first = true;
        at++;
      } else if (here === ')') {
        end(true);
        at++;
        return;
      } else if (here === '(' && text !== '') {
        // A function: `name() {`.
        text = '';
        first = true;
        at += 2;
      } else if (script.startsWith(';;', at)) {
        end(true);
        patterns = true;
        at += 2;
      } else if (here === '(') {
        end(true);
        at++;
        commands();
      } else if ('\n;|&'.includes(here)) {
        if (here === '&' && text.endsWith('>')) text += here;
        else if (patterns && here === '|') text = '';
        else end(true);
        at++;
      } else if (' \t'.includes(here)) {
        end(false);
        at++;
      } else {
        text += here;
        at++;
      }
    }
    end(true);
  };
  commands();
  return words;
}

/** Names of functions that the script defines. */
export const functionsIn = (script: string): ReadonlySet<string> =>
  new Set([...script.matchAll(/^([a-z_]+)\(\) /gm)].map(([, name = '']) => name));

export function commandsIn(script: string): ReadonlySet<string> {
  const commands = new Set<string>();
  let run = false;
  for (const { text, first } of wordsOf(script)) {
    const command = (first || (run && !text.startsWith('-'))) && !keywords.has(text);
    if (command && /^[a-z[][\w-]*$/.test(text)) commands.add(text);
    run = runners.has(text) || (run && text.startsWith('-'));
  }
  return commands;
}
