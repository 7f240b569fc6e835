/** What the manifest of a bundle says of the machine that it is for. Pure. */
import { fail, ok, type Result } from '../problem/result.ts';

export type SealedTarget = {
  readonly kind: string;
  readonly description: string;
  /** Whether all of the dump goes there, or the log alone. */
  readonly what: 'vmcore' | 'dmesg';
  readonly device: { readonly by: string; readonly value: string } | undefined;
  readonly stack: readonly string[];
  readonly slots: number;
  /** Kinds of file system. */
  readonly types: readonly string[];
  readonly directory: string;
  /** Whether it may be a device that can be pulled out. */
  readonly removable: boolean;
  /** On another machine. */
  readonly server: SealedServer | undefined;
  /** What the local overlay of the machine brings for it. */
  readonly localFiles: readonly string[];
};

export type SealedNetwork = {
  readonly interfaces: readonly { readonly by: string; readonly value: string }[];
  readonly bond: boolean;
  readonly vlan: boolean;
  readonly dhcp: boolean;
  /** With the length of their prefix: `192.0.2.7/24`. */
  readonly addresses: readonly string[];
  readonly gateways: readonly string[];
  readonly dns: readonly string[];
};

export type SealedServer = {
  readonly kind: 'http' | 'ssh' | 'nfs';
  readonly host: string;
  readonly port: number;
  /** `https`, or `ssh`: how the server proves what it is; undefined: it does not. */
  readonly pinned: 'ca' | 'hostKey' | undefined;
  readonly hostKey: string;
  readonly user: string;
  /** The part of the URL after the server; the name of the export. */
  readonly path: string;
  /** Of NFS. */
  readonly version: string;
  /** Files of the local overlay: a private key, a token. */
  readonly identity: string | undefined;
  readonly token: string | undefined;
};

export type SealedInput = {
  readonly name: string;
  readonly origin: string;
  readonly sha256: string;
  readonly size: number;
};

export type Sealed = {
  readonly arch: string;
  readonly profile: string;
  readonly kernelRelease: string;
  readonly kernelBuildId: string;
  /** The device that purgatory and the capture kernel write to; undefined: none. */
  readonly console: string | undefined;
  readonly crashkernel: readonly string[];
  readonly smallest: bigint;
  /** MiB of the region that its parts take to be placed. */
  readonly parts: number;
  /** Of the capture kernel. */
  readonly commandLine: string;
  readonly format: string;
  readonly finalAction: string;
  readonly failureAction: string;
  readonly encrypted: boolean;
  readonly overlay: boolean;
  /** An initramfs that was brought along decides itself what becomes of a dump, and of the machine. */
  readonly ownInitramfs: boolean;
  readonly backend: string;
  readonly policy: readonly string[];
  /** None where no target is on another machine. */
  readonly network: SealedNetwork | undefined;
  readonly targets: readonly SealedTarget[];
  readonly inputs: readonly SealedInput[];
};

type Json = Readonly<Record<string, unknown>>;

const isMap = (value: unknown): value is Json => typeof value === 'object' && value !== null;
const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');
const mapsIn = (value: unknown): readonly Json[] =>
  Array.isArray(value) ? value.filter(isMap) : [];
const textsIn = (value: unknown): readonly string[] =>
  Array.isArray(value) ? value.filter((one) => typeof one === 'string') : [];

