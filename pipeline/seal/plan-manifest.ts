/** What the manifest says beside the seal: what led to it. Apart from the rest, since who only reads needs no profile. */
import type { ConsoleDevice } from '../arch/console-device.ts';
import type { PolicyStep } from '../arch/policy-step.ts';
import type { Plan } from '../plan/plan.ts';
import { describeNetwork, type Network } from '../profile/keys/network.ts';
import { serversOf, targetManifest } from '../targets/targets.ts';
import { hex } from '../units/units.ts';
import { type ManifestValue, manifestOfSeal, renderManifest } from './manifest.ts';
import type { Seal } from './seal-codec.ts';

/** The manifest of a plan whose seal has every member's record but the manifest's own. */
export function manifestOf(plan: Plan, toolVersion: string, seal: Seal): Uint8Array {
  const { inputs, kernelFacts } = plan.components;
  const { profile } = inputs;
  return renderManifest({
    ...manifestOfSeal(seal),
    arch: profile.arch,
    console: consoleOf(profile.console),
    dump: { ...profile.dump },
    failureAction: profile.failureAction,
    finalAction: profile.finalAction,
    inputs: inputs.sources.map(({ name, origin, size, digest, package: from, files }) => ({
      name,
      origin,
      sha256: digest,
      size,
      ...(from === undefined ? {} : { package: packageManifest(from) }),
      ...(files === undefined ? {} : { files }),
    })),
    kernelEntry: hex(kernelFacts.entryOffset),
    elfcorehdr: profile.elfcorehdr,
    kernelForm: profile.kernelForm,
    hotplug: profile.hotplug,
    localOverlay: profile.localOverlay ?? null,
    machineLevel: profile.machineLevel ?? null,
    memoryMap: profile.memoryMap,
    onCorruption: profile.onCorruption.map(stepOf),
    reservation: {
      options: [...profile.crashkernel.options],
      smallest: hex(profile.crashkernel.smallest),
    },
    network: serversOf(profile.targets).length === 0 ? null : networkManifest(profile.network),
    targets: profile.targets.map(targetManifest),
    budget: profile.budget,
    recipient: [...profile.recipient],
    testing: profile.testing,
    tool: { name: 'crashseal', version: toolVersion },
  });
}

function consoleOf(console: ConsoleDevice): ManifestValue {
  switch (console.kind) {
    case 'none':
      return { kind: 'none' };
    case 'sclp':
      return { kind: 'sclp', device: console.device ?? null };
    case 'uart':
      return { ...console, port: hex(console.port) };
    case 'memoryUart':
      return { ...console, address: hex(console.address) };
    case 'sbi':
    case 'hvc':
      return { kind: console.kind };
  }
}

/** Numbers of a step are hex strings; a key without a value is left out. */
const stepOf = (step: PolicyStep): ManifestValue => withHexNumbers(step);

type Plain = string | number | bigint | boolean | undefined | readonly string[] | PlainMap;
type PlainMap = { readonly [key: string]: Plain };

const isTexts = (item: Plain): item is readonly string[] => Array.isArray(item);

function withHexNumbers(value: PlainMap): ManifestValue {
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, item]): [string, ManifestValue][] => {
      if (item === undefined) return [];
      if (isTexts(item)) return [[key, item]];
      if (typeof item === 'object') return [[key, withHexNumbers(item)]];
      return [[key, typeof item === 'number' || typeof item === 'bigint' ? hex(item) : item]];
    }),
  );
}

type InputRecord = Plan['components']['inputs']['sources'][number];

const packageManifest = (from: NonNullable<InputRecord['package']>): ManifestValue => ({
  form: from.form,
  name: from.name,
  version: from.version,
  architecture: from.architecture,
  source: from.source ?? null,
  licences: from.licences ?? null,
});

const networkManifest = (network: Network) => ({
  description: describeNetwork(network),
  interfaces: network.interfaces.map(({ by, value }) => ({ by, value })),
  bond: network.bond ?? null,
  vlan: network.vlan ?? null,
  dhcp: network.dhcp,
  slaac: network.slaac,
  addresses: network.addresses.map(({ address, prefix }) => `${address}/${prefix}`),
  gateways: network.gateways.map(({ address }) => address),
  dns: network.dns.map(({ address }) => address),
  waitSeconds: network.waitSeconds,
});
