/** What `crashseal plan` shows of a guest on this machine, against what the guest then does. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { expect } from 'vitest';
import type { LoaderReport } from '../../pipeline/format/loader-report.ts';
import type { SystemGuest } from '../../pipeline/guest/system-guest.ts';
import type { Plan } from '../../pipeline/rehearse/rehearse.ts';
import { armCommand, type Booted } from './capture.ts';
import { crashseal, developmentKeys } from './crashseal.ts';

/** The facts of the guest, on the host. */
export async function factsOf(system: SystemGuest, folder: string): Promise<string> {
  await system.mustRun('crashseal-load --trust /etc/trust.pem --facts /run/facts.tar /bundle');
  const text = await system.mustRun('gzip -c /run/facts.tar | base64');
  const facts = join(folder, 'facts.tar');
  writeFileSync(facts, gunzipSync(Buffer.from(text, 'base64')));
  return facts;
}

export const arm = async (system: SystemGuest): Promise<LoaderReport> =>
  JSON.parse((await system.run(`${armCommand} --json 2>/dev/null`)).output) as LoaderReport;

/** What a plan foretells: places, entry and command line among them. */
export const foretold = [
  'segments',
  'entry',
  'commandLine',
  'machine',
  'bundle',
  'signers',
] as const;

/** Plans by the guest's facts, arms the guest, and compares. */
export async function armAsPlanned(
  { system, bundle }: Pick<Booted, 'system' | 'bundle'>,
  folder: string,
): Promise<void> {
  const { trust } = developmentKeys(join('out', 'e2e'));
  const facts = await factsOf(system, folder);
  const planned = crashseal(['plan', '--json', '--trust', trust, '--facts', facts, bundle]);
  expect(planned.exitCode, planned.stderr).toBe(0);
  const shown = (JSON.parse(planned.stdout) as Plan).bundles[0]?.report;
  const armed = await arm(system);
  expect(armed.status, JSON.stringify(armed)).toBe('ok');
  for (const key of foretold) expect(shown?.[key]).toEqual(armed[key]);
}

/** tampered-bundle-is-refused: one bit in the middle of what is largest, and nothing is loaded. */
export async function expectTamperedRefused({
  system,
  bundle,
}: Pick<Booted, 'system' | 'bundle'>): Promise<void> {
  const half = Math.floor(readFileSync(bundle).length / 2);
  await system.mustRun(
    `cp /bundle /run/tampered && printf '\\377' | dd of=/run/tampered bs=1 seek=${half} conv=notrunc`,
  );
  const refused = await system.run(
    `${armCommand.replace('/bundle', '/run/tampered')} --json 2>/dev/null`,
  );
  expect(JSON.parse(refused.output)).toMatchObject({ status: 'bad-digest' });
  expect((await system.mustRun('cat /sys/kernel/kexec_crash_loaded')).trim()).toBe('0');
}
