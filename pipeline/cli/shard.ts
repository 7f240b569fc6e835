/** Which part of the work is this job's: as it is told, or as the engine that started the job says. Pure. */
import { fail, ok, type Result } from '../problem/result.ts';
import type { Digest } from '../units/units.ts';
import type { Misuse } from './verb.ts';

/** `part` counts from 1. */
export type Shard = { readonly part: number; readonly of: number };

const number = '[1-9]\\d{0,3}';
/** What `--shard` takes. */
export const shardForm = new RegExp(`^(?:${number}/${number}|env(?:/${number})?)$`);

type Env = (name: string) => string | undefined;

type Engine = {
  readonly name: string;
  readonly index: string;
  /** Undefined: it does not tell its jobs how many they are. */
  readonly count: string | undefined;
  /** The lowest index, or the variable that has it; what it counts by, likewise. */
  readonly first: string | number;
  readonly step: string | number;
};

/**
 * One that was started from within another comes first: `sbatch` hands down the variables of the job it is called in.
 * Slurm 22.05, sbatch(1), "Output environment variables"; Kubernetes, "Job", "Completion mode"; GitLab, "Predefined
 * CI/CD variables".
 */
const engines: readonly Engine[] = [
  {
    name: 'Slurm',
    index: 'SLURM_ARRAY_TASK_ID',
    count: 'SLURM_ARRAY_TASK_COUNT',
    first: 'SLURM_ARRAY_TASK_MIN',
    step: 'SLURM_ARRAY_TASK_STEP',
  },
  { name: 'Kubernetes', index: 'JOB_COMPLETION_INDEX', count: undefined, first: 0, step: 1 },
  { name: 'GitLab', index: 'CI_NODE_INDEX', count: 'CI_NODE_TOTAL', first: 1, step: 1 },
];

/** Undefined: all of the work. `always`: an engine is asked even where nobody said so, if there is one. */
export function readShard(
  given: string | undefined,
  env: Env,
  always: boolean,
): Result<Shard | undefined> | Misuse {
  if (given === undefined && !always) return ok(undefined);
  const [first = '', second] = (given ?? 'env').split('/');
  if (first !== 'env') {
    const shard = { part: Number(first), of: Number(second) };
    if (shard.part <= shard.of) return ok(shard);
    return { misuse: `--shard ${given}: there are ${shard.of} shards, from 1 to ${shard.of}` };
  }
  const engine = engines.find(({ index, count }) => isSet(env, index) || isSet(env, count));
  if (engine !== undefined)
    return shardOf(engine, env, second === undefined ? undefined : Number(second));
  return given === undefined
    ? ok(undefined)
    : fail({
        area: 'cli',
        kind: 'shard-no-engine',
        variables: engines.map(({ index }) => index),
      });
}

const isSet = (env: Env, name: string | undefined): boolean =>
  name !== undefined && (env(name) ?? '') !== '';

function shardOf(engine: Engine, env: Env, stated: number | undefined): Result<Shard> {
  const { name, index, count } = engine;
  const wrong = (variable: string) =>
    fail({ area: 'cli', kind: 'shard-variable', engine: name, variable, value: env(variable) });
  const counted = count === undefined ? stated : wholeNumber(env(count));
  if (counted === undefined || counted < 1)
    return count === undefined
      ? fail({ area: 'cli', kind: 'shard-number', engine: name })
      : wrong(count);
  if (stated !== undefined && stated !== counted)
    return fail({ area: 'cli', kind: 'shard-counts', engine: name, stated, counted });
  // GitLab counts a job that is not parallel as one, and gives it no index.
  if (counted === 1 && !isSet(env, index)) return ok({ part: 1, of: 1 });
  const at = wholeNumber(env(index));
  if (at === undefined) return wrong(index);
  const [first, step] = [engine.first, engine.step].map((one) =>
    typeof one === 'number' ? one : wholeNumber(env(one)),
  );
  if (first === undefined) return wrong(String(engine.first));
  // Older ones do not tell it.
  const part = (at - first) / (step || 1) + 1;
  return Number.isInteger(part) && part >= 1 && part <= counted
    ? ok({ part, of: counted })
    : fail({ area: 'cli', kind: 'shard-range', engine: name, variable: index, at, of: counted });
}

const wholeNumber = (text: string | undefined): number | undefined =>
  text !== undefined && /^\d{1,9}$/.test(text) ? Number(text) : undefined;

/** Of two in four: the second of each four. All of them without a shard. */
export const takeShard = <T>(all: readonly T[], shard: Shard | undefined): readonly T[] =>
  shard === undefined ? all : all.filter((_, index) => index % shard.of === shard.part - 1);

/** Digits of a digest that are a number without rounding. */
const exactDigits = 12;

/** The same by a digest: whatever else there is, what has it is always in the same shard of so many. */
export const isOfShard = (digest: Digest, shard: Shard | undefined): boolean =>
  shard === undefined ||
  Number.parseInt(digest.slice(0, exactDigits), 16) % shard.of === shard.part - 1;

export const showShard = ({ part, of }: Shard): string => `${part}/${of}`;
