/**
 * QEMU's user network, apart from this machine's own: its loopback, on which servers listen, is one that nobody
 * else has, so that they may take any port. It is another QEMU without a machine, which the guest is wired to. Every
 * frame between them is kept.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { words } from '../../../pipeline/units/words.ts';
import { DebianServer } from './debian-server.ts';

/** What the user network shows to a guest: this machine, and whoever its resolv.conf names. */
export const hostOfGuest6 = 'fec0::2';
export const nameServerOfGuest = '10.0.2.3';

/** Each takes 50 ms. */
const startTries = 200;
/** Enough of a frame for its addresses. */
const keptOfFrame = 128;

export class PrivateNetwork {
  /** Arguments of QEMU for the one guest that is wired to it. */
  readonly cards: readonly string[];
  readonly #folder: string;
  readonly #frames: string;
  readonly #router: ChildProcess;

  private constructor(folder: string) {
    // Socket paths are limited to 107 bytes: not below the checkout.
    this.#folder = mkdtempSync('/tmp/crashseal-network-');
    const socket = join(this.#folder, 'wire');
    this.#frames = resolve(folder, 'frames');
    const resolver = join(this.#folder, 'resolv.conf');
    writeFileSync(resolver, 'nameserver 127.0.0.1\n');
    const router = words`
      qemu-system-x86_64 -machine none -nodefaults -display none
      -netdev user,id=user -netdev stream,id=wire,server=on,addr.type=unix,addr.path=${socket}
      -netdev hubport,hubid=0,id=a,netdev=user -netdev hubport,hubid=0,id=b,netdev=wire
      -object filter-dump,id=frames,netdev=wire,file=${this.#frames},maxlen=${keptOfFrame}
    `;
    // glibc resolves no address of a family of which a machine has but the loopback's own.
    const addresses = ['192.0.2.2/32', '2001:db8::2/128'];
    const setUp = [
      'ip link set lo up',
      ...addresses.map((address) => `ip addr add ${address} dev lo`),
      `mount --bind ${resolver} /etc/resolv.conf`,
      'exec "$@"',
    ];
    this.#router = spawn(
      'setpriv',
      [
        ...['--pdeathsig', 'KILL', '--', 'unshare', '--net', '--mount', 'sh', '-ec'],
        setUp.join('; '),
        'sh',
        ...router,
      ],
      { stdio: 'inherit' },
    );
    this.cards = words`
      -netdev stream,id=net0,server=off,addr.type=unix,addr.path=${socket}
      -device virtio-net-pci,netdev=net0,id=card0
    `;
  }

  static async start(folder: string): Promise<PrivateNetwork> {
    const network = new PrivateNetwork(folder);
    for (let tries = 0; !existsSync(join(network.#folder, 'wire')); tries++) {
      if (tries === startTries || network.#router.exitCode !== null) {
        network.stop();
        throw new Error('the private network did not start');
      }
      await setTimeout(50);
    }
    return network;
  }

  /** For nsenter: where programs see this network alone. */
  get namespace(): string {
    return `/proc/${this.#router.pid}/ns/net`;
  }

  /** How many frames came from each address. */
  sources(): ReadonlyMap<string, number> {
    const counts = new Map<string, number>();
    for (const frame of frames(readFileSync(this.#frames))) {
      const source = sourceOf(frame);
      if (source !== undefined) counts.set(source, (counts.get(source) ?? 0) + 1);
    }
    return counts;
  }

  stop(): void {
    this.#router.kill('SIGKILL');
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

/** Of a capture file as tcpdump writes it, in this machine's byte order. */
function* frames(capture: Buffer): Generator<Buffer> {
  for (let at = 24; at + 16 <= capture.length; ) {
    const size = capture.readUInt32LE(at + 8);
    yield capture.subarray(at + 16, at + 16 + size);
    at += 16 + size;
  }
}

/** Of a frame with IPv4 or IPv6, as text. */
function sourceOf(frame: Buffer): string | undefined {
  switch (frame.readUInt16BE(12)) {
    case 0x0800:
      return frame.subarray(26, 30).join('.');
    case 0x86dd: {
      const groups = frame.toString('hex', 22, 38).replace(/(.{4})(?=.)/g, '$1:');
      return new URL(`http://[${groups}]`).hostname.slice(1, -1);
    }
    default:
      return undefined;
  }
}

/** dnsmasq as the one name server of a network: it knows these names, with one address each, and no others. */
export const startNameServer = (
  folder: string,
  network: PrivateNetwork,
  names: Readonly<Record<string, string>>,
): Promise<DebianServer> =>
  DebianServer.start(folder, {
    name: 'names',
    network,
    run: [
      ...(['/usr/sbin/dnsmasq', '--no-daemon', '--log-queries', '--log-facility=-'] as const),
      ...words`--conf-file=/dev/null --no-resolv --no-hosts --local=/#/ --listen-address=127.0.0.1 --bind-interfaces`,
      ...Object.entries(names).map(([name, address]) => `--host-record=${name},${address}`),
    ],
    ready: /dnsmasq.*: started/,
  });
