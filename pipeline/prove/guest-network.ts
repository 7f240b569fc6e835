/**
 * The network of a machine of ours: QEMU's own, with the addresses that the bundle expects. A server stands in it
 * under its real address; what is sent there comes to this machine, and nothing else leaves. Pure.
 */
import type { KernelModules } from './drivers.ts';
import type { SealedNetwork } from './sealed.ts';

export type UserNetwork = {
  readonly net: string;
  readonly host: string;
  readonly dns: string;
  readonly dhcpStart: string;
  /** QEMU's words for the card. */
  readonly card: string;
};

export type NetworkOrNot = { readonly network: UserNetwork } | { readonly cannot: string };

const cannot = (why: string): NetworkOrNot => ({ cannot: why });

/** QEMU's cards, by the driver that each needs; the first that the capture kernel has is taken. */
const cards: Readonly<Record<string, string>> = {
  virtio_net: 'virtio-net-pci',
  e1000e: 'e1000e',
  e1000: 'e1000',
  vmxnet3: 'vmxnet3',
  '8139cp': 'rtl8139',
  e100: 'i82551',
};

/** QEMU takes no network that is larger. */
const shortestPrefix = 4;
const usualPrefix = 24;
/** Addresses that QEMU gives by DHCP. */
const leases = 16;

const numberOf = (address: string): number | undefined => {
  const parts = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/.exec(address)?.slice(1).map(Number);
  return parts === undefined || parts.some((part) => part > 255)
    ? undefined
    : parts.reduce((sum, part) => sum * 256 + part, 0);
};
const textOf = (address: number): string =>
  [24, 16, 8, 0].map((shift) => Math.floor(address / 2 ** shift) % 256).join('.');
const networkIn = (address: number, prefix: number): number =>
  address - (address % 2 ** (32 - prefix));

/** `servers`: addresses that stand in for those of other machines. */
export function networkFor(
  network: SealedNetwork,
  servers: readonly string[],
  own: ReadonlySet<string>,
  { builtIn, paths }: Pick<KernelModules, 'builtIn' | 'paths'>,
  cardOf = (name: string): string => name,
): NetworkOrNot {
  const { interfaces, bond, vlan, dhcp, addresses, gateways, dns } = network;
  if (bond) return cannot('this tool makes no bond');
  if (vlan) return cannot('this tool makes no VLAN');
  const has = (driver: string): boolean =>
    own.has(driver) || builtIn.has(driver) || paths.size === 0;
  const asked = interfaces.find(({ by }) => by === 'driver')?.value;
  const driver = Object.keys(cards).find(
    (name) => (asked === undefined || asked === name) && has(name),
  );
  if (driver === undefined)
    return cannot('the capture kernel has no driver for a network card of QEMU');
  if (interfaces.some(({ by, value }) => by === 'name' && value !== 'eth0'))
    return cannot('its card would be called eth0');

  const wanted = servers.map(numberOf);
  if (wanted.includes(undefined))
    return cannot('only servers that are named by an IPv4 address can stand in here');
  const known = (all: readonly string[]) => all.flatMap((one) => numberOf(one) ?? []);
  const fixed = known(addresses.map((one) => one.split('/')[0] ?? ''));
  if (!dhcp && fixed.length === 0) return cannot('it has no IPv4 address');
  const taken = [...known(servers), ...fixed, ...known(gateways), ...known(dns)];
  const [first = 0] = taken;
  let prefix = usualPrefix;
  while (
    prefix >= shortestPrefix &&
    taken.some((one) => networkIn(one, prefix) !== networkIn(first, prefix))
  )
    prefix -= 1;
  if (prefix < shortestPrefix)
    return cannot('its addresses are too far apart for the network of QEMU');

  const net = networkIn(first, prefix);
  const used = new Set(taken);
  /** The first of so many free addresses in a row. */
  const free = (count: number): number => {
    for (let start = net + 2; ; start += 1) {
      const row = Array.from({ length: count }, (_, index) => start + index);
      if (row.every((one) => !used.has(one))) {
        for (const one of row) used.add(one);
        return start;
      }
    }
  };
  const isServer = (address: number | undefined): boolean => known(servers).includes(address ?? -1);
  const [gateway] = known(gateways);
  const [resolver] = known(dns);
  const host = gateway === undefined || isServer(gateway) ? free(1) : gateway;
  const nameServer =
    resolver === undefined || isServer(resolver) || resolver === host ? free(1) : resolver;
  const mac = interfaces.find(({ by }) => by === 'mac')?.value;
  const card = cardOf(cards[driver] ?? '');
  return {
    network: {
      net: `${textOf(net)}/${prefix}`,
      host: textOf(host),
      dns: textOf(nameServer),
      dhcpStart: textOf(free(leases)),
      card: `${card},netdev=net0${mac === undefined ? '' : `,mac=${mac}`}${card.startsWith('virtio') ? '' : ',romfile='}`,
    },
  };
}

export type Forwarded = {
  readonly address: string;
  readonly port: number;
  /** On this machine: a port of its loopback, or the path of a socket. */
  readonly to: number | string;
};

/** QEMU's words. Each connection gets a process that hands it on, which `bridge` begins. */
export function networkWords(
  { net, host, dns, dhcpStart, card }: UserNetwork,
  servers: readonly Forwarded[],
  bridge: string,
): readonly string[] {
  const rules = servers.map(
    ({ address, port, to }) => `,guestfwd=tcp:${address}:${port}-cmd:${bridge} ${to}`,
  );
  return [
    '-netdev',
    `user,id=net0,restrict=on,net=${net},host=${host},dns=${dns},dhcpstart=${dhcpStart},ipv6=off${rules.join('')}`,
    '-device',
    card,
  ];
}
