import { describe, expect, test } from 'vitest';
import { problemsWith, settled } from '../profile-texts.ts';

const target = 'target: { kind: nfs, server: 192.0.2.9, export: /crash }';
const network = (text: string) => settled(target, `network: ${text}`).network;
const mistakes = (text: string) =>
  problemsWith(target, `network: ${text}`).map((problem) =>
    problem.kind === 'network-useless'
      ? [problem.key, problem.mistake.kind]
      : [problem.kind, 'key' in problem ? problem.key : ''],
  );

test('without a word every wired card is asked for a lease, with usual drivers for whatever is there', () => {
  const { onDemand, ...rest } = network('{}');
  expect(rest).toEqual({
    interfaces: [],
    bond: undefined,
    vlan: undefined,
    dhcp: true,
    slaac: false,
    addresses: [],
    gateways: [],
    dns: [],
    waitSeconds: 60,
    drivers: [],
  });
  expect(onDemand).toContain('virtio_net?');
  expect(onDemand.every((name) => name.endsWith('?'))).toBe(true);
});

test('an interface is named by address, driver or the name that the kernel gives it', () => {
  const named = (text: string) => network(`{ interface: "${text}" }`).interfaces;
  expect(named('MAC=52:54:00:AB:CD:EF')).toEqual([{ by: 'mac', value: '52:54:00:ab:cd:ef' }]);
  expect(named('MAC=52-54-00-ab-cd-ef')).toEqual([{ by: 'mac', value: '52:54:00:ab:cd:ef' }]);
  expect(named('DRIVER=virtio-net')).toEqual([{ by: 'driver', value: 'virtio_net' }]);
  expect(named('eth0')).toEqual([{ by: 'name', value: 'eth0' }]);
});

test.each([
  ['enp1s0', 'udev-name'],
  ['eno1', 'udev-name'],
  ['ens3f0', 'udev-name'],
  ['enx525400abcdef', 'udev-name'],
  ['enP1p2s3', 'udev-name'],
  ['enc1000', 'udev-name'],
  ['52:54:00:ab:cd:ef', 'bare-mac'],
  ['MAC=52:54:00:ab:cd', 'mac'],
  ['MAC=00:00:00:00:00:00', 'mac'],
  ['MAC=01:00:5e:00:00:01', 'mac'],
  ['eth0.42', 'layered'],
  ['bond0', 'layered'],
  ['br0', 'layered'],
  ['lo', 'layered'],
  ['wlan0', 'wireless'],
  ['wlp2s0', 'wireless'],
  ['a-name-that-is-too-long', 'interface-name'],
])('the interface %s is refused: %s', (text, mistake) => {
  expect(mistakes(`{ interface: "${text}" }`)).toEqual([['network.interface', mistake]]);
  expect(mistakes(`{ bond: { members: [eth1, "${text}"] } }`)).toEqual([
    ['network.bond.members.1', mistake],
  ]);
});

