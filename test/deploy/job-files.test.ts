/**
 * The job files of deploy/ for engines that do not run here, held against what their makers say of the form: the API
 * of Kubernetes, GitLab's schema, GitHub's own reader of workflows. Slurm runs: test/matrix/slurm-proves-a-hundred-bundles.test.ts
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { build } from 'esbuild';
import { type IJob, Job } from 'kubernetes-models/batch/v1';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { readCommandLine } from '../../pipeline/cli/command-line.ts';
import { exitStatus } from '../../pipeline/cli/run.ts';

const read = (path: string): string => readFileSync(join('deploy', path), 'utf8');

/** What is wrong with a command line of `crashseal`, by the tool's own table of verbs. */
async function mistakesIn(words: readonly string[]): Promise<string> {
  let said = '';
  const talk = (text: string): void => {
    said += text;
  };
  const [program, ...rest] = words;
  const asked = await readCommandLine(rest, '1.2.3', { out: talk, talk, width: 100 });
  return program === 'crashseal' && asked.kind === 'verb' ? '' : `${program}: ${said}`;
}

/** A line of a shell with simple words in it, each variable as a file's name. */
const wordsOf = (line: string): readonly string[] =>
  line
    .replaceAll(/"\$\{?(\w+)[^"]*"/g, '$1')
    .trim()
    .split(/[\s\\]+/);

describe('kubernetes/prove.yaml', () => {
  const job: IJob = parse(read('kubernetes/prove.yaml'));
  const changed = (change: (spec: NonNullable<IJob['spec']>) => void): Job => {
    const copy = structuredClone(job);
    if (copy.spec !== undefined) change(copy.spec);
    return new Job(copy);
  };

  test('is a job by the API of Kubernetes', () => {
    new Job(job).validate();
    expect(job).toMatchObject({ apiVersion: 'batch/v1', kind: 'Job' });
  });

  test.each<readonly [string, (spec: NonNullable<IJob['spec']>) => void]>([
    ['a word for a number', (spec) => Object.assign(spec, { completions: 'many' })],
    [
      'an action that there is not',
      (spec) => Object.assign(spec.podFailurePolicy?.rules[0] ?? {}, { action: 'Forget' }),
    ],
    ['no container', (spec) => Object.assign(spec.template.spec ?? {}, { containers: undefined })],
  ])('with %s it would be none', (_, change) => {
    expect(() => changed(change).validate()).toThrow();
  });

  test('has the keys of the API and no others', () => {
    // The schema lets unknown keys pass, which Kubernetes would refuse or leave out.
    const { spec } = job;
    expect(Object.keys(spec ?? {}).toSorted()).toEqual([
      'backoffLimitPerIndex',
      'completionMode',
      'completions',
      'maxFailedIndexes',
      'parallelism',
      'podFailurePolicy',
      'template',
    ]);
  });

  test('makes no pod again whose status is an answer, and any other', () => {
    const codes = job.spec?.podFailurePolicy?.rules.flatMap(({ onExitCodes }) =>
      onExitCodes === undefined ? [] : [onExitCodes],
    );
    const { done, unproven, usage, problem } = exitStatus;
    expect(codes).toMatchObject([{ operator: 'In', values: [usage, unproven] }]);
    expect([done, problem]).toEqual([0, 1]);
  });

  test('has as many completions as its jobs are told, and a command line that the tool takes', async () => {
    const [container] = job.spec?.template.spec?.containers ?? [];
    const command = container?.command ?? [];
    expect(await mistakesIn(command)).toBe('');
    expect(command).toContain(`--shard=env/${job.spec?.completions}`);
    expect(job.spec?.completionMode).toBe('Indexed');
    // What each file is looked for in is mounted there.
    const mounts = container?.volumeMounts?.map(({ name }) => name);
    expect(mounts).toEqual(job.spec?.template.spec?.volumes?.map(({ name }) => name));
  });
});

