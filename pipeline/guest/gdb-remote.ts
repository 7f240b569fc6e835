/**
 * The part of the GDB remote protocol that reads and writes a guest's physical memory through QEMU's gdbstub,
 * and stops it at an address.
 * The guest must be stopped (QMP `stop`): a running one swallows packets.
 */
import type { Socket } from 'node:net';
import { connectUnix } from './qmp.ts';

export class GdbRemote {
  readonly #socket: Socket;
  #received = '';
  #waiting: ((packet: string) => void) | undefined;
  /** A stop reply answers `c` and `s`, and nothing else. */
  #stopIsAnswer = false;
  #failed: ((e: Error) => void) | undefined;

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.setEncoding('latin1');
    socket.on('data', (text: string) => {
      this.#received += text;
      this.#deliver();
    });
    const end = () => this.#failed?.(new Error('gdbstub connection ended'));
    socket.on('error', end);
    socket.on('close', end);
  }

  static async connect(path: string): Promise<GdbRemote> {
    const remote = new GdbRemote(await connectUnix(path));
    // Addresses are physical from here on (QEMU docs/system/gdb).
    await remote.#expectOk('Qqemu.PhyMemMode:1');
    return remote;
  }

  async read(address: bigint, size: number): Promise<Uint8Array> {
    const parts: Uint8Array[] = [];
    for (let done = 0; done < size; done += chunk) {
      const count = Math.min(chunk, size - done);
      const answer = await this.#ask(
        `m${(address + BigInt(done)).toString(16)},${count.toString(16)}`,
      );
      if (answer.length !== count * 2) throw new Error(`gdbstub: cannot read memory: ${answer}`);
      parts.push(Buffer.from(answer, 'hex'));
    }
    return Buffer.concat(parts);
  }

  async write(address: bigint, bytes: Uint8Array): Promise<void> {
    for (let done = 0; done < bytes.length; done += chunk) {
      const part = bytes.subarray(done, done + chunk);
      const where = `${(address + BigInt(done)).toString(16)},${part.length.toString(16)}`;
      await this.#expectOk(`M${where}:${Buffer.from(part).toString('hex')}`);
    }
  }

  setBreakpoint(address: bigint): Promise<void> {
    return this.#expectOk(`Z1,${address.toString(16)},2`);
  }

  clearBreakpoint(address: bigint): Promise<void> {
    return this.#expectOk(`z1,${address.toString(16)},2`);
  }

  /** Lets the guest run until a breakpoint stops it. */
  async run(): Promise<void> {
    const stopped = await this.#ask('c', true);
    if (!stopped.startsWith('T05')) throw new Error(`gdbstub: stopped by ${stopped}`);
  }

  /** Runs one instruction of the stopped CPU: past a breakpoint, which would stop it again. */
  async step(): Promise<void> {
    const stopped = await this.#ask('s', true);
    if (!stopped.startsWith('T05')) throw new Error(`gdbstub: stopped by ${stopped}`);
  }

  /** The core registers of the stopped CPU in GDB's order; each has 64 bits and is big-endian. */
  async registers(): Promise<readonly bigint[]> {
    const all = await this.#ask('g');
    return Array.from({ length: all.length / 16 }, (_, index) =>
      BigInt(`0x${all.slice(index * 16, index * 16 + 16)}`),
    );
  }

  close(): void {
    this.#failed = undefined;
    this.#socket.destroy();
  }

  async #expectOk(packet: string): Promise<void> {
    const answer = await this.#ask(packet);
    if (answer !== 'OK') throw new Error(`gdbstub: ${packet.slice(0, 40)}: ${answer || 'unknown'}`);
  }

  #ask(body: string, stopIsAnswer = false): Promise<string> {
    return new Promise((resolve, reject) => {
      this.#stopIsAnswer = stopIsAnswer;
      this.#waiting = resolve;
      this.#failed = reject;
      this.#socket.write(packet(body), 'latin1');
    });
  }

  #deliver(): void {
    // `+` acknowledges what we sent; a stop reply (`T05…`) may come by itself when the guest is stopped.
    for (;;) {
      const start = this.#received.indexOf('$');
      const end = this.#received.indexOf('#', start);
      if (start < 0 || end < 0 || this.#received.length < end + 3) return;
      const body = this.#received.slice(start + 1, end);
      this.#received = this.#received.slice(end + 3);
      this.#socket.write('+');
      if (/^[TS][0-9a-f]{2}/.test(body) && !this.#stopIsAnswer) continue;
      const take = this.#waiting;
      this.#waiting = undefined;
      take?.(body);
    }
  }
}

/** Bytes per packet; QEMU's buffer holds 4096 characters of hex and more. */
const chunk = 1024;

function packet(body: string): string {
  let sum = 0;
  for (const character of body) sum = (sum + character.charCodeAt(0)) & 0xff;
  return `$${body}#${sum.toString(16).padStart(2, '0')}`;
}
