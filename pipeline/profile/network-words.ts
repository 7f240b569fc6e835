/** Interfaces and addresses as a profile writes them. */
import { isIPv4, isIPv6 } from 'node:net';
import type { NetworkMistake } from '../problem/network-mistake.ts';

type Read<T> = { readonly value: T } | { readonly mistake: NetworkMistake };

/** One interface, or those that a driver has. */
export type NetworkInterface = {
  readonly by: 'mac' | 'driver' | 'name';
  readonly value: string;
};

const mac = /^[0-9a-f]{2}(:[0-9a-f]{2}){5}$/;
/** systemd.net-naming-scheme(7): by firmware's index, slot, place or MAC, or a bus id (`c`, `u`). */
const udevName =
  /^(en|sl|ib)(o\d|s\d|c[0-9a-f]|d\d|v\d|x[0-9a-f]{12}|(P[0-9a-f]+)?p\d+s\d|u\d|a\d)/i;
const layered: readonly (readonly [name: RegExp, instead: string])[] = [
  [/[.@]\d+$|^vlan\d/, 'name the card, and say `vlan: NUMBER`'],
  [/^(bond|team)\d/, 'name the cards in `bond.members`'],
  [/^(br|virbr|docker|ovs)[-\d]/, 'name the card that is a port of the bridge'],
  [/^(lo|dummy|tun|tap|veth|wg|sit|gre)\d*$/, 'name the card by which the machine is reached'],
];

export function readInterface(text: string): Read<NetworkInterface> {
  const [, tag, tagged = ''] = /^([A-Z]+)=(.*)$/.exec(text) ?? [];
  if (tag === 'DRIVER') return { value: { by: 'driver', value: tagged.replaceAll('-', '_') } };
  const address = (tag === 'MAC' ? tagged : text).toLowerCase().replaceAll('-', ':');
  if (tag === 'MAC') {
    if (!mac.test(address)) return { mistake: { kind: 'mac', why: 'form' } };
    if (/^[0:]+$/.test(address)) return { mistake: { kind: 'mac', why: 'zero' } };
    if (Number.parseInt(address.slice(0, 2), 16) % 2 === 1)
      return { mistake: { kind: 'mac', why: 'group' } };
    return { value: { by: 'mac', value: address } };
  }
  if (mac.test(address)) return { mistake: { kind: 'bare-mac', plain: `MAC=${address}` } };
  if (/^wl/.test(text)) return { mistake: { kind: 'wireless' } };
  const layer = layered.find(([name]) => name.test(text));
  if (layer !== undefined) return { mistake: { kind: 'layered', instead: layer[1] } };
  if (udevName.test(text)) return { mistake: { kind: 'udev-name' } };
  // Linux, dev_valid_name().
  if (!/^[^\s/:]{1,15}$/.test(text) || /^\.{1,2}$/.test(text))
    return { mistake: { kind: 'interface-name' } };
  return { value: { by: 'name', value: text } };
}

export type Family = 'IPv4' | 'IPv6';
export type HostAddress = { readonly family: Family; readonly address: string };
export type NetworkAddress = HostAddress & { readonly prefix: number };

/** The address as a number, and how many bits it has. */
function bitsOf(address: string): readonly [value: bigint, bits: number] {
  if (isIPv4(address))
    return [address.split('.').reduce((sum, part) => (sum << 8n) | BigInt(part), 0n), 32];
  const dotted = address.replace(/(\d+)\.(\d+)\.(\d+)\.(\d+)$/, (_all, a, b, c, d) =>
    [Number(a) * 256 + Number(b), Number(c) * 256 + Number(d)]
      .map((word) => word.toString(16))
      .join(':'),
  );
  const [head = '', tail] = dotted.split('::');
  const words = (text: string | undefined) =>
    text === undefined || text === '' ? [] : text.split(':');
  const zeros = 8 - words(head).length - words(tail).length;
  const all = [...words(head), ...Array<string>(zeros).fill('0'), ...words(tail)];
  return [all.reduce((sum, word) => (sum << 16n) | BigInt(`0x${word}`), 0n), 128];
}

const networkOf = (address: string, prefix: number): bigint => {
  const [value, bits] = bitsOf(address);
  return value >> BigInt(bits - prefix);
};

const within = (address: string, network: string, prefix: number): boolean =>
  isIPv4(address) === isIPv4(network) && networkOf(address, prefix) === networkOf(network, prefix);

const noHosts: readonly (readonly [network: string, prefix: number, what: string])[] = [
  ['0.0.0.0', 8, 'no address at all'],
  ['127.0.0.0', 8, "the machine's own loopback"],
  ['224.0.0.0', 4, 'the address of a group'],
  ['255.255.255.255', 32, 'the address of everybody'],
  ['::', 128, 'no address at all'],
  ['::1', 128, "the machine's own loopback"],
  ['ff00::', 8, 'the address of a group'],
];

export function readHostAddress(text: string): Read<HostAddress> {
  // Linux has no zone in `fe80::1%eth0` where an address is given without an interface.
  if (!isIPv4(text) && (!isIPv6(text) || text.includes('%')))
    return { mistake: { kind: 'no-address' } };
  const no = noHosts.find(([network, prefix]) => within(text, network, prefix));
  if (no !== undefined) return { mistake: { kind: 'not-a-host', what: no[2] } };
  return { value: { family: isIPv4(text) ? 'IPv4' : 'IPv6', address: text } };
}

export function readNetworkAddress(text: string): Read<NetworkAddress> {
  const [address = '', prefixText] = text.split('/', 2);
  const host = readHostAddress(address);
  if ('mistake' in host) return host;
  const { family } = host.value;
  const most = family === 'IPv4' ? 32 : 128;
  if (prefixText === undefined)
    return {
      mistake: { kind: 'no-prefix', example: `${address}/${family === 'IPv4' ? 24 : 64}` },
    };
  const prefix = /^\d{1,3}$/.test(prefixText) ? Number(prefixText) : 0;
  if (prefix < 1 || prefix > most || text !== `${address}/${prefix}`)
    return { mistake: { kind: 'prefix', most } };
  if (family === 'IPv4' && prefix < 31) {
    const [value] = bitsOf(address);
    const host = value & ((1n << BigInt(32 - prefix)) - 1n);
    if (host === 0n) return { mistake: { kind: 'not-a-host', what: 'the name of a network' } };
    if (host + 1n === 1n << BigInt(32 - prefix))
      return { mistake: { kind: 'not-a-host', what: 'the broadcast address of its network' } };
  }
  return { value: { ...host.value, prefix } };
}

/** Whether a machine in these networks reaches the gateway without another one. */
export const isNeighbour = (
  { family, address }: HostAddress,
  networks: readonly NetworkAddress[],
): boolean =>
  // A router's link-local address is a neighbour's wherever it is used.
  (family === 'IPv6' && within(address, 'fe80::', 10)) ||
  networks.some((own) => within(address, own.address, own.prefix)) ||
  // Providers give single addresses, with a gateway outside of them.
  networks.some((own) => own.family === family && own.prefix === (family === 'IPv4' ? 32 : 128));

/** A server as a target names it: by name or by address. */
export const isHostName = (text: string): boolean => !isIPv4(text) && !isIPv6(text);
