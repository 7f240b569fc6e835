import { ok } from '../../problem/result.ts';
import { renderKeygen } from '../render-keygen.ts';
import type { VerbModule } from '../verb.ts';

export const run: VerbModule['run'] = async ({ host, progress }, _args, options) => {
  const [days, authorityDays] = [
    readDays(options.text('days')),
    readDays(options.text('authority-days')),
  ];
  for (const [name, given] of Object.entries({ days, 'authority-days': authorityDays }))
    if (Number.isNaN(given)) return { misuse: `--${name} takes a whole number from 1 to 36500` };
  const bits = Number(options.text('bits'));
  if (!Number.isInteger(bits)) return { misuse: '--bits takes a whole number' };
  const { keygen } = await import('../../sign/keygen.ts');
  const keys = await progress.step('making keys', () =>
    keygen(host, {
      out: options.text('out') ?? 'keys',
      kind: options.flag('dev') ? 'development' : 'release',
      commonName: options.text('name') ?? 'crashseal',
      bits,
      days: days ?? 825,
      ...(authorityDays === undefined ? {} : { authorityDays }),
      chain: options.flag('intermediate'),
    }),
  );
  if (!keys.ok) return keys;
  return ok({ text: renderKeygen(keys.value), json: keys.value, good: true });
};

/** NaN for what is no number of days. */
function readDays(given: string | undefined): number | undefined {
  if (given === undefined) return undefined;
  const days = Number(given);
  return Number.isInteger(days) && days >= 1 && days <= 36_500 ? days : Number.NaN;
}
