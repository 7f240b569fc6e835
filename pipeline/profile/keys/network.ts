import * as z from 'zod';
import { onEach } from '../../arch/in-words.ts';
import type { NetworkMistake } from '../../problem/network-mistake.ts';
import { showFound } from '../../schema/show-found.ts';
import { choice, text, whole } from '../../schema/takes.ts';
import { type At, atIn, reportedBy } from '../at.ts';
import { profileKey, type Written } from '../key.ts';
import {
  type HostAddress,
  isNeighbour,
  type NetworkAddress,
  type NetworkInterface,
  readHostAddress,
  readInterface,
  readNetworkAddress,
} from '../network-words.ts';
import type { Path } from '../source-tree.ts';
import { arch, rulesOf } from './arch.ts';

export type Network = {
  /** None: whichever has a link and leads on. */
  readonly interfaces: readonly NetworkInterface[];
  /** With it, the interfaces are its members. */
  readonly bond: (typeof bondModes)[number] | undefined;
  readonly vlan: number | undefined;
  readonly dhcp: boolean;
  readonly slaac: boolean;
  /** Static ones. */
  readonly addresses: readonly NetworkAddress[];
  readonly gateways: readonly HostAddress[];
  readonly dns: readonly HostAddress[];
  readonly waitSeconds: number;
  /** Loaded, whatever is there. A `?` is as in `initramfs.drivers`. */
  readonly drivers: readonly string[];
  /** Loaded where the hardware asks for them. */
  readonly onDemand: readonly string[];
};

/** Linux, Documentation/networking/bonding.rst. */
const bondModes = [
  'active-backup',
  '802.3ad',
  'balance-rr',
  'balance-xor',
  'broadcast',
  'balance-tlb',
  'balance-alb',
] as const;

const interfaceText = 'an interface: MAC=…, DRIVER=… or a name such as eth0';
/** A member's own words are in messages; more of them nobody has. */
const mostMembers = 16;

/** One text or a list of them; `written` tells which, for the place of a problem. */
const oneOrMore = (expects: string) =>
  z.union([text(expects, /^\S+$/), z.array(text(expects, /^\S+$/)).min(1).max(16)], {
    error: `${expects}, or a list of such`,
  });

const schema = z.strictObject(
  {
    interface: text(interfaceText)
      .optional()
      .meta({
        description:
          'The network card, by its MAC address, by its driver, or by the name that the kernel gives it. Names of udev such as `enp1s0` do not exist in the capture kernel.',
        defaultText: 'every wired card that has a link is tried',
        examples: ['MAC=52:54:00:12:34:56', 'DRIVER=virtio_net'],
      }),
    bond: z
      .strictObject(
        {
          mode: choice(bondModes).default('active-backup').meta({
            description: 'How the members share the work; `802.3ad` is LACP.',
          }),
          members: z
            .array(text(interfaceText), { error: 'a list of interfaces' })
            .min(1, { error: 'a list of interfaces' })
            .max(mostMembers, { error: `a list of at most ${mostMembers} interfaces` })
            .meta({
              description:
                'The cards of the bond, each written as `interface` is. One that is missing is done without.',
              examples: [['MAC=52:54:00:12:34:56', 'MAC=52:54:00:12:34:57']],
            }),
        },
        { error: 'a map with `mode` and `members`' },
      )
      .optional()
      .meta({ description: 'Several cards as one.', defaultText: 'no bond' }),
    vlan: whole(1, 4094)
      .optional()
      .meta({
        description: 'Number of the VLAN (802.1Q) that the machine is in, over card or bond.',
        defaultText: 'frames have no tag',
        examples: [42],
      }),
    address: oneOrMore('`dhcp`, `slaac`, or an address such as 192.0.2.7/24')
      .default('dhcp')
      .meta({
        description:
          'How the interface gets its addresses: `dhcp` (IPv4), `slaac` (IPv6, from what a router announces), or static ones with the size of their network. There is no DHCPv6 client.',
        examples: ['192.0.2.7/24', ['dhcp', 'slaac']],
      }),
    gateway: oneOrMore('an address such as 192.0.2.1')
      .optional()
      .meta({
        description: 'The router for static addresses, one for IPv4 and one for IPv6.',
        defaultText: 'only what is in the same network is reached',
        examples: ['192.0.2.1'],
      }),
    dns: oneOrMore('an address such as 192.0.2.53')
      .optional()
      .meta({
        description: 'Servers that names are asked of, instead of those that DHCP tells.',
        defaultText: 'what DHCP tells',
        examples: ['192.0.2.53'],
      }),
    waitSeconds: whole(1, 3600).default(60).meta({
      description:
        'How long interface, link and addresses may take together. A switch with spanning tree needs 30 seconds before it lets anything through.',
    }),
    drivers: z
      .array(text('a module name such as virtio_net', /^[A-Za-z0-9_-]+\??$/), {
        error: 'a list of module names',
      })
      .optional()
      .meta({
        description:
          'Drivers of network cards. Without it there is a list of usual ones, of which only those are loaded that the hardware asks for. All of the list takes memory: name yours. Each may end in `?`, as in `initramfs.drivers`.',
        defaultText: onEach((rules) => `\`[${rules.networkDrivers.join(', ')}]\``),
        examples: [['igb']],
      }),
  },
  { error: 'a map' },
);
type NetworkInput = z.output<typeof schema>;

