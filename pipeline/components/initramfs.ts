/**
 * The capture initramfs: `initramfs.base` with programs and modules, which every profile of one kernel and
 * tool set shares, and after it `initramfs.overlay` with the profile's settings.
 * The kernel unpacks them one after the other and skips the zeros between (buffer-format.rst).
 */
import type { Architecture } from '../arch/architecture.ts';
import type { Component } from '../arch/component.ts';
import { type CpioEntry, writeCpio } from '../format/cpio.ts';
import type { Host } from '../host/host.ts';
import { nothingShared, type SharedWork } from '../host/shared-work.ts';
import { noStore, type Store } from '../host/store.ts';
import {
  type FirmwareFile,
  firmwareFolder,
  type ModuleSet,
  modulesFolder,
  type ResolvedInputs,
  type ToolFile,
} from '../inputs/resolved-inputs.ts';
import type { Problem } from '../problem/problem.ts';
import { fail, ok, type Result, unlessProblems } from '../problem/result.ts';
import type { Profile } from '../profile/keys/keys.ts';
import { serversOf, targetFiles, targetSettings } from '../targets/targets.ts';
import { alignUp } from '../units/units.ts';
import { checkCompression, compress, compressorVersion } from './compression.ts';
import { initScript } from './init/init.ts';
import leaseScript from './init/lease.sh';
import { startsInitramfs } from './initramfs-files.ts';
import { networkPath, networkSettings } from './network-settings.ts';

export const initramfsBaseName = 'initramfs.base';
export const initramfsOverlayName = 'initramfs.overlay';
const initramfsLocalName = 'initramfs.local';
export const configPath = 'etc/crashseal/config';
/** What udhcpc runs. */
const leasePath = 'etc/crashseal/udhcpc';
/** Settings of each target stand in a file of its own, named by its number from 1. */
const targetsFolder = 'etc/crashseal/targets';
/** As `age -R` reads it: a public key a line. */
const recipientsPath = 'etc/crashseal/recipients';

const requiredTools = ['busybox', 'makedumpfile'] as const;
const folders = ['dev', 'proc', 'run', 'sys', 'tmp', 'root'];

const fileName = (path: string): string => path.slice(path.lastIndexOf('/') + 1);

/** What the base is made of. A function of the inputs alone. */
export function baseEntries(
  tools: readonly ToolFile[],
  modules: ModuleSet | undefined,
  firmware: readonly FirmwareFile[] = [],
): Result<readonly CpioEntry[]> {
  const problems: Problem[] = [];
  const names = tools.map(({ path }) => fileName(path));
  for (const tool of requiredTools)
    if (!names.includes(tool))
      problems.push({ area: 'component', kind: 'initramfs-tool-missing', tool, have: names });

  const entries = new Map<string, CpioEntry>();
  const add = (entry: CpioEntry): void => {
    const there = entries.get(entry.path);
    if (there !== undefined && !sameEntry(there, entry))
      problems.push({ area: 'component', kind: 'initramfs-path-twice', path: entry.path });
    entries.set(entry.path, entry);
  };
  for (const tool of tools) add(toolEntry(tool));
  for (const path of folders) {
    const mode = path === 'tmp' ? 0o1777 : 0o755;
    if (!entries.has(path)) add({ kind: 'directory', path, mode });
  }
  add({
    kind: 'file',
    path: 'init',
    mode: 0o755,
    bytes: new TextEncoder().encode(initScript),
  });
  add({
    kind: 'file',
    path: leasePath,
    mode: 0o755,
    bytes: new TextEncoder().encode(leaseScript),
  });
  // PID 1's own output, before devtmpfs is there.
  add({ kind: 'device', path: 'dev/console', mode: 0o600, device: 'char', major: 5, minor: 1 });
  add({ kind: 'device', path: 'dev/null', mode: 0o666, device: 'char', major: 1, minor: 3 });
  const busybox = tools.find(({ path }) => fileName(path) === 'busybox')?.path;
  // init is started as `/bin/busybox sh`, and the kernel asks for modules through /sbin/modprobe.
  if (busybox !== undefined)
    for (const path of ['bin/busybox', 'sbin/modprobe'])
      if (!entries.has(path) && !hasLinkedParent(entries, path))
        add({ kind: 'symlink', path, target: `/${busybox}` });
  if (modules !== undefined) {
    const folder = modulesFolder(modules.release);
    for (const { path, bytes } of modules.files)
      add({ kind: 'file', path: `${folder}/${path}`, mode: 0o644, bytes });
    for (const { name, bytes } of modules.indexes)
      add({ kind: 'file', path: `${folder}/${name}`, mode: 0o644, bytes });
  }
  for (const { path, bytes } of firmware)
    add({ kind: 'file', path: `${firmwareFolder}/${path}`, mode: 0o644, bytes });
  return unlessProblems(problems, () => [...entries.values()]);
}

/** Where `bin` is itself a link to `usr/bin`, nothing can be put in it by that name. */
const hasLinkedParent = (entries: ReadonlyMap<string, CpioEntry>, path: string): boolean =>
  entries.get(path.slice(0, path.indexOf('/')))?.kind === 'symlink';

const toolEntry = ({ path, mode, content }: ToolFile): CpioEntry =>
  content.kind === 'symlink'
    ? { kind: 'symlink', path, target: content.target }
    : { kind: 'file', path, mode: mode & 0o7777, bytes: content.bytes };

function sameEntry(a: CpioEntry, b: CpioEntry): boolean {
  if (a.kind === 'file' && b.kind === 'file')
    return a.mode === b.mode && Buffer.from(a.bytes).equals(b.bytes);
  return a.kind === 'symlink' && b.kind === 'symlink' && a.target === b.target;
}

