/** Why the capture kernel can never have such a network. */
export type NetworkMistake =
  | { readonly kind: 'bare-mac'; readonly plain: string }
  | { readonly kind: 'mac'; readonly why: 'form' | 'zero' | 'group' }
  | { readonly kind: 'udev-name' }
  | { readonly kind: 'layered'; readonly instead: string }
  | { readonly kind: 'wireless' }
  | { readonly kind: 'interface-name' }
  | { readonly kind: 'beside-bond' }
  | { readonly kind: 'twice' }
  | { readonly kind: 'no-prefix'; readonly example: string }
  | { readonly kind: 'prefix'; readonly most: number }
  | { readonly kind: 'no-address' }
  | { readonly kind: 'not-a-host'; readonly what: string }
  | { readonly kind: 'dhcp6' }
  | { readonly kind: 'gateway-of-no-address'; readonly family: string }
  | { readonly kind: 'gateway-outside'; readonly networks: readonly string[] }
  | { readonly kind: 'no-name-server'; readonly servers: readonly string[] }
  | { readonly kind: 'unused' };

type Words = { readonly notes: readonly string[]; readonly hint: string };

const stableNames = 'name the interface by MAC= or DRIVER= instead';

export function explainNetwork(mistake: NetworkMistake): Words {
  switch (mistake.kind) {
    case 'bare-mac':
      return { notes: [], hint: `write \`${mistake.plain}\`` };
    case 'mac':
      return {
        notes: [
          mistake.why === 'form'
            ? 'a MAC address is six pairs of hex digits with colons between them'
            : mistake.why === 'zero'
              ? 'no interface has this address'
              : 'this is the address of a group; no interface has it as its own',
        ],
        hint: 'take it from `ip link`, such as MAC=52:54:00:12:34:56',
      };
    case 'udev-name':
      return {
        notes: [
          'only udev gives this name; in the capture kernel, interfaces are eth0, eth1 and so on',
        ],
        hint: stableNames,
      };
    case 'layered':
      return { notes: ['this is not the name of a network card'], hint: mistake.instead };
    case 'wireless':
      return {
        notes: ['a dump over wireless is not supported'],
        hint: 'name a wired interface',
      };
    case 'interface-name':
      return {
        notes: ["the kernel's names of interfaces have 1 to 15 characters, no blank and no slash"],
        hint: stableNames,
      };
    case 'beside-bond':
      return {
        notes: ['with `bond`, its members are the interfaces'],
        hint: 'drop `interface`, or `bond`',
      };
    case 'twice':
      return { notes: ['it is already in this list'], hint: 'drop one of the two' };
    case 'no-prefix':
      return {
        notes: ['the number of bits of its network is missing'],
        hint: `write it as \`${mistake.example}\` if its network has that size`,
      };
    case 'prefix':
      return {
        notes: [`the number after the slash is from 1 to ${mistake.most}`],
        hint: 'take both from `ip address`, such as 192.0.2.7/24',
      };
    case 'no-address':
      return {
        notes: ['this is neither an IPv4 nor an IPv6 address'],
        hint: 'take it from `ip address` and `ip route`, such as 192.0.2.7',
      };
    case 'not-a-host':
      return {
        notes: [`this is ${mistake.what}, not the address of a machine`],
        hint: 'take it from `ip address` and `ip route`, such as 192.0.2.7',
      };
    case 'dhcp6':
      return {
        notes: ['the capture initramfs has no DHCPv6 client'],
        hint: 'use `slaac`, or a static address such as 2001:db8::7/64',
      };
    case 'gateway-of-no-address':
      return {
        notes: [
          `no static ${mistake.family} address is given; with dhcp and slaac the network itself names the gateway`,
        ],
        hint: 'drop the gateway, or give a static address',
      };
    case 'gateway-outside':
      return {
        notes: [`it is in none of these networks: ${mistake.networks.join(', ')}`],
        hint: 'compare `ip route` and the number of bits after the slash',
      };
    case 'no-name-server':
      return {
        notes: [
          `these servers are given by name: ${mistake.servers.join(', ')}`,
          'only dhcp tells of name servers',
        ],
        hint: 'add `dns`, or give the servers by address',
      };
    case 'unused':
      return {
        notes: ['none of the targets is on another machine'],
        hint: 'drop the key, or add a target of kind nfs, ssh or http',
      };
  }
}
