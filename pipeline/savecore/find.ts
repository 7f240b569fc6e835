/** What dumps there are in a device, an image, a file or a folder. Little of them is read for that. */
import { isAge } from '../age/decrypt.ts';
import type { Host } from '../host/host.ts';
import { fail, ok, type Result } from '../problem/result.ts';
import { type ByteSource, partOf } from './byte-source.ts';
import type { Dump, Stored } from './dump.ts';
import { isDump } from './dump-header.ts';
import { printable } from './marker.ts';
import type { Opener } from './opener.ts';
import { partitionsOf } from './partitions.ts';
import { joinParts, manifestName, partName } from './parts.ts';
import { type LedgerRecord, type RawDevice, readRawDevice } from './raw-device.ts';

export type Found = {
  readonly kind: 'device' | 'file' | 'folder';
  readonly dumps: readonly Dump[];
  readonly ledger: readonly LedgerRecord[];
};

export async function findDumps(host: Host, open: Opener, path: string): Promise<Result<Found>> {
  const names = await host.list(path);
  if (names !== undefined) return inFolder(host, open, path, names);
  const file = await open(path);
  if (file === undefined) return fail({ area: 'savecore', kind: 'nothing-there', path });
  const device = await readRawDevice(file);
  // A file of a dump may end in anything, even in a record of ours; then it does not begin like one of a device.
  if (device === 'layout') return fail({ area: 'savecore', kind: 'no-dump', path, why: 'layout' });
  // The records of a device tell of its dumps also where its first bytes cannot be read.
  const head = device === undefined ? await file.read(0n, 4096) : new Uint8Array();
  const raw = device ?? (isDump(head) || isAge(head) ? undefined : await onPartitions(file));
  if (raw !== undefined) {
    const { dumps, ledger } = raw;
    const all = dumps.filter(({ state }) => state === 'overwritten').length === dumps.length;
    if (all && ledger.length === 0) {
      const why = dumps.length === 0 ? 'empty' : 'overwritten';
      return fail({ area: 'savecore', kind: 'no-dump', path, why });
    }
    return ok({ kind: 'device', dumps, ledger });
  }
  if (!isDump(head) && !isAge(head))
    return fail({
      area: 'savecore',
      kind: 'no-dump',
      path,
      why: (await isBlank(file)) ? 'empty' : 'foreign',
    });
  const vmcore: Stored = { source: file, encrypted: isAge(head), name: 'vmcore' };
  const dump = { ...asFile(baseName(path), file.size), vmcore };
  return ok({ kind: 'file', dumps: [dump], ledger: [] });
}

/** Of a whole disk, or of an image of one: what its partitions hold. Undefined where none of them is ours. */
async function onPartitions(disk: ByteSource): Promise<RawDevice | undefined> {
  const devices: RawDevice[] = [];
  for (const { number, label, content } of await partitionsOf(disk)) {
    const device = await readRawDevice(content);
    if (device === undefined || device === 'layout') continue;
    const where = `partition ${number}${label === '' ? '' : ` (${label})`}`;
    devices.push({
      dumps: device.dumps.map((dump) => ({ ...dump, name: `${where} ${dump.name}` })),
      ledger: device.ledger,
    });
  }
  return devices.length === 0
    ? undefined
    : {
        dumps: devices.flatMap(({ dumps }) => dumps),
        ledger: devices.flatMap(({ ledger }) => ledger),
      };
}

const edge = 1 << 20;

async function isBlank(file: ByteSource): Promise<boolean> {
  const ends = [
    await file.read(0n, edge),
    await file.read(file.size > BigInt(edge) ? file.size - BigInt(edge) : 0n, edge),
  ];
  return ends.every((bytes) => bytes.every((byte) => byte === 0));
}

const asFile = (name: string, size: bigint): Dump => ({
  name: printable(name),
  state: 'complete',
  marker: new Map(),
  size,
  vmcore: undefined,
  log: undefined,
});

const baseName = (path: string): string => path.replace(/\/+$/, '').replace(/^.*\//, '') || path;

const mostFolders = 10_000;

/** A folder of one dump, or one whose folders are such. */
async function inFolder(
  host: Host,
  open: Opener,
  path: string,
  names: readonly string[],
): Promise<Result<Found>> {
  const dumps: Dump[] = [];
  const own = await dumpOf(host, open, path, names);
  if (own !== undefined) dumps.push(own);
  else
    for (const name of names.slice(0, mostFolders)) {
      const folder = `${path}/${name}`;
      const dump = await dumpOf(host, open, folder, (await host.list(folder)) ?? []);
      if (dump !== undefined) dumps.push(dump);
    }
  return dumps.length === 0
    ? fail({ area: 'savecore', kind: 'no-dump', path, why: 'foreign' })
    : ok({ kind: 'folder', dumps, ledger: [] });
}

const objects = {
  // What has another name while it is written is looked at last.
  vmcore: [
    /^vmcore(\.flat)?(\.age)?$/,
    /^vmcore(\.flat)?[-.]incomplete(\.flat)?(\.age)?$|^vmcore(\.flat)?(\.age)?[-.]incomplete$/,
  ],
  log: [
    /^((vmcore-)?dmesg(\.txt)?)(\.age)?$/,
    /^(vmcore-)?dmesg[-.]incomplete(\.txt)?(\.age)?$|^(vmcore-)?dmesg(\.txt)?(\.age)?[-.]incomplete$/,
  ],
} as const;

async function dumpOf(
  host: Host,
  open: Opener,
  folder: string,
  files: readonly string[],
): Promise<Dump | undefined> {
  const found = async (patterns: readonly [RegExp, RegExp]) => {
    const whole = new Set(
      files.map((name) => partName.exec(name)?.[1] ?? manifestName.exec(name)?.[1] ?? name),
    );
    for (const [index, pattern] of patterns.entries()) {
      const name = [...whole].find((one) => pattern.test(one));
      if (name === undefined) continue;
      if (files.includes(name)) {
        const source = await open(`${folder}/${name}`);
        if (source === undefined) continue;
        return { source, fault: index === 0 ? undefined : `it is still called ${name}` };
      }
      return joinParts(host, open, folder, files, name);
    }
    return undefined;
  };
  const vmcore = await found(objects.vmcore);
  const log = await found(objects.log);
  if (vmcore === undefined && log === undefined) return undefined;
  const stored = async (source: ByteSource, name: Stored['name']): Promise<Stored> => ({
    source,
    encrypted: isAge(await source.read(0n, 64)),
    name,
  });
  return {
    ...asFile(baseName(folder), vmcore?.source.size ?? 0n),
    state:
      vmcore?.fault !== undefined ? 'cut' : files.includes('collected') ? 'collected' : 'complete',
    sizeFault: vmcore?.fault,
    vmcore: vmcore && (await stored(vmcore.source, 'vmcore')),
    log: log && (await stored(partOf(log.source, 0n, log.source.size), 'dmesg')),
    report: await reportOf(host, `${folder}/report`),
  };
}

/** What the capture kernel has written beside the dump: short lines. */
async function reportOf(host: Host, path: string): Promise<readonly string[]> {
  const bytes = await host.readSmallFile(path, 64 << 10);
  if (!(bytes instanceof Uint8Array)) return [];
  const text = Buffer.from(bytes).toString('latin1');
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map(printable);
}