describe('addresses', () => {
  test('are dynamic, static or both, of either family', () => {
    expect(network('{ address: [dhcp, slaac] }')).toMatchObject({ dhcp: true, slaac: true });
    expect(
      network('{ address: [192.0.2.7/24, "2001:db8::7/64"], gateway: [192.0.2.1, "fe80::1"] }'),
    ).toMatchObject({
      dhcp: false,
      addresses: [
        { family: 'IPv4', address: '192.0.2.7', prefix: 24 },
        { family: 'IPv6', address: '2001:db8::7', prefix: 64 },
      ],
      gateways: [{ address: '192.0.2.1' }, { address: 'fe80::1' }],
    });
    // A provider's single address, and a link of two.
    expect(network('{ address: 192.0.2.7/32, gateway: 198.51.100.1 }').gateways).toHaveLength(1);
    expect(network('{ address: 192.0.2.6/31, gateway: 192.0.2.7 }').gateways).toHaveLength(1);
  });

  test.each([
    ['192.0.2.7', 'no-prefix'],
    ['2001:db8::7', 'no-prefix'],
    ['192.0.2.7/33', 'prefix'],
    ['192.0.2.7/0', 'prefix'],
    ['192.0.2.7/24/24', 'prefix'],
    ['192.0.2.7/255.255.255.0', 'prefix'],
    ['2001:db8::7/129', 'prefix'],
    ['192.0.2.0/24', 'not-a-host'],
    ['192.0.2.255/24', 'not-a-host'],
    ['127.0.0.1/8', 'not-a-host'],
    ['224.0.0.1/24', 'not-a-host'],
    ['0.0.0.0/8', 'not-a-host'],
    ['::1/64', 'not-a-host'],
    ['ff02::1/64', 'not-a-host'],
    ['192.0.2/24', 'no-address'],
    ['192.0.2.999/24', 'no-address'],
    ['fe80::1%eth0/64', 'no-address'],
    ['dhcp6', 'dhcp6'],
    ['static', 'no-address'],
  ])('%s is refused: %s', (text, mistake) => {
    expect(mistakes(`{ address: "${text}" }`)).toEqual([['network.address', mistake]]);
    expect(mistakes(`{ address: [slaac, "${text}"] }`)).toEqual([['network.address.1', mistake]]);
  });

  test('are written once', () => {
    expect(mistakes('{ address: [dhcp, dhcp] }')).toEqual([['network.address.1', 'twice']]);
    expect(mistakes('{ address: 192.0.2.7/24, dns: [192.0.2.1, 192.0.2.1] }')).toEqual([
      ['network.dns.1', 'twice'],
    ]);
  });

  test.each([
    ['{ gateway: 192.0.2.1 }', 'gateway-of-no-address'],
    ['{ address: "2001:db8::7/64", gateway: 192.0.2.1 }', 'gateway-of-no-address'],
    ['{ address: 192.0.2.7/24, gateway: 192.0.3.1 }', 'gateway-outside'],
    ['{ address: "2001:db8::7/64", gateway: "2001:db8:1::1" }', 'gateway-outside'],
    ['{ address: 192.0.2.7/24, gateway: router }', 'no-address'],
  ])('the gateway in %s is refused: %s', (text, mistake) => {
    expect(mistakes(text)).toEqual([['network.gateway', mistake]]);
  });
});

test('a bond and a VLAN bring their drivers, and a bond excludes a single interface', () => {
  const members = '[MAC=52:54:00:00:00:0a, MAC=52:54:00:00:00:0b]';
  expect(network(`{ drivers: [igb], vlan: 42, bond: { members: ${members} } }`)).toMatchObject({
    bond: 'active-backup',
    interfaces: [{ value: '52:54:00:00:00:0a' }, { value: '52:54:00:00:00:0b' }],
    drivers: ['igb', 'bonding', '8021q'],
    onDemand: [],
  });
  expect(mistakes('{ interface: eth0, bond: { members: [eth0, eth1] } }')).toEqual([
    ['network.interface', 'beside-bond'],
  ]);
  expect(mistakes('{ bond: { members: [eth0, eth0] } }')).toEqual([
    ['network.bond.members.1', 'twice'],
  ]);
  expect(mistakes('{ bond: { mode: lacp, members: [eth0] } }')).toEqual([
    ['wrong-value', 'network.bond.mode'],
  ]);
  expect(mistakes('{ vlan: 4095 }')).toEqual([['wrong-value', 'network.vlan']]);
  expect(mistakes('{ interfaces: eth0 }')).toEqual([['unknown-key', 'network.interfaces']]);
});

test('a network is of use only for a target on another machine', () => {
  expect(problemsWith('network: {}')).toMatchObject([
    { kind: 'network-useless', key: 'network', mistake: { kind: 'unused' }, place: { line: 5 } },
  ]);
});

test('a server that is given by name needs somebody who knows it', () => {
  const named = 'target: { kind: nfs, server: nfs.example.org, export: /crash }';
  expect(problemsWith(named, 'network: { address: slaac }')).toMatchObject([
    {
      key: 'network.address',
      mistake: { kind: 'no-name-server', servers: ['nfs.example.org'] },
    },
  ]);
  expect(problemsWith(named, 'network: { address: slaac, dns: "2001:db8::53" }')).toEqual([]);
  expect(problemsWith(named, 'network: { address: [dhcp, slaac] }')).toEqual([]);
  expect(problemsWith(named)).toEqual([]);
});
