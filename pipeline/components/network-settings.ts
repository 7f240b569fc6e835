/** The network as init reads it: shell variables, by name. */
import type { Network } from '../profile/keys/network.ts';

/** Below the root of the initramfs; the local overlay may bring its own. */
export const networkPath = 'etc/crashseal/network';

const yes = (value: boolean): string => (value ? 'yes' : 'no');

export const networkSettings = (network: Network): Readonly<Record<string, string>> => ({
  network_interfaces: network.interfaces.map(({ by, value }) => `${by}=${value}`).join(' '),
  network_bond: network.bond ?? '',
  network_vlan: network.vlan === undefined ? '' : String(network.vlan),
  network_dhcp: yes(network.dhcp),
  network_slaac: yes(network.slaac),
  network_addresses: network.addresses
    .map(({ address, prefix }) => `${address}/${prefix}`)
    .join(' '),
  network_gateways: network.gateways.map(({ address }) => address).join(' '),
  network_dns: network.dns.map(({ address }) => address).join(' '),
  network_wait: String(network.waitSeconds),
});
