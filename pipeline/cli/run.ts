/** One invocation from its words to its exit status. Pure but for the streams and the host it is given. */
import type { Host } from '../host/host.ts';
import type { Progress } from '../host/progress.ts';
import type { Problem } from '../problem/problem.ts';
import { readCommandLine, seeHelp } from './command-line.ts';
import type { VerbModule } from './verb.ts';
import { verbModules } from './verb-modules.ts';
import type { VerbName } from './verbs.ts';

export const exitStatus = { done: 0, problem: 1, usage: 2, differs: 3, bug: 70 } as const;

export type Terminal = {
  /** Results. */
  readonly out: (text: string) => void;
  /** Everything else. */
  readonly talk: (text: string) => void;
  readonly width: number;
  /** Whether talk may have colour. */
  readonly colour: boolean;
};

export type World = {
  readonly terminal: Terminal;
  readonly version: string;
  readonly host: () => Promise<Host>;
  readonly progress: () => Promise<{
    readonly progress: Progress;
    readonly end: () => Promise<void>;
  }>;
};

export async function run(words: readonly string[], world: World): Promise<number> {
  const { terminal } = world;
  const json = words.includes('--json');
  let said = '';
  const talk = (text: string): void => {
    said += text;
  };
  const asked = await readCommandLine(
    words,
    world.version,
    json ? { ...terminal, talk } : terminal,
  );
  if (asked.kind === 'shown') return exitStatus.done;
  if (asked.kind === 'misused') {
    if (json) await misuse(said, terminal);
    return exitStatus.usage;
  }
  try {
    return await runVerb(asked.verb.name, asked.args, asked.values, world);
  } catch (error) {
    const explained = systemError(error);
    if (explained !== undefined) {
      await complain(explained, asked.values.json === true, world);
      return exitStatus.problem;
    }
    terminal.talk(bugReport(error, asked.verb.name, world.version));
    return exitStatus.bug;
  }
}

async function runVerb(
  verb: VerbName,
  args: readonly string[],
  values: Readonly<Record<string, unknown>>,
  world: World,
): Promise<number> {
  const { terminal } = world;
  const json = values.json === true;
  const [module, host, { progress, end }] = await Promise.all([
    verbModules[verb](),
    world.host(),
    world.progress(),
  ]);
  // The values are those of the verb's own row, by which its module is typed.
  const { run: runModule } = module as VerbModule<unknown>;
  const result = await runModule({ host, progress }, args, values).finally(end);
  if ('misuse' in result) {
    const text = `error: ${result.misuse}\n${seeHelp(verb)}\n`;
    if (json) await misuse(text, terminal);
    else terminal.talk(text);
    return exitStatus.usage;
  }
  const { renderJson } = await import('./render-json.ts');
  const tell = async (problems: readonly Problem[]): Promise<void> => {
    const { noPaint, paint, renderProblems } = await import('./render-problems.ts');
    terminal.talk(renderProblems(problems, terminal.colour ? paint : noPaint));
  };
  if (!result.ok) {
    const { problemsAsData } = await import('./render-problems.ts');
    if (json) terminal.out(renderJson({ problems: problemsAsData(result.problems) }));
    else await tell(result.problems);
    return exitStatus.problem;
  }
  const outcome = result.value;
  // Before the answer, so that a long list of them does not scroll it away.
  if (!json && outcome.problems !== undefined) await tell(outcome.problems);
  terminal.out(json ? renderJson(outcome.json) : outcome.text);
  if (outcome.differs === true) return exitStatus.differs;
  return outcome.good ? exitStatus.done : exitStatus.problem;
}

/** What was wrong with the command line, as one document: a mistake for each line but the last, which is the hint. */
async function misuse(text: string, terminal: Terminal): Promise<void> {
  const { renderJson } = await import('./render-json.ts');
  const lines = text.trim().split('\n');
  const hint = (lines.length > 1 ? (lines.pop() ?? '') : '').replace(/^\(|\)$/g, '');
  const problems = lines.map((line) => {
    const message = line.replace(/^error: /, '');
    return { area: 'command-line', kind: 'misuse', message, notes: [], hint };
  });
  terminal.out(renderJson({ problems }));
}

type SystemError = { readonly message: string; readonly hint: string };

const systemHints: Readonly<Record<string, string>> = {
  EACCES: 'check who owns it, or run as a user who may',
  EPERM: 'check who owns it, or run as a user who may',
  ENOSPC: 'free some space, or choose another folder',
  EEXIST: 'a file is where a folder is needed; remove it, or choose another folder',
  ENOENT: 'the file system makes no such folder; choose another one',
  EROFS: 'choose a folder that can be written to',
  EISDIR: 'name a file, this is a folder',
  ENOTDIR: 'a part of the path is a file, not a folder',
  EMFILE: 'raise the limit of open files (`ulimit -n`)',
};

/** What the system refused is the user's to solve; anything else is ours. */
function systemError(error: unknown): SystemError | undefined {
  if (!(error instanceof Error) || !('code' in error) || !('syscall' in error)) return undefined;
  const code = String(error.code);
  const path = 'path' in error && typeof error.path === 'string' ? ` ${error.path}` : '';
  return {
    message: `cannot ${String(error.syscall)}${path}: ${error.message.replace(/^[A-Z0-9]+: /, '').replace(/,.*$/, '')}`,
    hint: systemHints[code] ?? `the system says ${code}`,
  };
}

async function complain(
  { message, hint }: SystemError,
  json: boolean,
  world: World,
): Promise<void> {
  const explanation = { message, notes: [], hint };
  if (json) {
    const { renderJson } = await import('./render-json.ts');
    const problem = { area: 'system', kind: 'system-error', ...explanation };
    world.terminal.out(renderJson({ problems: [problem] }));
    return;
  }
  const { noPaint, paint, renderExplanation } = await import('./render-problems.ts');
  world.terminal.talk(renderExplanation(explanation, world.terminal.colour ? paint : noPaint));
}

function bugReport(error: unknown, verb: string, version: string): string {
  const stack = error instanceof Error ? (error.stack ?? error.message) : String(error);
  const lines = stack.split('\n').slice(0, 8);
  return [
    'crashseal made a mistake of its own; this is not about your input.',
    'Please report these lines:',
    `  crashseal ${version} ${verb}, Node ${process.version}, ${process.platform} ${process.arch}`,
    ...lines.map((line) => `  ${line}`),
    '',
  ].join('\n');
}
