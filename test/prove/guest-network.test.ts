import { describe, expect, test } from 'vitest';
import { networkFor, networkWords } from '../../pipeline/prove/guest-network.ts';
import type { SealedNetwork } from '../../pipeline/prove/sealed.ts';

const dhcp: SealedNetwork = {
  interfaces: [],
  bond: false,
  vlan: false,
  dhcp: true,
  addresses: [],
  gateways: [],
  dns: [],
};
const modules = { builtIn: new Set<string>(), paths: new Map([['virtio_net', 'a']]) };
const has = (...names: readonly string[]) => new Set(names);
const found = (
  more: Partial<SealedNetwork>,
  servers: readonly string[] = ['192.0.2.7'],
  own = has('virtio_net'),
) => {
  const network = networkFor({ ...dhcp, ...more }, servers, own, modules);
  return 'network' in network ? network.network : network.cannot;
};

describe('the network of a machine', () => {
  test('has the server in it, and its own addresses beside it', () => {
    expect(found({})).toEqual({
      net: '192.0.2.0/24',
      host: '192.0.2.2',
      dns: '192.0.2.3',
      // Sixteen in a row that no server has.
      dhcpStart: '192.0.2.8',
      card: 'virtio-net-pci,netdev=net0',
    });
  });

  test('has the gateway and the name server that the bundle expects, in one that is large enough', () => {
    const network = found(
      {
        dhcp: false,
        addresses: ['10.1.2.3/24'],
        gateways: ['10.1.2.1'],
        dns: ['10.200.0.53'],
      },
      ['10.9.8.7'],
    );
    expect(network).toMatchObject({ net: '10.0.0.0/8', host: '10.1.2.1', dns: '10.200.0.53' });
  });

  test('has a card that the capture kernel has a driver for, with the address that it looks for', () => {
    const mac = '52:54:00:12:34:56';
    expect(
      found({ interfaces: [{ by: 'mac', value: mac }] }, ['192.0.2.7'], has('e1000e')),
    ).toMatchObject({ card: `e1000e,netdev=net0,mac=${mac},romfile=` });
    expect(
      found(
        { interfaces: [{ by: 'driver', value: 'e1000' }] },
        ['192.0.2.7'],
        has('virtio_net', 'e1000'),
      ),
    ).toMatchObject({ card: 'e1000,netdev=net0,romfile=' });
  });

  test.each([
    ['a bond', { bond: true }, undefined, /no bond/],
    ['a VLAN', { vlan: true }, undefined, /no VLAN/],
    ['a name', {}, ['dumps.example.org'], /IPv4 address/],
    ['an IPv6 address', {}, ['2001:db8::7'], /IPv4 address/],
    ['no address', { dhcp: false }, undefined, /no IPv4 address/],
    ['places far apart', {}, ['10.0.0.1', '192.0.2.7'], /too far apart/],
    [
      'a card of another name',
      { interfaces: [{ by: 'name', value: 'eth1' }] },
      undefined,
      /called eth0/,
    ],
  ] as const)('%s is named as what cannot be made', (_, more, servers, why) => {
    expect(found(more, servers)).toMatch(why);
  });

  test('is none for a capture kernel without a driver', () => {
    expect(found({}, ['192.0.2.7'], has('mlx5_core'))).toMatch(/no driver for a network card/);
  });

  test('lets nothing out but what goes to a server', () => {
    const network = found({});
    if (typeof network === 'string') throw new Error(network);
    const words = networkWords(network, [{ address: '192.0.2.7', port: 443, to: 4711 }], 'bridge');
    expect(words[1]).toContain('restrict=on');
    expect(words[1]).toContain('guestfwd=tcp:192.0.2.7:443-cmd:bridge 4711');
  });
});
