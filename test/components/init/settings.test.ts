import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { shellQuoted } from '../../../pipeline/components/initramfs.ts';

describe('settings', () => {
  test('come back from the shell as they went in', () => {
    const value = fc.string({ unit: fc.constantFrom(...`ab'"\\$\`!* \n;&|<>(){}#~=`) });
    fc.assert(
      fc.property(fc.array(value, { minLength: 1, maxLength: 20 }), (values) => {
        const body = values.map((one) => `printf '%s\\0' ${shellQuoted(one)}`).join('\n');
        const read = execFileSync('busybox', ['sh', '-c', body], { encoding: 'utf8' });
        expect(read.split('\0').slice(0, -1)).toEqual(values);
      }),
      { numRuns: 20 },
    );
  });
});
