/** A client for QEMU's machine protocol (QEMU docs/interop/qmp-spec): commands out, answers and events in. */
import { createConnection, type Socket } from 'node:net';
import { createInterface, type Interface } from 'node:readline';

export type QmpEvent = {
  readonly event: string;
  readonly data: Readonly<Record<string, unknown>>;
  /** Seconds since 1970, on the host. */
  readonly at: number;
};

type Answer = { readonly resolve: (value: unknown) => void; readonly reject: (e: Error) => void };

export class Qmp {
  readonly #socket: Socket;
  readonly #lines: Interface;
  readonly #answers: Answer[] = [];
  readonly #events: QmpEvent[] = [];
  readonly #watchers = new Set<() => void>();
  #closed = false;
  /** Resolves when QEMU is gone and everything that it said was read. */
  readonly ended: Promise<void>;

  private constructor(socket: Socket) {
    this.#socket = socket;
    this.#lines = createInterface({ input: socket });
    this.ended = new Promise((resolve) => this.#lines.once('close', resolve));
    // QEMU resets the connection when it quits: an end like any other.
    socket.on('error', () => this.#lines.close());
    this.#lines.on('error', () => this.#lines.close());
    this.#lines.on('close', () => this.#end());
    this.#lines.on('line', (line) => this.#take(line));
  }

  /** Connects to a listening socket, and leaves the negotiation mode. */
  static async connect(path: string): Promise<Qmp> {
    const socket = await connectUnix(path);
    const qmp = new Qmp(socket);
    await qmp.execute('qmp_capabilities');
    return qmp;
  }

  execute(command: string, args?: Readonly<Record<string, unknown>>): Promise<unknown> {
    if (this.#closed) return Promise.reject(new Error(`QMP is closed: ${command}`));
    return new Promise((resolve, reject) => {
      this.#answers.push({ resolve, reject });
      this.#socket.write(`${JSON.stringify({ execute: command, arguments: args })}\n`);
    });
  }

  /** Every event from the beginning, and each one as it comes; ends when the connection does. */
  async *events(): AsyncGenerator<QmpEvent> {
    for (let next = 0; ; ) {
      const event = this.#events[next];
      if (event !== undefined) {
        next += 1;
        yield event;
      } else if (this.#closed) return;
      else await this.#change();
    }
  }

  /** The first event of that name, past or future; undefined when the connection ends without one. */
  async event(name: string): Promise<QmpEvent | undefined> {
    for await (const event of this.events()) if (event.event === name) return event;
    return undefined;
  }

  /** The events so far. */
  seen(): readonly QmpEvent[] {
    return this.#events;
  }

  close(): void {
    this.#socket.destroy();
    this.#lines.close();
  }

  #change(): Promise<void> {
    return new Promise((resolve) => {
      const done = () => {
        this.#watchers.delete(done);
        resolve();
      };
      this.#watchers.add(done);
    });
  }

  #end(): void {
    this.#closed = true;
    for (const answer of this.#answers.splice(0)) answer.reject(new Error('QMP connection ended'));
    for (const wake of this.#watchers) wake();
  }

  #take(line: string): void {
    const message = JSON.parse(line) as Record<string, unknown>;
    if ('event' in message) {
      const stamp = message.timestamp as { seconds: number; microseconds: number };
      this.#events.push({
        event: String(message.event),
        data: (message.data ?? {}) as Record<string, unknown>,
        at: stamp.seconds + stamp.microseconds / 1e6,
      });
      for (const wake of this.#watchers) wake();
    } else if ('error' in message) {
      const error = message.error as { class: string; desc: string };
      this.#answers.shift()?.reject(new Error(`QMP: ${error.class}: ${error.desc}`));
    } else if ('return' in message) this.#answers.shift()?.resolve(message.return);
    // The only other message is the greeting.
  }
}

/** A connection to a unix socket that answers. */
export function connectUnix(path: string): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = createConnection(path);
    socket.once('connect', () => {
      socket.off('error', reject);
      resolve(socket);
    });
    socket.once('error', reject);
  });
}
