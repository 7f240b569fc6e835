import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { describe, test } from 'vitest';
import { words } from '../../pipeline/units/words.ts';
import { runDriver } from '../support/loader-host.ts';
import { fuzzTargets } from './fuzz-targets.ts';

/** Half a minute for all; `make fuzz` takes longer. The seed is the same each time, the number of runs is not. */
const seconds = Math.ceil(30 / fuzzTargets.length);

describe('no bytes lead a reader astray', () => {
  test.each(fuzzTargets)('$name', async ({ name, program, seeds, most }) => {
    const folder = `out/test/fuzz-${name}`;
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder, { recursive: true });
    for (const [index, seed] of (await seeds()).entries())
      writeFileSync(`${folder}/seed-${index}`, seed);
    runDriver(
      program(),
      ...words`
        -seed=1 -max_total_time=${seconds} -max_len=${most}
        -artifact_prefix=${folder}/ ${folder}
      `,
    );
  });
});
