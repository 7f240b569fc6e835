/** A verified bundle and all that a machine for it is made of. What keeps it from being tried at all is told here. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { AnyIdentity } from '../age/identity-file.ts';
import { architectureOf, archNames } from '../arch/arch.ts';
import { unpackInitramfs } from '../components/initramfs-files.ts';
import { machines, qemuProgram } from '../guest/machines/machines.ts';
import type { Host } from '../host/host.ts';
import { isModule, moduleName } from '../inputs/module-index.ts';
import { fail, type Result } from '../problem/result.ts';
import { manifestName, parseObject } from '../seal/manifest.ts';
import { openVerified } from '../seal/verify.ts';
import { copyTrust } from '../sign/copied-trust.ts';
import { sha256 } from '../units/sha256.ts';
import { type Bench, guestArch, type PanicBy, type Seat } from './bench.ts';
import { type DiskDrivers, diskDrivers, modulesOf } from './drivers.ts';
import { Findings } from './finding.ts';
import { findParts, type PartsWishes } from './parts.ts';
import { type Place, placeOf } from './place.ts';
import { readSealed, type Sealed } from './sealed.ts';
import { type ServerOrNot, serversFor } from './servers.ts';
import { type MachineFacts, type Shape, shapeOf } from './shape.ts';

export type BenchWishes = Omit<PartsWishes, 'say'> & {
  readonly trust: readonly string[];
  readonly facts: MachineFacts | undefined;
  readonly cpus: number | undefined;
  /** MiB. */
  readonly memory: number | undefined;
  /** MiB of each disk that a target names. */
  readonly disk: number | undefined;
  readonly panicBy: PanicBy;
  /** What opens encrypted dumps. */
  readonly identities: readonly AnyIdentity[];
  readonly seconds: number;
  /** By which a server that stands in for a target's proves that it is the one: PEM files. */
  readonly serverKey: string | undefined;
  readonly serverCertificate: string | undefined;
  /** The same for ssh: a private key of OpenSSH's. */
  readonly serverHostKey: string | undefined;
  /** Folder for console logs; undefined: they go with the rest. */
  readonly logs: string | undefined;
};

export type Workbench = {
  readonly bench: Bench;
  /** The same with a machine of that shape. */
  readonly shaped: (shape: Shape) => Bench;
  readonly trust: string;
  readonly sealDigest: string;
  readonly qemu: string;
  /** KiB of memory that the files of the initramfs take; undefined where it cannot be opened here. */
  readonly unpacked: number | undefined;
  /** What the machine lacks. */
  readonly setting: Findings;
};

