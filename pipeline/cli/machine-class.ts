/** Which of the starter profiles fits the machine that `crashseal init` runs on. */
import type { Host } from '../host/host.ts';
import { readText } from '../rehearse/machine-facts.ts';
import type { MachineClass } from './starter-profile.ts';

/** The class that this machine looks like most. */
export async function guessClass(host: Host): Promise<MachineClass> {
  // The one architecture whose cpuinfo starts so.
  if (((await readText(host, '/proc/cpuinfo')) ?? '').startsWith('vendor_id       : IBM/S390'))
    return 's390x';
  const vendor = (await readText(host, '/sys/class/dmi/id/sys_vendor')) ?? '';
  if (vendor === 'QEMU') return 'qemu';
  const flags = (await readText(host, '/proc/cpuinfo')) ?? '';
  if (/^flags\s*:.*\bhypervisor\b/m.test(flags)) return 'cloud';
  const nodes = ((await host.list('/sys/devices/system/node')) ?? []).filter((name) =>
    /^node\d+$/.test(name),
  );
  if (nodes.length > 1) return 'server';
  return (await host.stat('/sys/firmware/efi')) !== undefined ? 'efi' : 'server';
}