/** A word that every POSIX shell reads back as `value`. */
export const shellQuoted = (value: string): string => `'${value.replaceAll("'", "'\\''")}'`;

/** makedumpfile's option for each compression; the lower-case word in a profile is not it. */
const makedumpfileOption: Readonly<Record<Profile['dump']['compression'], string>> = {
  zlib: '-c',
  lzo: '-l',
  snappy: '-p',
  zstd: '-z',
  none: '',
};

/** Settings for init, one shell assignment a line, sorted. `bundle` goes into the dump's marker. */
function configText(profile: Profile, modules: ModuleSet | undefined, bundle: string): string {
  const settings: Readonly<Record<string, string>> = {
    profile: profile.name,
    bundle,
    // What `storage` stands for is not among them: that is loaded when its device is found.
    modules: (modules?.wanted ?? []).join(' '),
    budget: String(profile.budget),
    targets: String(profile.targets.length),
    dump_format: profile.dump.format,
    dump_level: String(profile.dump.level),
    dump_compression: makedumpfileOption[profile.dump.compression],
    final_action: profile.finalAction,
    failure_action: profile.failureAction,
  };
  return assignments(settings);
}

function assignments(settings: Readonly<Record<string, string>>): string {
  const lines = Object.entries(settings).map(([key, value]) => `${key}=${shellQuoted(value)}\n`);
  return lines.toSorted().join('');
}

/** Maker name of the store's entries: raise the number when the same input gives other bytes. */
const baseMaker = 'initramfs-base-2';

/** The base archive's bytes, compressed. */
export async function initramfsBase(
  host: Host,
  inputs: ResolvedInputs,
  store: Store = noStore,
  shared: SharedWork = nothingShared,
): Promise<Result<Uint8Array>> {
  const source = inputs.profile.initramfs;
  if (source.kind === 'file') {
    const own = inputs.ownInitramfs ?? new Uint8Array();
    if (own.length === 0) return fail({ area: 'component', kind: 'initramfs-own-empty' });
    const begin = own.findIndex((byte) => byte !== 0);
    if (startsInitramfs(own, begin)) return ok(own);
    const start = Buffer.from(own.subarray(begin).subarray(0, 6)).toString('hex');
    return fail({ area: 'component', kind: 'initramfs-own-foreign', start });
  }
  const { compression } = source;
  const supported = checkCompression(compression, inputs.kernel.config);
  if (!supported.ok) return supported;
  const { tools, modules, firmware } = inputs;
  return shared.once('base', [tools, modules, firmware, compression], async () => {
    const entries = baseEntries(tools, modules, firmware);
    if (!entries.ok) return entries;
    const archive = writeCpio(entries.value);
    if (compression === 'none') return ok(archive);
    const version = await compressorVersion(host, shared, compression);
    if (!version.ok) return version;
    const from = [compression, version.value, archive];
    return store.remember({ maker: baseMaker, from }, () => compress(host, compression, archive));
  });
}

/** The overlay archive's bytes; undefined with a finished initramfs, which is taken as it is. */
export function initramfsOverlay(inputs: ResolvedInputs, bundle: string): Uint8Array | undefined {
  const { profile } = inputs;
  if (profile.initramfs.kind === 'file') return undefined;
  const file = (path: string, text: string): CpioEntry => {
    return { kind: 'file', path, mode: 0o644, bytes: new TextEncoder().encode(text) };
  };
  const { recipient } = profile;
  const targets = profile.targets.flatMap((target, index): readonly CpioEntry[] => {
    const path = `${targetsFolder}/${index + 1}`;
    const files = Object.entries(targetFiles(target)).toSorted(([a], [b]) => (a < b ? -1 : 1));
    return [
      file(path, assignments(targetSettings(target))),
      ...files.map(([suffix, text]) => file(`${path}.${suffix}`, text)),
    ];
  });
  return writeCpio([
    file(configPath, configText(profile, inputs.modules, bundle)),
    ...(serversOf(profile.targets).length === 0
      ? []
      : [file(networkPath, assignments(networkSettings(profile.network)))]),
    ...targets,
    ...(recipient.length === 0
      ? []
      : [file(recipientsPath, recipient.map((one) => `${one}\n`).join(''))]),
  ]);
}

/**
 * Bytes of memory that the files of a composed initramfs take once unpacked: whole pages each, as
 * tmpfs holds them.
 */
export function unpackedSize(inputs: ResolvedInputs, architecture: Architecture): bigint {
  const page = BigInt(architecture.pageSize);
  const sizes = [
    ...inputs.tools.map(({ content }) => (content.kind === 'file' ? content.bytes.length : 0)),
    ...(inputs.modules?.files ?? []).map(({ bytes }) => bytes.length),
    ...(inputs.modules?.indexes ?? []).map(({ bytes }) => bytes.length),
  ];
  return sizes.reduce((sum, size) => sum + alignUp(BigInt(size), page), 0n);
}

export function initramfsComponent(
  architecture: Architecture,
  name: string,
  bytes: Uint8Array,
): Component {
  const page = BigInt(architecture.pageSize);
  return {
    name,
    kind: 'initramfs',
    bytes,
    memorySize: alignUp(BigInt(bytes.length), page),
    align: page,
    minAddress: 0n,
    checked: [{ name, start: 0, end: bytes.length }],
    live: [],
  };
}

/** Room for what only the machine has; zeros, which the kernel skips, where the loader is given nothing. */
export function initramfsLocal(architecture: Architecture, max: bigint): Component {
  return {
    ...initramfsComponent(architecture, initramfsLocalName, new Uint8Array(Number(max))),
    live: [{ source: 'localOverlay', form: 'own', offset: 0n, size: max }],
  };
}
