/** A guest under QEMU's own translator: no KVM, no network, no display. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { onInterrupt } from '../host/interrupt.ts';
import { words } from '../units/words.ts';
import { deadManMs, GuestConsole } from './console.ts';
import { GdbRemote } from './gdb-remote.ts';
import { type DiskBus, diskBus } from './machines/disk-buses.ts';
import type { DiskOptions, MachineShape } from './machines/machine-shape.ts';
import { defaultGuest, type GuestArch, machines, qemuProgram } from './machines/machines.ts';
import { connectUnix, Qmp, type QmpEvent } from './qmp.ts';

export type GuestOptions = {
  /** Name of the log files. */
  readonly name: string;
  readonly arch?: GuestArch;
  /** Without a kernel the firmware boots from a disk. */
  readonly kernel?: string;
  readonly initrd?: string;
  readonly append?: string;
  /** As `-m` takes it. */
  readonly memory?: string;
  readonly cpus?: number;
  readonly cpu?: string;
  readonly machine?: string;
  readonly disks?: readonly DiskOptions[];
  readonly extraArgs?: readonly string[];
  /** QEMU's words for consoles, where they are others than the machine's usual ones. */
  readonly consoles?: readonly string[];
  /** How long the start of a system may take. */
  readonly readyLimitMs?: number;
  readonly qemuBinary?: string;
  /**
   * One CPU runs at a time. Linux changes code that another CPU is running; with firmware that interrupts CPUs (SMM),
   * QEMU 7.2 now and then has that CPU run a half of the change, and the system does not come up. Without such firmware
   * a kernel stops while it starts far less often.
   */
  readonly cpusTakeTurns?: true;
  /** A file that `saveState` wrote. A guest with the same machine continues from it. */
  readonly state?: string;
  /** Where console logs go. */
  readonly logFolder?: string;
};

export type GuestEnd = {
  /** QEMU's ShutdownCause: `guest-shutdown`, `guest-reset`, `guest-panic` … */
  readonly reason: unknown;
  readonly events: readonly QmpEvent[];
  readonly stderr: string;
};

/** This machine kept a guest from going on. Nothing is known of what the guest would have done. */
export class HostFault extends Error {}

/** Each takes 50 ms. */
const startTries = 600;
const goneMs = 1000;
const running = new Set<Guest>();
/** Guests are children: none may outlive this process, however it ends. */
const killRunning = (): void => {
  for (const guest of running) guest.kill();
};

export class Guest {
  readonly console: GuestConsole;
  /** On `performance.now()`'s clock. */
  readonly startedAt: number;
  readonly #process: ChildProcess;
  readonly #folder: string;
  readonly #exit: Promise<void>;
  #stderr = '';
  #exitCode: number | null = null;
  #exitSignal: NodeJS.Signals | null = null;
  /** By us: the time was over, or it was not needed any more. */
  #killed = false;
  readonly #endsUnsaid: boolean;
  #hung: string | undefined;
  /** Nothing is to be undone any more. */
  readonly #settled: () => void;
  #qmp: Qmp | undefined;

