/** What `crashseal init` can see of the machine it runs on. Reads files only, and needs no root. */
import type { Host } from '../host/host.ts';
import type { BlockDevice, MachineClass, MachineFacts } from './starter-profile.ts';

async function readText(host: Host, path: string): Promise<string | undefined> {
  try {
    const bytes = await host.readFile(path);
    return bytes === undefined ? undefined : new TextDecoder().decode(bytes).trim();
  } catch {
    // Some files of /sys are for root alone; not knowing is fine here.
    return undefined;
  }
}

const number = (text: string | undefined): bigint | undefined =>
  text !== undefined && /^\d+$/.test(text) ? BigInt(text) : undefined;

async function uses(host: Host): Promise<ReadonlyMap<string, string>> {
  const found = new Map<string, string>();
  for (const line of ((await readText(host, '/proc/self/mounts')) ?? '').split('\n')) {
    const [device = '', where = ''] = line.split(' ');
    if (device.startsWith('/dev/')) found.set(device.slice('/dev/'.length), `mounted at ${where}`);
  }
  for (const line of ((await readText(host, '/proc/swaps')) ?? '').split('\n')) {
    const [device = ''] = line.split(/\s/);
    if (device.startsWith('/dev/')) found.set(device.slice('/dev/'.length), 'swap');
  }
  return found;
}

async function blockDevices(host: Host): Promise<readonly BlockDevice[]> {
  const folder = '/sys/class/block';
  const used = await uses(host);
  const devices: BlockDevice[] = [];
  for (const name of (await host.list(folder)) ?? []) {
    if (/^(loop|ram|zram|sr|fd|md|dm-)/.test(name)) continue;
    const sectors = number(await readText(host, `${folder}/${name}/size`));
    if (sectors === undefined || sectors < 65_536n) continue;
    const uevent = (await readText(host, `${folder}/${name}/uevent`)) ?? '';
    const field = (key: string): string | undefined =>
      new RegExp(`^${key}=(.+)$`, 'm').exec(uevent)?.[1];
    const holders = (await host.list(`${folder}/${name}/holders`)) ?? [];
    const parts = ((await host.list(`${folder}/${name}`)) ?? []).some((entry) =>
      entry.startsWith(name),
    );
    devices.push({
      name,
      size: sectors * 512n,
      partLabel: field('PARTNAME'),
      partUuid: field('PARTUUID'),
      use:
        used.get(name) ??
        (parts ? 'has partitions' : undefined) ??
        (holders.length > 0 ? `part of ${holders.join(', ')}` : undefined),
    });
  }
  return devices;
}

/** `0-63` or `0,2-5`: one more than the last. */
const cpuCount = (text: string | undefined): number | undefined => {
  const last = text === undefined ? undefined : /(\d+)$/.exec(text)?.[1];
  return last === undefined ? undefined : Number(last) + 1;
};

export async function readMachineFacts(host: Host): Promise<MachineFacts> {
  const release = await readText(host, '/proc/sys/kernel/osrelease');
  const installed =
    release !== undefined && (await host.stat(`/boot/vmlinuz-${release}`)) !== undefined;
  const total = /^MemTotal:\s+(\d+) kB/m.exec((await readText(host, '/proc/meminfo')) ?? '')?.[1];
  return {
    kernelRelease: installed ? release : undefined,
    memory: total === undefined ? undefined : BigInt(total) << 10n,
    possibleCpus: cpuCount(await readText(host, '/sys/devices/system/cpu/possible')),
    productName: await readText(host, '/sys/class/dmi/id/product_name'),
    devices: await blockDevices(host),
  };
}

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
