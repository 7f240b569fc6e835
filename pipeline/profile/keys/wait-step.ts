/** The step `wait` of `onCorruption`: load a disabled wait PSW. */
import * as z from 'zod';
import type { WaitCodeMistake } from '../../problem/policy-problem.ts';
import { showFound } from '../../schema/show-found.ts';
import { loose, shape } from '../../schema/takes.ts';
import type { At } from '../at.ts';
import { inCall } from './policy-call.ts';

export const waitStepSchema = z.strictObject({
  step: shape('wait'),
  code: loose('a PSW address such as "0xd0d0"')
    .optional()
    .meta({
      description: 'Address in the PSW, in hex: what the operator sees.',
      defaultText: 'what purgatory found, docs/purgatory.md',
      examples: ['0xd0d0'],
    }),
  in: inCall(),
});

/** s390-tools' dumpers use these; an operator would look in the wrong book. */
const dumperCodes = { first: 0x4500n, last: 0x46ffn } as const;
/** Purgatory's own, format/purgatory-layout.ts: with them it says what it found. */
const ownCodes = { first: 0xc500n, last: 0xc5ffn } as const;

/** Tells `at.report` what is wrong with it. */
export function waitCodeOf(written: string | number | undefined, at: At): bigint | undefined {
  if (written === undefined) return undefined;
  const no = (kind: WaitCodeMistake['kind']): undefined => {
    at.report({
      kind: 'wait-code',
      place: at.place('code'),
      key: at.key('code'),
      found: showFound(written),
      mistake: { kind },
    });
    return undefined;
  };
  if (typeof written === 'string' && !/^0x[0-9a-fA-F]{1,16}$/.test(written)) return no('form');
  if (Number(written) < 0) return no('form');
  const code = BigInt(written);
  // What an operator reads off a hardware console; 31 bits are a plausible address.
  if (code === 0n || code > 0x7fffffffn) return no('range');
  if ((code & 0xfffn) === 0xfffn) return no('quiesce');
  if (code >= dumperCodes.first && code <= dumperCodes.last) return no('dumper');
  if (code >= ownCodes.first && code <= ownCodes.last) return no('own');
  return code;
}
