/** A guest that runs the system kernel and takes commands. */
import { randomBytes } from 'node:crypto';
import type { Socket } from 'node:net';
import { Guest, type GuestOptions } from './guest.ts';
import { readyLine } from './system-initramfs.ts';

export type CommandResult = { readonly exitCode: number; readonly output: string };

/** By what a dump shows which panic it is of. */
export type PanicMark = { readonly nonce: string; readonly hostName: string };

const finished = /^@(\d+) (\d+)\n/m;

export class SystemGuest {
  readonly guest: Guest;
  readonly #port: Socket;
  #received = '';
  #number = 0;
  #wake: (() => void) | undefined;

  private constructor(guest: Guest, port: Socket) {
    this.guest = guest;
    this.#port = port;
    port.setEncoding('latin1');
    port.on('data', (text: string) => {
      this.#received += text;
      this.#wake?.();
    });
    port.on('error', () => this.#wake?.());
    port.on('close', () => this.#wake?.());
  }

  /** Starts a guest whose initramfs is one of `writeSystemInitramfs`, and waits until it takes commands. */
  static async start(options: GuestOptions): Promise<SystemGuest> {
    const guest = await Guest.start(options);
    try {
      const port = await guest.commandPort();
      const system = new SystemGuest(guest, port);
      // A restored guest has said so before it was saved.
      if (options.state === undefined)
        await guest.console.waitFor(new RegExp(readyLine), options.readyLimitMs);
      return system;
    } catch (error) {
      throw await guest.stopAfter(error);
    }
  }

  /** Runs one line of shell; throws when the guest ends before the command does. */
  async run(line: string): Promise<CommandResult> {
    this.#number += 1;
    const number = this.#number;
    this.#port.write(`${number} ${line}\n`);
    for (;;) {
      const done = this.#received.match(finished);
      if (done?.index !== undefined && Number(done[1]) === number) {
        // The newline before the marker is ours.
        const output = this.#received.slice(0, done.index).replace(/\r/g, '').replace(/\n$/, '');
        this.#received = this.#received.slice(done.index + done[0].length);
        return { exitCode: Number(done[2]), output };
      }
      if (this.#port.destroyed)
        throw new Error(`the guest ended during: ${line}\n${this.guest.console.tail()}`);
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  /** The output of a command that must succeed. */
  async mustRun(line: string): Promise<string> {
    const { exitCode, output } = await this.run(line);
    if (exitCode !== 0) throw new Error(`exit code ${exitCode}: ${line}\n${output}`);
    return output;
  }

  /** Panics the guest: on `cpu` where one is named, with a new host name set just before. */
  async panic(cpu?: number): Promise<PanicMark> {
    const mark = await this.announce();
    const trigger = 'echo c >/proc/sysrq-trigger';
    const onCpu =
      cpu === undefined ? trigger : `taskset ${(1 << cpu).toString(16)} sh -c '${trigger}'`;
    this.#number += 1;
    this.#port.write(`${this.#number} ${onCpu}\n`);
    return mark;
  }

  /** Sets a new host name, and puts a line into the kernel's log, by which the dump of what comes next is known. */
  async announce(): Promise<PanicMark> {
    const nonce = randomBytes(8).toString('hex');
    const hostName = `host-${randomBytes(6).toString('hex')}`;
    // Waits for the mark: not every console prints in time what comes just before a panic.
    await this.mustRun(`hostname ${hostName}; echo "crashseal-test: panic ${nonce}" >/dev/kmsg`);
    await this.guest.console.waitFor(new RegExp(`crashseal-test: panic ${nonce}`));
    return { nonce, hostName };
  }

  stop(): Promise<void> {
    return this.guest.stop();
  }
}
