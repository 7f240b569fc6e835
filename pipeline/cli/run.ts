/** One invocation from its words to its exit status. Pure but for the streams and the host it is given. */
import type { Host } from '../host/host.ts';
import type { Progress } from '../host/progress.ts';
import type { Problem } from '../problem/problem.ts';
import { readCommandLine, seeHelp } from './command-line.ts';
import { harmless } from './harmless.ts';
import type { VerbModule } from './verb.ts';
import { verbModules } from './verb-modules.ts';
import type { VerbName } from './verbs.ts';

export const exitStatus = {
  done: 0,
  problem: 1,
  usage: 2,
  differs: 3,
  unproven: 4,
  bug: 70,
} as const;

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
    const { systemRefusal } = await import('../host/system-refusal.ts');
    const refusal = systemRefusal(error);
    if (refusal !== undefined) {
      await tellFailure([refusal], asked.values.json === true, terminal);
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
  if (!result.ok) {
    await tellFailure(result.problems, json, terminal);
    return exitStatus.problem;
  }
  const { renderJson } = await import('./render-json.ts');
  const outcome = result.value;
  // Before the answer, so that a long list of them does not scroll it away.
  if (!json && outcome.problems !== undefined) await tell(outcome.problems, terminal);
  terminal.out(json ? renderJson(outcome.json) : harmless(outcome.text));
  if (outcome.differs === true) return exitStatus.differs;
  if (outcome.unproven === true) return exitStatus.unproven;
  return outcome.good ? exitStatus.done : exitStatus.problem;
}

async function tell(problems: readonly Problem[], terminal: Terminal): Promise<void> {
  const { noPaint, paint, renderProblems } = await import('./render-problems.ts');
  terminal.talk(renderProblems(problems, terminal.colour ? paint : noPaint));
}

/** All that there is to say. */
async function tellFailure(
  problems: readonly Problem[],
  json: boolean,
  terminal: Terminal,
): Promise<void> {
  if (!json) return tell(problems, terminal);
  const { problemsAsData } = await import('./render-problems.ts');
  const { renderJson } = await import('./render-json.ts');
  terminal.out(renderJson({ problems: problemsAsData(problems) }));
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
