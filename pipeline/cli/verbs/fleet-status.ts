import { fleetOf, isWell } from '../../fleet/fleet.ts';
import { gatherReports } from '../../fleet/gather.ts';
import { readHostsFile } from '../../fleet/hosts-file.ts';
import { ok } from '../../problem/result.ts';
import { renderFleet } from '../render-fleet.ts';
import type { VerbModule } from '../verb.ts';
import type { OptionsOf } from '../verbs.ts';

export const run: VerbModule<OptionsOf<'fleet status'>>['run'] = async (
  { host, progress },
  paths,
  options,
) => {
  const { at, hosts: list, html } = options;
  const hosts = list === undefined ? ok(undefined) : await readHostsFile(host, list);
  if (!hosts.ok) return hosts;
  const reports = await progress.step('reading reports', () => gatherReports(host, paths));
  if (!reports.ok) return reports;
  const fleet = fleetOf(reports.value, {
    now: at ?? host.now(),
    staleAfter: options['stale-after'],
    hosts: hosts.value,
  });
  if (html !== undefined) {
    const { fleetPage } = await import('../../fleet/page.ts');
    await host.writeFile(html, new TextEncoder().encode(fleetPage(fleet)));
  }
  return ok({ text: renderFleet(fleet), json: fleet, good: isWell(fleet) });
};
