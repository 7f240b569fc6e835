import { ok } from '../../problem/result.ts';
import { renderKeygen } from '../render-keygen.ts';
import type { VerbModule } from '../verb.ts';

export const run: VerbModule['run'] = async ({ host, progress }, _args, options) => {
  const days = Number(options.text('days'));
  if (!Number.isInteger(days) || days < 1 || days > 36_500)
    return { misuse: '--days takes a whole number from 1 to 36500' };
  const bits = Number(options.text('bits'));
  if (!Number.isInteger(bits)) return { misuse: '--bits takes a whole number' };
  const { keygen } = await import('../../sign/keygen.ts');
  const keys = await progress.step('making keys', () =>
    keygen(host, {
      out: options.text('out') ?? '.',
      kind: options.flag('dev') ? 'development' : 'release',
      commonName: options.text('name') ?? 'crashseal',
      bits,
      days,
      chain: options.flag('intermediate'),
    }),
  );
  if (!keys.ok) return keys;
  return ok({ text: renderKeygen(keys.value), json: keys.value, good: true });
};
