/** Which of the starter profiles fits the machine that `crashseal init` runs on. */
import { archNames } from '../arch/arch.ts';
import { startersOf } from '../arch/starter-list.ts';
import type { Host } from '../host/host.ts';
import { readText } from '../rehearse/machine-facts.ts';

/** The class that this machine looks like most. */
export async function guessClass(host: Host): Promise<string> {
  const cpuinfo = (await readText(host, '/proc/cpuinfo')) ?? '';
  const name = archNames.find((one) => startersOf[one].runHere(cpuinfo));
  const starters = startersOf[name ?? archNames[0]];
  const nodes = ((await host.list('/sys/devices/system/node')) ?? []).filter((entry) =>
    /^node\d+$/.test(entry),
  );
  return starters.guess({
    cpuinfo,
    vendor: (await readText(host, '/sys/class/dmi/id/sys_vendor')) ?? '',
    numaNodes: nodes.length,
    efi: (await host.stat('/sys/firmware/efi')) !== undefined,
  });
}
