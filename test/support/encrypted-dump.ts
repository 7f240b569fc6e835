/** A dump that was encrypted before it left memory. */
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { dmesgOf } from '../../pipeline/guest/makedumpfile.ts';
import type { PanicMark } from '../../pipeline/guest/system-guest.ts';
import { crashseal } from './crashseal.ts';

/** A new secret key of age, as a file, and what encrypts to it. */
export function makeIdentity(folder: string): {
  readonly identity: string;
  readonly recipient: string;
} {
  const identity = join(folder, 'identity');
  execFileSync('age-keygen', ['-o', identity], { stdio: 'pipe' });
  const recipient = execFileSync('age-keygen', ['-y', identity], { encoding: 'utf8' }).trim();
  return { identity, recipient };
}

/** Of a folder with what was in the dump directory: one dump of this panic, which only `crashseal savecore` with the key opens. */
export function expectEncryptedDump(folder: string, mark: PanicMark, identity: string): void {
  const [name = ''] = readdirSync(folder);
  const dump = join(folder, name);
  expect(readdirSync(dump).sort()).toEqual(['report', 'vmcore-dmesg.txt.age', 'vmcore.flat.age']);
  for (const file of ['vmcore-dmesg.txt.age', 'vmcore.flat.age'])
    expect(readFileSync(join(dump, file)).includes(mark.nonce)).toBe(false);
  const out = `${folder}.opened`;
  const ran = crashseal(['savecore', dump, '--out', out, '--identity', identity]);
  expect(ran.exitCode, ran.stderr).toBe(0);
  const [saved = ''] = readdirSync(out);
  const at = (file: string): string => join(out, saved, file);
  expect(readFileSync(at('dmesg.txt'), 'latin1')).toContain(mark.nonce);
  expect(dmesgOf(at('vmcore'))).toContain(mark.nonce);
  expect(JSON.parse(readFileSync(at('report.json'), 'utf8'))).toMatchObject({
    dump: { state: 'complete', why: null },
  });
}
