/** What a machine shows of itself to whoever runs on it, without root. Reads files only. */
import type { Host } from '../host/host.ts';

export type BlockDevice = {
  readonly name: string;
  readonly size: bigint;
  readonly partLabel: string | undefined;
  readonly partUuid: string | undefined;
  /** Of a disk on a channel, which has no partition labels; undefined for any other. */
  readonly busId: string | undefined;
  /** What it is used for now; undefined when nothing shows that it is. */
  readonly use: string | undefined;
};

/** What the machine shows of itself; each may be unknown. */
export type MachineFacts = {
  /** Release of a kernel that is installed and running. */
  readonly kernelRelease: string | undefined;
  readonly memory: bigint | undefined;
  readonly possibleCpus: number | undefined;
  readonly productName: string | undefined;
  readonly devices: readonly BlockDevice[];
};

export async function readText(host: Host, path: string): Promise<string | undefined> {
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
    // Neither would take a dump: a path of a disk that is shown as a whole elsewhere, a medium that is read only or removable.
    const flags = await Promise.all(
      ['hidden', 'ro', 'removable'].map((flag) => readText(host, `${folder}/${name}/${flag}`)),
    );
    if (flags.some((flag) => flag?.trim() === '1')) continue;
    const sectors = number(await readText(host, `${folder}/${name}/size`));
    if (sectors === undefined || sectors < 65_536n) continue;
    const uevent = (await readText(host, `${folder}/${name}/uevent`)) ?? '';
    const field = (key: string): string | undefined =>
      new RegExp(`^${key}=(.+)$`, 'm').exec(uevent)?.[1];
    const holders = (await host.list(`${folder}/${name}/holders`)) ?? [];
    const parts = ((await host.list(`${folder}/${name}`)) ?? []).some((entry) =>
      entry.startsWith(name),
    );
    const at = (await host.readLink(`${folder}/${name}`)) ?? '';
    const busId = /\/(0\.[0-3]\.[0-9a-f]{4})\/block\//.exec(at)?.[1];
    devices.push({
      name,
      size: sectors * 512n,
      partLabel: busId === undefined ? field('PARTNAME') : undefined,
      busId,
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

/** Of a machine that cannot be asked. */
export const noFacts: MachineFacts = {
  kernelRelease: undefined,
  memory: undefined,
  possibleCpus: undefined,
  productName: undefined,
  devices: [],
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