const list = (value: string | readonly string[] | undefined): readonly string[] =>
  value === undefined ? [] : typeof value === 'string' ? [value] : value;

/** Reads each of them; what is wrong is told where it stands. */
function all<T>(
  value: string | readonly string[] | undefined,
  path: Path,
  read: (text: string) => { readonly value: T } | { readonly mistake: NetworkMistake },
  at: At,
): readonly T[] {
  const seen = new Set<string>();
  return list(value).flatMap((text, index) => {
    const own = typeof value === 'string' ? path : [...path, index];
    const result = read(text);
    const found = JSON.stringify('mistake' in result ? text : result.value);
    const mistake: NetworkMistake | undefined =
      'mistake' in result ? result.mistake : seen.has(found) ? { kind: 'twice' } : undefined;
    seen.add(found);
    if (mistake !== undefined) useless(at, own, text, mistake);
    return 'mistake' in result ? [] : [result.value];
  });
}

const useless = (at: At, path: Path, found: string, mistake: NetworkMistake): void =>
  at.report({
    kind: 'network-useless',
    place: at.place(...path),
    key: at.key(...path),
    found: showFound(found),
    mistake,
  });

type AddressWord = 'dhcp' | 'slaac' | NetworkAddress;

function readAddressWord(
  text: string,
): { readonly value: AddressWord } | { readonly mistake: NetworkMistake } {
  if (text === 'dhcp' || text === 'slaac') return { value: text };
  if (/^(dhcp6|dhcpv6|auto6)$/i.test(text)) return { mistake: { kind: 'dhcp6' } };
  return readNetworkAddress(text);
}

function networkOf(input: NetworkInput, written: Written, at: At): Network {
  const { bond } = input;
  if (bond !== undefined && input.interface !== undefined)
    useless(at, ['interface'], input.interface, { kind: 'beside-bond' });
  const words = all(input.address, ['address'], readAddressWord, at);
  const addresses = words.filter((word) => typeof word !== 'string');
  const gateways = all(input.gateway, ['gateway'], readHostAddress, at);
  // With an address that could not be read, nothing is known of its network.
  const known = words.length === list(input.address).length;
  for (const [index, gateway] of known ? gateways.entries() : []) {
    const own = addresses.filter(({ family }) => family === gateway.family);
    const mistake: NetworkMistake | undefined =
      own.length === 0
        ? { kind: 'gateway-of-no-address', family: gateway.family }
        : isNeighbour(gateway, own)
          ? undefined
          : {
              kind: 'gateway-outside',
              networks: own.map(({ address, prefix }) => `${address}/${prefix}`),
            };
    const path = Array.isArray(input.gateway) ? ['gateway', index] : ['gateway'];
    if (mistake !== undefined) useless(at, path, gateway.address, mistake);
  }
  return {
    interfaces:
      bond === undefined
        ? all(input.interface, ['interface'], readInterface, at)
        : all(bond.members, ['bond', 'members'], readInterface, at),
    bond: bond?.mode,
    vlan: input.vlan,
    dhcp: words.includes('dhcp'),
    slaac: words.includes('slaac'),
    addresses,
    gateways,
    dns: all(input.dns, ['dns'], readHostAddress, at),
    waitSeconds: input.waitSeconds,
    drivers: [
      ...(input.drivers ?? []),
      ...(bond === undefined ? [] : ['bonding']),
      ...(input.vlan === undefined ? [] : ['8021q']),
    ],
    onDemand: input.drivers === undefined ? rulesOf(written).networkDrivers : [],
  };
}

/** One network serves all targets that are on other machines. */
export const network = profileKey('network', {
  schema: schema.prefault({}).meta({
    description:
      'How the capture kernel reaches targets on other machines: one interface, one set of addresses. The local overlay of a machine may bring its own, as `etc/crashseal/network`.',
  }),
  settle: (input, written) => networkOf(input, written, atIn(written, ['network'])),
  checks: [
    {
      with: [arch],
      find: (input, written) =>
        reportedBy((report) => networkOf(input, written, atIn(written, ['network'], report))),
    },
  ],
  problems: ['unknown-key', 'network-useless'],
});

/** One line for a person: `MAC=52:54:00:12:34:56, VLAN 42, DHCP`. */
export function describeNetwork(network: Network): string {
  const cards = network.interfaces
    .map(({ by, value }) => (by === 'name' ? value : `${by.toUpperCase()}=${value}`))
    .join(' and ');
  return [
    network.bond === undefined ? cards || 'any wired card' : `${network.bond} bond of ${cards}`,
    network.vlan === undefined ? '' : `VLAN ${network.vlan}`,
    network.dhcp ? 'DHCP' : '',
    network.slaac ? 'SLAAC' : '',
    ...network.addresses.map(({ address, prefix }) => `${address}/${prefix}`),
  ]
    .filter(Boolean)
    .join(', ');
}
