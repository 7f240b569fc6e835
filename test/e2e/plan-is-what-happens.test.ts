/**
 * What `crashseal plan` shows of a machine on another is what that machine then does: same places, same entry, same
 * command line, and the same reason where it refuses.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import type { LoaderReport } from '../../pipeline/format/loader-report.ts';
import type { SystemGuest } from '../../pipeline/guest/system-guest.ts';
import type { Plan } from '../../pipeline/rehearse/rehearse.ts';
import { armCommand, boot } from '../support/capture.ts';
import { crashseal, developmentKeys } from '../support/crashseal.ts';
import { withWorkFolder } from '../support/work-folder.ts';
import { readXml } from '../support/xml.ts';

/** The facts of the guest, on the host. */
async function factsOf(system: SystemGuest, folder: string): Promise<string> {
  await system.mustRun('crashseal-load --trust /etc/trust.pem --facts /run/facts.tar /bundle');
  const text = await system.mustRun('gzip -c /run/facts.tar | base64');
  const facts = join(folder, 'facts.tar');
  writeFileSync(facts, gunzipSync(Buffer.from(text, 'base64')));
  return facts;
}

const arm = async (system: SystemGuest): Promise<LoaderReport> =>
  JSON.parse((await system.run(`${armCommand} --json 2>/dev/null`)).output) as LoaderReport;

/** Output without what differs between two machines and two builds: numbers, and the bar that is drawn to scale. */
const shapeOf = (output: string): string =>
  output
    .trim()
    .replace(/^ *\[[A-Z.]+\]$/m, '[…]')
    .replace(/0x[0-9a-f]+|[0-9]+(\.[0-9]+)*/g, '#')
    .replace(/ +/g, ' ');

/** What README.md quotes, in the order of the page. */
const quoted = [...readFileSync('README.md', 'utf8').matchAll(/^```[a-z]*\n([\s\S]*?)^```$/gm)]
  .map(([, output = '']) => output)
  .filter((output) => output.startsWith('answer '))
  .map(shapeOf);

test('plan-is-what-happens', () =>
  withWorkFolder('plan-is-what-happens', async (folder) => {
    const { system, bundle } = await boot(folder, { name: 'web', kernel: '6.12', cpus: 2 });
    const { trust } = developmentKeys(join('out', 'e2e'));
    const planned = (...more: readonly string[]) => {
      const ran = crashseal(['plan', '--json', '--trust', trust, ...more, bundle]);
      return { ...ran, plan: JSON.parse(ran.stdout) as Plan };
    };

    const told = (facts: string): string =>
      shapeOf(crashseal(['plan', '--trust', trust, '--facts', facts, bundle]).stdout);

    const svg = join(folder, 'plan.svg');
    const facts = await factsOf(system, folder);
    const { exitCode, plan } = planned('--facts', facts, '--svg', svg);
    expect(exitCode).toBe(0);
    const armed = await arm(system);
    const shown = plan.bundles[0]?.report;
    expect(shown?.segments?.length).toBeGreaterThan(4);
    for (const key of ['segments', 'entry', 'commandLine', 'machine', 'bundle', 'signers'] as const)
      expect(shown?.[key]).toEqual(armed[key]);
    expect(told(facts)).toBe(quoted[0]);
    expect(readXml(readFileSync(svg, 'utf8')).elements.length).toBeGreaterThan(20);

    await system.mustRun('mkdir -p /etc/crashseal && echo 99 >/etc/crashseal/epoch');
    await system.mustRun('echo 1 >/proc/sys/kernel/kexec_load_disabled');
    const refusing = await factsOf(system, folder);
    const refused = planned('--facts', refusing);
    expect(refused.exitCode).toBe(1);
    const statuses = refused.plan.bundles[0]?.refusals.map(({ status }) => status);
    expect(statuses).toEqual(['old-epoch', 'load-disabled']);
    expect(told(refusing)).toBe(quoted[1]);
    expect(await arm(system)).toMatchObject({ status: 'old-epoch' });
    await system.stop();
  }));