export async function withWorkbench<T>(
  host: Host,
  path: string,
  wishes: BenchWishes,
  say: (detail: string) => void,
  work: (workbench: Workbench) => Promise<Result<T>>,
): Promise<Result<T>> {
  const started = performance.now();
  say('verifying');
  const opened = await openVerified(host, path, { trust: wishes.trust, untried: true });
  if (!opened.ok) return opened;
  const { bundle } = opened.value;
  const manifest = parseObject(
    bundle.members.find(({ name }) => name === manifestName)?.bytes ?? new Uint8Array(),
  );
  const read = readSealed(manifest ?? {});
  if (!read.ok) return read;
  const sealed = read.value;
  const known = archNames.find((one) => one === sealed.arch);
  const arch = guestArch(sealed.arch);
  if (arch === undefined || known === undefined)
    return fail({ area: 'prove', kind: 'no-machine', arch: sealed.arch });
  const machine = machines[arch];
  const architecture = architectureOf(known);
  const program = qemuProgram(arch);
  const asked = await host.run(program, ['--version']);
  if (!asked.ok || asked.value.exitCode !== 0)
    return fail({ area: 'prove', kind: 'no-qemu', program, package: machine.package });
  const qemu = new TextDecoder().decode(asked.value.stdout).split('\n')[0] ?? '';
  const parts = await findParts(host, architecture, sealed, { ...wishes, say });
  if (!parts.ok) return parts;

  return host.withTempFolder(async (folder) => {
    const trust = await copyTrust(host, wishes.trust, join(folder, 'trust'), () => ({
      attested: 'not required',
    }));
    if (!trust.ok) return trust;
    const setting = new Findings('setting');
    const initramfs = await initramfsOf(host, bundle.members);
    const modules = modulesOf(parts.value.kernel);
    const drivers = diskDrivers(initramfs?.modules, modules, machine);
    const served = await serversFor(host, sealed, {
      own: initramfs?.modules,
      modules,
      machine,
      folder,
      key: wishes.serverKey,
      certificate: wishes.serverCertificate,
      hostKey: wishes.serverHostKey,
    });
    if (!served.ok) return served;
    const { seats, words, overlay } = served.value;
    const sealDigest = sha256(bundle.sealBytes);
    // Several bundles of one profile may be tried side by side.
    const logs =
      wishes.logs === undefined
        ? join(folder, 'logs')
        : join(wishes.logs, `${sealed.profile}-${sealDigest.slice(0, digestDigits)}`);
    mkdirSync(logs, { recursive: true });
    const shaped = (shape: Shape, told = new Findings('setting')): Bench => ({
      arch,
      architecture,
      machine,
      sealed,
      shape,
      parts: parts.value,
      targets: targetsOf(sealed, shape, wishes.disk, drivers, seats, told),
      network: words,
      overlay,
      panicBy: wishes.panicBy,
      identities: wishes.identities,
      folder,
      logs,
      deadline: started + wishes.seconds * 1000,
    });
    const shape = shapeOf(sealed, machine, wishes);
    for (const what of shape.differs)
      setting.add('the machine is as the facts say', 'not proven', what);
    try {
      return await work({
        bench: shaped(shape, setting),
        shaped,
        trust: trust.value,
        sealDigest,
        qemu,
        unpacked: initramfs?.unpacked,
        setting,
      });
    } finally {
      await served.value.stop();
    }
  });
}

/** Enough to tell bundles apart. */
const digestDigits = 12;

/** What the capture kernel unpacks; undefined where it cannot be opened here. */
async function initramfsOf(
  host: Host,
  members: readonly { readonly name: string; readonly bytes: Uint8Array }[],
): Promise<{ readonly modules: ReadonlySet<string>; readonly unpacked: number } | undefined> {
  const parts = members.filter(({ name }) => name.startsWith('initramfs'));
  const found = await unpackInitramfs(
    host,
    parts.map(({ bytes }) => bytes),
  );
  if (!found.ok) return undefined;
  const sizes = [...found.entries.values()].map(({ entry }) =>
    entry.kind === 'file' ? Math.ceil(entry.bytes.length / page) * (page / 1024) : 0,
  );
  return {
    modules: new Set([...found.entries.keys()].filter(isModule).map(moduleName)),
    unpacked: sizes.reduce((sum, size) => sum + size, 0),
  };
}
const page = 4096;

/** MiB beside the memory that a dump may be as large as. */
const roomForFiles = 256;
const roomForRecords = 64;

function targetsOf(
  sealed: Sealed,
  shape: Shape,
  disk: number | undefined,
  drivers: DiskDrivers,
  servers: readonly ServerOrNot[],
  setting: Findings,
): readonly Seat[] {
  const places: Place[] = [];
  return sealed.targets.map((target, index): Seat => {
    const server = servers[index];
    if (server !== undefined && 'kind' in server) return server;
    const found = server ?? placeOf(target, places, drivers);
    if ('cannot' in found) {
      setting.add(
        `target ${index + 1} is there`,
        'not proven',
        `${target.description}: ${found.cannot}`,
      );
      return undefined;
    }
    const { place } = found;
    places.push(place);
    const each = shape.memory + (place.fileSystem === undefined ? roomForRecords : roomForFiles);
    return { kind: 'disk', place, sizeMiB: disk ?? each * place.slots };
  });
}
