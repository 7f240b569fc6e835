/**
 * `make fuzz`: every target for FUZZ_SECONDS each, then what it came to: executions, coverage, findings.
 * The corpus stays in out/fuzz and grows from run to run, and so do the sums in out/fuzz/sums.json.
 * FUZZ_TARGETS=cms,seal takes some of them; `agreement` is both verifiers at once.
 */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { words } from '../../pipeline/units/words.ts';
import { fuzzAgreement } from './fuzz-agreement.ts';
import { type FuzzTarget, fuzzTargets } from './fuzz-targets.ts';

const folder = 'out/fuzz';
const seconds = Number(process.env.FUZZ_SECONDS ?? 60);
const chosen = process.env.FUZZ_TARGETS?.split(',');
const targets = fuzzTargets.filter(({ name }) => chosen?.includes(name) ?? true);

type Sum = {
  readonly executions: number;
  readonly cpuSeconds: number;
  readonly edges: number;
  readonly findings: number;
};
const sumsFile = `${folder}/sums.json`;
const sums: Record<string, Sum> = existsSync(sumsFile)
  ? JSON.parse(readFileSync(sumsFile, 'utf8'))
  : {};

async function prepare({ name, seeds }: FuzzTarget): Promise<string> {
  const corpus = `${folder}/${name}`;
  mkdirSync(corpus, { recursive: true });
  mkdirSync(`${folder}/findings`, { recursive: true });
  for (const seed of await seeds())
    writeFileSync(`${corpus}/${createHash('sha1').update(seed).digest('hex')}`, seed);
  return corpus;
}

function run({ name, most }: FuzzTarget, program: string, corpus: string): void {
  const timed = spawnSync(
    '/bin/bash',
    words`
      -c ${'TIMEFORMAT="cpu %U %S"; time "$@"'} fuzz ${program}
      -max_total_time=${seconds} -max_len=${most} -print_final_stats=1
      -timeout=20 -rss_limit_mb=2048 -artifact_prefix=${folder}/findings/${name}-
      ${corpus}
    `,
    { encoding: 'utf8', maxBuffer: 1 << 28 },
  );
  const said = timed.stderr;
  const last = (pattern: RegExp): number => Number([...said.matchAll(pattern)].at(-1)?.[1] ?? 0);
  const [, user = '0', system = '0'] = /^cpu (\S+) (\S+)$/m.exec(said) ?? [];
  const before = sums[name];
  sums[name] = {
    executions: (before?.executions ?? 0) + last(/number_of_executed_units: (\d+)/g),
    cpuSeconds: (before?.cpuSeconds ?? 0) + Number(user) + Number(system),
    edges: last(/ cov: (\d+)/g),
    findings: (before?.findings ?? 0) + (timed.status === 0 ? 0 : 1),
  };
  writeFileSync(sumsFile, `${JSON.stringify(sums, null, 2)}\n`);
  if (timed.status !== 0) console.error(said.slice(-4000));
}

const table = (rows: readonly (readonly string[])[]): string => {
  const widths = (rows[0] ?? []).map((_, column) =>
    Math.max(...rows.map((row) => row[column]?.length ?? 0)),
  );
  const pad = (cell: string, column: number): string =>
    column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0);
  return rows.map((row) => row.map(pad).join('  ')).join('\n');
};

for (const target of targets) {
  const corpus = await prepare(target);
  if (seconds <= 0) continue;
  console.error(`fuzzing: ${target.name}, ${seconds} s`);
  run(target, target.program(), corpus);
}

if (chosen?.includes('agreement') ?? true) console.error(`fuzzing: both verifiers, ${seconds} s`);
const agreement = await fuzzAgreement((chosen?.includes('agreement') ?? true) ? seconds : 0);

const rows = fuzzTargets.flatMap(({ name }) => {
  const sum = sums[name];
  return sum === undefined
    ? []
    : [
        [
          name,
          sum.executions.toLocaleString('en'),
          Math.round(sum.executions / Math.max(sum.cpuSeconds, 1)).toLocaleString('en'),
          `${Math.round(sum.cpuSeconds)}`,
          `${readdirSync(`${folder}/${name}`).length}`,
          `${sum.edges}`,
          `${sum.findings}`,
        ],
      ];
});
console.log(
  table([['target', 'executions', 'per CPU s', 'CPU s', 'corpus', 'edges', 'findings'], ...rows]),
);

/** The same programs, compiled to count lines, on the corpus: what of each reader it comes through. */
function coverage(): string {
  const built = 'out/native/host/coverage';
  const counting = '-fprofile-instr-generate -fcoverage-mapping';
  const counted = fuzzTargets.filter(
    ({ name }) => name !== 'purgatory-head' && existsSync(`${folder}/${name}`),
  );
  if (counted.length === 0) return 'no coverage: nothing but both verifiers was fuzzed';
  const programs = counted.map(({ name }) => `${built}/fuzz-${name}`);
  const made = spawnSync(
    'make',
    [
      ...words`
        -s -f loader/loader.mk OUT=out LOADER_HOST=${built}
        LOADER_HOST_SANITIZERS=${counting}
      `,
      ...programs,
    ],
    { encoding: 'utf8' },
  );
  if (made.status !== 0) return made.stderr;
  const profiles = counted.map(({ name }, index) => {
    const profile = `${built}/${name}.profraw`;
    spawnSync(programs[index] ?? '', ['-runs=0', `${folder}/${name}`], {
      env: { ...process.env, LLVM_PROFILE_FILE: profile },
      stdio: 'ignore',
    });
    return profile;
  });
  const merged = `${built}/all.profdata`;
  spawnSync('llvm-profdata-19', ['merge', '-o', merged, ...profiles]);
  const [first = '', ...others] = programs;
  const report = spawnSync(
    'llvm-cov-19',
    [
      ...words`export -summary-only -instr-profile=${merged} ${first}`,
      ...others.flatMap((program) => ['-object', program]),
    ],
    { encoding: 'utf8', maxBuffer: 1 << 28 },
  );
  const { data } = JSON.parse(report.stdout) as {
    readonly data: readonly {
      readonly files: readonly {
        readonly filename: string;
        readonly summary: Readonly<
          Record<'lines' | 'regions', { readonly count: number; readonly covered: number }>
        >;
      }[];
    }[];
  };
  const percent = ({ count, covered }: { readonly count: number; readonly covered: number }) =>
    `${((100 * covered) / count).toFixed(1)} %`;
  const files = (data[0]?.files ?? []).flatMap(({ filename, summary }) => {
    const name = /\/(loader\/.*\.c)$/.exec(filename)?.[1];
    const isTarget = filename.includes('/test/');
    return isTarget || name === undefined || summary.lines.covered === 0
      ? []
      : [[name, `${summary.lines.count}`, percent(summary.lines), percent(summary.regions)]];
  });
  return table([['file', 'lines', 'covered', 'regions'], ...files]);
}

console.log(`\n${coverage()}`);
console.log(
  table([
    ['both verifiers', 'inputs', 'accepted by both', 'differences', 'other reasons'],
    [
      'agreement',
      `${agreement.inputs}`,
      `${agreement.acceptedByBoth}`,
      `${agreement.differences.length}`,
      `${agreement.otherReasons}`,
    ],
  ]),
);
for (const difference of agreement.differences) console.log(difference);
process.exitCode =
  agreement.differences.length > 0 || Object.values(sums).some(({ findings }) => findings > 0)
    ? 1
    : 0;
