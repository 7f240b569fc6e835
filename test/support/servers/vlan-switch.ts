/**
 * A switch with ports of a VLAN, between a guest's network cards and QEMU's user network. The user network itself
 * knows no tags: it is another QEMU without a machine, behind an untagged port.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { createSocket, type Socket } from 'node:dgram';
import { words } from '../../../pipeline/units/words.ts';

type Port = { readonly socket: Socket; readonly near: number; readonly far: number };

/** Where QEMU's `socket` netdev sends each frame as a datagram, and where it listens. */
async function port(): Promise<Port> {
  const bound = async (): Promise<readonly [Socket, number]> => {
    const socket = createSocket({ type: 'udp4', recvBufferSize: 2 ** 22 });
    await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve));
    return [socket, socket.address().port];
  };
  const [socket, near] = await bound();
  const [taken, far] = await bound();
  await new Promise<void>((resolve) => taken.close(() => resolve()));
  return { socket, near, far };
}

const netdev = ({ near, far }: Port, id: string): string =>
  `socket,id=${id},udp=127.0.0.1:${near},localaddr=127.0.0.1:${far}`;

/** EtherType of a tagged frame (IEEE 802.1Q), after two addresses of six bytes. */
const tagged = 0x8100;
const tagAt = 12;

export class VlanSwitch {
  /** Frames that came with the VLAN's tag, by port of the guest. */
  readonly received: number[];
  /** Frames that were dropped: without a tag, or with another. */
  dropped = 0;
  readonly #guestPorts: readonly Port[];
  readonly #outside: Port;
  readonly #router: ChildProcess;
  /** The port that the guest was last heard on. */
  #last = 0;

  private constructor(vlan: number, guestPorts: readonly Port[], outside: Port) {
    this.#guestPorts = guestPorts;
    this.#outside = outside;
    this.received = guestPorts.map(() => 0);
    for (const [index, { socket }] of guestPorts.entries())
      socket.on('message', (frame) => {
        if (
          frame.length < tagAt + 4 ||
          frame.readUInt16BE(tagAt) !== tagged ||
          (frame.readUInt16BE(tagAt + 2) & 0xfff) !== vlan
        ) {
          this.dropped += 1;
          return;
        }
        this.received[index] = (this.received[index] ?? 0) + 1;
        this.#last = index;
        const plain = Buffer.concat([frame.subarray(0, tagAt), frame.subarray(tagAt + 4)]);
        outside.socket.send(plain, outside.far, '127.0.0.1');
      });
    const tag = Buffer.from([tagged >> 8, tagged & 0xff, vlan >> 8, vlan & 0xff]);
    outside.socket.on('message', (frame) => {
      const to = guestPorts[this.#last];
      const whole = Buffer.concat([frame.subarray(0, tagAt), tag, frame.subarray(tagAt)]);
      to?.socket.send(whole, to.far, '127.0.0.1');
    });
    this.#router = spawn(
      'setpriv',
      words`
        --pdeathsig KILL -- qemu-system-x86_64 -machine none -nodefaults -display none
        -netdev user,id=user -netdev ${netdev(outside, 'wire')}
        -netdev hubport,hubid=0,id=a,netdev=user -netdev hubport,hubid=0,id=b,netdev=wire
      `,
      { stdio: 'inherit' },
    );
  }

  /** With as many ports for cards of a guest. */
  static async start(vlan: number, cards: number): Promise<VlanSwitch> {
    const ports: Port[] = [];
    for (let count = 0; count < cards; count++) ports.push(await port());
    return new VlanSwitch(vlan, ports, await port());
  }

  /** QEMU's `-netdev` for each card, in order: `net0`, `net1` … */
  get netdevs(): readonly string[] {
    return this.#guestPorts.map((one, index) => netdev(one, `net${index}`));
  }

  stop(): void {
    this.#router.kill('SIGKILL');
    for (const { socket } of [...this.#guestPorts, this.#outside]) socket.close();
  }
}