/** The manifest is signed, but may come from another version of the tool. */
export function readSealed(manifest: Json): Result<Sealed> {
  const reservation = isMap(manifest.reservation) ? manifest.reservation : {};
  const { arch, profile, kernelRelease, kernelBuildId } = manifest;
  const needed = { arch, profile, kernelRelease, 'reservation.smallest': reservation.smallest };
  for (const [key, value] of Object.entries(needed))
    if (typeof value !== 'string') return fail({ area: 'prove', kind: 'manifest-lacks', key });
  for (const key of ['targets', 'inputs', 'onCorruption'])
    if (!Array.isArray(manifest[key])) return fail({ area: 'prove', kind: 'manifest-lacks', key });
  const console = isMap(manifest.console) ? textOf(manifest.console.device) : '';
  return ok({
    arch: textOf(arch),
    profile: textOf(profile),
    kernelRelease: textOf(kernelRelease),
    kernelBuildId: textOf(kernelBuildId),
    console: console === '' ? undefined : console,
    crashkernel: textsIn(reservation.options),
    smallest: BigInt(textOf(reservation.smallest)),
    parts: Math.ceil(Number(textOf(manifest.crashRegionAtLeast)) / 2 ** 20),
    commandLine: textOf(manifest.commandLine),
    format: isMap(manifest.dump) ? textOf(manifest.dump.format) : '',
    finalAction: textOf(manifest.finalAction),
    failureAction: textOf(manifest.failureAction),
    encrypted: Array.isArray(manifest.recipient) && manifest.recipient.length > 0,
    overlay: isMap(manifest.localOverlay),
    ownInitramfs: manifest.markerName === null,
    backend: textOf(manifest.backend),
    policy: mapsIn(manifest.onCorruption).map(({ kind }) => textOf(kind)),
    network: isMap(manifest.network) ? networkOf(manifest.network) : undefined,
    targets: mapsIn(manifest.targets).map(targetOf),
    inputs: mapsIn(manifest.inputs).map(({ name, origin, sha256, size }) => ({
      name: textOf(name),
      origin: textOf(origin),
      sha256: textOf(sha256),
      size: Number(size),
    })),
  });
}

const targetOf = (target: Json): SealedTarget => ({
  kind: textOf(target.kind),
  description: textOf(target.description),
  what: target.what === 'vmcore' ? 'vmcore' : 'dmesg',
  device: isMap(target.device)
    ? { by: textOf(target.device.by), value: textOf(target.device.value) }
    : undefined,
  stack: textsIn(target.stack),
  slots: typeof target.slots === 'number' ? target.slots : 1,
  types: textsIn(target.types),
  directory: textOf(target.directory) || '/',
  removable: target.removable === true,
  server: serverOf(target),
  localFiles: [
    target.identity,
    target.token,
    isMap(target.luks) ? target.luks.volumeKey : undefined,
  ]
    .map(textOf)
    .filter((path) => path !== ''),
});

const networkOf = (network: Json): SealedNetwork => ({
  interfaces: mapsIn(network.interfaces).map(({ by, value }) => ({
    by: textOf(by),
    value: textOf(value),
  })),
  bond: textOf(network.bond) !== '',
  vlan: typeof network.vlan === 'number',
  dhcp: network.dhcp === true,
  addresses: textsIn(network.addresses),
  gateways: textsIn(network.gateways),
  dns: textsIn(network.dns),
});

/** Where a profile names none (RFC 8881, section 2.9.3). */
export const nfsPort = 2049;

function serverOf(target: Json): SealedServer | undefined {
  const { kind, host, port, user, hostKey, identity, url, token, ca, server, version } = target;
  const none = {
    hostKey: '',
    user: '',
    path: '',
    version: '',
    identity: undefined,
    token: undefined,
  };
  if (kind === 'nfs')
    return {
      ...none,
      kind,
      host: textOf(server),
      port: typeof port === 'number' ? port : nfsPort,
      pinned: undefined,
      path: textOf(target.export),
      version: textOf(version),
    };
  if (kind === 'ssh')
    return {
      ...none,
      kind,
      host: textOf(host),
      port: Number(port),
      pinned: 'hostKey',
      hostKey: textOf(hostKey),
      user: textOf(user),
      identity: textOf(identity),
    };
  if (kind !== 'http' || !URL.canParse(textOf(url))) return undefined;
  const { protocol, hostname, port: written, pathname } = new URL(textOf(url));
  const usual = protocol === 'https:' ? 443 : 80;
  return {
    ...none,
    kind,
    host: hostname.replace(/^\[|\]$/g, ''),
    port: written === '' ? usual : Number(written),
    pinned: typeof ca === 'string' ? 'ca' : undefined,
    path: pathname.replace(/\/$/, ''),
    token: typeof token === 'string' ? token : undefined,
  };
}
