import { rmSync } from 'node:fs';
import { expect, test } from 'vitest';
import { agreementOf } from './agreement.ts';

/** `make fuzz` goes on from other numbers, for longer. */
test('both verifiers accept and refuse the same of what is changed and signed again', async () => {
  const folder = 'out/test/agreement';
  rmSync(folder, { recursive: true, force: true });
  const { inputs, accepted, differences } = await agreementOf(1, 600, folder);
  expect(differences).toEqual([]);
  // Where nearly all is refused for its first byte, nothing is compared.
  expect(accepted).toBeGreaterThan(inputs / 10);
}, 300_000);
