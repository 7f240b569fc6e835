/**
 * `make bench`: every figure in one run, as a table, as out/bench.json and in docs/performance.md.
 * `make bench ONLY=load,build` takes some of it, `ROUNDS=5` measures more often. No test depends on any of this.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, loadavg } from 'node:os';
import { qemuProgram } from '../pipeline/guest/machines/machines.ts';
import { newerQemu } from '../test/support/newer-qemu.ts';
import { s390xSeries } from '../test/support/s390x/kernels.ts';
import { bothLoaders } from './architectures.ts';
import { buildTime } from './build-time.ts';
import { digestSpeed } from './digest-speed.ts';
import { type Part, updated } from './document.ts';
import { type Figure, renderMarkdown, renderTable } from './figure.ts';
import { loadCost } from './load-cost.ts';
import { type BenchMachine, benchMachines } from './machines.ts';
import { panicToPrintk } from './panic-to-printk.ts';
import { benchFolder, rounds } from './rig.ts';
import { bothLoadersOnS390x } from './s390x.ts';
import { smallestRegion } from './smallest-region.ts';
import { startCost } from './start-cost.ts';

const qemu = newerQemu();

type Section = {
  /** Its heading in docs/performance.md. */
  readonly title: string;
  readonly measure: () => Promise<readonly Figure[]>;
};

/** `ONLY=arm64-6.1` takes that machine. */
const sectionOf = (machine: BenchMachine): [string, Section] => [
  `${machine.arch}-${machine.kernel}`,
  { title: `${machine.arch}, Linux ${machine.kernel}`, measure: () => bothLoaders(machine) },
];

const sections: Readonly<Record<string, Section>> = {
  start: { title: 'Start of the tool', measure: async () => startCost() },
  digest: { title: 'Digests', measure: async () => digestSpeed() },
  build: { title: 'Build', measure: buildTime },
  load: { title: 'Load on x86_64', measure: () => loadCost(qemu) },
  panic: {
    title: 'From panic to the capture kernel on x86_64',
    measure: () => panicToPrintk(qemu),
  },
  ...Object.fromEntries(benchMachines.map(sectionOf)),
  ...Object.fromEntries(
    s390xSeries.map((series): [string, Section] => [
      `s390x-${series}`,
      { title: `s390x, Linux ${series}`, measure: () => bothLoadersOnS390x(series) },
    ]),
  ),
  smallest: { title: 'Smallest crash region on x86_64', measure: smallestRegion },
};

const page = 'docs/performance.md';
const shownLoad = (): string => (loadavg()[0] ?? 0).toFixed(1);
const qemuVersion = (): string =>
  /version (\S+)/.exec(
    execFileSync(qemuProgram('x86_64'), ['--version'], { encoding: 'utf8' }),
  )?.[1] ?? 'unknown';
/** Under what circumstances figures were taken. */
const circumstances = (loadBefore: string, seconds: number): string =>
  `${new Date().toISOString().slice(0, 10)}, in ${Math.round(seconds)} s, ${rounds} run${rounds === 1 ? '' : 's'} each; ` +
  `${cpus()[0]?.model.trim()}, ${cpus().length} CPUs; QEMU ${qemuVersion()}, Node ${process.version}. ` +
  `Load of the host: ${loadBefore} before, ${shownLoad()} after.`;

const wanted = process.env.ONLY?.split(',') ?? Object.keys(sections);
rmSync(benchFolder, { recursive: true, force: true });
const loadBefore = loadavg()[0];
const figures: Figure[] = [];
const parts: Part[] = [];
const failed: string[] = [];
const titles = Object.values(sections).map(({ title }) => title);
/** After each section: a run that is ended has what it measured. */
const keep = (): void => {
  const old = existsSync(page) ? readFileSync(page, 'utf8') : '';
  writeFileSync(page, updated(old, parts, titles));
  const host = { cpu: cpus()[0]?.model, cpus: cpus().length, loadBefore, loadAfter: loadavg()[0] };
  const kept = { host, failed, figures };
  writeFileSync('out/bench.json', `${JSON.stringify(kept, null, 2)}\n`);
};
for (const name of wanted) {
  const section = sections[name];
  if (section === undefined) {
    console.error(`no section "${name}"; there are ${Object.keys(sections).join(', ')}`);
    process.exit(2);
  }
  console.error(`measuring: ${name}`);
  const before = shownLoad();
  const start = performance.now();
  try {
    const measured = await section.measure();
    const seconds = (performance.now() - start) / 1000;
    figures.push(...measured);
    parts.push({
      title: section.title,
      text: `${circumstances(before, seconds)}\n\n${renderMarkdown(measured)}`,
    });
  } catch (error) {
    failed.push(name);
    console.error(
      `${name} could not be measured: ${error instanceof Error ? error.message : error}`,
    );
  }
  keep();
}
rmSync(benchFolder, { recursive: true, force: true });

console.log(renderTable(figures));
console.log(
  `\nload on this host: ${loadBefore?.toFixed(1)} before, ${shownLoad()} after; figures are in out/bench.json and ${page}`,
);
// A guest of a section that failed ends with this process.
process.exit(failed.length > 0 ? 1 : 0);
