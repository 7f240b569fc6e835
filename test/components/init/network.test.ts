/** The network of the capture kernel: cards of a sysfs of our own, and programs that only tell what they are asked. */
import { mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { describe, expect, test } from 'vitest';
import { inFolder, shell, sysfs } from './shell.ts';

type Card = {
  readonly mac?: string;
  readonly driver?: string;
  readonly link?: boolean;
  readonly type?: string;
  /** Belongs to another interface. */
  readonly master?: boolean;
};

function card(name: string, { mac, driver, link, type, master }: Card = {}): void {
  const at = `class/net/${name}`;
  sysfs(`${at}/type`, `${type ?? 1}\n`);
  sysfs(`${at}/address`, `${mac ?? '52:54:00:00:00:01'}\n`);
  sysfs(`${at}/carrier`, link === false ? '0\n' : '1\n');
  const drivers = inFolder('sys/bus/drivers', driver ?? 'virtio_net');
  mkdirSync(drivers, { recursive: true });
  mkdirSync(inFolder('sys', at, 'device'), { recursive: true });
  symlinkSync(drivers, inFolder('sys', at, 'device/driver'));
  if (master) mkdirSync(inFolder('sys', at, 'master'));
}

type Settings = Readonly<Record<string, string>>;

const dhcp: Settings = {
  network_interfaces: '',
  network_bond: '',
  network_vlan: '',
  network_dhcp: 'yes',
  network_slaac: 'no',
  network_addresses: '',
  network_gateways: '',
  network_dns: '',
  network_wait: '2',
};
const noDhcp: Settings = { ...dhcp, network_dhcp: 'no' };

/** What the programs are asked, and what comes of it. Time passes by itself: a second with each look. */
function up(settings: Settings, changes = '', body = '(network_up); cat "$run/network"'): string {
  const text = Object.entries(settings).map(([key, value]) => `${key}='${value}'\n`);
  mkdirSync(dirname(inFolder('etc/crashseal/network')), { recursive: true });
  writeFileSync(inFolder('etc/crashseal/network'), text.join(''));
  for (const name of ['run', 'asked']) rmSync(inFolder(name), { recursive: true, force: true });
  mkdirSync(inFolder('run'));
  writeFileSync(inFolder('clock'), '0');
  return shell(
    `coldplug() { :; }
asked() { echo "$*" >>${inFolder('asked')}; }
modprobe() { :; }
sleep() { :; }
uptime_seconds() { read -r tick <${inFolder('clock')}; echo $((tick + 1)) >${inFolder('clock')}; echo $((tick / 5)); }
ip() { case "$*" in "-4 addr flush"* | "link set lo"* | "-6 addr show"*) ;; *) asked ip "$@" ;; esac; }
vconfig() {
	asked vconfig "$@"
	if [ "$1" = add ]; then mkdir -p "$sys/class/net/$2.$3"; echo 1 >"$sys/class/net/$2.$3/carrier"; fi
}
udhcpc() {
	while [ "$1" != -i ]; do shift; done
	asked udhcpc "$2"
	printf "ip='192.0.2.7' mask='24' router='192.0.2.1' dns='192.0.2.53' mtu='' staticroutes=''" >"$run/lease"
}
${changes}
${body}
cat ${inFolder('asked')} 2>/dev/null`,
    {
      settings: inFolder('etc/crashseal'),
      etc: inFolder('etc'),
      run: inFolder('run'),
      ipv6: inFolder('ipv6'),
    },
  );
}

describe('the card', () => {
  const cards = (wanted: string): string =>
    shell('wanted_cards', { network_interfaces: wanted }).replaceAll('\n', ' ');

  test('is the one of that address, driver or name; without a word every wired one', () => {
    card('eth0', { mac: '52:54:00:00:00:0a', driver: 'e1000e' });
    card('eth1', { mac: '52:54:00:00:00:0b', driver: 'hv-netvsc' });
    card('eth2', { mac: '52:54:00:00:00:0b', master: true });
    card('ib0', { type: '32' });
    sysfs('class/net/lo/type', '772\n');
    expect(cards('')).toBe('eth0 eth1');
    expect(cards('mac=52:54:00:00:00:0b')).toBe('eth1');
    expect(cards('driver=e1000e')).toBe('eth0');
    expect(cards('driver=hv_netvsc')).toBe('eth1');
    expect(cards('name=eth0 mac=52:54:00:00:00:0b')).toBe('eth0 eth1');
    expect(cards('name=eth9')).toBe('');
  });

  test('that is missing is told with those that are there', () => {
    card('eth0', { mac: '52:54:00:00:00:0a', driver: 'e1000e' });
    expect(up({ ...dhcp, network_interfaces: 'name=eth9' })).toContain(
      'no network: no network card with name=eth9 within 2 s; present: eth0 (52:54:00:00:00:0a, e1000e),',
    );
  });

  test('is missing where no driver has found any', () => {
    expect(up(dhcp)).toContain(
      'there is no network card within 2 s: is its driver in the initramfs?',
    );
  });

  test('without a link is told', () => {
    card('eth0', { link: false });
    expect(up(dhcp)).toContain('no network: eth0 has no link within 2 s');
  });
});

describe('addresses', () => {
  test('come from DHCP, with the gateway and the name server', () => {
    card('eth0');
    expect(up(dhcp).split('\n')).toEqual([
      'network: eth0 has 192.0.2.7',
      'network_link=eth0 network_address=192.0.2.7',
      'ip link set eth0 up',
      'udhcpc eth0',
      'ip addr replace 192.0.2.7/24 dev eth0',
      'ip -4 route replace 0.0.0.0/0 via 192.0.2.1 dev eth0',
    ]);
    expect(shell(`cat ${inFolder('etc/resolv.conf')}`)).toBe('nameserver 192.0.2.53');
  });

  test('routes of a DHCP server count before its gateway, and the profile counts before its name servers', () => {
    card('eth0');
    const lease = `udhcpc() { printf "ip='192.0.2.7' mask='32' router='192.0.2.1' dns='192.0.2.53' mtu='1400' staticroutes='192.0.2.9/32 0.0.0.0 0.0.0.0/0 192.0.2.9'" >"$run/lease"; }`;
    const told = up({ ...dhcp, network_dns: '198.51.100.53' }, lease);
    expect(told).toContain('ip link set eth0 mtu 1400\nip addr replace 192.0.2.7/32 dev eth0');
    expect(told).toContain('ip -4 route replace 0.0.0.0/0 via 192.0.2.9 dev eth0');
    expect(told).not.toContain('192.0.2.1 ');
    expect(shell(`cat ${inFolder('etc/resolv.conf')}`)).toBe('nameserver 198.51.100.53');
  });

  test('are not there when no DHCP server answers', () => {
    card('eth0');
    expect(up(dhcp, 'udhcpc() { return 1; }')).toMatch(
      /no network: eth0 has a link, but no DHCP server answers within \d s/,
    );
  });

  test('come from the next card when the first leads nowhere', () => {
    card('eth0');
    card('eth1');
    const told = up(
      dhcp,
      `leads() { printf "ip='192.0.2.7' mask='24' router='' dns='' mtu='' staticroutes=''" >"$run/lease"; }
udhcpc() { case "$*" in *eth1*) leads ;; *) return 1 ;; esac; }`,
    );
    expect(told).toContain('network: eth1 has 192.0.2.7');
  });

  test('are static, of both families, with their gateways', () => {
    card('eth0');
    const told = up({
      ...noDhcp,
      network_addresses: '192.0.2.7/24 2001:db8::7/64',
      network_gateways: '192.0.2.1 fe80::1',
    });
    expect(told.split('\n')).toEqual([
      'network: eth0 has 192.0.2.7',
      'network_link=eth0 network_address=192.0.2.7',
      'ip link set eth0 up',
      'ip addr replace 192.0.2.7/24 dev eth0',
      'ip addr replace 2001:db8::7/64 dev eth0',
      'ip -4 route replace default via 192.0.2.1 dev eth0',
      'ip -6 route replace default via fe80::1 dev eth0',
    ]);
  });

  test('of IPv6 are the static ones alone, unless those that are announced are wanted too', () => {
    card('eth0');
    const announced = (settings: Settings): string => {
      for (const name of ['accept_dad', 'accept_ra']) {
        mkdirSync(inFolder('ipv6/eth0'), { recursive: true });
        writeFileSync(inFolder('ipv6/eth0', name), '1\n');
      }
      const shown = `ip() { case "$*" in "-6 addr show"*) echo "inet6 2001:db8::8/64 scope global" ;; esac; }`;
      return up(settings, shown, '(network_up); cat "$ipv6/eth0/accept_ra"');
    };
    const both = { ...noDhcp, network_addresses: '192.0.2.7/24 2001:db8::7/64' };
    expect(announced(both)).toMatch(/\n0$/);
    expect(announced({ ...both, network_slaac: 'yes' })).toMatch(/\n1$/);
    expect(announced({ ...noDhcp, network_addresses: '192.0.2.7/24' })).toMatch(/\n1$/);
    expect(announced(dhcp)).toMatch(/\n1\n/);
  });

  test('a gateway outside of the network gets a route of its own first', () => {
    card('eth0');
    const ip = `known=; ip() { case "$*" in *via*) [ -n "$known" ] ;; *"route replace"*) known=yes ;; esac; }`;
    const told = up(
      { ...noDhcp, network_addresses: '192.0.2.7/32', network_gateways: '198.51.100.1' },
      ip,
    );
    expect(told).toContain('network: eth0 has 192.0.2.7');
    const never = up(
      { ...noDhcp, network_addresses: '192.0.2.7/32', network_gateways: '198.51.100.1' },
      'ip() { case "$*" in *route*) echo "ip: RTNETLINK answers: Network is unreachable"; return 1 ;; esac; }',
    );
    expect(never).toContain(
      'the gateway 198.51.100.1 is not taken on eth0: ip: RTNETLINK answers: Network is unreachable',
    );
  });

  test('follow from what an IPv6 router announces, once nobody else has them', () => {
    card('eth0');
    const slaac = { ...noDhcp, network_slaac: 'yes' };
    const shows = (flags: string): string =>
      `ip() { case "$*" in "-6 addr show"*) echo "    inet6 fec0::5054:ff:fe12:3456/64 scope global ${flags}" ;; esac; }`;
    expect(up(slaac, shows('dynamic flags 100'))).toContain(
      'network: eth0 has fec0::5054:ff:fe12:3456',
    );
    expect(up(slaac, shows('tentative dynamic'))).toContain(
      'no network: eth0 has a link, but no router announces an IPv6 network within 2 s',
    );
  });
});

describe('layers', () => {
  test('a VLAN is made over the card, and has the addresses', () => {
    card('eth0');
    const told = up({ ...dhcp, network_vlan: '42' });
    expect(told).toContain('network: eth0.42 has 192.0.2.7');
    expect(told).toContain('vconfig add eth0 42\nip link set eth0.42 up\nudhcpc eth0.42');
  });

  test('a VLAN that the kernel does not take is told', () => {
    card('eth0');
    const told = up(
      { ...dhcp, network_vlan: '42' },
      'vconfig() { echo "vconfig: ioctl 0x8983 failed: Package not installed"; return 1; }',
    );
    expect(told).toContain('no network: eth0 takes no VLAN 42: vconfig: ioctl 0x8983 failed');
  });

  /** The kernel's part: the bond appears with its files. */
  const kernel = `modprobe() { mkdir -p "$sys/class/net/bond0/bonding"; echo 1 >"$sys/class/net/bond0/carrier"; }`;
  const members = 'mac=52:54:00:00:00:0a mac=52:54:00:00:00:0b';

  test('a bond takes its members, which are down for it', () => {
    card('eth0', { mac: '52:54:00:00:00:0a' });
    card('eth1', { mac: '52:54:00:00:00:0b' });
    const told = up(
      { ...dhcp, network_interfaces: members, network_bond: '802.3ad' },
      kernel,
      '(network_up); at=$sys/class/net/bond0/bonding; head $at/mode $at/miimon $at/lacp_rate $at/slaves | grep .',
    );
    expect(told).toContain('network: bond0 has 192.0.2.7');
    expect(told).toContain('ip link set eth0 down\nip link set eth1 down\nip link set bond0 up');
    expect(told).toMatch(/802\.3ad\n.*100\n.*fast\n.*\+eth1/s);
  });

  test('a bond goes on without a member that does not appear', () => {
    card('eth1', { mac: '52:54:00:00:00:0b' });
    const settings = { ...dhcp, network_interfaces: members, network_bond: 'active-backup' };
    expect(up({ ...settings, network_wait: '60' }, kernel)).toContain(
      'the bond has 1 of its 2 members\nnetwork: bond0 has 192.0.2.7',
    );
    expect(up({ ...settings, network_interfaces: 'mac=52:54:00:00:00:0c' }, kernel)).toContain(
      'no network: no network card with mac=52:54:00:00:00:0c within 2 s; present: eth1',
    );
  });

  test('a kernel without bonds is told', () => {
    card('eth0', { mac: '52:54:00:00:00:0a' });
    card('eth1', { mac: '52:54:00:00:00:0b' });
    expect(
      up(
        { ...dhcp, network_interfaces: members, network_bond: 'active-backup' },
        'modprobe() { :; }',
      ),
    ).toContain('no network: no bond of mode active-backup can be made');
  });
});

describe('what is set up', () => {
  test('serves the next target as it is', () => {
    card('eth0');
    const told = up(
      dhcp,
      '',
      '(network_up); echo again; (network_up); network_up; echo "$network_address"',
    );
    expect(told).toMatch(/^network: eth0 has 192\.0\.2\.7\nagain\n192\.0\.2\.7\n/);
    expect(told.match(/udhcpc/g)).toHaveLength(1);
  });

  test('is set up when an attempt was cut off half-way', () => {
    card('eth0');
    card('eth0.42');
    rmSync(inFolder('sys/class/net/eth0.42/device'), { recursive: true });
    const told = up({ ...noDhcp, network_vlan: '42', network_addresses: '192.0.2.7/24' });
    expect(told).toContain('network: eth0.42 has 192.0.2.7');
    expect(told).not.toContain('vconfig add');
  });

  test('is set up anew when its link is gone, and the DHCP client of before with it', () => {
    card('eth0', { link: false });
    card('eth1');
    const told = up(
      { ...dhcp, network_wait: '10' },
      'kill() { echo "kill $*"; }',
      `echo 4711 >"$run/udhcpc.pid"; echo 'network_link=eth0 network_address=192.0.2.9' >"$run/network"
(network_up); cat "$run/network"`,
    );
    expect(told).toContain('eth0 has lost its link\nkill 4711\nnetwork: eth1 has 192.0.2.7');
  });
});

describe('a server', () => {
  const resolved = (name: string, answers: string, body = `resolve ${name}`): string => {
    mkdirSync(inFolder('etc'), { recursive: true });
    return shell(`nslookup() { echo "asked $*" >>$etc/asked; ${answers}; }\n${body}`, {
      etc: inFolder('etc'),
      network_address: '192.0.2.7',
    });
  };
  const answer = (lines: string): string =>
    `printf 'Server:\\t\\t192.0.2.53\\nAddress:\\t192.0.2.53:53\\n\\nNon-authoritative answer:\\n${lines}'`;

  test('that is given by address is not looked up', () => {
    expect(resolved('192.0.2.9', 'exit 1')).toBe('192.0.2.9');
    expect(resolved('2001:db8::9', 'exit 1')).toBe('2001:db8::9');
  });

  test('is looked up once, by way of aliases too, and known by its name then', () => {
    const body =
      'resolve dumps.example.org; resolve dumps.example.org; cat "$etc/hosts" "$etc/asked"';
    expect(
      resolved(
        '',
        answer(
          'dumps.example.org\\tcanonical name = store.example.org\\nName:\\tstore.example.org\\nAddress: 192.0.2.9\\n',
        ),
        body,
      ),
    ).toBe('192.0.2.9\n192.0.2.9\n192.0.2.9 dumps.example.org\nasked -type=a dumps.example.org');
  });

  test('has an IPv6 address where it has no other', () => {
    const answers = `case $1 in -type=aaaa) ${answer('Name:\\tx.example\\nAddress: 2001:db8::9\\n')} ;; *) ${answer('')} ;; esac`;
    expect(resolved('x.example', answers)).toContain('2001:db8::9');
  });

  test('that nobody knows is told, with who was asked', () => {
    const body = 'echo "nameserver 192.0.2.53" >"$etc/resolv.conf"; address_of x.example';
    expect(resolved('', 'return 1', body)).toContain(
      'no name server knows x.example: asked 192.0.2.53',
    );
    expect(resolved('', 'return 1', ': >"$etc/resolv.conf"; address_of x.example')).toContain(
      'the name x.example cannot be looked up: no name server is known',
    );
  });

  const reached = (
    nc: string,
    route = 'echo "192.0.2.9 via 192.0.2.1 dev eth0  src 192.0.2.7 "',
  ): string =>
    shell(
      `ip() { ${route}; }\nsleep() { :; }\nnc() { ${nc}; }\n(reach 192.0.2.9 2049) && echo reached`,
    );

  test('is reached, or not: no route, refused, no answer', () => {
    expect(reached('return 0')).toBe('reached');
    expect(reached('return 0', 'return 2')).toBe('no route leads to 192.0.2.9');
    const refused = reached(
      'echo "nc: can\'t connect to remote host (192.0.2.9): Connection refused"; return 1',
    );
    expect(refused).toContain('192.0.2.9 takes no connection on port 2049: Connection refused');
    expect(reached('return 1')).toContain('192.0.2.9 takes no connection on port 2049: no answer');
  });
});