describe('gitlab/prove.gitlab-ci.yml', () => {
  let folder = '';
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'gitlab-'));
    const git = (...words: readonly string[]) => execFileSync('git', words, { cwd: folder });
    git('init', '--quiet');
    git('remote', 'add', 'origin', 'git@gitlab.example:fleet/bundles.git');
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  /** As GitLab's schema has it, in a tool that runs such jobs. */
  const lint = (text: string) => {
    writeFileSync(join(folder, '.gitlab-ci.yml'), text);
    const tool = resolve('node_modules/gitlab-ci-local/dist/index.js');
    const words = ['--import', resolve('test/deploy/newer-sets.mjs'), tool, '--list'];
    const { status, stderr, stdout } = spawnSync(process.execPath, words, {
      cwd: folder,
      encoding: 'utf8',
      env: { ...process.env, HOME: folder },
    });
    return { status, said: stderr, jobs: stdout.match(/^prove bundles: \[\d+\/\d+\]/gm) ?? [] };
  };
  const text = read('gitlab/prove.gitlab-ci.yml');

  test('is right by GitLab’s schema, and makes as many jobs as it says', () => {
    const { jobs, said, status } = lint(text);
    expect([status, said]).toEqual([0, expect.stringContaining('json schema validated')]);
    expect(jobs).toHaveLength(parse(text)['prove bundles'].parallel);
  });

  test.each([
    ['parallel: 20', 'parallel: many'],
    ['    max: 2', '    max: 9'],
    ['runner_system_failure', 'bad_luck'],
  ])('with `%s` as `%s` it would not be', (from, to) => {
    const { said, status } = lint(text.replace(from, to));
    expect([status, said]).toEqual([1, expect.stringContaining('Invalid .gitlab-ci.yml')]);
  });

  test('has a command line that the tool takes', async () => {
    const [line] = parse(text)['prove bundles'].script;
    expect(await mistakesIn(wordsOf(line))).toBe('');
    expect(line).toContain('--shard env ');
  });

  test('starts a job again that has lost the registry', () => {
    expect(parse(text)['prove bundles'].retry.when).toContain('script_failure');
  });
});

describe('github/prove.yml', () => {
  const text = read('github/prove.yml');
  let folder = '';
  let reader: typeof import('@actions/workflow-parser');
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'github-'));
    const outfile = join(folder, 'reader.mjs');
    // It imports JSON as Node 20 does not.
    await build({
      entryPoints: ['node_modules/@actions/workflow-parser/dist/index.js'],
      bundle: true,
      platform: 'node',
      format: 'esm',
      outfile,
      logLevel: 'error',
    });
    reader = await import(outfile);
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  async function workflow(content: string) {
    const { convertWorkflowTemplate, NoOperationTraceWriter, parseWorkflow } = reader;
    const file = { name: 'prove.yml', content };
    const { context, value } = parseWorkflow(file, new NoOperationTraceWriter());
    const made = value === undefined ? undefined : await convertWorkflowTemplate(context, value);
    return { errors: context.errors.getErrors().map(({ message }) => message), made };
  }

  test('is a workflow by GitHub’s own reader', async () => {
    const { errors, made } = await workflow(text);
    expect(errors).toEqual([]);
    expect(made?.jobs).toHaveLength(1);
  });

  test.each([
    ['fail-fast', 'fail-fsat'],
    ['strategy.job-total', 'nobody.job-total'],
    ['steps:', 'stages:'],
  ])('with `%s` as `%s` it would be none', async (from, to) => {
    expect((await workflow(text.replace(from, to))).errors).not.toEqual([]);
  });

  test('has a command line that the tool takes, and secrets that only their step sees', async () => {
    const { steps, strategy } = parse(text).jobs.prove;
    const line: string = steps[1].run;
    const part = /\$\{\{ matrix\.part \}\}/;
    const total = /\$\{\{ strategy\.job-total \}\}/;
    expect(line).toMatch(new RegExp(`--shard ${part.source}/${total.source} `));
    const parts: readonly number[] = strategy.matrix.part;
    for (const one of parts) {
      const filled = line.replace(part, `${one}`).replace(total, `${parts.length}`);
      expect(await mistakesIn(wordsOf(filled))).toBe('');
    }
    expect(parts).toEqual(parts.map((_, index) => index + 1));
    expect(steps[1].env).toBeUndefined();
    // Nothing that a secret was written to is where results are.
    expect(steps[0].run.match(/>\S+/g)).toEqual([
      '>"$RUNNER_TEMP/trust.pem"',
      '>"$RUNNER_TEMP/tester.key"',
      '>"$RUNNER_TEMP/tester.pem"',
      '>"$RUNNER_TEMP/auth.json"',
    ]);
  });

  test('keeps results whatever came of it, and ends in time', () => {
    const { steps, 'timeout-minutes': minutes } = parse(text).jobs.prove;
    expect(steps[2]).toMatchObject({ if: 'always()', with: { path: 'result.xml\nlogs\n' } });
    expect(minutes).toBeLessThan(360);
  });
});

describe('slurm/prove.sbatch', () => {
  test('has a command line that the tool takes, and is a script that bash reads', async () => {
    const text = read('slurm/prove.sbatch');
    const [, line = ''] = text.split('\nexec ');
    const words = wordsOf(line.replace('"$@"', '--from registry.example/kdump'));
    expect(await mistakesIn(words)).toBe('');
    // Slurm would tell the machines as well, and their end would be taken for the bundle's.
    expect(text).toMatch(/^#SBATCH --signal=B:TERM@60$/m);
    execFileSync('bash', ['-n', 'deploy/slurm/prove.sbatch']);
  });
});
