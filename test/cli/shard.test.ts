/** Which part of the work a job takes: as it is told, or by what the engine that started it puts into its environment. */
import { describe, expect, test } from 'vitest';
import { isOfShard, readShard, shardForm, takeShard } from '../../pipeline/cli/shard.ts';
import { sha256 } from '../../pipeline/units/sha256.ts';
import { crashseal } from '../support/crashseal.ts';

type Env = Readonly<Record<string, string>>;
/** The shard, or the kind of what is wrong. */
function read(given: string | undefined, env: Env, always = true) {
  const found = readShard(given, (name) => env[name], always);
  if ('misuse' in found) return 'misuse';
  if (!found.ok) return found.problems[0].kind;
  return found.value === undefined ? 'all' : `${found.value.part}/${found.value.of}`;
}

/** As Slurm 22.05 sets them for `--array=FIRST-…`. */
const slurm = (id: number, count: number, first: number, step = 1): Env => ({
  SLURM_ARRAY_JOB_ID: '7',
  SLURM_ARRAY_TASK_ID: `${id}`,
  SLURM_ARRAY_TASK_COUNT: `${count}`,
  SLURM_ARRAY_TASK_MIN: `${first}`,
  SLURM_ARRAY_TASK_MAX: `${first + (count - 1) * step}`,
  SLURM_ARRAY_TASK_STEP: `${step}`,
});
const { SLURM_ARRAY_TASK_COUNT: _, ...uncounted } = slurm(3, 4, 0);
const { SLURM_ARRAY_TASK_STEP: __, ...unstepped } = slurm(3, 4, 1);
const { SLURM_ARRAY_TASK_MIN: ___, ...unbegun } = slurm(3, 4, 1);
const gitlab = (index: string, total: string): Env => ({
  CI_NODE_INDEX: index,
  CI_NODE_TOTAL: total,
});

describe('a shard', () => {
  test.each<readonly [string, string | undefined, Env, string]>([
    ['as it is told', '2/3', {}, '2/3'],
    ['as it is told, whatever the engine says', '2/3', slurm(1, 9, 1), '2/3'],
    ['that there is not', '4/3', {}, 'misuse'],
    ['of nobody: all', undefined, {}, 'all'],
    ['of an array from 0', undefined, slurm(0, 4, 0), '1/4'],
    ['of an array from 0, the last', 'env', slurm(3, 4, 0), '4/4'],
    ['of an array from 1', 'env', slurm(1, 4, 1), '1/4'],
    ['of an array that counts by five', 'env', slurm(20, 4, 10, 5), '3/4'],
    ['of an array whose step is not told', 'env', unstepped, '3/4'],
    ['of an array with gaps', 'env', slurm(9, 4, 1), 'shard-range'],
    ['of an array before its first', 'env', slurm(0, 4, 1), 'shard-range'],
    ['of an array without a count', undefined, uncounted, 'shard-variable'],
    ['of an array without its first', undefined, unbegun, 'shard-variable'],
    [
      'of an array with a word for a number',
      'env',
      { ...slurm(1, 4, 1), SLURM_ARRAY_TASK_ID: 'x' },
      'shard-variable',
    ],
    ['of an array that has the stated number', 'env/4', slurm(1, 4, 1), '1/4'],
    ['of an array that has another number', 'env/8', slurm(1, 4, 1), 'shard-counts'],
    ['of an indexed job', 'env/8', { JOB_COMPLETION_INDEX: '0' }, '1/8'],
    ['of an indexed job, the last', 'env/8', { JOB_COMPLETION_INDEX: '7' }, '8/8'],
    [
      'of an indexed job with more completions',
      'env/8',
      { JOB_COMPLETION_INDEX: '8' },
      'shard-range',
    ],
    [
      'of an indexed job that does not state them',
      'env',
      { JOB_COMPLETION_INDEX: '0' },
      'shard-number',
    ],
    ['of an indexed job without a word', undefined, { JOB_COMPLETION_INDEX: '0' }, 'shard-number'],
    ['of a parallel job', undefined, gitlab('1', '5'), '1/5'],
    ['of a parallel job, the last', 'env', gitlab('5', '5'), '5/5'],
    ['of a parallel job that would count from 0', 'env', gitlab('0', '5'), 'shard-range'],
    ['of a parallel job with an empty total', 'env', gitlab('1', ''), 'shard-variable'],
    ['of a parallel job without an index', 'env', { CI_NODE_TOTAL: '5' }, 'shard-variable'],
    ['of a job that is not parallel', 'env', { CI_NODE_TOTAL: '1' }, '1/1'],
    [
      'of an array that a CI job submitted',
      'env',
      { ...gitlab('1', '5'), ...slurm(2, 9, 1) },
      '2/9',
    ],
    ['of an engine, without one', 'env', {}, 'shard-no-engine'],
    ['of an engine that sets nothing', 'env/4', { JOB_COMPLETION_INDEX: '' }, 'shard-no-engine'],
  ])('%s', (_, given, env, expected) => {
    expect(read(given, env)).toBe(expected);
  });

  test('of files is all of them, unless somebody says so: a job may have shared them out already', () => {
    expect(read(undefined, slurm(2, 4, 1), false)).toBe('all');
    expect(read('env', slurm(2, 4, 1), false)).toBe('2/4');
  });

  test.each([
    ['1/4', true],
    ['env', true],
    ['env/8', true],
    ...['0/3', 'x', '1/0', '1', '/4', '1/', 'env/', 'env/0', '1/4/4', '-1/4', '10000/10000'].map(
      (text) => [text, false] as const,
    ),
  ] as const)('%s is a form of it: %s', (text, fits) => {
    expect(shardForm.test(text)).toBe(fits);
  });

  test.each(['4/3', '0/3', 'x', '1/0'])('%s is refused', (shard) => {
    const ran = crashseal(['test-crash', '--shard', shard, 'none']);
    expect([ran.exitCode, ran.stderr]).toEqual([2, expect.stringContaining('--shard')]);
  });

  test('says in one message which variable is missing, and what to do', () => {
    const { SLURM_ARRAY_TASK_COUNT: count, ...env } = slurm(1, 4, 1);
    const ran = crashseal(['test-crash', '--shard', 'env', 'none'], env);
    expect(count).toBe('4');
    expect([ran.exitCode, ran.stderr]).toEqual([
      1,
      `error: Slurm started this job without the variable SLURM_ARRAY_TASK_COUNT
  note: it says which shard this job is, and of how many
  hint: hand it down to where crashseal runs (a container, a wrapper), or say which shard it is: \`--shard 1/4\`
`,
    ]);
  });
});

describe('shards', () => {
  const shards = (of: number) =>
    Array.from({ length: of }, (_, index) => ({ part: index + 1, of }));

  test('of files are disjoint, and all of them together are all', () => {
    const all = ['a', 'b', 'c', 'd', 'e'];
    expect(shards(3).map((shard) => takeShard(all, shard))).toEqual([
      ['a', 'd'],
      ['b', 'e'],
      ['c'],
    ]);
    expect(takeShard(all, undefined)).toEqual(all);
  });

  test('by digest each have every bundle once, and about as many', () => {
    const digests = Array.from({ length: 1000 }, (_, index) =>
      sha256(Uint8Array.of(index, index >> 8)),
    );
    const parts = shards(7).map((shard) => digests.filter((digest) => isOfShard(digest, shard)));
    expect(parts.flat().toSorted()).toEqual(digests.toSorted());
    for (const { length } of parts) expect(Math.abs(length - 1000 / 7)).toBeLessThan(40);
    expect(digests.every((digest) => isOfShard(digest, undefined))).toBe(true);
  });
});
