/** What the verbs that make a machine for a bundle are told alike. */
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Host } from '../host/host.ts';
import { sharedApt } from '../inputs/apt.ts';
import { ok, type Result } from '../problem/result.ts';
import { type MachineFacts, readFacts } from '../prove/shape.ts';
import type { BenchWishes } from '../prove/workbench.ts';
import { unpackFacts } from '../rehearse/facts-archive.ts';
import { factsCopy } from '../rehearse/facts-copy.ts';
import { cacheFolder } from './cache.ts';
import type { OptionsOf } from './verbs.ts';

type Told = Pick<
  OptionsOf<'test-crash'>,
  'facts' | 'cpus' | 'timeout' | 'logs' | 'out' | 'packages' | 'kernel' | 'busybox' | 'loader'
>;
type Common = Omit<
  BenchWishes,
  | 'trust'
  | 'memory'
  | 'disk'
  | 'panicBy'
  | 'identities'
  | 'serverKey'
  | 'serverCertificate'
  | 'serverHostKey'
>;

export async function partsWishes(host: Host, options: Told): Promise<Result<Common>> {
  const { facts: archive, cpus, timeout, logs, out, packages, kernel, busybox, loader } = options;
  const facts = archive === undefined ? ok(undefined) : await factsIn(host, archive);
  if (!facts.ok) return facts;
  const store = resolve(host.cwd(), out, 'store');
  await host.makeFolder(store);
  return ok({
    facts: facts.value,
    cpus,
    seconds: timeout,
    logs,
    store,
    apt: sharedApt(host, { cache: cacheFolder(host), archives: packages }),
    kernel,
    busybox,
    loader,
    loaderFolders: loaderFolders(),
  });
}

/**
 * The one that came with the tool: of a checkout, built with it; of an installation, in its folder. Else that of the
 * package. The tool is found by its parts, which are in a folder beside its entry: what it was called by may be a link.
 */
export function loaderFolders(): readonly string[] {
  const here = dirname(dirname(fileURLToPath(import.meta.url)));
  return [join(here, 'native'), join(here, 'deb'), '/usr/lib/crashseal'];
}

const factsIn = (host: Host, file: string): Promise<Result<MachineFacts>> =>
  host.withTempFolder(async (folder) => {
    const unpacked = await unpackFacts(host, file, folder);
    if (!unpacked.ok) return unpacked;
    const { read } = factsCopy(host, folder);
    const texts = new Map<string, string>();
    for (const path of factPaths) texts.set(path, await read(path));
    return ok(readFacts((path) => texts.get(path) ?? ''));
  });

const factPaths = [
  'sys/devices/system/cpu/possible',
  'proc/iomem',
  'proc/cmdline',
  'sys/firmware/efi/systab',
];
