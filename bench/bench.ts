/**
 * `make bench`: every figure in one run, as a table and as out/bench.json.
 * `make bench ONLY=load,build` takes some of it. No test depends on any of this.
 */
import { rmSync, writeFileSync } from 'node:fs';
import { cpus, loadavg } from 'node:os';
import { newerQemu } from '../test/support/newer-qemu.ts';
import { buildTime } from './build-time.ts';
import { digestSpeed } from './digest-speed.ts';
import { type Figure, renderTable } from './figure.ts';
import { loadCost } from './load-cost.ts';
import { panicToPrintk } from './panic-to-printk.ts';
import { benchFolder } from './rig.ts';
import { smallestRegion } from './smallest-region.ts';
import { startCost } from './start-cost.ts';

const qemu = newerQemu();

const sections: Readonly<Record<string, () => Promise<readonly Figure[]>>> = {
  start: async () => startCost(),
  digest: async () => digestSpeed(),
  build: buildTime,
  load: () => loadCost(qemu),
  panic: () => panicToPrintk(qemu),
  smallest: smallestRegion,
};

const wanted = process.env.ONLY?.split(',') ?? Object.keys(sections);
rmSync(benchFolder, { recursive: true, force: true });
const loadBefore = loadavg()[0];
const figures: Figure[] = [];
const failed: string[] = [];
for (const name of wanted) {
  const section = sections[name];
  if (section === undefined) {
    console.error(`no section "${name}"; there are ${Object.keys(sections).join(', ')}`);
    process.exit(2);
  }
  console.error(`measuring: ${name}`);
  try {
    figures.push(...(await section()));
  } catch (error) {
    failed.push(name);
    console.error(
      `${name} could not be measured: ${error instanceof Error ? error.message : error}`,
    );
  }
}
rmSync(benchFolder, { recursive: true, force: true });

console.log(renderTable(figures));
const host = { cpu: cpus()[0]?.model, cpus: cpus().length, loadBefore, loadAfter: loadavg()[0] };
writeFileSync('out/bench.json', `${JSON.stringify({ host, failed, figures }, null, 2)}\n`);
console.log(
  `\nload on this host: ${loadBefore?.toFixed(1)} before, ${host.loadAfter?.toFixed(1)} after; figures are in out/bench.json`,
);
process.exitCode = failed.length > 0 ? 1 : 0;
