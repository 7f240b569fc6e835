/**
 * What `crashseal plan` shows of a machine on another is what that machine then does: same places, same entry, same
 * command line, and the same reason where it refuses.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { Plan } from '../../pipeline/rehearse/rehearse.ts';
import { boot } from '../support/capture.ts';
import { crashseal, developmentKeys } from '../support/crashseal.ts';
import { arm, factsOf, foretold } from '../support/planned-as-armed.ts';
import { withWorkFolder } from '../support/work-folder.ts';
import { readXml } from '../support/xml.ts';

/** Output without what differs between two machines and two builds: numbers, and the bar that is drawn to scale. */
const shapeOf = (output: string): string =>
  output
    .trim()
    .replace(/^ *\[[A-Z.]+\]$/m, '[…]')
    // Where the bundle lies is another place here.
    .replace(/\S*\/(?=web\.crashseal)/g, '')
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
    for (const key of foretold) expect(shown?.[key]).toEqual(armed[key]);
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
