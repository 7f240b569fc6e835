/**
 * From a profile to a vmcore that independent tools read: both kernel series, both kernel forms, one and two
 * CPUs, with and without KASLR in the system kernel, a panic on the boot CPU and on another.
 * The full product is 24 guests; these six hold every pair of settings, and the first two both kernels and both forms.
 */
import { expect, test } from 'vitest';
import { complaintsAbout } from '../../pipeline/guest/dump-complaints.ts';
import { capture } from '../support/capture.ts';
import { examples } from '../support/examples.ts';
import type { TestKernelName } from '../support/kernels.ts';
import { withWorkFolder } from '../support/work-folder.ts';

type Row = {
  readonly kernel: TestKernelName;
  readonly form: 'direct' | 'compressed';
  readonly cpus: 1 | 2;
  readonly kaslr: boolean;
  readonly panicOn: 0 | 1;
};

const rows: readonly Row[] = [
  { kernel: '6.12', form: 'direct', cpus: 2, kaslr: false, panicOn: 1 },
  { kernel: '6.1', form: 'compressed', cpus: 2, kaslr: true, panicOn: 1 },
  { kernel: '6.1', form: 'direct', cpus: 1, kaslr: true, panicOn: 0 },
  { kernel: '6.12', form: 'compressed', cpus: 1, kaslr: false, panicOn: 0 },
  { kernel: '6.12', form: 'direct', cpus: 2, kaslr: true, panicOn: 0 },
  { kernel: '6.1', form: 'compressed', cpus: 2, kaslr: false, panicOn: 0 },
];

const nameOf = (row: Row): string =>
  [
    'panic',
    row.kernel,
    row.form,
    `${row.cpus}cpu`,
    row.kaslr ? 'kaslr' : 'nokaslr',
    `on${row.panicOn}`,
  ].join('-');

test.each(examples(rows, 2))('panic-captures-vmcore: %o', (row) => {
  const name = nameOf(row);
  return withWorkFolder(name, async (folder) => {
    const captured = await capture(
      folder,
      {
        name,
        kernel: row.kernel,
        cpus: row.cpus,
        append: row.kaslr ? '' : 'nokaslr',
        profile: { kernelForm: row.form },
      },
      row.panicOn,
    );
    expect(complaintsAbout(captured.disk, { ...captured, cpus: row.cpus })).toEqual([]);
  });
});

test('the rows hold every pair of settings that there is', () => {
  const keys = ['kernel', 'form', 'cpus', 'kaslr', 'panicOn'] as const;
  const possible = (row: Partial<Row>) => !(row.cpus === 1 && row.panicOn === 1);
  const values = (key: keyof Row) => [...new Set(rows.map((row) => row[key]))];
  for (const [index, first] of keys.entries())
    for (const second of keys.slice(index + 1))
      for (const one of values(first))
        for (const other of values(second)) {
          const pair = { [first]: one, [second]: other };
          const held = rows.some((row) => row[first] === one && row[second] === other);
          expect(held || !possible(pair), JSON.stringify(pair)).toBe(true);
        }
});