  constructor(options: GuestOptions) {
    const logs = options.logFolder ?? join('out', 'test-logs');
    mkdirSync(logs, { recursive: true });
    // Socket paths are limited to 107 bytes: not below the checkout.
    this.#folder = mkdtempSync('/tmp/crashseal-guest-');
    this.startedAt = performance.now();
    this.#endsUnsaid = machines[options.arch ?? defaultGuest].powerOffIsUnsaid ?? false;
    const program = options.qemuBinary ?? qemuProgram(options.arch ?? defaultGuest);
    // A process that is killed takes its guests along.
    const child = spawn(
      'setpriv',
      ['--pdeathsig', 'KILL', '--', program, ...this.#arguments(options)],
      { stdio: ['ignore', 'pipe', 'pipe'] },
    );
    this.#process = child;
    if (!process.listeners('exit').includes(killRunning)) process.on('exit', killRunning);
    running.add(this);
    this.#settled = onInterrupt(() => {
      this.kill();
      rmSync(this.#folder, { recursive: true, force: true });
    });
    this.console = new GuestConsole(
      child.stdout,
      join(logs, `${options.name}.log`),
      this.startedAt,
    );
    child.stderr.setEncoding('utf8');
    child.stderr.on('data', (text: string) => {
      this.#stderr += text;
    });
    this.#exit = new Promise((resolve) => {
      child.on('error', (e) => {
        this.#stderr += `${e.message}\n`;
        this.#ended(resolve);
      });
      child.on('close', (code, signal) => {
        this.#exitCode = code;
        this.#exitSignal = signal;
        this.#ended(resolve);
      });
    });
  }

  /** Starts a guest and waits until it can be spoken to. */
  static async start(options: GuestOptions): Promise<Guest> {
    const guest = new Guest(options);
    const path = join(guest.#folder, 'qmp');
    try {
      guest.#qmp = await guest.#untilListening(() => Qmp.connect(path));
      if (options.state !== undefined) {
        await guest.#until(
          (status) => status !== 'inmigrate',
          async () => ((await guest.qmp.execute('query-status')) as { status: string }).status,
        );
        await guest.qmp.execute('cont');
      }
    } catch (error) {
      throw await guest.stopAfter(error);
    }
    return guest;
  }

  get qmp(): Qmp {
    if (this.#qmp === undefined) throw new Error('the guest is not started');
    return this.#qmp;
  }

  get pid(): number | undefined {
    return this.#process.pid;
  }

  /** The port that carries no kernel messages. */
  commandPort(): ReturnType<typeof connectUnix> {
    return connectUnix(join(this.#folder, 'port'));
  }

  /** Stops the guest and connects to its gdbstub. */
  async debugger(): Promise<GdbRemote> {
    await this.qmp.execute('stop');
    return GdbRemote.connect(join(this.#folder, 'gdb'));
  }

  /** Stops the guest, gives its physical memory to `work`, and lets it run on. */
  async withMemory<T>(work: (memory: GdbRemote) => Promise<T>): Promise<T> {
    const memory = await this.debugger();
    const result = await work(memory);
    memory.close();
    await this.qmp.execute('cont');
    return result;
  }

  /** Stops the machine and writes it to a file, from which other guests continue. This guest cannot go on. */
  async saveState(path: string): Promise<void> {
    await this.qmp.execute('stop');
    await this.qmp.execute('migrate-set-parameters', { 'max-bandwidth': 2 ** 40 });
    await this.qmp.execute('migrate', { uri: `exec:cat >'${path}'` });
    const state = async () =>
      String(((await this.qmp.execute('query-migrate')) as { status?: string }).status ?? 'setup');
    const last = await this.#until((status) => !/^(setup|active|device)$/.test(status), state);
    if (last !== 'completed') throw new Error(`the state was not saved: ${last}`);
  }

  /** Waits until QEMU ends. Throws when it does not end in time, and when something on this machine has ended it. */
  async ended(limitMs = deadManMs): Promise<GuestEnd> {
    const timer = setTimeout(() => {
      this.#hung = `no end in ${limitMs / 1000} s`;
      this.kill();
    }, limitMs);
    await this.#exit;
    clearTimeout(timer);
    if (this.#hung !== undefined) throw new Error(`${this.#hung}\n${this.console.tail()}`);
    const byHost = this.endedByHost();
    if (byHost !== undefined) throw byHost;
    const events = this.qmp.seen();
    const shutdown = events.find((event) => event.event === 'SHUTDOWN');
    const unsaid = this.#endsUnsaid && this.#exitCode === 0 ? 'guest-shutdown' : undefined;
    return { reason: shutdown?.data.reason ?? unsaid, events, stderr: this.#stderr };
  }

  /** Of a guest that has ended: by another's signal, such as that of the kernel where memory is short. */
  endedByHost(): HostFault | undefined {
    if (this.#killed) return undefined;
    const shutdown = this.#qmp?.seen().find(({ event }) => event === 'SHUTDOWN');
    const asked = shutdown?.data.reason === 'host-signal' ? 'a signal' : undefined;
    const by = this.#exitSignal ?? asked;
    return by && new HostFault(`something on this machine ended QEMU by ${by}`);
  }

  /** Stops it, and tells an error that came of its end as what it is. */
  async stopAfter(error: unknown): Promise<unknown> {
    // Its sockets close before it is gone: until then nobody knows what it ended by.
    await Promise.race([this.#exit, new Promise((resolve) => setTimeout(resolve, goneMs))]);
    await this.stop();
    return this.endedByHost() ?? error;
  }

  async stop(): Promise<void> {
    this.kill();
    await this.#exit;
  }

  kill(): void {
    if (running.has(this)) this.#killed = true;
    this.#process.kill('SIGKILL');
  }

  #arguments(options: GuestOptions): string[] {
    const socket = (name: string) =>
      `socket,id=${name},path=${join(this.#folder, name)},server=on,wait=off`;
    const shape = machines[options.arch ?? defaultGuest];
    return [
      ...words`
        -nodefaults -display none -no-user-config -accel tcg${options.cpusTakeTurns ? ',thread=single' : ''}
        -machine ${options.machine ?? shape.machine} -cpu ${options.cpu ?? shape.cpu}
        -m ${options.memory ?? '1G'} -smp ${options.cpus ?? 1}
        -chardev stdio,id=console,signal=off -chardev ${socket('port')}
      `,
      ...(options.consoles ?? shape.consoles),
      ...words`
        -chardev ${socket('qmp')} -mon chardev=qmp,mode=control
        -chardev ${socket('gdb')} -gdb chardev:gdb
      `,
      ...diskArguments(shape, options.disks ?? []),
      ...(options.kernel === undefined ? [] : ['-kernel', options.kernel]),
      ...(options.initrd === undefined ? [] : ['-initrd', options.initrd]),
      ...(options.append === undefined
        ? []
        : ['-append', [...shape.kernelWords, options.append].join(' ')]),
      ...(options.state === undefined ? [] : ['-S', '-incoming', `exec:cat '${options.state}'`]),
      ...(options.extraArgs ?? []),
    ];
  }

  async #untilListening<T>(connect: () => Promise<T>): Promise<T> {
    for (let tries = 0; ; tries += 1) {
      try {
        return await connect();
      } catch (e) {
        if (!running.has(this) || tries === startTries)
          throw new HostFault(`QEMU did not start: ${this.#stderr || String(e)}`);
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    }
  }

  async #until(wanted: (value: string) => boolean, ask: () => Promise<string>): Promise<string> {
    for (;;) {
      const value = await ask();
      if (wanted(value)) return value;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  #ended(resolve: () => void): void {
    running.delete(this);
    this.#settled();
    this.console.end(`QEMU ended${this.#stderr ? ` (${this.#stderr.trim()})` : ''}`);
    rmSync(this.#folder, { recursive: true, force: true });
    // The event that says why may still be on its way.
    void (this.#qmp?.ended ?? Promise.resolve()).then(resolve);
  }
}

/** Disks in their order; what they are plugged into comes before the first of them. */
function diskArguments(shape: MachineShape, disks: readonly DiskOptions[]): readonly string[] {
  const controllers = new Set(
    disks.flatMap(({ bus }) => (bus === undefined ? [] : (diskBus(bus).controller ?? []))),
  );
  const before = new Map<DiskBus, number>();
  return [
    ...[...controllers].flatMap((controller) => ['-device', controller]),
    ...disks.flatMap((disk, index) => {
      const { path, bus } = disk;
      const drive = `disk${index}`;
      const number = bus === undefined ? 0 : (before.get(bus) ?? 0);
      if (bus !== undefined) before.set(bus, number + 1);
      const device =
        bus === undefined || bus === 'virtio'
          ? shape.disk(disk, drive)
          : diskBus(bus).disk(disk, number, drive);
      return words`
        -drive file=${path},format=raw,if=none,id=${drive},cache=unsafe
        -device ${device}
      `;
    }),
  ];
}
